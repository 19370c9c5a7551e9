"""What became of each resource of a run: for reports, ledgers and exit codes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from .exceptions import (
    ZohoBudgetError,
    ZohoSchemaMovedError,
    ZohoSkippableError,
    ZohoStoppedError,
)

if TYPE_CHECKING:
    from datetime import datetime

    from .exceptions import ZohoCrmError

OutcomeName = Literal[
    "reading", "done", "more", "behind", "limit", "stopped", "skipped", "failed", "partial"
]
"""done: read to its end. more: the package is full, reading goes on. behind: a related list that
waits for the calls of later runs, which is no failure of this one. limit: no calls left.
stopped: asked to stop. skipped: Zoho does not give it. failed: an error ended it.
partial: it was read, but could not be proved complete."""


@dataclass(slots=True)
class ResourceOutcome:
    """One resource in one run, over all its packages."""

    resource: str
    table_name: str
    module: str | None = None
    outcome: OutcomeName = "reading"
    rows: int = 0
    pages: int = 0
    removed: int = 0
    """Rows taken out of the table because Zoho has them no more."""
    anchor_before: datetime | None = None
    anchor_after: datetime | None = None
    watermark: datetime | None = None
    """Newest `Modified_Time` loaded in this run; shown to people, decides nothing."""
    code: str | None = None
    """Zoho's code, where it refused."""
    reason: str | None = None
    error: ZohoCrmError | None = None
    notes: list[str] = field(default_factory=list)
    """Sentences on what was read in another way than usual."""
    is_started: bool = False
    """Reading began."""
    is_named: bool = False
    """It was selected by its name, without a pattern."""
    was_readable: bool = False
    """It was read by a run before, or earlier in this one."""
    is_compared: bool = False
    """A related list that was compared with Zoho's, to find out whether it may be derived."""
    is_new: bool = False
    """It appeared since the run before."""
    misfits: Counter[str] = field(default_factory=Counter)
    """Values kept as text beside their column, by column."""
    replaced_characters: int = 0
    overflow: str | None = None
    """Rows did not fit the destination's table: which, and what became of them."""

    def starts_at(self, anchor: datetime | None) -> None:
        """Keeps where the run's first package starts."""
        if not self.is_started:
            self.is_started, self.anchor_before = True, anchor

    def end(
        self,
        outcome: OutcomeName,
        error: ZohoCrmError | None = None,
        *,
        reason: str | None = None,
    ) -> None:
        """Says how it ended, and why where no error tells."""
        self.outcome = outcome
        self.error = error
        self.code = error.code if error else None
        self.reason = str(error) if error else reason

    def end_by(self, error: ZohoCrmError) -> None:
        """Says that an error ended it, as what the error's kind stands for."""
        if isinstance(error, ZohoBudgetError):
            self.end("limit", error)
        elif isinstance(error, ZohoStoppedError):
            self.end("stopped")
        elif isinstance(error, ZohoSchemaMovedError):
            self.end("more")
        elif isinstance(error, ZohoSkippableError) or error.code == "OAUTH_SCOPE_MISMATCH":
            self.end("skipped", error)  # a scope may be granted for some modules only
        else:
            self.end("failed", error)

    def note(self, sentence: str) -> None:
        """Adds a sentence, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    @property
    def explanation(self) -> str | None:
        """Why it did not end as one wishes."""
        return self.reason or self.overflow

    @property
    def is_loss(self) -> bool:
        """Something is missing that a reader of the dataset counts on."""
        if self.outcome in ("partial", "failed") or self.overflow:
            return True
        return self.outcome == "skipped" and (self.is_named or self.was_readable or self.is_new)
