"""The ledger of delink: plans, and every relation that one of them was to remove.

Plain SQL, like the ledger of runs. A row of `delinked_relations` is written before its call and
completed after the reply, so a row without an end is a call of which nobody knows how it went.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from .existing import create_schema, read_columns
from .plain_tables import column_names, create_table, read_rows
from .staged_rows import insert_staged, staged
from .statements import is_postgres, quote, run_update

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .statements import Client

PLANS: Final = "delink_plans"
RELATIONS: Final = "delinked_relations"
JSON_COLUMN: Final = "before"
_IDS_A_STATEMENT: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One plan; what is not known yet is None."""

    plan_id: str
    digest: str
    """Of the text in `plan`."""
    made_at: datetime
    made_by: str
    input_kind: str
    input: str
    row_count: int
    to_remove: int
    already_gone: int
    refused: int
    calls: int
    """What applying it takes at least."""
    is_offline: bool
    plan: str
    """The whole plan as JSON."""
    began_at: datetime | None = None
    applied_at: datetime | None = None
    """When the last of its rows was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationRecord:
    """One relation that a plan removes; what is not known yet is None."""

    plan_id: str
    row_no: int
    module: str
    record: str
    record_field: str | None
    related_list: str
    related_module: str
    related_record: str
    related_field: str | None
    before: str | None
    """The member as it was in the list, with the fields of the membership; JSON."""
    before_read_at: datetime | None
    state: str
    """`intended`, `removed`, `gone` or `failed`."""
    run_by: str
    intended_at: datetime
    done_at: datetime | None = None
    reply_status: int | None = None
    reply_code: str | None = None
    reply_message: str | None = None
    note: str | None = None
    undo_state: str | None = None
    """`intended`, `restored`, `there` or `failed`; null where no undo was asked for."""
    undo_by: str | None = None
    undo_intended_at: datetime | None = None
    undone_at: datetime | None = None
    undo_code: str | None = None
    undo_note: str | None = None


KEYS: Final = {PLANS: ("plan_id",), RELATIONS: ("plan_id", "row_no")}
_ROW_TYPES: Final[Mapping[str, type[PlanRow] | type[RelationRecord]]] = {
    PLANS: PlanRow,
    RELATIONS: RelationRecord,
}
_NUMBERS: Final = (
    "row_no", "reply_status", "row_count", "to_remove", "already_gone", "refused", "calls",
)  # fmt: skip
_TIMES: Final = (
    "made_at", "began_at", "applied_at", "before_read_at", "intended_at", "done_at",
    "undo_intended_at", "undone_at",
)  # fmt: skip


def create_delink_tables(client: Client) -> None:
    """Creates the dataset and the two tables where they are missing."""
    create_schema(client, client.dataset_name)
    for table, key in KEYS.items():
        columns = {name: _type_of(client, name) for name in _names(table)}
        create_table(client, table, columns, key=key)


def has_delink_tables(client: Client) -> bool:
    """Whether delink was ever used on the dataset."""
    return set(KEYS) <= set(read_columns(client))


def add_plan(client: Client, row: PlanRow) -> None:
    """Keeps a new plan; within a transaction."""
    _insert(client, PLANS, [row])


def find_plans(client: Client, starting: str) -> list[PlanRow]:
    """Gives the plans whose ids begin with a text, newest first."""
    return _read_plans(client, "substr(plan_id, 1, length(%s)) = %s", starting, starting)


def find_newest_plan(client: Client, input_kind: str, text: str) -> PlanRow | None:
    """Gives the plan that was made last of an input."""
    column = quote(client, "input")
    found = _read_plans(client, f"input_kind = %s AND {column} = %s", input_kind, text)
    return found[0] if found else None


def mark_plan(client: Client, plan_id: str, column: str) -> None:
    """Notes that a plan began, or came to its end, unless that is noted."""
    table = client.make_qualified_table_name(PLANS)
    name = quote(client, column)
    run_update(
        client,
        f"UPDATE {table} SET {name} = %s WHERE plan_id = %s AND {name} IS NULL",
        datetime.now(UTC),
        plan_id,
    )


def add_relations(client: Client, records: Sequence[RelationRecord]) -> None:
    """Writes relations about to be removed; within a transaction."""
    if records:
        _insert(client, RELATIONS, records)


def read_relations(client: Client, plan_id: str) -> list[RelationRecord]:
    """Gives the relations of a plan that were ever intended, in its order."""
    of_the_plan = "WHERE plan_id = %s ORDER BY row_no"
    return read_rows(
        client, RELATIONS, RelationRecord, of_the_plan, plan_id, as_text=(JSON_COLUMN,)
    )


def update_relations(
    client: Client, plan_id: str, changes: Mapping[int, Mapping[str, Any]]
) -> None:
    """Sets columns of a plan's relations; within a transaction.

    Args:
        client: An open client of the dataset.
        plan_id: The plan.
        changes: For each row number the same columns with their values.
    """
    if not changes:
        return
    names = list(next(iter(changes.values())))
    rows = [{"row_no": number, **values} for number, values in changes.items()]
    assignments = ", ".join(f"{quote(client, name)} = v.{quote(client, name)}" for name in names)
    with staged(client, pa.Table.from_pylist(rows, _arrow_schema(["row_no", *names]))) as v:
        run_update(
            client,
            f"UPDATE {client.make_qualified_table_name(RELATIONS)} AS t SET {assignments}"
            f" FROM {v} AS v WHERE t.plan_id = %s AND t.row_no = v.row_no",
            plan_id,
        )


def delete_relations(client: Client, plan_id: str, row_numbers: Sequence[int]) -> None:
    """Takes back relations that were intended, and whose calls were refused before anything."""
    table = client.make_qualified_table_name(RELATIONS)
    for part in _parts(row_numbers):
        places = ", ".join(["%s"] * len(part))
        run_update(
            client,
            f"DELETE FROM {table} WHERE plan_id = %s AND row_no IN ({places})",
            plan_id,
            *part,
        )


def _read_plans(client: Client, where: str, *values: str) -> list[PlanRow]:
    newest_first = f"WHERE {where} ORDER BY made_at DESC, plan_id LIMIT 5"
    return read_rows(client, PLANS, PlanRow, newest_first, *values)


def _names(table: str) -> list[str]:
    return column_names(_ROW_TYPES[table])


def _type_of(client: Client, name: str) -> str:
    if name == JSON_COLUMN:
        return "jsonb" if is_postgres(client) else "json"
    if name in _NUMBERS:
        return "bigint"
    if name in _TIMES:
        return "timestamptz"
    return "boolean" if name == "is_offline" else "text"


def _arrow_schema(names: Sequence[str]) -> pa.Schema:
    kinds = {
        **dict.fromkeys(_NUMBERS, pa.int64()),
        **dict.fromkeys(_TIMES, pa.timestamp("us", tz="UTC")),
        "is_offline": pa.bool_(),
    }
    return pa.schema([(name, kinds.get(name, pa.string())) for name in names])


def _insert(client: Client, table: str, rows: Sequence[PlanRow | RelationRecord]) -> None:
    names = _names(table)
    raw = [{name: getattr(row, name) for name in names} for row in rows]
    json = [JSON_COLUMN] if JSON_COLUMN in names else []
    with staged(client, pa.Table.from_pylist(raw, _arrow_schema(names))) as staged_rows:
        insert_staged(client, table, staged_rows, names, json=json)


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _IDS_A_STATEMENT):
        yield values[start : start + _IDS_A_STATEMENT]
