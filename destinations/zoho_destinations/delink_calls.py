"""Removing relations in the fewest calls: rows grouped by list, calls side by side."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final, Protocol

from zoho_crm.exceptions import ZohoCrmError
from zoho_crm.relation_calls import build_remove_call
from zoho_crm.settings import MAX_RELATIONS_PER_CALL

from .delink_replies import judge_reply

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from zoho_crm.calls import Call
    from zoho_crm.client import ZohoClient
    from zoho_crm.relation_calls import ListRef

    from .delink_replies import Result
    from .delink_rows import RelationRow

SCOPE_MISSING: Final = "OAUTH_SCOPE_MISMATCH"


class Recorder(Protocol):
    """Keeps what is about to be done, and what was done."""

    def intend(self, rows: Sequence[RelationRow]) -> None:
        """Calls for these rows are about to be made."""
        ...

    def finish(self, results: Sequence[Result]) -> None:
        """These calls were answered."""
        ...

    def withdraw(self, rows: Sequence[RelationRow]) -> None:
        """Calls for these rows were refused before anything could be done."""
        ...


@dataclass(frozen=True, slots=True)
class RemovalCall:
    """One call to be made: relations of one list."""

    rows: tuple[RelationRow, ...]

    def split(self) -> tuple[RemovalCall, RemovalCall]:
        """Two calls for its halves."""
        middle = len(self.rows) // 2
        return RemovalCall(self.rows[:middle]), RemovalCall(self.rows[middle:])


def group_rows(rows: Iterable[RelationRow]) -> list[RemovalCall]:
    """Puts rows into the fewest calls: up to 100 ids of one list, external ids one by one.

    Args:
        rows: Distinct rows whose relations may be removed.
    """
    calls = []
    for _, group in groupby(sorted(rows, key=_list_first), key=lambda row: row.list):
        members = list(group)
        calls += [RemovalCall((row,)) for row in members if row.is_external]
        by_id = [row for row in members if not row.is_external]
        calls += [
            RemovalCall(tuple(by_id[start : start + MAX_RELATIONS_PER_CALL]))
            for start in range(0, len(by_id), MAX_RELATIONS_PER_CALL)
        ]
    return calls


def remove_relations(
    client: ZohoClient,
    rows: Iterable[RelationRow],
    recorder: Recorder,
    *,
    may_have_run: Collection[RelationRow] = (),
) -> None:
    """Removes relations in Zoho, as many calls side by side as may be in flight.

    What Zoho refuses is a result as well, and stops nothing.

    Args:
        client: The client.
        rows: Distinct rows whose relations may be removed.
        recorder: Hears of rows before their calls and of results after.
        may_have_run: Rows whose calls may have been made by a process that was killed.

    Raises:
        ZohoCrmError: Zoho could not be asked any more: the token, the limit, the network. All that
            was answered until then is recorded.
    """
    waiting = deque(group_rows(rows))
    while waiting:
        calls = [waiting.popleft() for _ in range(min(client.gate.most, len(waiting)))]
        recorder.intend([row for call in calls for row in call.rows])
        asked = [(call, client.submit_call(_build(call))) for call in calls]
        failure = None
        for call, future in asked:
            try:
                results = judge_reply(call.rows, future.result(), may_have_run)
            except ZohoCrmError as error:
                failure = failure or error
                if error.code == SCOPE_MISSING:
                    recorder.withdraw(call.rows)
                continue
            if results is None:
                waiting.extend(call.split())
            else:
                recorder.finish(results)
        if failure is not None:
            raise failure


def _list_first(row: RelationRow) -> tuple[ListRef, RelationRow]:
    return row.list, row


def _build(call: RemovalCall) -> Call:
    return build_remove_call(call.rows[0].list, [row.related for row in call.rows])
