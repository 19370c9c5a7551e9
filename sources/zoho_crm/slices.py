"""Joining the slices of records that have more fields than one call returns. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from . import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .api_types import JsonObject


def join_slices(slices: Sequence[Sequence[JsonObject]]) -> tuple[list[JsonObject], list[str]]:
    """Joins rows on `id` and `Modified_Time`.

    Args:
        slices: For each slice the rows of its reply.

    Returns:
        The complete rows in the order of the first slice, and the ids of rows that some slice
        lacks or has with another time.
    """
    first, *others = slices
    if not others:
        return list(first), []
    by_id = [{str(row.get("id")): row for row in rows} for rows in others]
    joined: list[JsonObject] = []
    unmatched: dict[str, None] = {}
    for row in first:
        row_id = str(row.get("id"))
        parts = [rows.pop(row_id, None) for rows in by_id]
        if all(part is not None and _same_time(part, row) for part in parts):
            joined.append(_merged(row, parts))
        else:
            unmatched[row_id] = None
    unmatched.update(dict.fromkeys(row_id for rows in by_id for row_id in rows))
    return joined, list(unmatched)


def split_unsettled(
    rows: Sequence[JsonObject], times: Sequence[datetime | None], dates: Sequence[datetime | None]
) -> tuple[list[JsonObject], list[str]]:
    """Sets aside rows that changed so shortly before a reply that its slices may differ.

    Times have whole seconds: two changes within one second look the same.

    Args:
        rows: Joined rows.
        times: Their `Modified_Time`s.
        dates: The `Date` of each slice's reply.

    Returns:
        The settled rows, and the ids of the others.
    """
    known = [date for date in dates if date is not None]
    if not known:
        return list(rows), []
    border = min(known) - timedelta(seconds=settings.SLICE_SETTLE_S)
    settled, unsettled = [], []
    for row, time in zip(rows, times, strict=True):
        if time is not None and time >= border:
            unsettled.append(str(row["id"]))
        else:
            settled.append(row)
    return settled, unsettled


def _same_time(part: JsonObject, row: JsonObject) -> bool:
    return bool(part.get("Modified_Time") == row.get("Modified_Time"))


def _merged(row: JsonObject, parts: Sequence[JsonObject | None]) -> JsonObject:
    whole: dict[str, Any] = dict(row)
    for part in parts:
        whole.update(part or {})
    return whole
