"""Whether a list may be derived: some parents are read and compared before it is relied on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from zoho_crm.asking import subject_of
from zoho_crm.asking_by_ids import ask_in_parts
from zoho_crm.columns import MODIFIED_TIME
from zoho_crm.names import ID
from zoho_crm.records import times_of
from zoho_crm.related_reading import READ, read_list
from zoho_crm.settings import MAX_IDS_PER_CALL
from zoho_destinations.derived_samples import (
    count_parents_with_rows,
    derived_ids,
    sample_parents,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zoho_crm.columns import TableSchema
    from zoho_crm.related_tables import ListTable
    from zoho_crm.session import ReadSession
    from zoho_destinations.list_ways import WayRow
    from zoho_destinations.statements import Client

    from .related_budget import RelatedBudget

PARENTS_TO_COMPARE: Final = 20
_WITHOUT_ROWS: Final = 5
"""So many of them have no children as far as is known."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comparing a derived list with Zoho's gave."""

    way: WayRow
    is_complete: bool
    """Calls sufficed."""
    refusal: str | None = None


def needs_comparison(client: Client, way: WayRow, query: str) -> bool:
    """Whether a list was compared with too few parents that have rows, and there are more now."""
    if way.is_filtered or way.compared_with_rows >= PARENTS_TO_COMPARE - _WITHOUT_ROWS:
        return False
    if not way.compared:
        return True
    wanted = max(1, 2 * way.compared_with_rows)
    wanted = min(wanted, PARENTS_TO_COMPARE - _WITHOUT_ROWS)
    return count_parents_with_rows(client, query, at_most=wanted) >= wanted


class DerivationCheck:
    """Compares derived lists with what Zoho gives."""

    def __init__(self, session: ReadSession, client: Client, budget: RelatedBudget) -> None:
        """Asks nothing yet."""
        self._session = session
        self._client = client
        self._budget = budget

    def compare(self, table: ListTable, parent: TableSchema, query: str, way: WayRow) -> Comparison:
        """Reads the list of some parents and compares it with what is derived.

        Children that changed since the module was read are no difference.

        Raises:
            ZohoCrmError: Zoho could not be asked.
        """
        having, lacking = sample_parents(
            self._client,
            query,
            parent.table_name,
            with_rows=PARENTS_TO_COMPARE,
            without=PARENTS_TO_COMPARE,
        )
        some = having[: PARENTS_TO_COMPARE - min(_WITHOUT_ROWS, len(lacking))]
        some += lacking[: PARENTS_TO_COMPARE - len(some)]
        affordable = self._budget.affordable(len(some))
        if affordable < len(some):
            if self._budget.spent or not affordable:  # the next run has more for it
                return Comparison(way, is_complete=False)
            some = some[:affordable]
        found = self._read(replace(table, fields=(MODIFIED_TIME,)), some)
        if found is None:
            return Comparison(way, is_complete=False)
        refusal = next((r for r in found.values() if isinstance(r, str)), None)
        if refusal is not None:
            return Comparison(way, is_complete=True, refusal=refusal)
        differing = [p for p, ids in found.items() if self._differs(table, query, p, ids)]
        compared = [parent_id for parent_id, ids in found.items() if not isinstance(ids, str)]
        way = replace(
            way,
            compared=len(compared),
            compared_with_rows=len(set(compared) & set(having)),
        )
        if differing:
            reason = (
                f"Zoho does not show all children in it: {len(differing)} of {len(compared)} "
                "parents differ from what is derived"
            )
            way = replace(way, is_filtered=True, reason=reason)
        return Comparison(way, is_complete=True)

    def _read(self, table: ListTable, ids: list[str]) -> dict[str, dict[str, object] | str] | None:
        """The rows of each parent by id, or why Zoho does not give them; None if calls ran out."""
        client = self._session.client
        reserved = [each for each in ids if self._budget.reserve(1)]
        try:
            with ThreadPoolExecutor(client.gate.most) as pool:
                readings = list(pool.map(lambda each: read_list(client, table, each), reserved))
        finally:
            self._budget.release(len(reserved))
        if len(reserved) < len(ids) or any(each.outcome == "limit" for each in readings):
            return None
        found: dict[str, dict[str, object] | str] = {}
        for parent_id, reading in zip(ids, readings, strict=True):
            if reading.outcome == "refused":
                return {parent_id: str(reading.error)}
            if reading.outcome in READ and reading.outcome != "gone":
                found[parent_id] = {str(row[ID]): row for row in reading.rows}
        return found

    def _differs(
        self, table: ListTable, query: str, parent_id: str, rows: dict[str, object] | str
    ) -> bool:
        if isinstance(rows, str):
            return False
        derived = derived_ids(self._client, query, parent_id)
        extra = [rows[record_id] for record_id in rows.keys() - derived]
        if any(self._is_old(time) for _, time in times_of(extra)):  # type: ignore[arg-type]  # rows
            return True
        return self._are_there(table, derived - rows.keys())

    def _is_old(self, time: object) -> bool:
        """A record that changed before this run began is loaded, so it should be derived."""
        now = self._session.now
        return now is None or time is None or time < now  # type: ignore[operator]  # a datetime

    def _are_there(self, table: ListTable, missing: Iterable[str]) -> bool:
        """Whether children that the list does not show exist and did not change meanwhile."""
        ids = sorted(missing)[:MAX_IDS_PER_CALL]
        if not ids or table.child is None:
            return False
        module = table.child.module

        def ask(some: Sequence[str]) -> dict[str, object]:
            params = {"fields": MODIFIED_TIME, "ids": ",".join(some), "per_page": "200"}
            if module.api_name == "Leads":
                params["converted"] = "both"
            reply = self._session.client.get(module.api_name, params, subject=subject_of(module))
            return dict(times_of(list(reply.body.get("data") or ())))

        parts = ask_in_parts(self._session.client, ids, ask, ids_in=dict.keys)
        return any(self._is_old(time) for part in parts for time in part.values())
