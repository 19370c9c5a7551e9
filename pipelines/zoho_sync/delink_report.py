"""What a delink found out or did: for a person and for JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from .delink_plan import image_to_text
from .exit_codes import ExitCode
from .results import ending

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zoho_destinations.delink_ledger import RelationRecord

    from .delink_plan import Plan
    from .terminal import Output

_LISTS_SHOWN: Final = 20
_ROWS_SHOWN: Final = 10


@dataclass(slots=True)
class DelinkReport:
    """One delink."""

    action: Literal["plan", "apply", "undo"]
    plan: Plan
    records: Sequence[RelationRecord] = ()
    """The plan's relations as they are on record; none of a plan alone."""
    calls: int = 0
    """Calls made."""
    exit_code: ExitCode = ExitCode.DONE
    message: str = ""
    notes: list[str] = field(default_factory=list)

    def count(self, state: str) -> int:
        """Relations on record in a state, of the undo where this is one."""
        states = (r.undo_state if self.action == "undo" else r.state for r in self.records)
        return Counter(states)[state]

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        plan = self.plan
        return {
            **ending(self.exit_code, self.message),
            "action": self.action,
            "plan": plan.plan_id,
            "digest": plan.digest,
            "made_at": plan.made_at.isoformat(),
            "made_by": plan.made_by,
            "is_offline": plan.is_offline,
            "input": {"kind": plan.inputs.kind, "text": plan.inputs.text},
            "rows_named": plan.inputs.named,
            "to_remove": plan.count("remove"),
            "already_gone": plan.count("gone"),
            "refused": plan.count("refused"),
            "unknown": plan.count("unknown"),
            "calls_to_apply": plan.calls,
            "credits_to_apply": plan.calls,
            "calls": self.calls,
            "notes": self.notes,
            "rows": self._rows(),
        }

    def _rows(self) -> list[dict[str, Any]]:
        records = {record.row_no: record for record in self.records}
        return [
            {
                "row_no": number,
                **planned.row.to_json(),
                "planned": planned.state,
                "sentence": planned.sentence,
                "before": _to_plain(image_to_text(planned.image)),
                **(_outcome(records[number]) if number in records else {}),
            }
            for number, planned in enumerate(self.plan.rows, 1)
        ]


def show_delink(report: DelinkReport, output: Output) -> None:
    """Prints lists with counts, then the rows that need attention, then the conclusion."""
    if report.action == "plan" and report.plan.rows:
        _show_lists(report.plan, output)
    for sentence in _limited(_troubles(report), _ROWS_SHOWN):
        output.say(sentence)
    for note in report.notes:
        output.say(note)
    is_well = report.exit_code is ExitCode.DONE
    output.say(report.message, style="bold green" if is_well else "bold red")


def _show_lists(plan: Plan, output: Output) -> None:
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    for planned in plan.rows:
        row = planned.row
        key = (row.module, row.record, row.related_list)
        counts.setdefault(key, Counter())[planned.state] += 1
    headings = ("module", "record", "list", ">to remove", ">gone", ">not possible")
    rows = [
        (*key, found["remove"], found["gone"], found["refused"] + found["unknown"])
        for key, found in counts.items()
    ]
    output.show_table(headings, rows[:_LISTS_SHOWN])
    if len(rows) > _LISTS_SHOWN:
        output.say(f"... and {len(rows) - _LISTS_SHOWN:,} more lists; --json shows all.")
    output.say("")


def _troubles(report: DelinkReport) -> list[str]:
    if report.action == "plan":
        bad = ("refused", "unknown")
        return [f"{p.row}: {p.sentence}" for p in report.plan.rows if p.state in bad]
    if report.action == "apply":
        return [f"{_name(r)}: {r.note}" for r in report.records if r.state == "failed"]
    return [f"{_name(r)}: {r.undo_note}" for r in report.records if r.undo_state == "failed"]


def _limited(sentences: Sequence[str], most: int) -> Iterable[str]:
    yield from sentences[:most]
    if len(sentences) > most:
        yield f"... and {len(sentences) - most:,} more; --json shows all."


def _name(record: RelationRecord) -> str:
    return f"{record.module} {record.record} {record.related_list} {record.related_record}"


def _to_plain(text: str | None) -> Any:
    """A before-image as JSON values; the dataset keeps the numbers as they were."""
    return None if text is None else json.loads(text)


def _outcome(record: RelationRecord) -> dict[str, Any]:
    return {
        "state": record.state,
        "reply_code": record.reply_code,
        "note": record.note,
        "undo_state": record.undo_state,
        "undo_note": record.undo_note,
    }
