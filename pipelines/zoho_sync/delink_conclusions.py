"""How a delink ended, in a sentence and an exit code; pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from zoho_crm.exceptions import ZohoStoppedError
from zoho_crm.removable_relations import find_mirror
from zoho_destinations.delink_calls import group_rows
from zoho_destinations.delink_rows import RelationRow

from .delink_report import DelinkReport
from .exit_codes import ExitCode, exit_code_of
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoho_crm.exceptions import ZohoCrmError
    from zoho_destinations.delink_ledger import RelationRecord

    from .delink_plan import Plan


def conclude_plan(plan: Plan, *, max_rows: int) -> DelinkReport:
    """What a plan says, and how it is applied."""
    report = DelinkReport("plan", plan)
    impossible = plan.count("refused") + plan.count("unknown")
    if impossible:
        report.exit_code = ExitCode.PARTIAL
    if plan.inputs.named > max_rows:
        report.notes.append(
            f"It names {plan.inputs.named:,} rows: to apply it takes --max {plan.inputs.named}."
        )
    elsewhere = _calls_from_the_other_side(plan)
    if elsewhere and elsewhere * 2 <= plan.calls:
        report.notes.append(
            f"Written from their other side the same would take {count_of(elsewhere, 'call')}."
        )
    parts = [
        f"{count_of(plan.count('remove'), 'relation')} to remove in {count_of(plan.calls, 'call')}"
        f" ({count_of(plan.calls, 'credit')})"
    ]
    parts += [f"{plan.count('gone'):,} already gone"] if plan.count("gone") else []
    parts += [f"{impossible:,} not possible"] if impossible else []
    then = "add --apply to the same command to do it" if plan.to_remove else "nothing to do"
    report.message = f"Plan {plan.plan_id}: {', '.join(parts)}; nothing was changed, {then}."
    return report


def conclude_apply(
    plan: Plan, records: Sequence[RelationRecord], error: ZohoCrmError | None
) -> DelinkReport:
    """What an apply has done."""
    states = Counter(record.state for record in records)
    report = DelinkReport("apply", plan, records)
    impossible = plan.count("refused") + plan.count("unknown")
    parts = [f"{count_of(states['removed'], 'relation')} removed"]
    gone = states["gone"] + plan.count("gone")
    parts += [f"{gone:,} were gone already"] if gone else []
    parts += [f"{states['failed']:,} refused by Zoho"] if states["failed"] else []
    parts += [f"{impossible:,} not possible"] if impossible else []
    done = ", ".join(parts)
    if error is not None:
        left = len(plan.to_remove) - states["removed"] - states["gone"] - states["failed"]
        report.exit_code = exit_code_of(error)
        report.message = (
            f"Plan {plan.plan_id} is not done: {done}, {left:,} left; apply it again."
            f"{_cause(error)}"
        )
        return report
    if states["failed"] or impossible:
        report.exit_code = ExitCode.PARTIAL
    report.message = f"Plan {plan.plan_id} is done: {done}."
    return report


def conclude_undo(
    plan: Plan,
    records: Sequence[RelationRecord],
    error: ZohoCrmError | None,
    *,
    is_repeated: bool = False,
) -> DelinkReport:
    """What an undo has put back, or an earlier one where nothing was left for this."""
    states = Counter(record.undo_state for record in records)
    report = DelinkReport("undo", plan, records)
    added = "had been added again" if is_repeated else "added again"
    parts = [f"{count_of(states['restored'], 'relation')} {added}"]
    parts += [f"{states['there']:,} were there"] if states["there"] else []
    parts += [f"{states['failed']:,} could not be added"] if states["failed"] else []
    done = ", ".join(parts)
    if error is not None:
        report.exit_code = exit_code_of(error)
        report.message = f"Plan {plan.plan_id} is not undone: {done}; undo it again.{_cause(error)}"
        return report
    if not any(states[state] for state in ("restored", "there", "failed")):
        report.message = f"Plan {plan.plan_id} has removed nothing: there is nothing to undo."
        return report
    if states["failed"]:
        report.exit_code = ExitCode.PARTIAL
    is_undone = "was undone already, nothing was changed" if is_repeated else "is undone"
    report.message = f"Plan {plan.plan_id} {is_undone}: {done}."
    return report


def conclude_unswept(report: DelinkReport, error: ZohoCrmError) -> None:
    """Zoho is changed, and the dataset does not show it yet."""
    report.notes.append(
        f"The dataset does not show all of it before the next run of `zoho-sync run`: {error}"
    )
    if report.exit_code in (ExitCode.DONE, ExitCode.PARTIAL):
        report.exit_code = exit_code_of(error)


def _cause(error: ZohoCrmError) -> str:
    """What ended it; a user who stopped it knows."""
    return "" if isinstance(error, ZohoStoppedError) else f" {error}"


def _calls_from_the_other_side(plan: Plan) -> int:
    return len(group_rows([_mirrored(row) for row in plan.to_remove]))


def _mirrored(row: RelationRow) -> RelationRow:
    relation = row.relation
    mirror = find_mirror(relation) if relation and not row.is_external else None
    if mirror is None:
        return row
    return RelationRow(mirror.module, row.related_record, mirror.related_list, row.record)
