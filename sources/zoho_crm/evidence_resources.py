"""Evidence as dlt tables: `recycle_bin_captures` and `recycle_bin_related_records`.

Both are keyed by the hash of what a row says, and hold nothing that this hash does not cover: a
merge that meets a key again writes the same row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import dlt
import pyarrow as pa

from .canonical_json import to_canonical
from .columns import ARROW_TYPES
from .dlt_resources import MERGE, quiet_known_warnings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dlt.extract import DltResource

    from .api_types import JsonObject
    from .evidence import Capture, EvidenceRow

CAPTURES: Final = "recycle_bin_captures"
RELATED_RECORDS: Final = "recycle_bin_related_records"
KEY: Final = "capture_id"
_ROWS_A_TABLE: Final = 5_000
_CAPTURE_COLUMNS: Final = {
    KEY: "text",
    "captured_at": "timestamp",
    "run_id": "text",
    "occasion": "text",
    "parent_module": "text",
    "parent_id": "text",
    "deleted_time": "timestamp",
    "deleted_by__id": "text",
    "purge_due_at": "timestamp",
    "related_list": "text",
    "related_module": "text",
    "outcome": "text",
    "code": "text",
    "reason": "text",
    "row_count": "bigint",
    "pages": "bigint",
    "row_ids": "json",
    "evidence": "text",
}
_RECORD_COLUMNS: Final = {
    KEY: "text",
    "parent_module": "text",
    "parent_id": "text",
    "related_list": "text",
    "related_module": "text",
    "related_id": "text",
    "record": "json",
    "member_info": "json",
    "evidence": "text",
}


def captures_resource(data_from: DltResource) -> DltResource:
    """The table of questions: a row for each list of each deleted record that was asked for."""

    def to_tables(captures: Sequence[Capture]) -> Iterator[Any]:
        yield from _tables(map(_capture_row, captures), _CAPTURE_COLUMNS)

    return _resource(to_tables, CAPTURES, _CAPTURE_COLUMNS, data_from=data_from)


def related_records_resource(data_from: DltResource) -> DltResource:
    """The table of documents: a row for each record met, in each state that it was met in."""

    def to_tables(captures: Sequence[Capture]) -> Iterator[Any]:
        rows = {row.key: row for capture in captures for row in capture.rows}
        yield from _tables(map(_record_row, rows.values()), _RECORD_COLUMNS)

    return _resource(to_tables, RELATED_RECORDS, _RECORD_COLUMNS, data_from=data_from)


def _resource(
    to_tables: Callable[[Sequence[Capture]], Iterator[Any]],
    name: str,
    columns: Mapping[str, str],
    *,
    data_from: DltResource,
) -> DltResource:
    merge: Any = MERGE  # which transformers take as well, though their types know names only
    quiet_known_warnings()
    hints: Any = {
        column: {"name": column, "data_type": kind, "nullable": column != KEY}
        for column, kind in columns.items()
    }
    resource: DltResource = dlt.transformer(
        to_tables,
        data_from=data_from,
        name=name,
        write_disposition=merge,
        primary_key=KEY,
        columns=hints,
        file_format="parquet",
    )
    # See dlt_resources.build_resource.
    resource.apply_hints(additional_table_hints={"x-normalizer": {"seen-data": True}})
    return resource


def _tables(rows: Iterable[JsonObject], columns: Mapping[str, str]) -> Iterator[pa.Table]:
    found = list(rows)
    schema = pa.schema([(name, ARROW_TYPES[kind]) for name, kind in columns.items()])
    for start in range(0, len(found), _ROWS_A_TABLE):
        yield pa.Table.from_pylist(found[start : start + _ROWS_A_TABLE], schema)


def _capture_row(capture: Capture) -> JsonObject:
    parent = capture.parent
    return {
        KEY: capture.key,
        "captured_at": capture.captured_at,
        "run_id": capture.run_id,
        "occasion": capture.occasion,
        "parent_module": parent.module if parent else None,
        "parent_id": capture.parent_id,
        "deleted_time": parent.deleted_time if parent else None,
        "deleted_by__id": parent.deleted_by_id if parent else None,
        "purge_due_at": parent.purge_due_at if parent else None,
        "related_list": capture.related_list,
        "related_module": capture.related_module,
        "outcome": capture.outcome,
        "code": capture.code,
        "reason": capture.reason,
        "row_count": len(capture.row_keys),
        "pages": capture.pages,
        "row_ids": to_canonical(list(capture.row_keys)),
        "evidence": capture.evidence,
    }


def _record_row(row: EvidenceRow) -> JsonObject:
    return {
        KEY: row.key,
        "parent_module": row.parent_module,
        "parent_id": row.parent_id,
        "related_list": row.related_list,
        "related_module": row.related_module,
        "related_id": row.related_id,
        "record": to_canonical(row.record),
        "member_info": None if row.member_info is None else to_canonical(row.member_info),
        "evidence": row.evidence,
    }
