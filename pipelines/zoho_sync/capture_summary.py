"""What one capture did, for people: counts by outcome, what waits, what was missed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from zoho_crm.evidence import DeletedParent

    from .capture_report import CaptureReport
    from .terminal import Output

_WORDS: Final = {
    "rows": "held records",
    "none": "were empty",
    "refused": "were refused by Zoho",
    "truncated": "held more than Zoho gives",
    "not_askable": "cannot be asked for",
}
_SHOWN: Final = 10
_LEEWAY: Final = timedelta(days=1)
"""How much earlier than it is due Zoho's own purge may come."""


def summarise(report: CaptureReport) -> str:
    """One sentence on a capture."""
    captured = count_of(report.parents, "deleted record")
    if not report.parents and not report.waiting:
        return "Nothing in the recycle bin was due to be captured."
    return f"{captured} captured, {count_of(report.new_documents, 'document')} held anew."


def show_captures(captured: CaptureReport, output: Output) -> None:
    """Prints what one capture did, in sentences."""
    if captured.parents:
        output.say(f"Captured: {count_of(captured.parents, 'deleted record')}.")
    asked = sum(captured.outcomes.values())
    told = [
        f"{number:,} {_WORDS[outcome]}"
        for outcome, number in captured.outcomes.most_common()
        if outcome in _WORDS
    ]
    if asked:
        output.say(f"Of {count_of(asked, 'question')}, {', '.join(told)}.")
    _show_parents(
        "Missed: gone for ever before they could be captured",
        captured.missed,
        output,
        gone_at=captured.as_of,
    )
    _show_parents("Left the recycle bin meanwhile: restored, or purged", captured.left, output)
    _show_parents("Waiting for the next audit", captured.waiting, output)


def _show_parents(
    title: str,
    parents: Sequence[DeletedParent],
    output: Output,
    *,
    gone_at: datetime | None = None,
) -> None:
    """Prints parents with their days; `gone_at` is when they were seen to be gone for ever."""
    if not parents:
        return
    output.say(f"{title}: {len(parents):,}.", style="bold")
    for parent in parents[:_SHOWN]:
        output.say(f"- {parent.module} {parent.name or parent.id}{_day(parent, gone_at)}")
    if len(parents) > _SHOWN:
        output.say(f"- and {len(parents) - _SHOWN:,} more, in --json")


def _day(parent: DeletedParent, gone_at: datetime | None) -> str:
    due_at = parent.purge_due_at
    if due_at is None:
        return f", deleted {parent.deleted_time:%Y-%m-%d}" if parent.deleted_time else ""
    # Not purged by Zoho: somebody emptied the bin.
    if gone_at is not None and due_at - _LEEWAY > gone_at:
        return f", deleted for ever before its time, its purge was due {due_at:%Y-%m-%d} only"
    return f", purge due {due_at:%Y-%m-%d}"
