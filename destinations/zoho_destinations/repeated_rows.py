"""Rows of dlt's own tables that a kill left twice.

dlt repeats a job that the database had committed when the process died. Merged tables take no
harm; `_dlt_loads` and `_dlt_pipeline_state` are appended to, and a join to them then gives every
row of that load twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .existing import read_columns
from .statements import is_postgres, quote, run_update

if TYPE_CHECKING:
    from .statements import Client

KEYS: Final = {"_dlt_loads": "load_id", "_dlt_pipeline_state": "_dlt_id"}
"""Tables that dlt appends to, and what tells one row of theirs from another."""


def drop_repeated_rows(client: Client) -> int:
    """Leaves one of each row that is there more than once; to be called after a recovery.

    Returns:
        The number of rows dropped.
    """
    there = read_columns(client)
    place = "ctid" if is_postgres(client) else "rowid"
    dropped = 0
    for table, key in KEYS.items():
        if key in there.get(table, {}):
            name, column = client.make_qualified_table_name(table), quote(client, key)
            dropped += run_update(
                client,
                f"DELETE FROM {name} AS d WHERE EXISTS (SELECT 1 FROM {name} AS k"
                f" WHERE k.{column} = d.{column} AND k.{place} < d.{place})",
            )
    return dropped
