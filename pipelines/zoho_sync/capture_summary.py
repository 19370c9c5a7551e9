"""What one capture did, for people: counts by outcome, what waits, what was missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    _show_parents("Missed: purged before they could be captured", captured.missed, output)
    _show_parents("Left the recycle bin meanwhile: restored, or purged", captured.left, output)
    _show_parents("Waiting for the next audit", captured.waiting, output)


def _show_parents(title: str, parents: Sequence[DeletedParent], output: Output) -> None:
    if not parents:
        return
    output.say(f"{title}: {len(parents):,}.", style="bold")
    for parent in parents[:_SHOWN]:
        due_at = parent.purge_due_at or parent.deleted_time
        told = "purge due" if parent.purge_due_at else "deleted"
        day = f", {told} {due_at:%Y-%m-%d}" if due_at else ""
        output.say(f"- {parent.module} {parent.name or parent.id}{day}")
    if len(parents) > _SHOWN:
        output.say(f"- and {len(parents) - _SHOWN:,} more, in --json")
