"""The live views: schema `<dataset>_live` with one view per module table, live rows only.

That is what analysts are told to query: the table's columns without the flags of deletion and
without what serves the loading. A view is touched only when its definition changes, and then
replaced rather than re-created where the database can, which keeps what was granted on it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from .existing import create_schema, read_columns
from .settings import INTERNAL_COLUMNS, LIVE_SUFFIX
from .statements import is_postgres, literal, quote, select

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from zoho_crm.columns import TableSchema

    from .statements import Client

FLAG: Final = "_deleted_type"
HIDDEN_PREFIXES: Final = ("_deleted_", "_dlt_")


def live_schema(client: Client) -> str:
    """Gives the name of the schema that holds the live views."""
    return f"{client.dataset_name}{LIVE_SUFFIX}"


def refresh_live_views(client: Client, schemas: Sequence[TableSchema]) -> list[str]:
    """Creates the views that are missing and replaces those whose definition changed.

    Tables that do not exist yet are left for a later run.

    Returns:
        The names of the views created or replaced.
    """
    create_schema(client, live_schema(client))
    tables = read_columns(client)
    views = read_columns(client, live_schema(client))
    comments = _read_comments(client)
    touched = []
    for schema in schemas:
        name = schema.table_name
        if name not in tables:
            continue
        definition = _define(client, name, tables[name])
        mark = _mark(definition, tables[name])
        if not (comments.get(name) or "").endswith(mark):
            shown = [(c, kind) for c, kind in tables[name].items() if is_shown(c)]
            before = list(views.get(name, {}).items())
            # Postgres replaces a view only where all its columns stay and new ones follow.
            if is_postgres(client) and before != shown[: len(before)]:
                client.execute_sql(f"DROP VIEW {qualify_view(client, name)}")
            client.execute_sql(
                f"CREATE OR REPLACE VIEW {qualify_view(client, name)} AS {definition}"
            )
            comment = literal(client, f"{schema.module.plural_label}: live rows only. {mark}")
            client.execute_sql(f"COMMENT ON VIEW {qualify_view(client, name)} IS {comment}")
            touched.append(name)
    return touched


def drop_live_views(client: Client, tables: Collection[str] | None = None) -> list[str]:
    """Drops the views that stand in the way of a change to their tables.

    Args:
        client: An open client of the dataset.
        tables: The tables about to change; all of them by default.

    Returns:
        The names of the views dropped.
    """
    names = [name for name in _read_comments(client) if tables is None or name in tables]
    for name in names:
        client.execute_sql(f"DROP VIEW {qualify_view(client, name)}")
    return names


def qualify_view(client: Client, name: str) -> str:
    """Writes the name of a live view into SQL."""
    with client.with_alternative_dataset_name(live_schema(client)):
        return client.make_qualified_table_name(name)


def is_shown(column: str) -> bool:
    """Tells whether a live view shows a column of its table."""
    return column not in INTERNAL_COLUMNS and not column.startswith(HIDDEN_PREFIXES)


def _define(client: Client, table: str, columns: Mapping[str, str]) -> str:
    shown = ", ".join(quote(client, name) for name in columns if is_shown(name))
    live = f" WHERE {quote(client, FLAG)} IS NULL" if FLAG in columns else ""
    return f"SELECT {shown} FROM {client.make_qualified_table_name(table)}{live}"


def _mark(definition: str, columns: Mapping[str, str]) -> str:
    """Gives what the view's comment ends with: databases give a definition back reworded."""
    types = [data_type for name, data_type in columns.items() if is_shown(name)]
    digest = hashlib.sha256(repr((definition, types)).encode()).hexdigest()
    return f"Definition {digest[:8]}."


def _read_comments(client: Client) -> dict[str, str | None]:
    """Gives the live views that are there, each with its comment."""
    if is_postgres(client):
        sql = (
            "SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relkind = 'v' ORDER BY 1"
        )
    else:
        sql = (
            "SELECT view_name, comment FROM duckdb_views()"
            " WHERE database_name = current_database() AND schema_name = %s ORDER BY 1"
        )
    return dict(select(client, sql, live_schema(client)))
