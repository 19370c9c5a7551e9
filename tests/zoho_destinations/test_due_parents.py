"""Whose turn it is: each parent with all its due lists, once, however many there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.zoho_destinations.tables import create_table, table_schema
from zoho_destinations.derived_samples import count_parents_with_rows, sample_parents
from zoho_destinations.due_parents import (
    ParentTable,
    Position,
    choose_given,
    choose_parents,
    count_waiting,
)
from zoho_destinations.parts import ROWS_A_PART
from zoho_destinations.related_sweeps import SWEEPS, create_sweeps
from zoho_destinations.statements import is_postgres

if TYPE_CHECKING:
    from zoho_destinations.due_parents import DueParent, Turn
    from zoho_destinations.statements import Client

PARENTS = 30_000
LISTS = ("Notes", "Products")
ACCOUNTS = ParentTable("Accounts", "accounts", has_modified_time=True, lists=LISTS)
SWEPT, CHANGED, NOW = (
    "2026-01-01 00:00:00Z",
    "2026-02-01 00:00:00Z",
    datetime(2026, 3, 1, tzinfo=UTC),
)


def number_of(parent_id: str) -> int:
    return int(parent_id) - 1_000_000


def sweep(client: Client, related_list: str, first: int, last: int, modified: str) -> None:
    """Notes sweeps, one a second."""
    table = client.make_qualified_table_name(SWEEPS)
    client.execute_sql(
        f'INSERT INTO {table} ("module", "list", "parent_id", "swept_at", "full_at",'
        ' "parent_modified_time", "rows", "pages", "outcome", "run_id")'
        f" SELECT 'Accounts', '{related_list}', CAST(i + 1000000 AS text), t.at, t.at,"
        f" CAST('{modified}' AS timestamptz), 3, 1, 'rows', 'r' FROM (SELECT n.i,"
        f" CAST('{SWEPT}' AS timestamptz) + INTERVAL '1 second' * CAST(n.i AS int) AS at"
        f" FROM generate_series({first}, {last - 1}) AS n(i)) t"
    )


@pytest.fixture
def accounts(client: Client) -> Client:
    """Accounts 0 to 29,999, of which every tenth is deleted.

    Both lists of the first third were swept; of the second third the notes, and it changed since.
    """
    create_table(client, table_schema("Accounts"))
    create_sweeps(client)
    table = client.make_qualified_table_name("accounts")
    client.execute_sql(f"ALTER TABLE {table} ADD COLUMN _deleted_type text")
    client.execute_sql(
        f"INSERT INTO {table} (id, modified_time, _deleted_type) SELECT CAST(i + 1000000 AS text),"
        f" CAST('{CHANGED}' AS timestamptz), CASE WHEN mod(i, 10) = 0 THEN 'recycle' END"
        f" FROM generate_series(0, {PARENTS - 1}) AS n(i)"
    )
    if is_postgres(client):  # as every run leaves it
        client.execute_sql(f"CREATE UNIQUE INDEX accounts__key ON {table} (id)")
    for related_list in LISTS:
        sweep(client, related_list, 0, 10_000, CHANGED)
    sweep(client, "Notes", 10_000, 20_000, SWEPT)
    return client


def due(client: Client, turn: Turn) -> list[DueParent]:
    """All parents of a turn, as one choice after the other gives them."""
    found: list[DueParent] = []
    after: Position | None = Position()
    while after is not None:
        some, after = choose_parents(client, ACCOUNTS, turn, after=after, swept_before=NOW)
        found += some
    return found


def lists_by_number(parents: list[DueParent]) -> dict[int, list[str]]:
    found = {number_of(each.id): [one.name for one in each.lists] for each in parents}
    assert len(found) == len(parents)  # nobody twice
    return found


def waiting(
    client: Client, related_list: str, *, before: datetime | None = None, run_id: str = "another"
) -> tuple[int, int]:
    """Parents of one list that are due for the first time, and those that are due again."""
    before = before or datetime.fromisoformat(SWEPT)
    counted = count_waiting(client, ACCOUNTS, related_list, swept_before=before, run_id=run_id)
    return counted.never, counted.again


def live(first: int, last: int) -> list[int]:
    return [number for number in range(first, last) if number % 10]


def test_every_parent_gets_its_turn_once_with_all_its_due_lists(accounts: Client) -> None:
    assert PARENTS * len(LISTS) > ROWS_A_PART  # DuckDB joins them in more than one part
    never = lists_by_number(due(accounts, "never"))
    assert never == {
        **{number: ["Products"] for number in live(10_000, 20_000)},
        **{number: ["Notes", "Products"] for number in live(20_000, 30_000)},
    }
    changed = lists_by_number(due(accounts, "changed"))
    assert changed == {number: ["Notes"] for number in live(10_000, 20_000)}
    assert [waiting(accounts, name) for name in LISTS] == [(9_000, 9_000), (18_000, 0)]
    assert [waiting(accounts, name, run_id="r") for name in LISTS] == [(9_000, 0), (18_000, 0)]
    assert waiting(accounts, "Products", before=NOW) == (18_000, 9_000)


def test_the_longest_unswept_come_first(accounts: Client) -> None:
    oldest = due(accounts, "oldest")
    assert list(lists_by_number(oldest)) == live(0, 20_000)
    assert [one.name for one in oldest[0].lists] == ["Notes", "Products"]
    assert [one.name for one in oldest[-1].lists] == ["Notes"]
    assert oldest[0].lists[0].known_rows == 3


def test_parents_can_be_given(accounts: Client) -> None:
    ids = [str(number + 1_000_000) for number in (5, 10, 15_001, 99_999)]
    given = lists_by_number(choose_given(accounts, ACCOUNTS, ids))
    assert given == {5: [*LISTS], 15_001: [*LISTS]}


def test_a_sample_is_of_the_newest_parents_with_rows_and_without(accounts: Client) -> None:
    table = accounts.make_qualified_table_name(SWEEPS)
    query = f"SELECT parent_id FROM {table} WHERE \"list\" = 'Products'"  # of the first third
    having, lacking = sample_parents(accounts, query, "accounts", with_rows=3, without=2)
    assert list(map(number_of, having)) == [9_999, 9_998, 9_997]
    assert list(map(number_of, lacking)) == [29_999, 29_998]
    assert count_parents_with_rows(accounts, query, at_most=15) == 15
