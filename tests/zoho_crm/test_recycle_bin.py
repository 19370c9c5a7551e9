"""Reading the recycle bin: nothing is missed at page borders, in ties and past the page limit."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.crm import to_instant
from zoho_crm.bin_reading import BinReader
from zoho_crm.recycle_bin import RecycleBin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.zoho_crm.crm import Crm

HOUR_S = 3600


def delete_at(crm: Crm, times: Sequence[int], module: str = "Widgets") -> set[str]:
    """Deletes a new record at each time."""
    ids = crm.add_records(module, [crm.now_s - 10 * HOUR_S] * len(times))
    for record_id, time in zip(ids, times, strict=True):
        crm.org.delete(module, record_id, deleted_time=time)
    return set(ids)


def read(
    crm: Crm, since: Any = None, modules: Sequence[str] = ("Widgets",)
) -> tuple[Any, set[str]]:
    """Reads the bin, and gives the reader with the ids met."""
    with crm.client() as client:
        reader = BinReader(RecycleBin(client), modules)
        met = {each.id for page in reader.pages(since) for each in page}
    return reader, met


@pytest.mark.parametrize("paging", ["an hour", "a minute ago"])
def test_2500_deletions_are_read_without_a_second_page(crm: Crm, paging: str) -> None:
    crm.add_module()
    span = HOUR_S if paging == "an hour" else 2
    start = crm.now_s - HOUR_S
    ids = delete_at(crm, [start + number * span // 2_500 for number in range(2_500)])
    reader, met = read(crm)
    assert met == ids
    assert reader.crowded == set()
    if paging == "an hour":
        assert {entry.params["page"] for entry in crm.log("settings/recycle_bin")} == {"1"}
        assert reader.calls < 2_500 / 200 * 1.2


def test_the_next_reading_starts_behind_the_servers_clock_and_misses_nothing(crm: Crm) -> None:
    crm.add_module()
    delete_at(crm, [crm.now_s - 100 + number for number in range(50)])
    reader, _ = read(crm)
    assert reader.next_anchor == to_instant(crm.now_s - 300)
    crm.pass_time(10)
    new = delete_at(crm, [crm.now_s])
    _, met = read(crm, reader.next_anchor)
    assert new <= met


def test_3500_deletions_in_one_second_are_read_from_both_ends(crm: Crm) -> None:
    crm.add_module()
    crm.add_module("Gadgets")
    ids = delete_at(crm, [crm.now_s - HOUR_S] * 3_500)
    ids |= delete_at(crm, [crm.now_s - HOUR_S] * 30, "Gadgets")
    ids |= delete_at(crm, [crm.now_s - HOUR_S + 500] * 30, "Gadgets")
    reader, met = read(crm, modules=("Gadgets", "Widgets"))
    assert met == ids
    assert reader.crowded == set()


def test_more_than_can_be_listed_in_one_second_is_told(crm: Crm) -> None:
    crm.add_module()
    crm.settings.max_discrete_rows = 2_000
    delete_at(crm, [crm.now_s - HOUR_S] * 4_100)
    later = delete_at(crm, [crm.now_s - HOUR_S + 500])
    reader, met = read(crm)
    assert reader.crowded == {"Widgets"}
    assert later <= met


def restore_between_pages(chance: random.Random) -> Callable[[Any], None]:
    def restore(organization: Any) -> None:
        for entry in chance.sample(list(organization.bin), 3):
            organization.restore("Widgets", entry.id)

    return restore


@pytest.mark.parametrize("seed", range(6))
def test_what_is_restored_while_the_bin_is_read_hides_nothing(crm: Crm, seed: int) -> None:
    chance = random.Random(seed)
    crm.add_module()
    seconds = chance.choice([1, 3, 600])
    times = [crm.now_s - HOUR_S + chance.randrange(seconds) for _ in range(700)]
    delete_at(crm, times)
    for at in range(1, 8):
        act = restore_between_pages(chance)
        crm.hooks.add(path="/crm/v8/settings/recycle_bin", at=at, write=act)
    _, met = read(crm)
    assert {str(entry.id) for entry in crm.org.bin} <= met
