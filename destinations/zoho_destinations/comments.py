"""Zoho's labels as comments on tables, columns and live views, written only where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zoho_crm.column_history import plain_name

from .delink_ledger import PLANS, RELATIONS
from .evidence_tables import COMMENTS as EVIDENCE_COMMENTS
from .field_backfills import FIELD_BACKFILLS
from .ledger import RESOURCES, RUNS
from .list_ways import WAYS
from .live_columns import is_shown
from .live_views import live_schema
from .records_to_read import RECORDS_TO_READ
from .related_sweeps import SWEEPS
from .schema_history import SCHEMA_CHANGES
from .statements import is_postgres, literal, quote, select
from .sync_progress import SYNC_PROGRESS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoho_crm.columns import TableSchema

    from .statements import Client

Comments = dict[str, dict[str | None, str | None]]
"""By relation, then by column (None for the relation itself); None where there is no comment."""

OWN_TABLES: Final = {
    **EVIDENCE_COMMENTS,
    "deleted_records": "Records that were deleted or went out of sight, and whether they came back",
    "row_sets": "Records whose subform rows or links were compared with Zoho, and in which state",
    RUNS: "Runs of zoho-sync; a row without an end is a run that was killed",
    RESOURCES: "What each run did to each resource, and why it was not read",
    SCHEMA_CHANGES: "What changed in Zoho's modules and fields, and when it was seen",
    FIELD_BACKFILLS: "New columns, and since when older records have their values",
    SWEEPS: "When each parent's related list was read, and what that gave",
    WAYS: "How each related list is loaded, and why",
    SYNC_PROGRESS: "How far deletions and reconciling have come; serves the runs",
    RECORDS_TO_READ: "Records that the next run reads in full; serves the runs",
    PLANS: "Plans of relations to remove in Zoho, and whether they were applied",
    RELATIONS: "Relations removed in Zoho: how they were, by whose plan, and what Zoho replied",
}
"""Tables that no schema describes."""


def refresh_comments(client: Client, schemas: Sequence[TableSchema]) -> int:
    """Brings the comments of tables and live views in line with Zoho's labels.

    Comments of columns that the metadata no longer knows are left as they are.

    Returns:
        The number of comments written.
    """
    written = 0
    for dataset, is_view in ((client.dataset_name, False), (live_schema(client), True)):
        there = _read_comments(client, dataset)
        with client.with_alternative_dataset_name(dataset):
            for schema in schemas:
                if schema.table_name in there:
                    wanted = _want(schema, is_view=is_view)
                    written += _write(client, schema.table_name, wanted, there[schema.table_name])
            for table in () if is_view else OWN_TABLES.keys() & there.keys():
                written += _write(client, table, {None: OWN_TABLES[table]}, there[table])
    return written


def _want(schema: TableSchema, *, is_view: bool) -> dict[str | None, str]:
    wanted: dict[str | None, str] = {c.name: c.comment for c in schema.columns if c.comment}
    if is_view:
        # Its own comment is the live views' business. A field of several types is one column.
        plain = {name: plain_name(known[-1], known) for name, known in schema.histories.items()}
        wanted |= {plain[name]: text for name, text in wanted.items() if name in plain}
        return {name: text for name, text in wanted.items() if name and is_shown(name)}
    return {None: schema.module.plural_label, **wanted}


def _write(
    client: Client,
    relation: str,
    wanted: Mapping[str | None, str],
    there: Mapping[str | None, str | None],
) -> int:
    qualified = client.make_qualified_table_name(relation)
    statements = [
        f"COMMENT ON TABLE {qualified} IS {literal(client, text)}"
        if column is None
        else f"COMMENT ON COLUMN {qualified}.{quote(client, column)} IS {literal(client, text)}"
        for column, text in wanted.items()
        if column in there and there[column] != text
    ]
    if statements:
        with client.begin_transaction():
            client.execute_many(statements)
    return len(statements)


def _read_comments(client: Client, dataset: str) -> Comments:
    if is_postgres(client):
        sql = (
            "SELECT c.relname, a.attname, col_description(c.oid, a.attnum) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
            " WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v')"
            " UNION ALL SELECT c.relname, NULL, obj_description(c.oid, 'pg_class') FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v')"
        )
    else:
        sql = (
            "SELECT table_name, column_name, comment FROM duckdb_columns()"
            " WHERE database_name = current_database() AND schema_name = %s"
            " UNION ALL SELECT table_name, NULL, comment FROM duckdb_tables()"
            " WHERE database_name = current_database() AND schema_name = %s"
        )
    comments: Comments = {}
    for relation, column, comment in select(client, sql, dataset, dataset):
        comments.setdefault(relation, {})[column] = comment
    return comments
