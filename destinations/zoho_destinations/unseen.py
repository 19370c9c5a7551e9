"""Records that a whole reading of their module did not meet any more.

Only for modules that are read whole, those without `Modified_Time`: every record that is there
gets this run's load id, so one with another load id was not met. They are noted in
`deleted_records` as `not_visible`, which the flags are derived from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .deleted_records import DELETED_RECORDS, create_deleted_records
from .existing import read_columns
from .statements import run_update

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from zoho_crm.columns import TableSchema

    from .statements import Client

NOT_VISIBLE = "not_visible"


def note_unseen(
    client: Client, schema: TableSchema, *, load_ids: Sequence[str], as_of: datetime
) -> int:
    """Notes the records that are there but were not met, and those that are back.

    Args:
        client: An open client of the dataset.
        schema: A module that this run has read whole, with a proof that nothing was skipped.
        load_ids: The packages of this run, at least one.
        as_of: Zoho's clock.

    Returns:
        The number of records that went out of sight.
    """
    if schema.table_name not in read_columns(client) or not load_ids:
        return 0
    create_deleted_records(client)
    names = {
        "table": client.make_qualified_table_name(schema.table_name),
        "deleted": client.make_qualified_table_name(DELETED_RECORDS),
        "loads": ", ".join(["%s"] * len(load_ids)),
    }
    run_update(
        client,
        "UPDATE {deleted} SET restored_at = %s WHERE module = %s AND type = %s"
        " AND restored_at IS NULL"
        " AND id IN (SELECT id FROM {table} WHERE _dlt_load_id IN ({loads}))".format(**names),
        *(as_of, schema.module.api_name, NOT_VISIBLE, *load_ids),
    )
    return run_update(
        client,
        "INSERT INTO {deleted} (module, id, type, first_seen_at)"
        " SELECT %s, t.id, %s, %s FROM {table} t WHERE t._dlt_load_id NOT IN ({loads})"
        " AND NOT EXISTS (SELECT 1 FROM {deleted} d WHERE d.module = %s AND d.id = t.id"
        " AND d.restored_at IS NULL)".format(**names),
        *(schema.module.api_name, NOT_VISIBLE, as_of, *load_ids, schema.module.api_name),
    )
