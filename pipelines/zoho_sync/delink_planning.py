"""Making a plan of removals: reads, and writes nothing in Zoho."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zoho_destinations.delink_ledger import add_plan, create_delink_tables
from zoho_destinations.delink_members import read_standings
from zoho_destinations.delink_rows import distinct, refusal_of

from .delink_inputs import read_inputs
from .delink_offline import read_held_standings
from .delink_options import current_user
from .delink_plan import Plan, PlannedRow, seal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zoho_crm.client import ZohoClient
    from zoho_destinations.delink_members import Standing
    from zoho_destinations.delink_rows import RelationRow
    from zoho_destinations.statements import Client

    from .delink_inputs import InputChoice


def make_plan(sql: Client, client: ZohoClient, choice: InputChoice, *, is_offline: bool) -> Plan:
    """Finds out what a removal would do, and keeps that in the dataset.

    Args:
        sql: An open client of the dataset.
        client: Asks how the relations stand; not used offline.
        choice: Where the rows are.
        is_offline: The dataset says how the relations stand.

    Raises:
        ZohoConfigError: The rows can't be read.
        ZohoCrmError: Zoho could not be asked.
    """
    inputs, named = read_inputs(sql, choice)
    rows = distinct(named)
    refused = {row: why for row in rows if (why := refusal_of(row))}
    asked = [row for row in rows if row not in refused]
    held = read_held_standings(sql, asked) if is_offline else _from_zoho(client, asked)
    found = {planned.row: planned for planned in held}
    found |= {row: PlannedRow(row, "refused", why) for row, why in refused.items()}
    planned_rows = [found[row] for row in rows]
    plan = seal(Plan(inputs, datetime.now(UTC), current_user(), is_offline, planned_rows))
    create_delink_tables(sql)
    with sql.begin_transaction():
        add_plan(sql, plan.to_row())
    return plan


def _from_zoho(client: ZohoClient, rows: Iterable[RelationRow]) -> Iterator[PlannedRow]:
    for standing in read_standings(client, rows):
        yield _to_planned(standing)


def _to_planned(standing: Standing) -> PlannedRow:
    state = {"there": "remove", "gone": "gone", "failed": "refused"}[standing.state]
    return PlannedRow(standing.row, state, standing.sentence, standing.image)  # type: ignore[arg-type]  # one of the three
