"""The same organisation in DuckDB and in Postgres: every relation of both, in comparable form."""

from __future__ import annotations

import re
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import duckdb
import psycopg2

from tests.zoho_crm.expected import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.zoho_sync.crm_copies import SyncedCopy

WORDS: Final = {
    "varchar": "text",
    "character varying": "text",
    "jsonb": "json",
    "double": "double precision",
}
"""Names of types that are the same type."""
DLTS_OWN: Final = ("_dlt_loads", "_dlt_pipeline_state", "_dlt_version")
"""Tables whose rows tell one load from another."""
DIFFERENT_BY_NATURE: Final[dict[str | None, set[str]]] = {
    None: {"_dlt_load_id", "_read_no"},
    # Calls, because the first of two runs may find its access token expired.
    "sync_runs": {
        "run_id",
        "started_at",
        "ended_at",
        "pipeline",
        "host",
        "pid",
        "calls",
        "credits",
    },
    "sync_run_resources": {"run_id", "seconds", "calls", "credits"},
    "related_sweeps": {"run_id", "swept_at", "full_at"},
}
"""Columns that tell one load from another, by relation; those of None are in many."""
COLUMNS: Final = """
    SELECT table_schema, table_name, column_name, data_type, numeric_precision, numeric_scale
    FROM information_schema.columns WHERE table_schema IN ('zoho_crm', 'zoho_crm_live')
    ORDER BY table_schema, table_name, ordinal_position
"""
COMMENTS: Final = {
    "duckdb": """
        SELECT schema_name, table_name, column_name, comment FROM duckdb_columns()
        WHERE schema_name IN ('zoho_crm', 'zoho_crm_live') AND comment IS NOT NULL
        UNION ALL SELECT schema_name, table_name, NULL, comment FROM duckdb_tables()
        WHERE schema_name = 'zoho_crm' AND comment IS NOT NULL
        UNION ALL SELECT schema_name, view_name, NULL, comment FROM duckdb_views()
        WHERE schema_name IN ('zoho_crm', 'zoho_crm_live') AND comment IS NOT NULL
    """,
    "postgres": """
        SELECT n.nspname, c.relname, a.attname, d.description FROM pg_description d
        JOIN pg_class c ON c.oid = d.objoid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND a.attnum > 0
        WHERE d.classoid = 'pg_class'::regclass AND n.nspname IN ('zoho_crm', 'zoho_crm_live')
    """,
}
DEFINITION: Final = re.compile(r"Definition \w+\.")
"""What a view's comment ends with: the types are in it, which have other words."""
Relation = tuple[str, str]


class WholeDataset:
    """Every table and view of a dataset: columns with types, and rows."""

    def __init__(self, copy: SyncedCopy) -> None:
        self.types: dict[Relation, dict[str, str]] = {}
        self.rows: dict[Relation, list[dict[str, Any]]] = {}
        with _connected(copy) as query:
            for schema, table, column, *kind in query(COLUMNS):
                self.types.setdefault((schema, table), {})[column] = _type_of(*kind)
            for relation, types in self.types.items():
                if relation[1] not in DLTS_OWN:
                    self.rows[relation] = _read_rows(query, relation, types)
            self.comments = {
                tuple(where): DEFINITION.sub("", comment)
                for *where, comment in query(COMMENTS[copy.destination])
            }

    @property
    def order(self) -> list[list[str]]:
        """The columns' names in the order that they have in SQL."""
        return [list(columns) for columns in self.types.values()]

    def differences(self, other: WholeDataset) -> Iterator[str]:
        """Says of each cell that differs where it is."""
        for relation, rows in self.rows.items():
            others = other.rows[relation]
            if len(rows) != len(others):
                yield f"{relation}: {len(rows)} rows and {len(others)}"
            for row, twin in zip(rows, others, strict=False):
                for name, value in row.items():
                    if repr(value) != repr(twin[name]):  # `==` takes True for 1
                        yield f"{relation} {row} {name}: {value!r} and {twin[name]!r}"


@contextmanager
def _connected(copy: SyncedCopy) -> Iterator[Any]:
    if copy.path:
        with duckdb.connect(str(copy.path), read_only=True) as database:
            database.execute("SET TimeZone = 'UTC'")
            yield lambda sql: database.execute(sql).fetchall()
        return
    with closing(psycopg2.connect(str(copy.url))) as connection, connection.cursor() as cursor:

        def query(sql: str) -> list[tuple[Any, ...]]:
            cursor.execute(sql)
            return cursor.fetchall()

        yield query


def _read_rows(query: Any, relation: Relation, types: Mapping[str, str]) -> list[dict[str, Any]]:
    own = DIFFERENT_BY_NATURE[None] | DIFFERENT_BY_NATURE.get(relation[1], set())
    names = [name for name in types if name not in own]
    shown = ", ".join(f'"{name}"' for name in names)
    rows = query(f'SELECT {shown} FROM "{relation[0]}"."{relation[1]}"')
    cells = [{n: _cell(v, types[n]) for n, v in zip(names, row, strict=True)} for row in rows]
    return sorted(cells, key=repr)


def _type_of(data_type: str, precision: int | None, scale: int | None) -> str:
    word = data_type.lower().partition("(")[0]
    if word in ("decimal", "numeric"):
        return f"decimal({precision}, {scale})"
    return WORDS.get(word, word)


def _cell(value: Any, kind: str) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if kind == "json":
        return _in_order(parse_json(value) if isinstance(value, str) else value)
    return value


def _in_order(value: Any) -> Any:
    """Keys sorted: jsonb does not keep their order."""
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_in_order(each) for each in value]
    return value
