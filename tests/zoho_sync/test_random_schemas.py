"""Random changes of schema and data in a row: always equal to the CRM after a run."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.zoho_sync.random_schemas import RandomWork

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_sync.changing_schemas import SchemaCase

DAY_S = 24 * 3600


def work_and_compare(case: SchemaCase, *, rounds: int, acts: int, seed: int) -> RandomWork:
    chance = random.Random(seed)
    work = RandomWork(case.crm, chance)
    shown = chance.choice(["display", "actual"])
    case.crm.simulator.change_settings({"picklist_value": shown})
    case.run()
    for number in range(rounds):
        moves = chance.random() < 0.7
        case.crm.simulator.change_settings({"schema_moves_module_time": moves})
        work.do(acts)
        if not moves:
            if chance.random() < 0.5:
                case.run()  # does not know yet
                work.do(1)
            case.crm.pass_time(DAY_S)  # the daily look at all metadata tells
        try:
            case.run()
            case.assert_equals_crm(*work.readable)
        except AssertionError as error:
            raise AssertionError("\n".join([f"round {number}", *work.done[-3 * acts :]])) from error
    return work


def test_random_changes_of_schema_and_data_are_followed(duckdb_case: SchemaCase) -> None:
    work_and_compare(duckdb_case, rounds=2, acts=9, seed=5)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
def test_two_hundred_random_changes_of_schema_and_data(
    case: SchemaCase, seed: int, tmp_path: Path
) -> None:
    work = work_and_compare(case, rounds=50, acts=4, seed=seed)

    case.assert_equals_fresh_load(tmp_path / "fresh.duckdb", *work.readable)
