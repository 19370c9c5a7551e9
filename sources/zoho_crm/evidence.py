"""What the recycle-bin audit keeps: documents whose key is the hash of what they say.

Pure: no network, no database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from .canonical_json import digest_of, to_canonical

if TYPE_CHECKING:
    from .api_types import JsonObject

CaptureOutcome = Literal[
    "rows", "none", "refused", "truncated", "missed", "not_askable", "erased"
]  # fmt: skip
"""rows: the list held these. none: Zoho said it is empty. refused: Zoho refused, see the code.
truncated: it holds more than Zoho's pages reach. missed: the record left the recycle bin before it
could be asked. not_askable: Zoho offers no such list for deleted records, so it was not asked.
erased: content was removed on request, see the reason."""

Occasion = Literal["first", "last_days", "on_demand", "erasure"]
"""Why it was asked: seen for the first time, about to be purged, or by `--recapture`."""


@dataclass(frozen=True, slots=True)
class DeletedParent:
    """A record in the recycle bin."""

    module: str
    id: str
    deleted_time: datetime | None
    name: str | None = None
    deleted_by_id: str | None = None
    deleted_by_name: str | None = None
    purge_due_at: datetime | None = None


@dataclass(frozen=True)
class EvidenceRow:
    """A record that hung on a deleted one, or the deleted one's own last known image."""

    parent_module: str
    parent_id: str
    related_list: str | None
    """None for the image."""
    related_module: str | None
    related_id: str
    record: JsonObject
    member_info: JsonObject | None = None
    """The membership's own id and times, where Zoho gives them."""

    @cached_property
    def evidence(self) -> str:
        """The document: nothing in it tells when it was read, so that it is held once."""
        return to_canonical(
            {
                "parent_module": self.parent_module,
                "parent_id": self.parent_id,
                "related_list": self.related_list,
                "related_module": self.related_module,
                "related_id": self.related_id,
                "record": self.record,
                "member_info": self.member_info,
            }
        )

    @cached_property
    def key(self) -> str:
        """The document's hash."""
        return digest_of(self.evidence)


@dataclass(frozen=True)
class Capture:
    """One answer: what a list of a deleted record held, or why that is not known.

    No name and no value of a record stands in it, so that it never has to be erased.
    """

    parent: DeletedParent | None
    """None where content was erased."""
    captured_at: datetime
    run_id: str
    occasion: Occasion
    related_list: str | None
    """None for the deleted record itself."""
    outcome: CaptureOutcome
    related_module: str | None = None
    code: str | None = None
    """Zoho's code, where it refused."""
    reason: str | None = None
    pages: int = 0
    rows: tuple[EvidenceRow, ...] = ()
    erased_id: str | None = None
    """The id that was to be forgotten."""
    erased_keys: tuple[str, ...] = ()
    """Keys of the documents whose content was removed."""

    @property
    def parent_id(self) -> str | None:
        """The deleted record, or the one that was to be forgotten."""
        return self.parent.id if self.parent else self.erased_id

    @cached_property
    def row_keys(self) -> tuple[str, ...]:
        """Keys of the documents that it speaks of, each once."""
        return tuple(sorted({row.key for row in self.rows} | set(self.erased_keys)))

    @cached_property
    def evidence(self) -> str:
        """The document."""
        parent = self.parent
        return to_canonical(
            {
                "captured_at": to_utc_text(self.captured_at),
                "run_id": self.run_id,
                "occasion": self.occasion,
                "parent_module": parent.module if parent else None,
                "parent_id": self.parent_id,
                "deleted_time": to_utc_text(parent.deleted_time) if parent else None,
                "deleted_by__id": parent.deleted_by_id if parent else None,
                "purge_due_at": to_utc_text(parent.purge_due_at) if parent else None,
                "related_list": self.related_list,
                "related_module": self.related_module,
                "outcome": self.outcome,
                "code": self.code,
                "reason": self.reason,
                "row_count": len(self.row_keys),
                "pages": self.pages,
                "row_ids": list(self.row_keys),
            }
        )

    @cached_property
    def key(self) -> str:
        """The document's hash."""
        return digest_of(self.evidence)


def to_utc_text(moment: datetime | None) -> str | None:
    """An instant as evidence spells it."""
    return moment.astimezone(UTC).isoformat() if moment else None
