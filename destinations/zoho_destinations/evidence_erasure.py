"""The right to be forgotten: content goes, keys and hashes stay, and the chain says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zoho_crm.evidence import Capture

from .bin_parents import read_erased_ids
from .evidence_store import append_within
from .evidence_tables import RELATED_RECORDS
from .existing import read_columns
from .statements import run_update, select

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .statements import Client

_MENTIONS: Final = (
    " FROM {documents} WHERE evidence IS NOT NULL"
    " AND (related_id = %s OR parent_id = %s OR strpos(evidence, %s) > 0)"
)
_ERASE: Final = (
    "UPDATE {documents} SET record = NULL, member_info = NULL, evidence = NULL, erased_at = %s"
    " WHERE evidence IS NOT NULL"
    " AND (related_id = %s OR parent_id = %s OR strpos(evidence, %s) > 0)"
)


def erase(client: Client, record_id: str, *, reason: str, run_id: str, moment: datetime) -> int:
    """Removes the content of every document about a record, or with its id anywhere in it.

    A link of the chain says whose, why and which. Nothing of the id is captured again. Erasing
    once more removes what is left, which is nothing, and leaves no further link.

    Returns:
        How many documents lost their content.
    """
    about = (record_id, record_id, f'"{record_id}"')
    documents = client.make_qualified_table_name(RELATED_RECORDS)
    with client.begin_transaction():
        keys = [
            str(row[0])
            for row in select(
                client, "SELECT capture_id" + _MENTIONS.format(documents=documents), *about
            )
        ]
        run_update(client, _ERASE.format(documents=documents), moment, *about)
        if keys or record_id not in read_erased_ids(client):
            append_within(client, [_erasure(record_id, keys, reason, run_id, moment)])
    return len(keys)


def is_mentioned(client: Client, record_id: str) -> bool:
    """Whether a document is about a record or mentions it, or whether it was erased before."""
    documents = client.make_qualified_table_name(RELATED_RECORDS)
    about = (record_id, record_id, f'"{record_id}"')
    sql = f"SELECT 1{_MENTIONS.format(documents=documents)} LIMIT 1"
    return bool(select(client, sql, *about)) or record_id in read_erased_ids(client)


def _erasure(
    record_id: str, keys: Sequence[str], reason: str, run_id: str, moment: datetime
) -> Capture:
    return Capture(
        None,
        moment,
        run_id,
        "erasure",
        None,
        "erased",
        reason=reason,
        erased_id=record_id,
        erased_keys=tuple(keys),
    )


def is_user(client: Client, record_id: str) -> bool:
    """Whether an id is a user's, who stands in nearly every document as an owner."""
    if "users" not in read_columns(client):
        return False
    users = client.make_qualified_table_name("users")
    return bool(select(client, f"SELECT 1 FROM {users} WHERE id = %s", record_id))


def tables_with(client: Client, record_id: str) -> list[str]:
    """The other tables that hold a record: the audit's erasure does not reach them."""
    found = []
    for table, columns in read_columns(client).items():
        if "id" in columns and not table.startswith("_dlt") and columns["id"] in _TEXT_TYPES:
            name = client.make_qualified_table_name(table)
            if select(client, f"SELECT 1 FROM {name} WHERE id = %s LIMIT 1", record_id):
                found.append(table)
    return found


_TEXT_TYPES: Final = frozenset({"text", "VARCHAR", "character varying"})
