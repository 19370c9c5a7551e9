"""The tables of the recycle-bin audit: evidence, written once by plain SQL and never rewritten.

`recycle_bin_related_records` holds documents, keyed by the hash of what they say;
`recycle_bin_captures` says which list of which deleted record held which of them, chained by
hashes; `recycle_bin_chain` is where the chain ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .existing import create_schema, read_columns
from .statements import is_postgres, literal, quote, select

if TYPE_CHECKING:
    from .statements import Client

RELATED_RECORDS: Final = "recycle_bin_related_records"
CAPTURES: Final = "recycle_bin_captures"
CHAIN: Final = "recycle_bin_chain"

_JSON: Final = "json"
COLUMNS: Final = {
    RELATED_RECORDS: {
        "capture_id": "text",
        "captured_at": "timestamptz",
        "parent_module": "text",
        "parent_id": "text",
        "related_list": "text",
        "related_module": "text",
        "related_id": "text",
        "record": _JSON,
        "member_info": _JSON,
        "evidence": "text",
        "erased_at": "timestamptz",
    },
    CAPTURES: {
        "capture_id": "text",
        "chain_no": "bigint",
        "previous_hash": "text",
        "chain_hash": "text",
        "captured_at": "timestamptz",
        "run_id": "text",
        "occasion": "text",
        "parent_module": "text",
        "parent_id": "text",
        "deleted_time": "timestamptz",
        "deleted_by__id": "text",
        "purge_due_at": "timestamptz",
        "related_list": "text",
        "related_module": "text",
        "outcome": "text",
        "code": "text",
        "reason": "text",
        "row_count": "bigint",
        "pages": "bigint",
        "row_ids": _JSON,
        "evidence": "text",
    },
    CHAIN: {"id": "bigint", "length": "bigint", "hash": "text", "updated_at": "timestamptz"},
}
COMMENTS: Final = {
    RELATED_RECORDS: "Records that hung on deleted ones, each keyed by the hash of what it says",
    CAPTURES: "What was asked about each deleted record and how it ended, chained by hashes",
    CHAIN: "Where the chain of captures ends",
}
KEYS: Final = {RELATED_RECORDS: "capture_id", CAPTURES: "capture_id", CHAIN: "id"}
JSON_COLUMNS: Final = frozenset(
    name for columns in COLUMNS.values() for name, kind in columns.items() if kind == _JSON
)


def create_evidence_tables(client: Client) -> None:
    """Creates the dataset and the three tables where they are missing."""
    create_schema(client, client.dataset_name)
    there = read_columns(client)
    json_type = "jsonb" if is_postgres(client) else "json"
    for table, columns in COLUMNS.items():
        if table in there:
            continue
        parts = [f"{quote(client, n)} {json_type if k == _JSON else k}" for n, k in columns.items()]
        parts.append(f"PRIMARY KEY ({quote(client, KEYS[table])})")
        if table == CAPTURES:
            parts.append(f"UNIQUE ({quote(client, 'chain_no')})")
        client.execute_sql(
            f"CREATE TABLE {client.make_qualified_table_name(table)} ({', '.join(parts)})"
        )
        comment = literal(client, COMMENTS[table])
        client.execute_sql(
            f"COMMENT ON TABLE {client.make_qualified_table_name(table)} IS {comment}"
        )


def has_evidence(client: Client) -> bool:
    """Whether the audit has ever captured anything here, or its tables at least exist."""
    return not missing_tables(client)


def missing_tables(client: Client) -> list[str]:
    """Those of the three tables that are not there."""
    there = read_columns(client)
    return [table for table in COLUMNS if table not in there]


def has_remains(client: Client) -> bool:
    """Whether any of the tables holds rows, however many of them are there."""
    left = COLUMNS.keys() - missing_tables(client)
    tables = [client.make_qualified_table_name(table) for table in sorted(left)]
    return any(select(client, f"SELECT 1 FROM {table} LIMIT 1") for table in tables)


def columns_of(client: Client, table: str) -> str:
    """The table's columns for a SELECT: json as text, which drivers read differently."""
    return ", ".join(
        f"CAST({quote(client, name)} AS text) AS {quote(client, name)}"
        if name in JSON_COLUMNS
        else quote(client, name)
        for name in COLUMNS[table]
    )
