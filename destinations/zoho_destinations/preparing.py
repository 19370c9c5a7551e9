"""Tables made ready for their next load: what is done late has to be done twice.

On Postgres dlt creates columns of json as `json`, and turning them into `jsonb` writes the whole
table anew. Without an index on the key every package of a first load is compared with all rows
before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .empty_tables import create_empty_tables
from .indexes import create_indexes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dlt.common.schema import Schema

    from zoho_crm.columns import TableSchema

    from .statements import Client


def prepare_tables(client: Client, schemas: Iterable[TableSchema], schema: Schema) -> None:
    """Creates tables that are about to get their first rows, and indexes of those that have some.

    A first package is loaded without an index, which is faster. DuckDB has no indexes; tables are
    created there, too, for their columns to have the same order.

    Args:
        client: An open client of the dataset.
        schemas: The module tables that are about to be loaded.
        schema: dlt's schema.
    """
    created = create_empty_tables(client, schemas)
    create_indexes(client, schema, but_not=created)
