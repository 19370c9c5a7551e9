"""The work of `zoho-sync delink`: plan, apply, undo."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from zoho_crm.exceptions import ZohoConfigError, ZohoCrmError
from zoho_crm.session import ReadSession
from zoho_destinations.delink_ledger import (
    find_newest_plan,
    find_plans,
    has_delink_tables,
    read_relations,
)
from zoho_destinations.existing import read_columns
from zoho_destinations.lock import dataset_lock
from zoho_destinations.opening import open_dataset
from zoho_destinations.publish import publish, published_file

from .delink_applying import apply_plan, left_of
from .delink_conclusions import (
    conclude_apply,
    conclude_plan,
    conclude_undo,
    conclude_unswept,
)
from .delink_errors import PlanChangedError
from .delink_inputs import InputChoice, read_inputs
from .delink_plan import open_plan
from .delink_planning import make_plan
from .delink_sweeping import sweep_affected
from .delink_undoing import Undo, row_of, undoable
from .identity import check_identity
from .recovery import restore_state
from .run import build_client
from .stopping import stops_in_order
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import dlt

    from zoho_crm.client import ZohoClient
    from zoho_destinations.delink_ledger import PlanRow, RelationRecord
    from zoho_destinations.delink_rows import RelationRow
    from zoho_destinations.lock import Lock
    from zoho_destinations.statements import Client

    from .configuration import SyncConfiguration
    from .delink_options import DelinkOptions
    from .delink_plan import Plan
    from .delink_report import DelinkReport
    from .target import Target


def run_delink(
    config: SyncConfiguration,
    target: Target,
    options: DelinkOptions,
    *,
    confirm: Callable[[str], None],
    say: Callable[[str], None],
) -> DelinkReport:
    """Plans a removal, applies a plan or undoes one.

    Args:
        config: Credentials and limits.
        target: The destination and its dataset.
        options: What to do.
        confirm: Asks the user; raises where the answer is no.
        say: Hears what else is worth saying.

    Raises:
        ZohoConfigError: The options or the rows can't be right.
        PlanChangedError: The plan, or what it was made of, is not as it was.
        WarehouseError: The destination cannot be used.
        ZohoCrmError: Zoho could not be asked, and nothing was done.
    """
    with _open_desk(config, target, options, say) as desk:
        if options.undo is not None:
            return _undo(desk, options, confirm)
        if options.is_applied:
            return _apply(desk, options, confirm)
        return _plan(desk, options)


@dataclass(slots=True)
class _Desk:
    """What every action works with; the dataset's lock is held."""

    pipeline: dlt.Pipeline
    sql: Client
    client: ZohoClient
    folder: str
    target: Target
    lock: Lock

    def report(self, report: DelinkReport) -> DelinkReport:
        """Completes a report."""
        report.calls = self.client.calls
        return report


@contextmanager
def _open_desk(
    config: SyncConfiguration,
    target: Target,
    options: DelinkOptions,
    say: Callable[[str], None],
) -> Iterator[_Desk]:
    if options.is_write:
        published_file(target.destination, target.dataset)  # before anything is changed in Zoho
    with (
        TemporaryDirectory(prefix="zoho-sync-") as folder,
        dataset_lock(target.destination, target.dataset, wait_s=options.wait_s) as lock,
        build_client(config, may_write=options.is_write) as client,
        stops_in_order(client),
    ):
        # Not the working folder of runs, which may hold a package that is still to be loaded.
        pipeline = target.passing_pipeline(f"{folder}/dataset")
        with open_dataset(pipeline) as sql:
            if _is_filled(sql):
                pipeline = restore_state(pipeline)
                if not options.is_offline:
                    session = ReadSession(client, raises=False)
                    check_identity(pipeline, session, config.credentials, say)
            yield _Desk(pipeline, sql, client, f"{folder}/zoho", target, lock)


def _is_filled(sql: Client) -> bool:
    """Whether runs have filled the dataset: ids of another organisation mean nothing in this."""
    return "organization" in read_columns(sql)


def _plan(desk: _Desk, options: DelinkOptions) -> DelinkReport:
    if options.choice is None:
        raise ZohoConfigError(
            "Nothing names what to remove: give --from-query, --from-table or --from-file."
        )
    plan = make_plan(desk.sql, desk.client, options.choice, is_offline=options.is_offline)
    return desk.report(conclude_plan(plan, max_rows=options.max_rows))


def _apply(desk: _Desk, options: DelinkOptions, confirm: Callable[[str], None]) -> DelinkReport:
    kept = _choose_plan(desk.sql, options)
    plan = open_plan(kept)
    earlier = read_relations(desk.sql, plan.plan_id)
    _check_undone(plan, earlier)
    # One that came to its end goes on for those who name it: its inputs stand for a new plan.
    is_wanted = kept.applied_at is None or options.choice is None
    if not (earlier and is_wanted):
        _check_inputs(desk.sql, plan)
    _check_size(plan, plan.inputs.named, options.max_rows)
    if left := left_of(plan, earlier):
        confirm(_question(plan, left))
    error = None
    try:
        apply_plan(desk.sql, desk.client, plan, desk.folder)
    except ZohoCrmError as stopped:
        error = stopped
    records = read_relations(desk.sql, plan.plan_id)
    if error is not None and not any(record.state != "intended" for record in records):
        raise error
    report = conclude_apply(plan, records, error)
    affected = [p.row for p in plan.rows if p.state in ("remove", "gone")]
    return _show_in_dataset(desk, report, affected)


def _undo(desk: _Desk, options: DelinkOptions, confirm: Callable[[str], None]) -> DelinkReport:
    plan = open_plan(_choose_plan(desk.sql, options))
    records = undoable(desk.sql, plan)
    _check_size(plan, len(records), options.max_rows)
    if records:
        relations = count_of(len(records), "relation")
        confirm(f"Add {relations} again that plan {plan.plan_id} removed in Zoho?")
    error = None
    try:
        if records:
            Undo(desk.sql, desk.client, plan).run()
    except ZohoCrmError as stopped:
        error = stopped
    after = read_relations(desk.sql, plan.plan_id)
    if error is not None and not any(record.undo_state for record in after):
        raise error
    concluded = conclude_undo(plan, after, error, is_repeated=not records)
    restored = [row_of(record) for record in after if record.undo_state == "restored"]
    return _show_in_dataset(desk, concluded, restored)


def _show_in_dataset(
    desk: _Desk, report: DelinkReport, affected: Sequence[RelationRow]
) -> DelinkReport:
    """Sweeps the lists concerned, and publishes the copy for readers."""
    run_id = f"delink {report.plan.plan_id}"
    is_undo = report.action == "undo"
    session = ReadSession(desk.client, raises=False)
    try:
        unknown = sweep_affected(
            desk.pipeline, desk.sql, session, affected, run_id=run_id, is_undo=is_undo
        )
        if unknown:
            report.notes.append(
                f"{count_of(unknown, 'row')} of records that the dataset does not hold: it shows "
                "them when their lists are read next."
            )
    except ZohoCrmError as error:
        conclude_unswept(report, error)
    publish(desk.target.pipeline(), desk.lock)
    return desk.report(report)


def _choose_plan(sql: Client, options: DelinkOptions) -> PlanRow:
    """The plan that the options name.

    Raises:
        ZohoConfigError: There is none, or more than one.
    """
    named, choice = options.undo or options.plan, options.choice
    is_used = has_delink_tables(sql)
    if named is not None:
        return _only(find_plans(sql, named) if is_used else [], named)
    if choice is None:
        raise ZohoConfigError(
            "Nothing names a plan: give --plan, or the --from-... that it was made with."
        )
    found = find_newest_plan(sql, choice.kind, choice.text) if is_used else None
    if found is None:
        raise ZohoConfigError(
            f"No plan was made of this {choice.kind}: run the same command without --apply first."
        )
    return found


def _only(found: list[PlanRow], named: str) -> PlanRow:
    if len(found) != 1:
        many = "No plan" if not found else "More than one plan"
        raise ZohoConfigError(f"{many} in the dataset has an id that begins with {named!r}.")
    return found[0]


def _check_undone(plan: Plan, records: Sequence[RelationRecord]) -> None:
    if any(record.undo_state in ("intended", "restored", "there") for record in records):
        raise PlanChangedError(
            f"Plan {plan.plan_id} was undone, so its relations are in Zoho again: to remove them "
            "once more, make a new plan."
        )


def _check_inputs(sql: Client, plan: Plan) -> None:
    inputs, _ = read_inputs(sql, InputChoice(plan.inputs.kind, plan.inputs.text))
    if inputs.rows_digest != plan.inputs.rows_digest:
        raise PlanChangedError(
            f"The {inputs.kind} that plan {plan.plan_id} was made of names other relations now "
            f"({inputs.named:,} rows, then {plan.inputs.named:,}): make a new plan."
        )


def _check_size(plan: Plan, rows: int, max_rows: int) -> None:
    if rows > max_rows:
        raise ZohoConfigError(
            f"Plan {plan.plan_id} names {rows:,} rows, more than {max_rows:,}: look at it again, "
            f"then give --max {rows}."
        )


def _question(plan: Plan, left: Sequence[RelationRow]) -> str:
    lists = len({row.list for row in left})
    return (
        f"Remove {count_of(len(left), 'relation')} from {count_of(lists, 'list')} in "
        f"Zoho, as planned "
        f"{plan.made_at:%Y-%m-%d %H:%M} UTC?"
    )
