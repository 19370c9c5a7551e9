"""The ledger: what each run did, as two tables written by plain SQL while it happens.

A row when a run starts, updates as its resources and the run end: a row without an end is a run
that was killed, or that is still going on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .existing import create_schema
from .plain_tables import column_names, create_table, insert_row, read_rows
from .statements import quote, run_update

if TYPE_CHECKING:
    from datetime import datetime

    from .statements import Client

RUNS: Final = "sync_runs"
RESOURCES: Final = "sync_run_resources"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run; what is not known yet is None."""

    run_id: str
    command: str
    started_at: datetime
    pipeline: str
    host: str
    pid: int
    ended_at: datetime | None = None
    outcome: str | None = None
    exit_code: int | None = None
    calls: int | None = None
    credits: int | None = None
    rows: int | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRow:
    """What one run did to one resource; what is not known yet is None."""

    run_id: str
    resource: str
    table_name: str | None = None
    rows: int | None = None
    pages: int | None = None
    calls: int | None = None
    credits: int | None = None
    seconds: float | None = None
    anchor_before: datetime | None = None
    anchor_after: datetime | None = None
    outcome: str | None = None
    code: str | None = None
    reason: str | None = None


KEYS: Final = {RUNS: ("run_id",), RESOURCES: ("run_id", "resource")}
TYPES: Final = {
    "exit_code": "integer",
    "pid": "integer",
    "seconds": "double precision",
    **dict.fromkeys(("rows", "pages", "calls", "credits"), "bigint"),
    **dict.fromkeys(("started_at", "ended_at", "anchor_before", "anchor_after"), "timestamptz"),
}
"""Types of the columns that are not text, the same words on both destinations."""


def create_ledger(client: Client) -> None:
    """Creates the dataset and the two tables where they are missing."""
    create_schema(client, client.dataset_name)
    for table, row in ((RUNS, RunRow), (RESOURCES, ResourceRow)):
        columns = {name: TYPES.get(name, "text") for name in column_names(row)}
        create_table(client, table, columns, key=KEYS[table])


def write_run(client: Client, row: RunRow) -> None:
    """Writes a run's row, or brings the one that is there up to date."""
    _write(client, RUNS, row)


def write_resource(client: Client, row: ResourceRow) -> None:
    """Writes a resource's row of a run, or brings the one that is there up to date."""
    _write(client, RESOURCES, row)


def read_runs(client: Client, *, limit: int = 20) -> list[RunRow]:
    """Gives the latest runs, newest first; times in UTC."""
    newest_first = "ORDER BY started_at DESC, run_id DESC LIMIT %s"
    return read_rows(client, RUNS, RunRow, newest_first, limit)


def read_resources(client: Client, run_id: str) -> list[ResourceRow]:
    """Gives what one run did to its resources, by name; times in UTC."""
    of_the_run = "WHERE run_id = %s ORDER BY resource"
    return read_rows(client, RESOURCES, ResourceRow, of_the_run, run_id)


def _write(client: Client, table: str, row: RunRow | ResourceRow) -> None:
    values = {name: getattr(row, name) for name in column_names(type(row))}
    keys = KEYS[table]
    others = [name for name in values if name not in keys]
    name_of = {name: quote(client, name) for name in values}
    qualified = client.make_qualified_table_name(table)
    touched = run_update(
        client,
        f"UPDATE {qualified} SET {', '.join(f'{name_of[n]} = %s' for n in others)}"
        f" WHERE {' AND '.join(f'{name_of[n]} = %s' for n in keys)}",
        *(values[name] for name in (*others, *keys)),
    )
    if not touched:
        insert_row(client, table, values)
