"""Rule 2 in random histories: what was committed before a run is there after it.

What came meanwhile is there after the next. Over a real socket, with every reading of the assumed
behaviour. The model test of paging covers more histories; here the whole reader meets the whole
server.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.copies import DuckDBCopy, QuickCopy
from tests.zoho_crm.crm import Crm, is_page_of
from tests.zoho_crm.moving_lists import spread, wide_fields
from tests.zoho_crm.readings import EVERY_READING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoho_simulator import Organization


class History:
    """Random writes before random requests, by a seed."""

    def __init__(self, crm: Crm, seed: int) -> None:
        self.rng = random.Random(seed)
        self.crm = crm
        self.per_second = self.rng.choice((1, 3, 25, 150, 400, 2000))
        self.count = self.rng.choice((250, 600, 900))
        self.rate = self.rng.choice((0.05, 0.3, 0.6))
        self.writes_left = 0
        """In this run: others pause at times, or a stretch would never be proved."""
        self.has_modified_time = self.rng.random() > 0.15
        switches = self.rng.choice(EVERY_READING) | {
            "header_bound_to_token": self.rng.random() < 0.5,
            "unknown_id_status": self.rng.choice((204, 400, 404)),
        }
        crm.simulator.change_settings(switches)
        self.fields = wide_fields(self.rng.choice((0, 0, 0, 55)))

    def build(self) -> None:
        times = spread(self.crm, self.count, per_second=self.per_second)
        self.crm.add_module(
            fields=self.fields, times=times, has_modified_time=self.has_modified_time
        )

    def write(self, org: Organization) -> None:
        rng, crm = self.rng, self.crm
        if self.writes_left == 0 or rng.random() > self.rate:
            return
        self.writes_left -= 1
        crm.pass_time(rng.choice((0, 0, 1, 1, 7)))
        module = org.module("Widgets")
        ids = [record_id for record_id in module.records if record_id not in module.hidden]
        acts = (self.edit, self.edit, self.delete, self.hide, self.create, self.mass, self.twice)
        rng.choice(acts)(org, ids)

    def edit(self, org: Organization, ids: Sequence[int]) -> None:
        for record_id in self.rng.sample(ids, min(len(ids), self.rng.choice((1, 5, 30)))):
            org.update("Widgets", record_id, {"Name": f"edit {self.rng.random()}"})

    def delete(self, org: Organization, ids: Sequence[int]) -> None:
        for record_id in self.rng.sample(ids, min(len(ids), self.rng.choice((1, 10)))):
            org.delete("Widgets", record_id)

    def hide(self, org: Organization, ids: Sequence[int]) -> None:
        """One leaves the user's sight, and its time stays."""
        org.hide("Widgets", self.rng.choice(ids))

    def create(self, _: Organization, __: Sequence[int]) -> None:
        self.crm.add_records("Widgets", [self.crm.now_s] * self.rng.choice((1, 30)))

    def mass(self, org: Organization, ids: Sequence[int]) -> None:
        start = self.rng.randrange(len(ids))
        values = {"Name": f"mass {self.rng.random()}"}
        org.mass_update("Widgets", ids[start : start + self.rng.choice((50, 500))], values)

    def twice(self, org: Organization, ids: Sequence[int]) -> None:
        """One is changed twice within a second."""
        record_id = self.rng.choice(ids)
        for number in range(2):
            org.update("Widgets", record_id, {"Number": number}, modified_time=self.crm.now_s)


def changed_meanwhile(crm: Crm, started_s: int) -> set[str]:
    """Ids whose last change may have come after a run began."""
    records = crm.org.module("Widgets").records.values()
    return {str(r.id) for r in records if r.modified is None or r.modified >= started_s}


@pytest.mark.parametrize("seed", range(24))
def test_in_any_history_no_update_is_lost(crm: Crm, seed: int) -> None:
    history = History(crm, seed)
    history.build()
    copy = QuickCopy(crm)
    for _ in range(3):
        crm.hooks.clear()
        crm.hooks.before(is_page_of, history.write).at = 0
        history.writes_left = 12
        started_s = crm.now_s
        limits = history.rng.choice(({}, {"package_rows": 300}, {"max_calls": 12}))
        outcome = copy.run(**limits)
        copy.assert_anchor_is_proved()
        if outcome.outcome == "done" and history.has_modified_time:
            assert copy.differences().keys() <= changed_meanwhile(crm, started_s)
        crm.pass_time(history.rng.choice((1, 90, 4000)))

    crm.hooks.clear()
    assert copy.run().outcome == "done"
    copy.assert_equals_crm()


def test_a_dataset_kept_up_to_date_while_others_write_equals_the_crm(
    crm: Crm, copy: DuckDBCopy
) -> None:
    """The same through dlt and DuckDB: packages, merges and state between them."""
    history = History(crm, 5)
    history.rate, history.has_modified_time, history.per_second = 0.8, True, 3
    history.count, history.fields = 900, []
    history.writes_left = 20
    crm.add_module("Gadgets", times=[crm.now_s - 9000] * 450)
    history.build()
    for _ in range(2):
        crm.hooks.before(is_page_of, history.write).at = 0
        copy.run("Widgets", "Gadgets", only=["Widgets", "Gadgets"], package_rows=400)
        crm.hooks.clear()
        crm.pass_time(4000)

    copy.run("Widgets", "Gadgets", only=["Widgets", "Gadgets"])

    copy.assert_equals_crm("Widgets", "Gadgets")
    assert copy.packages >= 4
