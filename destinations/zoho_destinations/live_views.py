"""The live views: schema `<dataset>_live` with one view per module table, live rows only.

That is what analysts are told to query: the table's columns without the flags of deletion and
without what serves the loading. A view is touched only when its definition changes, and then
replaced rather than re-created where the database can, which keeps what was granted on it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from .existing import create_schema, read_columns, read_view_comments
from .list_views import drop_list_views
from .live_columns import live_columns
from .settings import LIVE_SUFFIX
from .statements import literal, quote
from .views import put_view, read_strays

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from zoho_crm.columns import TableSchema

    from .live_columns import Amounts, LiveColumn
    from .statements import Client
    from .views import Kept

FLAG: Final = "_deleted_type"


def live_schema(client: Client) -> str:
    """Gives the name of the schema that holds the live views."""
    return f"{client.dataset_name}{LIVE_SUFFIX}"


def refresh_live_views(
    client: Client,
    schemas: Sequence[TableSchema],
    *,
    filling: Collection[tuple[str, str]] = (),
    amounts: Mapping[str, Amounts] | None = None,
    kept: Kept | None = None,
) -> list[str]:
    """Creates the views that are missing and replaces those whose definition changed.

    Tables that do not exist yet are left for a later run.

    Args:
        client: An open client of the dataset.
        schemas: The module tables.
        filling: Table and column of what lacks the values of older rows yet.
        amounts: By table the columns of amounts, where there are several currencies.
        kept: Takes the views that could not be replaced.

    Returns:
        The names of the views created or replaced.
    """
    create_schema(client, live_schema(client))
    tables = read_columns(client)
    comments = read_view_comments(client, live_schema(client))
    wanted = {}
    for schema in schemas:
        name = schema.table_name
        if name not in tables:
            continue
        columns = live_columns(
            client,
            schema,
            tables[name],
            filling={column for table, column in filling if table == name},
            amounts=(amounts or {}).get(name),
        )
        definition = _define(client, name, columns, has_flag=FLAG in tables[name])
        wanted[name] = definition, _mark(definition, columns), schema.module.plural_label
    strays = read_strays(client, live_schema(client), {n: each[0] for n, each in wanted.items()})
    kept = {} if kept is None else kept
    touched = []
    for name, (definition, mark, label) in wanted.items():
        if (comments.get(name) or "").endswith(mark) and name not in strays:
            continue
        view = qualify_view(client, name)
        if in_the_way := put_view(client, view, definition):
            kept[f"{live_schema(client)}.{name}"] = in_the_way
            continue
        comment = literal(client, f"{label}: live rows only. {mark}")
        client.execute_sql(f"COMMENT ON VIEW {view} IS {comment}")
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
    drop_list_views(client)  # they read the same tables, and are as easily had back
    there = read_view_comments(client, live_schema(client))
    names = [name for name in there if tables is None or name in tables]
    for name in names:
        client.execute_sql(f"DROP VIEW {qualify_view(client, name)}")
    return names


def qualify_view(client: Client, name: str) -> str:
    """Writes the name of a live view into SQL."""
    with client.with_alternative_dataset_name(live_schema(client)):
        return client.make_qualified_table_name(name)


def _define(client: Client, table: str, columns: Sequence[LiveColumn], *, has_flag: bool) -> str:
    shown = ", ".join(_show(client, column) for column in columns)
    live = f" WHERE {quote(client, FLAG)} IS NULL" if has_flag else ""
    return f"SELECT {shown} FROM {client.make_qualified_table_name(table)}{live}"


def _show(client: Client, column: LiveColumn) -> str:
    name = quote(client, column.name)
    return name if column.expression == name else f"{column.expression} AS {name}"


def _mark(definition: str, columns: Sequence[LiveColumn]) -> str:
    """Gives what the view's comment ends with: databases give a definition back reworded."""
    types = [column.data_type for column in columns]
    digest = hashlib.sha256(repr((definition, types)).encode()).hexdigest()
    return f"Definition {digest[:8]}."
