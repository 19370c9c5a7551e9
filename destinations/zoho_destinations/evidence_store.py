"""Appending evidence: documents, the captures that name them, and the end of the chain, at once.

All of one call is one transaction: a kill leaves all of it or nothing. A key that is there
already is never written again, whatever else is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from zoho_crm.canonical_json import digest_of, to_canonical

from .evidence_tables import CAPTURES, CHAIN, COLUMNS, RELATED_RECORDS
from .staged_rows import staged
from .statements import is_postgres, quote, run_update, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from zoho_crm.evidence import Capture, EvidenceRow

    from .statements import Client

FIRST_HASH: Final = "0" * 64
"""What the first link of the chain follows."""
_ARROW_TYPES: Final = {
    "text": pa.string(),
    "json": pa.string(),
    "bigint": pa.int64(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True, slots=True)
class ChainHead:
    """Where the chain ends. Kept outside the database, it proves that nothing was cut off."""

    length: int = 0
    hash: str = FIRST_HASH

    def __str__(self) -> str:
        return f"{self.length}:{self.hash}"


def append_captures(client: Client, captures: Sequence[Capture]) -> int:
    """Appends captures to the chain, with the documents that are not held yet.

    Args:
        client: An open client; the caller holds the dataset's lock.
        captures: In the order in which they shall stand in the chain.

    Returns:
        How many documents were new.
    """
    if not captures:
        return 0
    with client.begin_transaction():
        return append_within(client, captures)


def append_within(client: Client, captures: Sequence[Capture]) -> int:
    """Does the same, at least one capture, within a transaction of the caller's."""
    new = _insert(client, RELATED_RECORDS, _document_rows(captures), skips_held=True)
    links = list(_links(captures, read_head(client)))
    _insert(client, CAPTURES, links)
    last = dict(zip(COLUMNS[CAPTURES], links[-1], strict=True))
    _move_head(client, last["chain_no"], last["chain_hash"], last["captured_at"])
    return new


def read_head(client: Client) -> ChainHead:
    """Where the chain ends by the row that says so."""
    table = client.make_qualified_table_name(CHAIN)
    found = select(client, f"SELECT length, hash FROM {table} WHERE id = 1")
    return ChainHead(*found[0]) if found else ChainHead()


def link(previous_hash: str, capture_id: str) -> str:
    """The hash that chains a capture to what was before it."""
    return digest_of(previous_hash + capture_id)


def _document_rows(captures: Sequence[Capture]) -> Iterator[tuple[Any, ...]]:
    held: set[str] = set()
    for capture in captures:
        for row in capture.rows:
            if row.key not in held:
                held.add(row.key)
                yield _document(row, capture.captured_at)


def _document(row: EvidenceRow, captured_at: datetime) -> tuple[Any, ...]:
    return (
        row.key,
        captured_at,
        row.parent_module,
        row.parent_id,
        row.related_list,
        row.related_module,
        row.related_id,
        to_canonical(row.record),
        None if row.member_info is None else to_canonical(row.member_info),
        row.evidence,
        None,
    )


def _links(captures: Iterable[Capture], head: ChainHead) -> Iterator[tuple[Any, ...]]:
    number, before = head.length, head.hash
    for capture in captures:
        number, after = number + 1, link(before, capture.key)
        parent = capture.parent
        yield (
            capture.key,
            number,
            before,
            after,
            capture.captured_at,
            capture.run_id,
            capture.occasion,
            parent.module if parent else None,
            capture.parent_id,
            parent.deleted_time if parent else None,
            parent.deleted_by_id if parent else None,
            parent.purge_due_at if parent else None,
            capture.related_list,
            capture.related_module,
            capture.outcome,
            capture.code,
            capture.reason,
            len(capture.row_keys),
            capture.pages,
            to_canonical(list(capture.row_keys)),
            capture.evidence,
        )
        before = after


def _insert(
    client: Client, table: str, rows: Iterable[tuple[Any, ...]], *, skips_held: bool = False
) -> int:
    columns = COLUMNS[table]
    transposed = list(zip(*rows, strict=True))
    if not transposed:
        return 0
    arrays = [
        pa.array(values, _ARROW_TYPES[kind])
        for values, kind in zip(transposed, columns.values(), strict=True)
    ]
    json_type = "jsonb" if is_postgres(client) else "json"
    names = [quote(client, name) for name in columns]
    values = [
        f"CAST({name} AS {json_type})" if kind == "json" else name
        for name, kind in zip(names, columns.values(), strict=True)
    ]
    into = f"INSERT INTO {client.make_qualified_table_name(table)} ({', '.join(names)})"
    end = " ON CONFLICT DO NOTHING" if skips_held else ""
    with staged(client, pa.table(arrays, names=list(columns))) as staging:
        return run_update(client, f"{into} SELECT {', '.join(values)} FROM {staging}{end}")


def _move_head(client: Client, length: int, head: str, moment: datetime) -> None:
    table = client.make_qualified_table_name(CHAIN)
    assignments = "length = %s, hash = %s, updated_at = %s"
    if not run_update(
        client, f"UPDATE {table} SET {assignments} WHERE id = 1", length, head, moment
    ):
        run_update(client, f"INSERT INTO {table} VALUES (1, %s, %s, %s)", length, head, moment)
