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
_EXISTENCE: Final = frozenset({"module", "field", "picklist_value"})
"""Aspects whose changes say that something has come or gone."""


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
    history = _read_history(client)
    added = []
    for change in changes:
        thing = tuple(getattr(change, name) for name in _THING)
        content = (change.kind, change.before, change.after)
        if history.holds(thing, content):
            continue
        key = _key_of((*thing, *content, history.key_of(thing)))
        history.add(thing, key, content, number=history.number + 1)
        facts = {"id": key, "number": history.number, "seen_at": seen_at, "run_id": run_id}
        insert_row(client, SCHEMA_CHANGES, {**facts, **_facts_of(change)})
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


class _History:
    """The newest change of each thing, and since when the thing has been there as it is."""

    def __init__(self) -> None:
        self.number = 0
        self._latest: dict[tuple[Any, ...], tuple[int, str, tuple[Any, ...]]] = {}
        self._since: dict[tuple[Any, ...], int] = {}

    def add(
        self, thing: tuple[Any, ...], key: str, content: tuple[Any, ...], *, number: int
    ) -> None:
        """Takes a change that follows all others."""
        self.number = number
        self._latest[thing] = (self.number, key, content)
        *owners, aspect = thing
        if aspect in _EXISTENCE:
            self._since[tuple(owners)] = self.number

    def key_of(self, thing: tuple[Any, ...]) -> str:
        """The key of the newest change of a thing; empty for none."""
        return self._latest[thing][1] if thing in self._latest else ""

    def holds(self, thing: tuple[Any, ...], content: tuple[Any, ...]) -> bool:
        """Whether a change is the newest of its thing.

        Not where the module, field or value has come or gone since: while it was out of sight, it
        may have changed back.
        """
        number, _, newest = self._latest.get(thing, (0, "", None))
        module, field, item, _ = thing
        owners = ((module, None, None), (module, field, None), (module, field, item))
        return newest == content and all(self._since.get(each, 0) <= number for each in owners)


def _read_history(client: Client) -> _History:
    names = (*_THING, "number", "id", "kind", "before", "after")
    rows = select(
        client,
        f"SELECT {', '.join(quote(client, name) for name in names)}"
        f" FROM {client.make_qualified_table_name(SCHEMA_CHANGES)} ORDER BY number",
    )
    history = _History()
    for row in rows:
        history.add(tuple(row[:4]), row[5], tuple(row[6:]), number=row[4])
    return history


def _facts_of(change: SchemaChange) -> dict[str, Any]:
    names = ("kind", "aspect", "module", "module_id", "field", "field_id", "item", "before",
             "after", "sentence")  # fmt: skip
    return {name: getattr(change, name) for name in names}


def _key_of(content: Iterable[Any]) -> str:
    return hashlib.sha256(json.dumps(list(content)).encode()).hexdigest()[:32]
