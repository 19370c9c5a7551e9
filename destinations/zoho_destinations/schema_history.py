"""The table `schema_changes`: what changed in modules and fields, and when it was seen.

Written by plain SQL before the run reads anything. A row's key is made from its content and the
change of the same thing before it, so that a run that was killed and its successor, which sees
the same change again, write one row.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from .existing import create_schema
from .plain_tables import create_table, insert_row
from .statements import quote, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from zoho_crm.schema_changes import SchemaChange

    from .statements import Client

SCHEMA_CHANGES: Final = "schema_changes"
COLUMNS: Final = {
    "id": "text PRIMARY KEY",
    "number": "bigint NOT NULL",
    "seen_at": "timestamptz NOT NULL",
    "run_id": "text",
    "kind": "text NOT NULL",
    "aspect": "text NOT NULL",
    "module": "text NOT NULL",
    "module_id": "text",
    "field": "text",
    "field_id": "text",
    "item": "text",
    "before": "text",
    "after": "text",
    "sentence": "text NOT NULL",
}
"""Columns of `schema_changes`; `number` grows with every row."""

_THING: Final = ("module_id", "field_id", "item", "aspect")


def create_schema_changes(client: Client) -> None:
    """Creates the table where it is missing."""
    create_schema(client, client.dataset_name)
    create_table(client, SCHEMA_CHANGES, COLUMNS)


def record_changes(
    client: Client, changes: Sequence[SchemaChange], *, seen_at: datetime, run_id: str
) -> list[SchemaChange]:
    """Adds the changes that are not there yet; to be called within a transaction.

    Args:
        client: An open client of the dataset, the table created.
        changes: What was found.
        seen_at: Zoho's clock.
        run_id: The run that found them.

    Returns:
        Those that were added; the others were added by a run that was interrupted.
    """
    latest, number = _read_latest(client)
    added = []
    for change in changes:
        thing = tuple(getattr(change, name) for name in _THING)
        content = (change.kind, change.before, change.after)
        key_before, content_before = latest.get(thing, ("", None))
        if content == content_before:
            continue
        number += 1
        key = _key_of((*thing, *content, key_before))
        facts = {"id": key, "number": number, "seen_at": seen_at, "run_id": run_id}
        insert_row(client, SCHEMA_CHANGES, {**facts, **_facts_of(change)})
        latest[thing] = (key, content)
        added.append(change)
    return added


def read_latest(client: Client, aspect: str) -> dict[tuple[str, str | None], str]:
    """The kind of the newest change of one aspect, by ids of module and field."""
    rows = select(
        client,
        f"SELECT module_id, field_id, kind FROM {client.make_qualified_table_name(SCHEMA_CHANGES)}"
        " WHERE aspect = %s ORDER BY number",
        aspect,
    )
    return {(module_id, field_id): kind for module_id, field_id, kind in rows}


def _read_latest(client: Client) -> tuple[dict[tuple[Any, ...], tuple[str, Any]], int]:
    things = ", ".join(quote(client, name) for name in _THING)
    rows = select(
        client,
        f"SELECT {things}, number, id, kind, {quote(client, 'before')}, {quote(client, 'after')}"
        f" FROM {client.make_qualified_table_name(SCHEMA_CHANGES)} ORDER BY number",
    )
    found = {row[:4]: (row[5], row[6:]) for row in rows}
    return found, max((row[4] for row in rows), default=0)


def _facts_of(change: SchemaChange) -> dict[str, Any]:
    names = ("kind", "aspect", "module", "module_id", "field", "field_id", "item", "before",
             "after", "sentence")  # fmt: skip
    return {name: getattr(change, name) for name in names}


def _key_of(content: Iterable[Any]) -> str:
    return hashlib.sha256(json.dumps(list(content)).encode()).hexdigest()[:32]
