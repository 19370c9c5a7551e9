"""Fields may be left out and taken in again: the copy is always as the configuration says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.zoho_sync.organisations import MODULES

if TYPE_CHECKING:
    from tests.zoho_sync.command_line import CommandLine
    from tests.zoho_sync.crm_copies import SyncedCopy

EXCLUDE = "SOURCES__ZOHO_CRM__EXCLUDE_FIELDS"
COLUMNS = (
    "SELECT column_name FROM information_schema.columns WHERE table_schema = 'zoho_crm_live'"
    " AND table_name = 'gadgets' ORDER BY ordinal_position"
)


@pytest.mark.parametrize(
    "synced", ["duckdb", pytest.param("postgres", marks=pytest.mark.soak)], indirect=True
)
def test_everything_is_left_out_and_taken_in_again(
    zoho_sync: CommandLine, synced: SyncedCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in synced.environment().items():
        monkeypatch.setenv(name, value)
    command = ("run", "--destination", synced.destination, "--json")
    monkeypatch.setenv(EXCLUDE, json.dumps(["*.*", "Gadgets.Misspelt"]))
    ended = zoho_sync(*command)
    assert ended.code == 0, ended.out
    assert [row["column_name"] for row in synced.query(COLUMNS)] == ["id", "modified_time"]
    said = "exclude_fields names Gadgets.Misspelt, but there is no such field."
    assert said in ended.document["notes"]

    monkeypatch.setenv(EXCLUDE, json.dumps(["Gadgets.Amount", "*.Owner"]))
    assert zoho_sync(*command).code == 0
    [counted] = synced.query(
        "SELECT count(number) AS numbers, count(modified_by__id) AS users FROM zoho_crm.gadgets"
    )
    assert counted == {"numbers": 190, "users": 190}

    monkeypatch.delenv(EXCLUDE)
    assert zoho_sync(*command).code == 0
    synced.assert_equals_crm(MODULES)
    assert zoho_sync(*command).document["rows"] == 0
