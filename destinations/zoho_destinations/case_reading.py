"""Reading case files from the dataset, by plain SQL and without a call to Zoho."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.decoding import decode

from .case_files import CaseFile, CaseFiles, CaseList, CaseRecord, name_of
from .case_lookups import Lookups
from .case_money import Money, Worth
from .deleted_records import DELETED_RECORDS
from .evidence_tables import CAPTURES, RELATED_RECORDS
from .existing import read_columns
from .ledger import RUNS
from .money_fields import read_money
from .statements import select

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .case_files import State
    from .statements import Client

_DAY_S: Final = 86_400
_KEYS_A_QUERY: Final = 500
_DELETIONS: Final = """
SELECT d.module, d.id, d.deleted_time, d.display_name, d.type, d.deleted_by__name,
    d.restored_at, d.left_bin_at, d.purge_due_at
FROM {deleted} d
WHERE d.type IN ('recycle', 'permanent') AND d.deleted_time IS NOT NULL AND NOT (
    d.type = 'permanent' AND EXISTS (
        SELECT 1 FROM {deleted} r WHERE r.id = d.id AND r.type = 'recycle'
        AND r.restored_at IS NULL AND r.deleted_time <= d.deleted_time))
ORDER BY d.deleted_time DESC, d.module, d.id
"""
_CAPTURES: Final = """
SELECT parent_id, deleted_time, related_list, related_module, outcome, code, reason, captured_at,
    CAST(row_ids AS text)
FROM {captures} WHERE outcome <> 'erased' ORDER BY chain_no
"""
_DOCUMENTS: Final = """
SELECT capture_id, related_module, related_id, CAST(record AS text) FROM {documents}
WHERE capture_id IN ({places})
"""
# What Zoho's clock showed in the latest capture, against ours when its run began.
_CLOCKS: Final = """
SELECT c.captured_at, r.started_at FROM {captures} c JOIN {runs} r ON r.run_id = c.run_id
ORDER BY c.chain_no DESC LIMIT 1
"""
_SAME_CLOCK: Final = timedelta(hours=1)


def zoho_clock(client: Client, *, now: datetime) -> datetime:
    """What Zoho's clock should show: ours, moved by what the latest capture tells of them."""
    names = _names(client)
    found = select(client, _CLOCKS.format(**names)) if {CAPTURES, RUNS} <= _tables(client) else []
    if not found:
        return now
    difference: timedelta = found[0][0] - found[0][1]
    return now if abs(difference) < _SAME_CLOCK else now + difference


def read_cases(
    client: Client,
    *,
    now: datetime,
    modules: Collection[str] | None = None,
    since: datetime | None = None,
    home_amounts: str = "multiply",
    audit_amounts: Mapping[str, str] | None = None,
) -> CaseFiles:
    """Reads the case files, what can still be restored first, nearest to its purge in front.

    Args:
        client: An open client of a dataset that has deletions.
        now: This machine's clock.
        modules: API names; None for all.
        since: Deletions from this moment on.
        home_amounts: How a record's exchange rate gives amounts in the organisation's currency.
        audit_amounts: By module the field that counts in sums, where that is configured.

    Raises:
        ZohoConfigError: A configured field is not known.
    """
    as_of = zoho_clock(client, now=now)
    money = read_money(client, home_amounts, chosen=audit_amounts)
    cases = [
        case
        for row in select(client, _DELETIONS.format(**_names(client)))
        if (modules is None or row[0] in modules) and (since is None or row[2] >= since)
        for case in [_case(row, as_of)]
    ]
    if CAPTURES in _tables(client):
        _Evidence(client, money).add_to(cases)
    Lookups(client).add_to(cases)
    cases.sort(key=_urgency)
    return CaseFiles(cases, as_of, money.currency, money.company)


def _case(row: tuple[Any, ...], as_of: datetime) -> CaseFile:
    module, record_id, deleted_time, name, kind, person, restored_at, left_at, purge_due_at = row
    state: State = "in_bin"
    if restored_at is not None:
        state = "restored"
    elif kind == "permanent" or left_at is not None or (purge_due_at and purge_due_at <= as_of):
        state = "gone"
    days = None
    if state == "in_bin" and purge_due_at is not None:
        days = int((purge_due_at - as_of).total_seconds() // _DAY_S)
    return CaseFile(
        module,
        record_id,
        name,
        deleted_time.astimezone(UTC),
        person,
        state,
        purge_due_at.astimezone(UTC) if purge_due_at else None,
        restored_at.astimezone(UTC) if restored_at else None,
        days_left=days,
    )


def _urgency(case: CaseFile) -> tuple[Any, ...]:
    """The bin by the moment of the purge, unknown ones last; then what was deleted last."""
    order = {"in_bin": 0, "gone": 1, "restored": 2}[case.state]
    purge = case.purge_due_at if case.state == "in_bin" else None
    purge_s = purge.timestamp() if purge else inf
    return (order, purge_s, -case.deleted_time.timestamp(), case.module, case.id)


class _Evidence:
    """What was captured, by deletion."""

    def __init__(self, client: Client, money: Money) -> None:
        self._client = client
        self._money = money

    def add_to(self, cases: Sequence[CaseFile]) -> None:
        """Fills in lists, records, amounts, and names that Zoho no longer tells."""
        by_deletion = {(case.id, case.deleted_time): case for case in cases}
        keys: dict[int, list[str]] = {}
        latest: dict[int, tuple[CaseFile, CaseList]] = {}
        images: dict[str, CaseFile] = {}
        places: dict[tuple[int, str], int] = {}
        for row in select(self._client, _CAPTURES.format(**_names(self._client))):
            case = by_deletion.get((row[0], row[1].astimezone(UTC)))
            if case is None:
                continue
            named = [str(key) for key in decode(row[8].encode()).value or ()]
            if row[2] is None:
                case.captured_at = row[7].astimezone(UTC)
                case.is_missed = row[4] == "missed"
                images |= dict.fromkeys(named, case)
                continue
            place = places.setdefault((id(case), row[2]), len(places))
            found = CaseList(
                name=row[2],
                related_module=row[3],
                outcome=row[4],
                code=row[5],
                reason=row[6],
                captured_at=row[7].astimezone(UTC),
                now=len(named),
            )
            latest[place] = (case, found)
            keys.setdefault(place, []).extend(named)
        wanted = {key for named in keys.values() for key in named} | images.keys()
        documents = self._read(wanted)
        for place, (case, found) in latest.items():
            found.records = self._records(keys[place], documents)
            case.lists.append(found)
        for key, case in images.items():
            self._add_image(case, documents.get(key))

    def _read(self, keys: Collection[str]) -> dict[str, tuple[str | None, str, Any]]:
        found: dict[str, tuple[str | None, str, Any]] = {}
        wanted = sorted(keys)
        for start in range(0, len(wanted), _KEYS_A_QUERY):
            some = wanted[start : start + _KEYS_A_QUERY]
            sql = _DOCUMENTS.format(**_names(self._client), places=", ".join(["%s"] * len(some)))
            for key, module, record_id, record in select(self._client, sql, *some):
                value = decode(record.encode()).value if record else None
                found[key] = (module, record_id, value)
        return found

    def _records(
        self, keys: Sequence[str], documents: Mapping[str, tuple[str | None, str, Any]]
    ) -> list[CaseRecord]:
        """Each record once, as the latest capture has it."""
        records: dict[str, CaseRecord] = {}
        for key in keys:
            if key in documents:
                module, record_id, value = documents[key]
                worth = Worth() if value is None else self._money.of_record(module, value)
                records[record_id] = CaseRecord(
                    record_id, module, name_of(value), worth, is_erased=value is None
                )
        return list(records.values())

    def _add_image(self, case: CaseFile, document: tuple[str | None, str, Any] | None) -> None:
        image = (document[2] or {}).get("image") if document else None
        if image:
            case.name = case.name or name_of(image)
            case.worth = self._money.of_image(case.module, image)


def _tables(client: Client) -> set[str]:
    return set(read_columns(client))


def _names(client: Client) -> dict[str, str]:
    tables = {
        "deleted": DELETED_RECORDS,
        "captures": CAPTURES,
        "documents": RELATED_RECORDS,
        "runs": RUNS,
    }
    return {name: client.make_qualified_table_name(table) for name, table in tables.items()}
