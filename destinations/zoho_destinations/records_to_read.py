"""Records to be read in full by the next run that reads their module: a queue in the dataset.

Whoever finds out that a record is missing, differs or may be back notes it here; a kill or a limit
before it was read loses nothing.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from .existing import read_columns
from .statements import run_update, select

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .statements import Client

RECORDS_TO_READ: Final = "sync_records_to_read"
_IDS_A_STATEMENT: Final = 500


def create_records_to_read(client: Client) -> None:
    """Creates the queue where it is missing."""
    client.execute_sql(
        f"CREATE TABLE IF NOT EXISTS {client.make_qualified_table_name(RECORDS_TO_READ)}"
        " (module text NOT NULL, id text NOT NULL, reason text, noted_at timestamptz,"
        " PRIMARY KEY (module, id))"
    )


def read_queue(client: Client, modules: Collection[str]) -> Mapping[str, Sequence[str]]:
    """Gives the ids that wait, by module."""
    waiting: defaultdict[str, list[str]] = defaultdict(list)
    if RECORDS_TO_READ in read_columns(client):
        table = client.make_qualified_table_name(RECORDS_TO_READ)
        for module, record_id in select(client, f"SELECT module, id FROM {table} ORDER BY 1, 2"):
            if module in modules:
                waiting[module].append(record_id)
    return waiting


def remove_from_queue(client: Client, module: str, ids: Sequence[str]) -> None:
    """Takes out what was read, or asked for and not found."""
    table = client.make_qualified_table_name(RECORDS_TO_READ)
    for start in range(0, len(ids), _IDS_A_STATEMENT):
        chunk = ids[start : start + _IDS_A_STATEMENT]
        places = ", ".join(["%s"] * len(chunk))
        sql = f"DELETE FROM {table} WHERE module = %s AND id IN ({places})"
        run_update(client, sql, module, *chunk)
