"""Views of related lists: those that are derived from their child's table, and the live ones.

A derived list is a view `{module}__{list}` in the dataset, with the columns of a list that is
read. Every list has a live view of that name beside those of the modules. A view is touched only
when its definition changes. On Postgres views stand in the way of changes to the tables they
read: whoever changes a schema drops them first, and the end of each run creates them again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zoho_crm.names import ID
from zoho_crm.related_tables import PARENT_ID, RELATED_MODULE

from .existing import create_schema, read_columns, read_view_comments
from .settings import LIVE_SUFFIX
from .statements import is_postgres, literal, quote
from .views import drop_views, put_view, read_strays

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zoho_crm.columns import Column, TableSchema
    from zoho_crm.related_tables import ListTable

    from .statements import Client
    from .views import Kept

    Tables = Mapping[str, Mapping[str, str]]

_MARK: Final = "Related list. Definition"
_FLAG: Final = "_deleted_type"


@dataclass(frozen=True, slots=True)
class _View:
    schema: str
    name: str
    definition: str
    comment: str


def define_derived_list(
    client: Client, table: ListTable, parent: TableSchema, there: Tables
) -> str:
    """Writes the query that gives a derived list: the live children of live parents.

    Args:
        client: An open client of the dataset.
        table: The list; its child is loaded, and one field of it points back.
        parent: The table of the parents.
        there: The columns of all tables of the dataset.
    """
    child = table.child
    if child is None:
        raise ValueError(f"{table.name} has no loaded child")
    back = lookup_column(table)
    if back is None:
        raise ValueError(f"{child.table_name} has no column that points back")
    columns = [f"c.{quote(client, back)} AS {PARENT_ID}"]
    columns += [_shown(client, table, child, column) for column in table.schema.columns[1:]]
    live = [
        f"{alias}.{_FLAG} IS NULL"
        for alias, name in (("c", child.table_name), ("p", parent.table_name))
        if _FLAG in there.get(name, {})
    ]
    where = f" WHERE {' AND '.join(live)}" if live else ""
    return (
        f"SELECT {', '.join(columns)} FROM {client.make_qualified_table_name(child.table_name)} c"
        f" JOIN {client.make_qualified_table_name(parent.table_name)} p"
        f" ON p.id = c.{quote(client, back)}{where}"
    )


def define_mirrored_list(
    client: Client, table: ListTable, parent: TableSchema, source: ListTable
) -> str:
    """Writes the query that gives a many-to-many list from the list of its other side.

    Args:
        client: An open client of the dataset.
        table: The list; its child is loaded.
        parent: The table of the parents.
        source: The same relation's list at the other side, which is read.
    """
    child = table.child
    if child is None:
        raise ValueError(f"{table.name} has no loaded child")
    columns = []
    for column in table.schema.columns:
        if column.name in (PARENT_ID, ID):
            other = ID if column.name == PARENT_ID else PARENT_ID
            columns.append(f"s.{other} AS {column.name}")
        elif column.name == RELATED_MODULE or column in table.record_columns:
            columns.append(_shown(client, table, child, column))
        else:
            columns.append(_member(client, source, column))
    return (
        f"SELECT {', '.join(columns)} FROM {client.make_qualified_table_name(source.name)} s"
        f" JOIN {client.make_qualified_table_name(child.table_name)} c ON c.id = s.parent_id"
        f" JOIN {client.make_qualified_table_name(parent.table_name)} p ON p.id = s.id"
        f" WHERE s.{_FLAG} IS NULL AND c.{_FLAG} IS NULL AND p.{_FLAG} IS NULL"
    )


def _member(client: Client, source: ListTable, column: Column) -> str:
    """A column that says something of the membership, which both sides share."""
    if column.name in {each.name for each in source.schema.columns}:
        return f"s.{quote(client, column.name)}"
    return f"CAST(NULL AS {_type_of(client, column)}) AS {quote(client, column.name)}"


def lookup_column(table: ListTable) -> str | None:
    """The child's column with the parent's id, where exactly one field points back."""
    fields = table.related_list.lookup_fields
    if table.child is None or len(fields) != 1:
        return None
    found = (c.name for c in table.child.columns if (c.api_name, c.part) == (fields[0], "id"))
    return next(found, None)


def _shown(client: Client, table: ListTable, child: TableSchema, column: Column) -> str:
    name = quote(client, column.name)
    if column.name == ID:
        return f"c.{quote(client, ID)} AS {name}"
    if column.name == RELATED_MODULE:
        return f"CAST({literal(client, child.module.api_name)} AS text) AS {name}"
    source = next(
        (c for c in child.columns if (c.api_name, c.part) == (column.api_name, column.part)), None
    )
    if source is not None and column in table.record_columns:
        return f"c.{quote(client, source.name)} AS {name}"
    return f"CAST(NULL AS {_type_of(client, column)}) AS {name}"


def _type_of(client: Client, column: Column) -> str:
    if column.data_type == "json":
        return "jsonb" if is_postgres(client) else "JSON"
    types = {"timestamp": "timestamptz", "decimal": "decimal(38, 9)", "bool": "boolean"}
    return types.get(column.data_type, column.data_type)


def refresh_list_views(
    client: Client,
    derived: Mapping[str, str],
    read: Iterable[str],
    labels: Mapping[str, str],
    *,
    kept: Kept | None = None,
) -> list[str]:
    """Creates and replaces the views of all lists, and drops those of lists that are gone.

    Args:
        client: An open client of the dataset.
        derived: The queries of derived lists, by the view's name.
        read: Tables of lists that are read.
        labels: What the comments say, by name.
        kept: Takes the views that could not be replaced.

    Returns:
        The names of the views created or replaced.
    """
    live = f"{client.dataset_name}{LIVE_SUFFIX}"
    create_schema(client, live)
    views = [
        _View(client.dataset_name, name, sql, labels.get(name, name))
        for name, sql in derived.items()
    ]
    there = read_columns(client)
    for name in (*derived, *(name for name in read if name in there)):
        columns = (
            [n for n, _ in _columns_of(client, derived[name])] if name in derived else there[name]
        )
        views.append(_View(live, name, _live_query(client, name, columns), labels.get(name, name)))
    known = {schema: _read_marks(client, schema) for schema in (client.dataset_name, live)}
    kept = {} if kept is None else kept
    for schema, found in reversed(known.items()):
        definitions = {view.name: view.definition for view in views if view.schema == schema}
        for name in found.keys() - definitions.keys():
            if in_the_way := drop_views(client, [_qualify(client, schema, name)]):
                kept[f"{schema}.{name}"] = in_the_way
        for name in found.keys() & read_strays(client, schema, definitions):
            found[name] = ""
    return [view.name for view in views if _refresh(client, view, known, kept)]


def drop_list_views(client: Client) -> None:
    """Drops the views of all related lists, before a schema changes; a run's end has them back."""
    for schema in (f"{client.dataset_name}{LIVE_SUFFIX}", client.dataset_name):
        for name in _read_marks(client, schema):
            _drop(client, schema, name)


def _columns_of(client: Client, sql: str) -> Sequence[tuple[str, str]]:
    """The names and types of what a query gives."""
    with client.execute_query(f"SELECT * FROM ({sql}) q LIMIT 0") as cursor:
        return [(column[0], str(column[1])) for column in cursor.description]


def _live_query(client: Client, name: str, columns: Iterable[str]) -> str:
    shown = ", ".join(quote(client, c) for c in columns if not c.startswith("_deleted_"))
    where = f" WHERE {_FLAG} IS NULL" if _FLAG in columns else ""
    return f"SELECT {shown} FROM {client.make_qualified_table_name(name)}{where}"


def _refresh(client: Client, view: _View, known: Mapping[str, dict[str, str]], kept: Kept) -> bool:
    facts = (view.definition, _columns_of(client, view.definition))
    mark = f"{_MARK} {hashlib.sha256(repr(facts).encode()).hexdigest()[:8]}."
    qualified = _qualify(client, view.schema, view.name)
    live = _qualify(client, f"{client.dataset_name}{LIVE_SUFFIX}", view.name)
    if known[view.schema].get(view.name, "").endswith(mark):
        return False
    over = []
    if live != qualified:  # the live one reads the other
        over = [live]
        known[f"{client.dataset_name}{LIVE_SUFFIX}"].pop(view.name, None)
    if in_the_way := put_view(client, qualified, view.definition, over):
        kept[f"{view.schema}.{view.name}"] = in_the_way
        return False
    comment = literal(client, f"{view.comment}. {mark}")
    client.execute_sql(f"COMMENT ON VIEW {qualified} IS {comment}")
    return True


def _drop(client: Client, schema: str, name: str) -> None:
    client.execute_sql(f"DROP VIEW IF EXISTS {_qualify(client, schema, name)}")


def _qualify(client: Client, schema: str, name: str) -> str:
    with client.with_alternative_dataset_name(schema):
        return client.make_qualified_table_name(name)


def _read_marks(client: Client, schema: str) -> dict[str, str]:
    """Our views in a schema, each with its comment."""
    comments = read_view_comments(client, schema)
    return {name: text for name, text in comments.items() if text and _MARK in text}
