"""Undoing a plan: the relations it removed are added again, with the fields they had."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from zoho_destinations.delink_additions import add_relations, why_not_restorable
from zoho_destinations.delink_ledger import read_relations, update_relations
from zoho_destinations.delink_members import member_values, read_standings
from zoho_destinations.delink_rows import RelationRow

from .delink_options import current_user
from .delink_plan import image_of_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoho_crm.client import ZohoClient
    from zoho_destinations.delink_ledger import RelationRecord
    from zoho_destinations.statements import Client

    from .delink_plan import Plan

_REMOVED: Final = ("removed", "intended")
_BACK: Final = ("restored", "there")
_THERE: Final = "It is in the list, and stays there as it is."


class Undo:
    """Puts back what one plan has removed. Relations that are there again stay as they are."""

    def __init__(self, sql: Client, client: ZohoClient, plan: Plan) -> None:
        """Reads what the plan has removed, or may have."""
        self._sql = sql
        self._client = client
        self._plan = plan
        self._records = {row_of(record): record for record in undoable(sql, plan)}

    def run(self) -> list[RelationRecord]:
        """Does it.

        Returns:
            The relations of the plan as they are on record now.

        Raises:
            ZohoCrmError: Zoho could not be asked any more; what was done until then is on record.
        """
        values = self._sort_out()
        gone = self._compare(values)
        chosen = {row: values[row] for row in gone}
        for additions in add_relations(self._client, chosen, self._intend):
            self._note(
                {
                    each.row: ("restored" if each.is_added else "failed", each.code, each.sentence)
                    for each in additions
                }
            )
        return read_relations(self._sql, self._plan.plan_id)

    def _sort_out(self) -> dict[RelationRow, Mapping[str, Any]]:
        """Names what can't be added again; gives the fields of the rest."""
        values: dict[RelationRow, Mapping[str, Any]] = {}
        refused = {}
        for row, record in self._records.items():
            image = image_of_text(record.before)
            relation = row.relation
            found = None if image is None or relation is None else member_values(relation, image)
            why = why_not_restorable(relation, found)
            if why or found is None:
                refused[row] = ("failed", None, why)
            else:
                values[row] = found
        self._note(refused)
        return values

    def _compare(self, rows: Mapping[RelationRow, object]) -> list[RelationRow]:
        """Finds the relations that are not there, and notes the others."""
        gone, others = [], {}
        for standing in read_standings(self._client, rows):
            row = standing.row
            if standing.state == "gone":
                gone.append(row)
            elif standing.state == "failed":
                others[row] = ("failed", None, standing.sentence)
            elif self._records[row].undo_state == "intended":
                others[row] = ("restored", None, "An earlier undo, which was killed, added it.")
            else:
                others[row] = ("there", None, _THERE)
        self._note(others)
        return gone

    def _intend(self, rows: Sequence[RelationRow]) -> None:
        facts = {"undo_state": "intended", "undo_by": current_user()}
        self._update({row: {**facts, "undo_intended_at": datetime.now(UTC)} for row in rows})

    def _note(self, outcomes: Mapping[RelationRow, tuple[str, str | None, str | None]]) -> None:
        now, user = datetime.now(UTC), current_user()
        self._update(
            {
                row: {
                    "undo_state": state,
                    "undo_by": user,
                    "undone_at": now,
                    "undo_code": code,
                    "undo_note": note or None,
                }
                for row, (state, code, note) in outcomes.items()
            }
        )

    def _update(self, changes: Mapping[RelationRow, Mapping[str, Any]]) -> None:
        numbered = {self._records[row].row_no: facts for row, facts in changes.items()}
        with self._sql.begin_transaction():
            update_relations(self._sql, self._plan.plan_id, numbered)


def undoable(sql: Client, plan: Plan) -> list[RelationRecord]:
    """Relations that a plan has removed, or may have, and that no undo has put back.

    Those that an undo has put back and somebody has removed since are left alone.
    """
    return [
        record
        for record in read_relations(sql, plan.plan_id)
        if record.state in ("removed", "intended")
        and record.undo_state not in ("restored", "there")
    ]


def row_of(record: RelationRecord) -> RelationRow:
    """The row that a record is about."""
    return RelationRow(
        record.module,
        record.record,
        record.related_list,
        record.related_record,
        record.record_field or "",
        record.related_field or "",
    )
