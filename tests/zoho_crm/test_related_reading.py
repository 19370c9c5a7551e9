"""Reading one parent's list: in full or not at all, whatever its paging and whatever hinders it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.crm import API
from tests.zoho_simulator.relations import build_relations
from zoho_crm.exceptions import ZohoRateLimitError
from zoho_crm.metadata import read_metadata
from zoho_crm.related_counts import count_lists
from zoho_crm.related_list_metadata import read_related_lists
from zoho_crm.related_reading import ListReading, is_unchanged_since, read_list
from zoho_crm.related_tables import ListTable, build_list_table, name_list_tables
from zoho_crm.source import table_schemas
from zoho_simulator.emails import Email
from zoho_simulator.values import Reference

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from zoho_simulator.faults import Kind

CHRONOLOGICAL = "Activities_Chronological_View"


@pytest.fixture
def deal(crm: Crm) -> str:
    """A deal without anything, in an organisation with lists of every class."""
    crm.use(build_relations())
    crm.simulator.change_settings({"tokens_per_window": 100_000})
    return crm.org.create("Deals", {"Deal_Name": "Deal"})


def table_of(crm: Crm, name: str) -> ListTable:
    with crm.client() as client:
        metadata = read_metadata(client)
        lists = read_related_lists(client, metadata, [name.partition(".")[0]]).lists
    schemas = table_schemas(metadata)
    names = name_list_tables(lists, schemas)
    one = next(each for each in lists if each.name == name)
    return build_list_table(one, names[one.name], schemas, loaded=frozenset(schemas))


def read(
    crm: Crm, name: str, parent: str, *, max_calls: int | None = None
) -> tuple[ListReading, ListTable]:
    table = table_of(crm, name)
    crm.forget_log()
    with crm.client(max_calls) as client:
        return read_list(client, table, parent), table


def ids_in(reading: ListReading) -> set[str]:
    found = [row["id"] for row in reading.rows]
    assert len(found) == len(set(found))
    return set(found)


def add_tasks(crm: Crm, deal: str, number: int) -> list[str]:
    what = Reference("Deals", int(deal))
    values = {"Subject": "Task", "What_Id": what, "Status": "Open"}
    return [crm.org.create("Tasks", values) for _ in range(number)]


def test_activities_in_order_that_move_while_they_are_read(crm: Crm, deal: str) -> None:
    tasks = add_tasks(crm, deal, 450)
    path = f"{API}Deals/{deal}/{CHRONOLOGICAL}"
    crm.hooks.add(path=path, at=2, write=lambda org: org.delete("Tasks", tasks[0]))
    crm.hooks.add(
        path=path, at=3, write=lambda org: org.update("Tasks", tasks[9], {"Status": "Completed"})
    )
    reading, _ = read(crm, f"Deals.{CHRONOLOGICAL}", deal)
    assert reading.outcome == "rows"
    assert ids_in(reading) == set(tasks) - {tasks[0], tasks[9]}
    assert {row["$module"] for row in reading.rows} == {"Tasks"}


def test_emails_that_come_while_they_are_read(crm: Crm, deal: str) -> None:
    parent, owner = Reference("Deals", int(deal)), crm.org.users.current_id

    def add(number: int) -> None:
        email = Email(
            message_id=f"m{number}", subject="Mail", time=crm.now_s + number, owner=owner,
            recipient="ito@example.com",
        )  # fmt: skip
        crm.org.mailbox.add(parent, email)

    for number in range(35):
        add(number)
    # The newest comes first: it shifts one that was read onto the next page.
    crm.hooks.add(path=f"{API}Deals/{deal}/Emails", at=3, write=lambda _: add(35))
    reading, _ = read(crm, "Deals.Emails", deal)
    assert reading.outcome == "rows"
    assert ids_in(reading) == {f"m{number}" for number in range(36)}


def test_whether_activities_in_order_changed_takes_one_call(crm: Crm, deal: str) -> None:
    tasks = add_tasks(crm, deal, 3)
    crm.pass_time(60)
    since = crm.now
    table = table_of(crm, f"Deals.{CHRONOLOGICAL}")
    crm.forget_log()
    with crm.client() as client:
        assert is_unchanged_since(client, table, deal, since)
        assert len(crm.log()) == 1
        crm.pass_time(60)
        crm.org.update("Tasks", tasks[0], {"Subject": "Other"})
        assert not is_unchanged_since(client, table, deal, since)


def test_a_list_that_only_this_parents_layout_hides(crm: Crm, deal: str) -> None:
    org = crm.org
    layout = org.layouts.add(org.module("Deals"), "Service")
    org.related_lists.change("Deals", "Notes", layouts={"Service": "user_hidden"})
    other = org.create("Deals", {"Deal_Name": "Other", "Layout": {"name": "Service", "id": layout}})
    for parent in (deal, other):
        org.create("Notes", {"Note_Title": "N", "Parent_Id": Reference("Deals", int(parent))})
    shown, _ = read(crm, "Deals.Notes", deal)
    hidden, _ = read(crm, "Deals.Notes", other)
    assert (shown.outcome, len(shown.rows)) == ("rows", 1)
    assert (hidden.outcome, hidden.rows) == ("hidden", ())
    assert hidden.error is not None
    assert hidden.error.code == "INVALID_DATA"


@pytest.mark.parametrize(("status", "outcome"), [(204, "none"), (400, "gone"), (404, "gone")])
def test_a_parent_that_is_gone_whatever_zoho_answers(
    crm: Crm, deal: str, status: int, outcome: str
) -> None:
    crm.simulator.change_settings({"unknown_parent_status": status})
    crm.org.delete("Deals", deal)
    assert read(crm, "Deals.Notes", deal)[0].outcome == outcome


@pytest.mark.parametrize("name", ["Tasks", CHRONOLOGICAL])
def test_a_list_cut_short_by_the_runs_limit_leaves_no_row(crm: Crm, deal: str, name: str) -> None:
    add_tasks(crm, deal, 450)
    reading, _ = read(crm, f"Deals.{name}", deal, max_calls=2)
    assert (reading.outcome, reading.rows) == ("limit", ())


def test_notes_that_take_an_administrator_are_refused_and_told(crm: Crm, deal: str) -> None:
    table = replace(table_of(crm, "Deals.Notes"))
    crm.org.change_module("Notes", refusal="NO_PERMISSION")
    with crm.client() as client:
        reading = read_list(client, table, deal)
    assert (reading.outcome, reading.rows) == ("refused", ())
    assert "NO_PERMISSION" in str(reading.error)


def test_a_list_that_tells_no_token_is_followed_by_number(crm: Crm, deal: str) -> None:
    crm.settings.numbered_pages = "last_tells_token"
    tasks = add_tasks(crm, deal, 450)
    path = f"Deals/{deal}/Tasks"
    crm.hooks.add(path=API + path, at=2, write=lambda org: org.delete("Tasks", tasks[0]))

    reading, _ = read(crm, "Deals.Tasks", deal)

    assert (reading.outcome, ids_in(reading)) == ("rows", set(tasks[1:]))
    pages = [entry.params.get("page") for entry in crm.log(path)]
    assert pages[:4] == [None, "2", "3", None]


def test_a_refusal_within_data_is_understood_as_one_at_the_top(crm: Crm, deal: str) -> None:
    refusal = b'{"code":"INVALID_DATA","details":{"resource_path_index":2},"status":"error"}'
    body = b'{"data":[' + refusal + b"]}"
    crm.faults.add(kind="body", path=f"{API}Deals/{deal}/Tasks", status=400, body=body)

    reading, _ = read(crm, "Deals.Tasks", deal)

    assert reading.outcome == "hidden"


@pytest.mark.parametrize("kind", ["500", "502-html", "scope-mismatch"])
def test_counts_that_fail_are_no_hindrance(crm: Crm, deal: str, kind: Kind) -> None:
    one = table_of(crm, "Deals.Tasks").related_list
    crm.faults.add(kind=kind, path=f"{API}Deals/{deal}/actions/*", times=99)

    with crm.client() as client:
        counts = count_lists(client, "Deals", deal, [one])

    assert (counts.by_list, counts.is_refused) == ({}, True)


def test_counts_that_nobody_answers_are_an_outage(crm: Crm, deal: str) -> None:
    one = table_of(crm, "Deals.Tasks").related_list
    crm.faults.add(kind="429", path=f"{API}Deals/{deal}/actions/*", times=99)

    with crm.client() as client, pytest.raises(ZohoRateLimitError):
        count_lists(client, "Deals", deal, [one])
