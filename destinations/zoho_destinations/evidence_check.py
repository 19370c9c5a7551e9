"""Proving the evidence: that nothing in it was altered, removed or slipped in.

Everything is computed anew from what the tables hold: each document's hash from its text, each
link of the chain from the one before, each column from the document that it repeats.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.canonical_json import digest_of, to_canonical
from zoho_crm.decoding import decode
from zoho_crm.evidence import to_utc_text
from zoho_crm.exceptions import ZohoResponseError

from .evidence_store import ChainHead, link, read_head
from .evidence_tables import (
    CAPTURES,
    COLUMNS,
    JSON_COLUMNS,
    RELATED_RECORDS,
    columns_of,
    missing_tables,
)
from .statements import quote, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .statements import Client

_ROWS_A_QUERY: Final = 1_000
_DIGEST_BYTES: Final = 32
_NOT_IN_DOCUMENT: Final = frozenset(
    {"capture_id", "chain_no", "previous_hash", "chain_hash", "evidence", "erased_at"}
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was written."""

    table: str
    key: str
    """The row's key, or the number of a link that is missing."""
    what: str
    """The sentence, without the row."""

    def __str__(self) -> str:
        return f"{self.table} {self.key}: {self.what}"


@dataclass(slots=True)
class CheckResult:
    """What one check found."""

    captures: int = 0
    documents: int = 0
    erased: int = 0
    head: ChainHead = field(default_factory=ChainHead)
    differences: list[Difference] = field(default_factory=list)


def check_evidence(client: Client, *, anchor: ChainHead | None = None) -> CheckResult:
    """Computes every hash anew and names what does not fit.

    Args:
        client: An open client of a dataset with tables of evidence, or with some of them.
        anchor: Where the chain ended at an earlier time, kept outside the database.
    """
    missing = missing_tables(client)
    if missing:
        result = check_absence(anchor)
        for table in missing:
            result.differences.append(Difference(table, "as a whole", "It was removed."))
        return result
    check = _Check(client)
    check.walk_chain(anchor)
    check.look_through_documents()
    return check.result


def check_absence(anchor: ChainHead | None) -> CheckResult:
    """What is to be said where there is no evidence: nothing, unless an anchor knows of some."""
    result = CheckResult()
    if anchor is not None and anchor.length:
        result.differences.append(_without(anchor))
    return result


def _without(anchor: ChainHead) -> Difference:
    what = f"The anchor names link {anchor.length}, which is not there."
    return Difference(CAPTURES, f"link {anchor.length}", what)


class _Check:
    """One check under way."""

    def __init__(self, client: Client) -> None:
        self.result = CheckResult()
        self._client = client
        self._named: dict[bytes, tuple[str, str, str | None, datetime]] = {}
        """By key of a document: where it hung, and when it was captured first."""
        self._erased: set[bytes] = set()
        self._found: set[bytes] = set()

    # the chain

    def walk_chain(self, anchor: ChainHead | None) -> None:
        number, before = 0, ChainHead().hash
        is_anchored = anchor is None or anchor.length == 0
        for row in self._rows(CAPTURES, "chain_no"):
            self._check_place(row, number, before)
            self._check_document(CAPTURES, row)
            self._remember(row)
            number, before = int(row["chain_no"]), str(row["chain_hash"])
            self.result.captures += 1
            if anchor is not None and number == anchor.length:
                is_anchored = True
                if before != anchor.hash:
                    self._tell(CAPTURES, row, f"Link {number} is not that of the anchor.")
        self.result.head = ChainHead(number, before)
        self._check_end(anchor, is_anchored=is_anchored)

    def _check_place(self, row: Row, number: int, before: str) -> None:
        found = int(row["chain_no"])
        if found != number + 1:
            missing = f"link {number + 1}" if found == number + 2 else f"links {number + 1} to"
            if found != number + 2:
                missing = f"{missing} {found - 1}"
            self._tell(CAPTURES, row, f"Before it {missing} of the chain was removed.")
        elif row["previous_hash"] != before:
            self._tell(CAPTURES, row, "Its previous_hash is not the hash of the link before it.")
        if row["chain_hash"] != link(str(row["previous_hash"]), str(row["capture_id"])):
            self._tell(CAPTURES, row, "Its chain_hash does not follow from the row.")

    def _check_end(self, anchor: ChainHead | None, *, is_anchored: bool) -> None:
        end, told = self.result.head, read_head(self._client)
        if told != end:
            what = f"The chain ends at link {end.length}, but it had come to link {told.length}."
            self.result.differences.append(Difference(CAPTURES, f"after link {end.length}", what))
        if anchor is not None and not is_anchored:
            self.result.differences.append(_without(anchor))

    def _remember(self, row: Row) -> None:
        keys = _json(row["row_ids"])
        for key in keys if isinstance(keys, list) else ():
            digest = _digest(str(key))
            if row["outcome"] == "erased":
                self._erased.add(digest)
            else:
                where = (row["parent_module"], row["parent_id"], row["related_list"])
                self._named.setdefault(digest, (*where, row["captured_at"]))

    # the documents

    def look_through_documents(self) -> None:
        for row in self._rows(RELATED_RECORDS, "capture_id"):
            self.result.documents += 1
            digest = _digest(row["capture_id"])
            self._found.add(digest)
            if digest not in self._named:
                self._tell(RELATED_RECORDS, row, "No capture names it: it was slipped in.")
                continue
            if row["evidence"] is None and digest in self._erased:
                self._check_erased(row)
            else:
                self._check_document(RELATED_RECORDS, row)
            if self._named[digest] != self._place_of(row):
                self._tell(RELATED_RECORDS, row, "Its capture says another parent, list or time.")
        for digest in self._named.keys() - self._found:
            what = "A capture names it, but it was removed."
            key = digest.hex() if len(digest) == _DIGEST_BYTES else digest.decode()
            self.result.differences.append(Difference(RELATED_RECORDS, key, what))

    def _check_erased(self, row: Row) -> None:
        self.result.erased += 1
        if row["record"] is not None or row["member_info"] is not None or not row["erased_at"]:
            self._tell(RELATED_RECORDS, row, "It was erased, but holds content again.")

    @staticmethod
    def _place_of(row: Row) -> tuple[Any, ...]:
        return (row["parent_module"], row["parent_id"], row["related_list"], row["captured_at"])

    # both

    def _check_document(self, table: str, row: Row) -> None:
        text = row["evidence"]
        if text is None:
            self._tell(table, row, "Its content was removed, and no erasure says so.")
        elif digest_of(text) != row["capture_id"]:
            self._tell(table, row, "Its evidence is not what was captured.")
        else:
            document = decode(text.encode()).value
            for name, value in row.items():
                if (
                    name in document
                    and name not in _NOT_IN_DOCUMENT
                    and not _fits(name, value, document[name])
                ):
                    self._tell(table, row, f"Its {name} is not what was captured.")

    def _tell(self, table: str, row: Row, what: str) -> None:
        self.result.differences.append(Difference(table, str(row["capture_id"]), what))

    def _rows(self, table: str, order: str) -> Iterator[Row]:
        """All rows in an order without ties, some at a time."""
        names, by = columns_of(self._client, table), quote(self._client, order)
        into = self._client.make_qualified_table_name(table)
        last: Any = None
        while True:
            after = f"WHERE {by} > %s " if last is not None else ""
            values = [] if last is None else [last]
            sql = f"SELECT {names} FROM {into} {after}ORDER BY {by} LIMIT {_ROWS_A_QUERY}"
            rows = [
                dict(zip(COLUMNS[table], found, strict=True))
                for found in select(self._client, sql, *values)
            ]
            for row in rows:
                if isinstance(row["captured_at"], datetime):
                    row["captured_at"] = row["captured_at"].astimezone(UTC)
                yield row
            if len(rows) < _ROWS_A_QUERY:
                return
            last = rows[-1][order]


def _fits(name: str, value: Any, told: Any) -> bool:
    if isinstance(value, datetime):
        return bool(to_utc_text(value) == told)
    if name in JSON_COLUMNS and value is not None:
        try:
            return to_canonical(_json(value)) == to_canonical(told)
        except ZohoResponseError:  # no JSON any more
            return False
    return bool(value == told)


def _json(text: str | None) -> Any:
    return None if text is None else decode(text.encode()).value


def _digest(key: str) -> bytes:
    """A key in half the memory; what is no key of ours stays apart from those that are."""
    is_key = len(key) == 2 * _DIGEST_BYTES and not set(key) - set("0123456789abcdef")
    return bytes.fromhex(key) if is_key else f"other {key}".encode()
