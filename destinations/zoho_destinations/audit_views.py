"""Views for the questions an auditor asks, beside the live views: see docs/deletions.md.

They show what the tables hold, so they are as of the last run. A view is replaced only where its
definition changes, and always has the same columns, so that what was granted on it stays.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from .deleted_records import DELETED_RECORDS, IN_BIN
from .display_names import USER_TYPES
from .evidence_tables import CAPTURES, RELATED_RECORDS
from .existing import read_columns
from .live_views import live_schema, qualify_view
from .statements import is_postgres, literal, quote, select
from .sync_progress import SYNC_PROGRESS
from .views import put_view, read_strays

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zoho_crm.api_types import Field
    from zoho_crm.columns import TableSchema

    from .statements import Client
    from .views import Kept

COMMENTS: Final = {
    "deletions_by_person_and_week": "How many records each person deleted, by week and module",
    "purges_within_14_days": "Records that Zoho purges within 14 days, and what hung on them",
    "mass_deletions": "Ten deletions or more by one person within an hour",
    "orphaned_references": "Live records that point at a deleted one",
    "lost_relations": "Relations that went with a deleted record, and when",
}

_WEEKS: Final = """
SELECT CAST(date_trunc('week', d.deleted_time AT TIME ZONE 'UTC') AS date) AS week,
    d.deleted_by__id, d.deleted_by__name, d.module,
    count(*) AS deletions,
    count(d.restored_at) AS restored,
    count(CASE WHEN {in_bin} THEN 1 END) AS still_in_bin
FROM {deleted} d WHERE d.type <> 'not_visible' GROUP BY 1, 2, 3, 4
"""
_PURGES: Final = """
SELECT d.module, d.id, d.display_name, d.deleted_by__id, d.deleted_by__name, d.deleted_time,
    d.purge_due_at,
    CAST(floor(extract(epoch FROM d.purge_due_at - n.moment) / 86400) AS integer) AS days_left,
    {lists} AS related_lists, {records} AS related_records
FROM {deleted} d CROSS JOIN (
    SELECT max(done_at) AS moment FROM {progress} WHERE task = 'deletions'
) n
WHERE {in_bin} AND d.purge_due_at > n.moment
    AND d.purge_due_at <= n.moment + INTERVAL '14 days'
"""
_LISTS: Final = """(SELECT count(DISTINCT c.related_list) FROM {captures} c
        WHERE c.parent_id = d.id AND c.deleted_time = d.deleted_time AND c.outcome = 'rows')"""
_RECORDS: Final = """(SELECT count(DISTINCT r.related_list || ' ' || r.related_id) FROM {related} r
        WHERE r.parent_id = d.id AND r.captured_at >= d.first_seen_at)"""
_UNKNOWN: Final = "CAST(NULL AS bigint)"
_MASS: Final = """
SELECT s.deleted_by__id, max(s.deleted_by__name) AS deleted_by__name,
    min(s.deleted_time) AS started_at, max(s.deleted_time) AS ended_at,
    count(*) AS deletions, max(s.in_an_hour) AS most_in_an_hour,
    count(DISTINCT s.module) AS modules, count(s.restored_at) AS restored
FROM (
    SELECT h.*, sum(h.starts) OVER (
        PARTITION BY h.deleted_by__id ORDER BY h.deleted_time ROWS UNBOUNDED PRECEDING
    ) AS wave FROM (
        SELECT d.deleted_by__id, d.deleted_by__name, d.deleted_time, d.module, d.restored_at,
            count(*) OVER (
                PARTITION BY d.deleted_by__id ORDER BY d.deleted_time
                RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW
            ) AS in_an_hour,
            CASE WHEN d.deleted_time <= lag(d.deleted_time) OVER (
                PARTITION BY d.deleted_by__id ORDER BY d.deleted_time
            ) + INTERVAL '1 hour' THEN 0 ELSE 1 END AS starts
        FROM {deleted} d WHERE d.deleted_by__id IS NOT NULL AND d.deleted_time IS NOT NULL
    ) h
) s
GROUP BY s.deleted_by__id, s.wave HAVING max(s.in_an_hour) >= 10
"""
# A record may have several open rows: into the recycle bin, and out of it for ever.
_GONE: Final = """
SELECT g.* FROM (
    SELECT d.*, row_number() OVER (
        PARTITION BY d.id ORDER BY CASE WHEN d.display_name IS NULL THEN 1 ELSE 0 END,
            d.deleted_time DESC
    ) AS place FROM {deleted} d WHERE d.restored_at IS NULL
) g WHERE g.place = 1
"""
# As text, as without a reference: Postgres replaces no view whose types differ, and dlt's are not.
_REFERENCE: Final = (
    "SELECT {module} AS module, CAST(t.id AS text) AS id, {field} AS field,"
    " CAST(t.{column} AS text) AS parent_id"
)
_ORPHANS: Final = """
SELECT l.module, l.id, l.field, g.module AS parent_module, l.parent_id,
    g.display_name AS parent_name, g.type AS parent_deleted_type,
    g.deleted_time AS parent_deleted_time, g.deleted_by__id, g.deleted_by__name
FROM ({references}) l JOIN ({gone}) g ON g.id = l.parent_id
"""
_LOST: Final = """
SELECT o.parent_deleted_time AS lost_at, o.parent_module, o.parent_id, o.parent_name,
    o.field AS relation, o.module AS related_module, o.id AS related_id, 'reference' AS known_from
FROM ({orphans}) o
"""
_LOST_CAPTURED: Final = """
UNION ALL SELECT DISTINCT g.deleted_time, g.module, g.id, g.display_name,
    r.related_list, r.related_module, r.related_id, 'capture'
FROM {related} r JOIN ({gone}) g ON g.id = r.parent_id WHERE r.captured_at >= g.first_seen_at
"""
_NO_REFERENCE: Final = (
    "SELECT CAST(NULL AS text) AS module, CAST(NULL AS text) AS id, CAST(NULL AS text) AS field,"
    " CAST(NULL AS text) AS parent_id WHERE 1 = 0"
)


def refresh_audit_views(
    client: Client,
    schemas: Sequence[TableSchema],
    fields: Mapping[str, Field],
    *,
    kept: Kept | None = None,
) -> list[str]:
    """Creates the views that are missing and replaces those whose definition changed.

    Args:
        client: An open client of the dataset, whose live views exist.
        schemas: The module tables.
        fields: The fields of all modules by their id: they tell which columns are lookups.
        kept: Takes the views that could not be replaced.

    Returns:
        The names of the views created or replaced.
    """
    there = read_columns(client)
    if not {DELETED_RECORDS, SYNC_PROGRESS} <= there.keys():
        return []
    comments = _read_comments(client)
    wanted = dict(_definitions(client, there, schemas, fields))
    strays = read_strays(client, live_schema(client), wanted)
    kept = {} if kept is None else kept
    touched = []
    for name, sql in wanted.items():
        digest = hashlib.sha256(sql.encode()).hexdigest()[:8]
        comment = f"{COMMENTS[name]}. Definition {digest}."
        if comments.get(name) == comment and name not in strays:
            continue
        view = qualify_view(client, name)
        if in_the_way := put_view(client, view, sql):
            kept[f"{live_schema(client)}.{name}"] = in_the_way
            continue
        client.execute_sql(f"COMMENT ON VIEW {view} IS {literal(client, comment)}")
        touched.append(name)
    return touched


def _definitions(
    client: Client,
    there: Mapping[str, Mapping[str, str]],
    schemas: Sequence[TableSchema],
    fields: Mapping[str, Field],
) -> Iterator[tuple[str, str]]:
    names = {
        "deleted": client.make_qualified_table_name(DELETED_RECORDS),
        "progress": client.make_qualified_table_name(SYNC_PROGRESS),
        "captures": client.make_qualified_table_name(CAPTURES),
        "related": client.make_qualified_table_name(RELATED_RECORDS),
        "in_bin": IN_BIN,
    }
    is_audited = {CAPTURES, RELATED_RECORDS} <= there.keys()
    lists, records = (_LISTS, _RECORDS) if is_audited else (_UNKNOWN, _UNKNOWN)
    gone = _GONE.format(**names)
    yield "deletions_by_person_and_week", _WEEKS.format(**names)
    yield (
        "purges_within_14_days",
        _PURGES.format(lists=lists.format(**names), records=records.format(**names), **names),
    )
    yield "mass_deletions", _MASS.format(**names)
    references = " UNION ALL ".join(_references(client, there, schemas, fields)) or _NO_REFERENCE
    orphans = _ORPHANS.format(references=references, gone=gone)
    yield "orphaned_references", orphans
    captured = _LOST_CAPTURED.format(gone=gone, **names) if is_audited else ""
    yield "lost_relations", _LOST.format(orphans=orphans) + captured


def _references(
    client: Client,
    there: Mapping[str, Mapping[str, str]],
    schemas: Sequence[TableSchema],
    fields: Mapping[str, Field],
) -> Iterator[str]:
    """Gives, for each lookup of each module, the live records with what they point at."""
    for schema in schemas:
        columns = there.get(schema.table_name, {})
        if "_deleted_type" not in columns:
            continue
        table = client.make_qualified_table_name(schema.table_name)
        for column in schema.columns:
            field = fields.get(column.field_id)
            if column.part != "id" or field is None or field.data_type in USER_TYPES:
                continue
            if column.name in columns:
                reference = _REFERENCE.format(
                    module=f"CAST({literal(client, schema.module.api_name)} AS text)",
                    field=f"CAST({literal(client, column.api_name)} AS text)",
                    column=quote(client, column.name),
                )
                yield (
                    f"{reference} FROM {table} t WHERE t._deleted_type IS NULL"
                    f" AND t.{quote(client, column.name)} IS NOT NULL"
                )


def _read_comments(client: Client) -> dict[str, str]:
    if is_postgres(client):
        sql = (
            "SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relkind = 'v'"
        )
    else:
        sql = (
            "SELECT view_name, comment FROM duckdb_views()"
            " WHERE database_name = current_database() AND schema_name = %s"
        )
    return {name: text for name, text in select(client, sql, live_schema(client)) if text}
