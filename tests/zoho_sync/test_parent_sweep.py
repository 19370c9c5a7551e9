"""The sweep of one parent: which questions its lists need, by what is known of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.test_related_reading import add_tasks, table_of
from tests.zoho_simulator.relations import build_relations
from zoho_destinations.due_parents import DueList, DueParent
from zoho_simulator.emails import Email
from zoho_simulator.values import Reference
from zoho_sync.parent_sweep import LONG_LIST, ParentResult, SweepKnowledge, sweep_parent

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from zoho_destinations.due_parents import Turn

CHRONOLOGICAL = "Activities_Chronological_View"


@pytest.fixture
def deal(crm: Crm) -> str:
    crm.use(build_relations())
    return crm.org.create("Deals", {"Deal_Name": "Deal"})


def sweep(
    crm: Crm,
    deal: str,
    name: str,
    *,
    known_rows: int | None = None,
    days: float = 8,
    full_days: float = 8,
    turn: Turn = "oldest",
) -> ParentResult:
    """Sweeps a list that was swept some days ago, and read in full before or then."""
    swept_at, full_at = crm.now - timedelta(days=days), crm.now - timedelta(days=full_days)
    table = table_of(crm, f"Deals.{name}")
    parent = DueParent(deal, swept_at, turn, [DueList(name, known_rows, full_at, swept_at)])
    crm.forget_log()
    with crm.client() as client:
        return sweep_parent(client, parent, {name: table}, knowledge=SweepKnowledge(), overlap_s=60)


def outcome(result: ParentResult) -> str:
    [reading] = result.readings.values()
    return reading.outcome


def test_an_unchanged_giant_of_activities_costs_one_call(crm: Crm, deal: str) -> None:
    tasks = add_tasks(crm, deal, 2)
    crm.pass_time(10 * 24 * 3600)
    giant = LONG_LIST + 1
    assert outcome(sweep(crm, deal, CHRONOLOGICAL, known_rows=giant)) == "unchanged"
    [call] = crm.log()
    assert "if-modified-since" in call.headers
    crm.org.update("Tasks", tasks[0], {"Subject": "Other"})
    changed = sweep(crm, deal, CHRONOLOGICAL, known_rows=giant)
    # What it answered is not merged: the list is read in full.
    assert len(changed.readings[CHRONOLOGICAL].rows) == 2
    assert len(crm.log()) == 2


@pytest.mark.parametrize(
    "facts",
    [
        {"known_rows": LONG_LIST},
        {"known_rows": LONG_LIST + 1, "days": 1, "full_days": 32},
        {"known_rows": LONG_LIST + 1, "turn": "given"},
    ],
    ids=["not long", "read in full long ago", "by name"],
)
def test_lists_that_are_read_without_asking(crm: Crm, deal: str, facts: dict[str, int]) -> None:
    add_tasks(crm, deal, 2)
    crm.pass_time(40 * 24 * 3600)
    assert outcome(sweep(crm, deal, CHRONOLOGICAL, **facts)) == "rows"  # type: ignore[arg-type]  # by name
    assert len(crm.log()) == 1


def test_emails_cannot_be_asked_for_changes_and_are_read(crm: Crm, deal: str) -> None:
    email = Email(
        message_id="m", subject="Mail", time=crm.now_s, owner=crm.org.users.current_id,
        recipient="ito@example.com",
    )  # fmt: skip
    crm.org.mailbox.add(Reference("Deals", int(deal)), email)
    crm.pass_time(10 * 24 * 3600)
    assert outcome(sweep(crm, deal, "Emails", known_rows=LONG_LIST + 1)) == "rows"
    assert len(crm.log()) == 1
