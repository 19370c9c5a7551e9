"""Applying a plan: its removals and nothing else, each on record before and after."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import dlt

from zoho_destinations.delink import build_recording_delink
from zoho_destinations.delink_ledger import (
    RelationRecord,
    add_relations,
    create_delink_tables,
    delete_relations,
    mark_plan,
    read_relations,
    update_relations,
)

from .delink_options import current_user
from .delink_plan import image_to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zoho_crm.client import ZohoClient
    from zoho_destinations.delink_replies import Result
    from zoho_destinations.delink_rows import RelationRow
    from zoho_destinations.statements import Client

    from .delink_plan import Plan, PlannedRow

DONE: Final = ("removed", "gone")
_COLUMNS: Final = ("module", "record", "related_list", "related_record", "record_field",
                   "related_field")  # fmt: skip


class PlanRecorder:
    """Keeps the relations of one plan in the dataset."""

    def __init__(self, sql: Client, plan: Plan) -> None:
        """Reads what earlier applies of the plan have left."""
        self.error: Exception | None = None
        self._sql = sql
        self._plan = plan
        self._planned = {planned.row: (no, planned) for no, planned in enumerate(plan.rows, 1)}
        create_delink_tables(sql)
        self._records = {r.row_no: r for r in read_relations(sql, plan.plan_id)}

    @property
    def left(self) -> list[RelationRow]:
        """What is still to be removed."""
        return left_of(self._plan, self._records.values())

    @property
    def may_have_run(self) -> frozenset[RelationRow]:
        """Relations whose calls a process that was killed may have made."""
        return frozenset(row for row in self.left if self._state(row) == "intended")

    def intend(self, rows: Sequence[RelationRow]) -> None:
        """Writes rows before their calls; what is written already stays."""
        new = [self._build(row) for row in rows if self._state(row) is None]
        again = [self._planned[row][0] for row in rows if self._state(row) == "failed"]
        intended = {"state": "intended", "run_by": current_user(), "done_at": None}
        changes = {no: {**intended, "intended_at": datetime.now(UTC)} for no in again}
        with self._sql.begin_transaction():
            add_relations(self._sql, new)
            update_relations(self._sql, self._plan.plan_id, changes)

    def finish(self, results: Sequence[Result]) -> None:
        """Completes rows after the reply."""
        now = datetime.now(UTC)
        changes = {
            self._planned[result.row][0]: {
                "state": result.state,
                "run_by": current_user(),
                "done_at": now,
                "reply_status": result.status,
                "reply_code": result.code,
                "reply_message": result.details or None,
                "note": result.sentence or None,
            }
            for result in results
        }
        with self._sql.begin_transaction():
            update_relations(self._sql, self._plan.plan_id, changes)

    def withdraw(self, rows: Sequence[RelationRow]) -> None:
        """Takes back rows whose calls were refused before anything was done."""
        numbers = [self._planned[row][0] for row in rows if self._state(row) is None]
        delete_relations(self._sql, self._plan.plan_id, numbers)

    def _state(self, row: RelationRow) -> str | None:
        """How an earlier apply has left a row."""
        found = self._records.get(self._planned[row][0])
        return found.state if found else None

    def _build(self, row: RelationRow) -> RelationRecord:
        number, planned = self._planned[row]
        return build_record(self._plan, number, planned)


def apply_plan(sql: Client, client: ZohoClient, plan: Plan, folder: str) -> list[RelationRecord]:
    """Removes what a plan says, as far as it was not done before.

    Args:
        sql: An open client of the dataset.
        client: Makes the calls.
        plan: What to remove.
        folder: dlt's working folder for the way to Zoho.

    Returns:
        The relations of the plan as they are on record now.

    Raises:
        ZohoCrmError: Zoho could not be asked any more; what was done until then is on record.
    """
    recorder = PlanRecorder(sql, plan)
    left = recorder.left
    mark_plan(sql, plan.plan_id, "began_at")
    if left:
        destination = build_recording_delink(client, recorder, recorder.may_have_run)
        to_zoho = dlt.pipeline("zoho_delink", destination=destination, pipelines_dir=folder)
        # A signal ends the calls in order (see `stopping`); dlt would drop what is under way.
        to_zoho.runtime_config.intercept_signals = False
        columns = {name: {"data_type": "text"} for name in _COLUMNS}
        to_zoho.run(_to_items(left), table_name="relations", columns=columns)  # type: ignore[arg-type]  # dlt's dicts
    if recorder.error is not None:
        raise recorder.error
    mark_plan(sql, plan.plan_id, "applied_at")
    return read_relations(sql, plan.plan_id)


def left_of(plan: Plan, records: Iterable[RelationRecord]) -> list[RelationRow]:
    """What of a plan is still to be removed, with its relations as they are on record."""
    done = {record.row_no for record in records if record.state in DONE}
    return [
        planned.row
        for number, planned in enumerate(plan.rows, 1)
        if planned.state == "remove" and number not in done
    ]


def build_record(plan: Plan, number: int, planned: PlannedRow) -> RelationRecord:
    """A relation about to be removed."""
    row = planned.row
    return RelationRecord(
        plan_id=plan.plan_id,
        row_no=number,
        module=row.module,
        record=row.record,
        record_field=row.record_field or None,
        related_list=row.related_list,
        related_module=row.related.module,
        related_record=row.related_record,
        related_field=row.related_field or None,
        before=image_to_text(planned.image),
        before_read_at=plan.made_at,
        state="intended",
        run_by=current_user(),
        intended_at=datetime.now(UTC),
    )


def _to_items(rows: Iterable[RelationRow]) -> list[dict[str, str]]:
    return [row.to_json() for row in rows]
