"""Fewer, larger tables: dlt validates the schema of every table it is given, at some cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from .settings import ROWS_A_BATCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def in_batches(tables: Iterable[pa.Table], *, rows: int = ROWS_A_BATCH) -> Iterator[pa.Table]:
    """Joins pages to tables of at least so many rows, the last one aside.

    Columns that only some pages have, `x__raw`, are null in the others.
    """
    waiting: list[pa.Table] = []
    count = 0
    for table in tables:
        waiting.append(table)
        count += table.num_rows
        if count >= rows:
            yield pa.concat_tables(waiting, promote_options="default")
            waiting, count = [], 0
    if waiting:
        yield pa.concat_tables(waiting, promote_options="default")
