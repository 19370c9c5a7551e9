"""Creating and replacing views on Postgres, where views depend on each other and on tables.

A view that somebody has made over one of ours is theirs: ours then keeps its old columns, and the
run says so. A table that was renamed takes its views along: they would show its rows for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from .explain import has_other_columns, objects_in_the_way
from .statements import is_postgres, quote, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .statements import Client

Kept: TypeAlias = dict[str, list[str]]
"""Views that could not be replaced, each with what others have made of it."""

_SOURCES: Final = """
    SELECT DISTINCT v.relname, s.nspname, t.relname
    FROM pg_class v JOIN pg_namespace n ON n.oid = v.relnamespace
    JOIN pg_rewrite r ON r.ev_class = v.oid
    JOIN pg_depend d ON d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass
        AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class t ON t.oid = d.refobjid AND t.oid <> v.oid
    JOIN pg_namespace s ON s.oid = t.relnamespace
    WHERE v.relkind = 'v' AND n.nspname = %s
"""


def read_strays(client: Client, schema: str, definitions: Mapping[str, str]) -> set[str]:
    """Finds views that read other tables than those of their definitions; none on DuckDB.

    Args:
        client: An open client of the dataset.
        schema: The schema of the views.
        definitions: Their queries, as they were written.
    """
    if not is_postgres(client):
        return set()
    return {
        view
        for view, dataset, table in select(client, _SOURCES, schema)
        if f"{quote(client, dataset)}.{quote(client, table)}" not in definitions.get(view, "")
    }


def put_view(client: Client, view: str, definition: str, over: Iterable[str] = ()) -> list[str]:
    """Creates a view or replaces it, where that can be in place, which keeps what was granted.

    Args:
        client: An open client of the dataset.
        view: Its qualified name.
        definition: Its query.
        over: Qualified names of views of ours that may read it, to be created again afterwards.

    Returns:
        What others have made of it and is in the way: it is left as it was then.
    """
    try:
        client.execute_sql(f"CREATE OR REPLACE VIEW {view} AS {definition}")
    except Exception as error:  # dlt's, around the driver's
        # Postgres replaces a view only where all its columns stay and new ones follow.
        if not has_other_columns(error):
            raise
        if in_the_way := drop_views(client, [*over, view]):
            return in_the_way
        client.execute_sql(f"CREATE VIEW {view} AS {definition}")
    return []


def drop_views(client: Client, views: Iterable[str]) -> list[str]:
    """Drops views, as far as nothing depends on them.

    Returns:
        What others have made of one and is in the way: that one and those after it are left.
    """
    for view in views:
        try:
            client.execute_sql(f"DROP VIEW IF EXISTS {view}")
        except Exception as error:  # dlt's, around the driver's
            if in_the_way := objects_in_the_way(error):
                return in_the_way
            raise
    return []
