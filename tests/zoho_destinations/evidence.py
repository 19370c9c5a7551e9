"""Captures as tests need them: a few words each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.zoho_destinations.tables import read
from zoho_crm.evidence import Capture, DeletedParent, EvidenceRow
from zoho_destinations.evidence_tables import CAPTURES, RELATED_RECORDS

if TYPE_CHECKING:
    from zoho_destinations.statements import Client

DELETED_AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
CAPTURED_AT = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
ALSTER = DeletedParent(
    "Accounts", "100", DELETED_AT, "Alster", "u1", "Ada", DELETED_AT + timedelta(days=60)
)


def document(related_id: str, parent: DeletedParent = ALSTER, **record: Any) -> EvidenceRow:
    """A deal that hung on a parent."""
    return EvidenceRow(
        parent.module, parent.id, "Deals", "Deals", related_id, {"id": related_id, **record}
    )


def capture(*rows: EvidenceRow, minute: int = 0, **facts: Any) -> Capture:
    """What the list of deals held."""
    at = CAPTURED_AT + timedelta(minutes=minute)
    given = {"related_list": "Deals", "outcome": "rows" if rows else "none", **facts}
    parent = given.pop("parent", ALSTER)
    return Capture(parent, at, "run", "first", **given, rows=rows, related_module="Deals")


def documents_in(client: Client) -> list[tuple[Any, ...]]:
    return read(client, RELATED_RECORDS, "capture_id", "captured_at", "evidence")


def captures_in(client: Client) -> list[tuple[Any, ...]]:
    return read(client, CAPTURES, "chain_no", "capture_id", "outcome")
