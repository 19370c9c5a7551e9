"""Records one by one, with the rows that belong to them: from one moment, one call each."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .asking import scope_of
from .exceptions import ZohoCrmError, ZohoResponseError
from .replies import Reply, Subject
from .rereading import GONE_CODES, GONE_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from .api_types import JsonObject, Module
    from .client import ZohoClient

_AHEAD = 20
"""Calls under way beside the one whose reply is waited for."""


@dataclass(frozen=True, slots=True)
class ParentReading:
    """One record and its rows, as a single reply told them."""

    parent_id: str
    record: JsonObject | None
    """None for a record that is not there (any more, or for this user)."""
    number: int = 0
    """The number of the reply."""
    date: datetime | None = None
    """The server's clock at the reply."""
    rows: Mapping[str, Sequence[JsonObject]] = field(default_factory=dict)
    """By field; without fields that the reply did not tell of, such as hidden ones."""
    cut: frozenset[str] = frozenset()
    """Fields that have more rows than the reply holds."""
    replaced_characters: int = 0


def read_parents(
    client: ZohoClient, module: Module, ids: Sequence[str], *, fields: Sequence[str], resource: str
) -> Iterator[ParentReading]:
    """Yields the readings of some records, in their order.

    Args:
        client: The client.
        module: The records' module.
        ids: Which records.
        fields: API names of the fields whose values are rows.
        resource: What the calls are counted for.

    Raises:
        ZohoCrmError: As a call fails; the readings before it were yielded.

    Source: Zoho CRM API v8, "Get Records", with an id.
    """
    name = module.api_name
    subject = Subject(resource, scope_of(module), name)
    waiting: deque[tuple[str, Future[Reply]]] = deque()
    left = iter(ids)
    try:
        while True:
            while len(waiting) <= _AHEAD and (record_id := next(left, None)) is not None:
                waiting.append((record_id, client.submit(f"{name}/{record_id}", subject=subject)))
            if not waiting:
                return
            record_id, future = waiting.popleft()
            yield _reading_of(record_id, future, name, fields)
    finally:
        for _, future in waiting:
            future.cancel()


def _reading_of(
    record_id: str, future: Future[Reply], module: str, fields: Sequence[str]
) -> ParentReading:
    try:
        reply = future.result()
    except ZohoCrmError as error:
        if error.status in GONE_STATUSES and error.code in GONE_CODES:
            return ParentReading(record_id, None)
        raise
    if reply.status == 204:
        return ParentReading(record_id, None, reply.number, reply.date)
    record = _record_in(reply, module)
    has_more = record.get("$has_more") or {}
    return ParentReading(
        record_id,
        record,
        reply.number,
        reply.date,
        rows={f: rows for f in fields if (rows := _rows_in(record, f, has_more)) is not None},
        cut=frozenset(f for f in fields if has_more.get(f)),
        replaced_characters=reply.replaced_characters,
    )


def _record_in(reply: Reply, module: str) -> JsonObject:
    rows = reply.body.get("data")
    if isinstance(rows, list) and len(rows) == 1 and isinstance(rows[0], dict):
        return rows[0]
    raise ZohoResponseError(
        f"{module}: Zoho's reply for a single record does not hold one record.",
        status=reply.status,
        module=module,
    )


def _rows_in(
    record: JsonObject, name: str, has_more: Mapping[str, object]
) -> Sequence[JsonObject] | None:
    """The rows in a field; None where the reply does not tell, since it is hidden."""
    rows = record.get(name)
    if rows is None:
        return [] if name in record and name in has_more else None
    if not isinstance(rows, list) or not all(isinstance(r, dict) and r.get("id") for r in rows):
        return None
    return rows
