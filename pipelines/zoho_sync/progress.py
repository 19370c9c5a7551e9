"""What a run tells while it works: a live display, plain lines, JSON lines, or nothing."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from .live_progress import READING, LiveProgress
from .logs import json_line
from .terminal import remarks
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zoho_crm.outcomes import ResourceOutcome

    from .run_report import RunReport

_LINES_EVERY_S: Final = 5.0


class RunListener(Protocol):
    """Hears of a run's progress; `progressed` may come from another thread."""

    def started(self, report: RunReport) -> None:
        """The run begins; the report is as empty as it can be."""
        ...

    def progressed(self, outcomes: Sequence[ResourceOutcome], calls: int) -> None:
        """Comes now and then while reading."""
        ...

    def phase(self, sentence: str) -> None:
        """Something else begins: loading a package, finishing another run's."""
        ...


class Progress(RunListener, Protocol):
    """A listener that has to be opened and closed."""

    def __enter__(self) -> Progress:
        """Starts to show."""
        ...

    def __exit__(self, *_: object) -> None:
        """Leaves the terminal as it was."""
        ...


class Silence:
    """Shows nothing."""

    def __enter__(self) -> Silence:
        """Returns itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Has nothing to end."""

    def started(self, report: RunReport) -> None:
        """Shows nothing."""

    def progressed(self, outcomes: Sequence[ResourceOutcome], calls: int) -> None:
        """Shows nothing."""

    def phase(self, sentence: str) -> None:
        """Shows nothing."""


class LineProgress(Silence):
    """A line for each phase and each resource that ends, and one now and then in between.

    Args:
        write: Takes a sentence and its facts.
        clock: Gives seconds, for how often a line comes.
    """

    def __init__(
        self, write: Callable[..., None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._clock = clock
        self._next_at = clock() + _LINES_EVERY_S
        self._ended: set[str] = set()

    def started(self, report: RunReport) -> None:
        """Says where the run writes to."""
        self._write(
            f"Syncing into {report.destination} {report.location}, dataset {report.dataset}.",
            run_id=report.run_id,
        )

    def progressed(self, outcomes: Sequence[ResourceOutcome], calls: int) -> None:
        """Says which resources have ended since, and how far the others are."""
        for outcome in outcomes:
            if outcome.outcome not in READING and outcome.resource not in self._ended:
                self._ended.add(outcome.resource)
                self._end(outcome)
        if self._clock() >= self._next_at:
            self._next_at = self._clock() + _LINES_EVERY_S
            rows = sum(outcome.rows for outcome in outcomes)
            done, all_of_them = len(self._ended), len(outcomes)
            self._write(
                f"{count_of(rows, 'row')}, {count_of(calls, 'call')}, "
                f"{done} of {all_of_them} resources read.",
                rows=rows,
                calls=calls,
            )

    def phase(self, sentence: str) -> None:
        """Says what begins."""
        self._write(sentence)

    def _end(self, outcome: ResourceOutcome) -> None:
        if outcome.outcome == "done" and not outcome.rows:
            return  # unchanged: nothing to say
        facts = [count_of(outcome.rows, "row")] if outcome.rows else []
        facts += [outcome.outcome] if outcome.outcome != "done" else []
        self._write(
            f"{outcome.resource}: {', '.join(facts)}.",
            resource=outcome.resource,
            rows=outcome.rows,
            pages=outcome.pages,
            outcome=outcome.outcome,
        )


def build_progress(*, is_quiet: bool, is_json: bool) -> Progress:
    """Gives the kind of progress that fits standard error and the options."""
    if is_quiet:
        return Silence()
    if is_json:
        return LineProgress(_write_json)
    output = remarks()
    if output.console.is_terminal and not output.console.is_dumb_terminal:
        return LiveProgress(output.console)
    return LineProgress(_write_text)


def _write_text(sentence: str, **_: object) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def _write_json(sentence: str, **facts: Any) -> None:
    sys.stderr.write(json_line("info", sentence, **facts) + "\n")
    sys.stderr.flush()
