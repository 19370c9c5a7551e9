"""Evidence is written once and for ever, and whoever alters it is found out."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_destinations.evidence import (
    ALSTER,
    CAPTURED_AT,
    capture,
    captures_in,
    document,
    documents_in,
)
from zoho_crm.evidence import Capture
from zoho_destinations.evidence_check import check_evidence
from zoho_destinations.evidence_erasure import erase
from zoho_destinations.evidence_store import ChainHead, append_captures, read_head
from zoho_destinations.evidence_tables import (
    CAPTURES,
    CHAIN,
    RELATED_RECORDS,
    create_evidence_tables,
    has_evidence,
)
from zoho_destinations.statements import is_postgres, run_update, select

if TYPE_CHECKING:
    from zoho_destinations.statements import Client

SHA = {
    False: "sha256({})",
    True: "encode(sha256(convert_to({}, 'UTF8')), 'hex')",
}
PROOF_IN_SQL = """
SELECT chain_no FROM (
    SELECT *, lag(chain_hash, 1, repeat('0', 64)) OVER (ORDER BY chain_no) AS before
    FROM zoho_crm.recycle_bin_captures) c
WHERE previous_hash <> before OR chain_hash <> {link} OR capture_id <> {document}
"""


@pytest.fixture
def evidence(client: Client) -> Client:
    """Three captures: two deals, one of them in both of the first, and an empty list."""
    create_evidence_tables(client)
    create_evidence_tables(client)
    kept = document("1", Deal_Name='Zoë\'s "deal" 100 %s', Amount=Decimal("1250.50"))
    append_captures(client, [capture(kept, document("2", Amount=Decimal("1E+3")))])
    append_captures(client, [capture(kept, minute=1), capture(minute=2)])
    return client


HARD: dict[str, Any] = {
    "": None, "é": [1, {"b": "\\u0041 \n\t\\", "a": []}], "n": Decimal("0.10000"),
    "z": Decimal("-0.0"), "big": 12345678901234567890123, "e": Decimal("1E-7"),
    "huge": Decimal("1E+99999"),
    "text": "\U0001f600 'quoted' \"twice\" %s {} \u202e", "Z": True, "a": {}, "A": False,
}  # fmt: skip
"""What databases store differently from how it was written."""


def test_hard_values_come_back_as_they_were_hashed(client: Client) -> None:
    create_evidence_tables(client)
    append_captures(client, [capture(document("1", **HARD))])
    assert differences(client) == []
    ((text,),) = select(client, f"SELECT evidence FROM zoho_crm.{RELATED_RECORDS}")
    assert text == document("1", **HARD).evidence


def differences(client: Client, anchor: ChainHead | None = None) -> list[str]:
    found = check_evidence(client, anchor=anchor).differences
    return [f"{each.table.removeprefix('recycle_bin_')}: {each.what}" for each in found]


def test_a_document_is_held_once_and_every_capture_is_a_link(evidence: Client) -> None:
    assert has_evidence(evidence)
    assert {row[1] for row in documents_in(evidence)} == {CAPTURED_AT}
    assert len(documents_in(evidence)) == 2
    assert [(row[0], row[2]) for row in captures_in(evidence)] == [
        (1, "rows"), (2, "rows"), (3, "none"),
    ]  # fmt: skip
    result = check_evidence(evidence)
    assert (result.captures, result.documents, result.differences) == (3, 2, [])
    assert result.head == read_head(evidence)


def test_a_changed_document_is_a_further_row_and_the_old_one_stays(evidence: Client) -> None:
    before = documents_in(evidence)
    assert append_captures(evidence, [capture(document("1", Amount=7), minute=3)]) == 1
    assert set(before) < set(documents_in(evidence))
    assert differences(evidence) == []


def test_what_fails_in_the_middle_leaves_nothing(evidence: Client) -> None:
    before = (captures_in(evidence), documents_in(evidence), read_head(evidence))
    again = capture(document("9"), minute=9)
    with pytest.raises(Exception, match=r"[Dd]uplicate|[Uu]nique"):
        append_captures(evidence, [again, again])
    assert (captures_in(evidence), documents_in(evidence), read_head(evidence)) == before


def test_plain_sql_proves_the_chain(evidence: Client) -> None:
    sha = SHA[is_postgres(evidence)]
    sql = PROOF_IN_SQL.format(
        link=sha.format("previous_hash || capture_id"), document=sha.format("evidence")
    )
    assert select(evidence, sql) == []
    run_update(evidence, f"UPDATE zoho_crm.{CAPTURES} SET evidence = '{{}}' WHERE chain_no = 2")
    assert select(evidence, sql) == [(2,)]


TAMPERING = [
    (f"UPDATE zoho_crm.{RELATED_RECORDS} SET record = '{{\"id\": \"1\"}}'"
     " WHERE related_id = '1'",
     "related_records: Its record is not what was captured."),
    (f"UPDATE zoho_crm.{RELATED_RECORDS} SET evidence = replace(evidence, '1250', '1')"
     " WHERE related_id = '1'",
     "related_records: Its evidence is not what was captured."),
    (f"UPDATE zoho_crm.{RELATED_RECORDS} SET captured_at = TIMESTAMPTZ '2020-01-01 00:00:00Z'"
     " WHERE related_id = '1'",
     "related_records: Its capture says another parent, list or time."),
    (f"UPDATE zoho_crm.{RELATED_RECORDS} SET record = NULL, evidence = NULL"
     " WHERE related_id = '1'",
     "related_records: Its content was removed, and no erasure says so."),
    (f"DELETE FROM zoho_crm.{RELATED_RECORDS} WHERE related_id = '1'",
     "related_records: A capture names it, but it was removed."),
    (f"UPDATE zoho_crm.{RELATED_RECORDS} SET capture_id = 'x' WHERE related_id = '1'",
     "related_records: No capture names it: it was slipped in."),
    (f"UPDATE zoho_crm.{CAPTURES} SET outcome = 'none' WHERE chain_no = 2",
     "captures: Its outcome is not what was captured."),
    (f"UPDATE zoho_crm.{CAPTURES} SET row_ids = '[]' WHERE chain_no = 2",
     "captures: Its row_ids is not what was captured."),
    (f"UPDATE zoho_crm.{CAPTURES} SET captured_at = TIMESTAMPTZ '2020-01-01 00:00:00Z'"
     " WHERE chain_no = 3",
     "captures: Its captured_at is not what was captured."),
    (f"DELETE FROM zoho_crm.{CAPTURES} WHERE chain_no = 2",
     "captures: Before it link 2 of the chain was removed."),
    (f"DELETE FROM zoho_crm.{CAPTURES} WHERE chain_no < 3",
     "captures: Before it links 1 to 2 of the chain was removed."),
    (f"DELETE FROM zoho_crm.{CAPTURES} WHERE chain_no = 3",
     "captures: The chain ends at link 2, but it had come to link 3."),
    (f"UPDATE zoho_crm.{CAPTURES} SET previous_hash = repeat('a', 64) WHERE chain_no = 2",
     "captures: Its previous_hash is not the hash of the link before it."),
    (f"UPDATE zoho_crm.{CAPTURES} SET chain_hash = repeat('a', 64) WHERE chain_no = 2",
     "captures: Its chain_hash does not follow from the row."),
]  # fmt: skip


class RolledBackError(Exception):
    """Undoes what was altered."""


def differences_after(client: Client, tampering: str) -> list[str]:
    found: list[str] = []
    with suppress(RolledBackError), client.begin_transaction():
        client.execute_sql(tampering)
        found += differences(client)
        raise RolledBackError
    return found


def test_tampering_is_found(evidence: Client) -> None:
    for tampering, found in TAMPERING:
        assert found in differences_after(evidence, tampering), tampering
    assert differences(evidence) == []


def test_an_anchor_kept_elsewhere_finds_what_was_cut_off_and_forged(evidence: Client) -> None:
    anchor = read_head(evidence)
    append_captures(evidence, [capture(minute=5)])
    assert differences(evidence, anchor) == []
    forged = ChainHead(anchor.length, "f" * 64)
    assert differences(evidence, forged) == ["captures: Link 3 is not that of the anchor."]
    # Somebody who cuts off the end and mends the row that tells it.
    evidence.execute_sql(f"DELETE FROM zoho_crm.{CAPTURES} WHERE chain_no > 2")
    (head,) = select(evidence, f"SELECT chain_hash FROM zoho_crm.{CAPTURES} WHERE chain_no = 2")
    run_update(evidence, f"UPDATE zoho_crm.{CHAIN} SET length = 2, hash = %s", head[0])
    assert differences(evidence) == []
    assert differences(evidence, anchor) == [
        "captures: The anchor names link 3, which is not there."
    ]


def test_the_row_is_named(evidence: Client) -> None:
    ((key,),) = select(
        evidence, f"SELECT capture_id FROM zoho_crm.{RELATED_RECORDS} WHERE related_id = '2'"
    )
    evidence.execute_sql(f"DELETE FROM zoho_crm.{RELATED_RECORDS} WHERE related_id = '2'")
    (difference,) = check_evidence(evidence).differences
    assert (difference.table, difference.key) == (RELATED_RECORDS, key)


def forget(client: Client, record_id: str) -> int:
    return erase(client, record_id, reason="asked to", run_id="e", moment=CAPTURED_AT)


def test_erasing_leaves_key_and_hash_and_the_chain_still_proves(evidence: Client) -> None:
    keys = [row[0] for row in documents_in(evidence)]
    assert forget(evidence, "1") == 1
    assert [row[0] for row in documents_in(evidence)] == keys
    assert sorted(row[2] is None for row in documents_in(evidence)) == [False, True]
    result = check_evidence(evidence)
    assert (result.erased, result.differences) == (1, [])
    told = select(
        evidence,
        f"SELECT parent_id, reason, row_count FROM zoho_crm.{CAPTURES} WHERE outcome = 'erased'",
    )
    assert told == [("1", "asked to", 1)]


def test_erasing_again_changes_nothing(evidence: Client) -> None:
    forget(evidence, "1")
    head = read_head(evidence)
    assert forget(evidence, "1") == 0
    assert read_head(evidence) == head


def test_erasing_reaches_every_document_that_mentions_the_id(evidence: Client) -> None:
    jane = {"id": "77", "name": "Jane"}
    append_captures(evidence, [capture(document("3", Contact_Name=jane), minute=4)])
    assert forget(evidence, "77") == 1
    assert forget(evidence, ALSTER.id) == 2
    assert all(row[2] is None for row in documents_in(evidence))
    assert differences(evidence) == []


def test_an_erased_document_does_not_come_back_with_content(evidence: Client) -> None:
    forget(evidence, "2")
    append_captures(evidence, [capture(document("2", Amount=Decimal("1E+3")), minute=6)])
    assert sorted(row[2] is None for row in documents_in(evidence)) == [False, True]
    run_update(
        evidence, f"UPDATE zoho_crm.{RELATED_RECORDS} SET record = '{{}}' WHERE related_id = '2'"
    )
    assert differences(evidence) == ["related_records: It was erased, but holds content again."]


def test_no_name_and_no_value_stands_in_a_capture() -> None:
    text = capture(document("1", Deal_Name="Secret", Amount=5)).evidence
    assert "Secret" not in text
    assert "Alster" not in text
    assert "Ada" not in text


def test_captures_without_rows_keep_code_and_reason(client: Client) -> None:
    create_evidence_tables(client)
    refused: Any = capture(outcome="refused", code="NO_PERMISSION", reason="May not.", pages=0)
    assert isinstance(refused, Capture)
    append_captures(client, [refused])
    rows = select(client, f"SELECT outcome, code, reason FROM zoho_crm.{CAPTURES}")
    assert rows == [("refused", "NO_PERMISSION", "May not.")]
