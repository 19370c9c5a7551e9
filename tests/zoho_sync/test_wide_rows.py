"""What Postgres can't hold is known before the load: nothing fails, nothing is lost in silence."""

from __future__ import annotations

import json
import random
from string import ascii_letters
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.expected import parse_json
from tests.zoho_sync.crm_copies import SyncedCopy
from zoho_simulator.fields import field, multiselect, picklist, user_lookup

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine, Ended

ANSWERS = 400
EXCLUDE = "SOURCES__ZOHO_CRM__EXCLUDE_FIELDS"
BOTH = "SELECT *, CAST(_overflow AS text) AS beside FROM zoho_crm.surveys"
KINDS = ("text", "text", "text", "currency")


@pytest.fixture
def postgres(organisation: Crm, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> SyncedCopy:
    copy = SyncedCopy(organisation, url=postgres_url)
    for name, value in copy.environment().items():
        monkeypatch.setenv(name, value)
    return copy


@pytest.fixture
def surveys(organisation: Crm) -> list[str]:
    """Records with long values, with few short ones, and with more short ones than fit."""
    fields = [field(f"Answer_{n}", KINDS[n % 4]) for n in range(ANSWERS)]
    start = organisation.now_s - 9000
    ids = organisation.add_module("Surveys", fields, times=range(start, start + 3))
    chance = random.Random(6)
    for record_id, size in zip(ids, (400, 3, 23), strict=True):
        values: dict[str, Any] = {f"Answer_{n}": 10**17 + n for n in range(3, ANSWERS, 4)}
        for n in (n for n in range(ANSWERS) if n % 4 < 3):
            values[f"Answer_{n}"] = "".join(chance.choices(ascii_letters, k=size))
        organisation.org.update("Surveys", record_id, values, modified_time=start + 10)
    return ids


def run(zoho_sync: CommandLine, destination: str = "postgres") -> Ended:
    return zoho_sync("run", "--destination", destination, "--json")


def reason_of(ended: Ended, resource: str) -> str:
    [found] = [r for r in ended.document["resources"] if r["resource"] == resource]
    assert found["is_loss"]
    return str(found["reason"])


def test_values_that_a_row_has_no_room_for_are_kept_beside_it_until_fields_are_left_out(
    zoho_sync: CommandLine, organisation: Crm, postgres: SyncedCopy, surveys: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ended = run(zoho_sync)
    assert ended.code == 6, ended.out + ended.err
    reason = reason_of(ended, "Surveys")
    assert reason.startswith("Surveys: 1 record takes more room than the 8,160 bytes of a row")
    postgres.assert_equals_crm(["Widgets", "Gadgets", "Gizmos"])
    rows = {row["id"]: row for row in postgres.query(BOTH)}
    truth = organisation.simulator.records("Surveys")
    assert [rows[i]["_overflow"] is None for i in surveys] == [True, True, False]
    beside: dict[str, Any] = {}
    for record_id in surveys:
        beside = parse_json(rows[record_id]["beside"]) or {}
        for n in range(ANSWERS):
            name, value = f"answer_{n}", rows[record_id][f"answer_{n}"]
            assert (value is None) == (name in beside)
            assert beside.get(name, value) == truth[record_id][f"Answer_{n}"]
    assert 10 < len(beside) < 100  # no more than has to
    assert beside["tag"] == []

    assert run(zoho_sync).code == 0  # nothing changed, nothing to tell

    assert '["Surveys.Answer_' in reason
    monkeypatch.setenv(EXCLUDE, json.dumps(["Surveys.Answer_3*"]))
    ended = run(zoho_sync)
    assert ended.code == 0, ended.out
    [left] = postgres.query(
        "SELECT count(*) FILTER (WHERE _overflow IS NULL) AS whole, count(answer_39) AS excluded,"
        " count(answer_299) AS kept FROM zoho_crm.surveys"
    )
    assert left == {"whole": 3, "excluded": 0, "kept": 3}
    assert postgres.query(
        "SELECT count(*) AS n FROM zoho_crm.fields WHERE NOT is_loaded AND column_name LIKE 'ans%'"
    ) == [{"n": 111}]

    monkeypatch.delenv(EXCLUDE)
    assert run(zoho_sync).code == 6  # read again from the start
    assert postgres.query("SELECT count(answer_39) AS n FROM zoho_crm.surveys") == [{"n": 3}]


@pytest.mark.usefixtures("surveys")
def test_duckdb_holds_what_postgres_can_not(
    zoho_sync: CommandLine, organisation: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = SyncedCopy(organisation, path=tmp_path / "zoho.duckdb")
    for name, value in copy.environment().items():
        monkeypatch.setenv(name, value)
    assert run(zoho_sync, "duckdb").code == 0
    copy.assert_equals_crm(["Surveys"])


def test_a_module_of_too_many_columns_is_told_and_the_rest_goes_on(
    zoho_sync: CommandLine, organisation: Crm, postgres: SyncedCopy
) -> None:
    fields = [user_lookup(f"Guide_{n}") for n in range(540)]
    organisation.add_module("Rosters", fields, times=[organisation.now_s - 9000])
    ended = run(zoho_sync)
    assert ended.code == 6
    reason = reason_of(ended, "Rosters")
    assert "columns, and Postgres takes 1,600, so it is not loaded" in reason
    assert "Rosters.Guide_53" in reason
    assert "SOURCES__ZOHO_CRM__EXCLUDE_FIELDS" in reason
    assert organisation.log("Rosters") == []
    postgres.assert_equals_crm(["Widgets", "Gadgets", "Gizmos"])


@pytest.mark.soak
def test_a_table_that_gets_too_many_columns_is_told_and_the_rest_goes_on(
    zoho_sync: CommandLine, organisation: Crm, postgres: SyncedCopy
) -> None:
    fields = [field(f"Guide_{n}", "text") for n in range(1560)]
    organisation.add_module("Rosters", fields, times=[organisation.now_s - 9000])
    assert run(zoho_sync).code == 0
    organisation.pass_time(3600)
    for n in range(40):
        organisation.org.add_field("Rosters", field(f"Host_{n}", "text"))
    organisation.org.update("Widgets", next(iter(organisation.org.records("Widgets"))), {})

    for _ in range(2):
        ended = run(zoho_sync)
        assert ended.code == 6, ended.out + ended.err
        assert "Postgres takes 1,600, so it is not loaded" in reason_of(ended, "Rosters")
    postgres.assert_equals_crm(["Widgets", "Gadgets", "Gizmos"])
    assert postgres.query("SELECT count(*) AS n FROM zoho_crm.rosters") == [{"n": 1}]


def test_what_is_written_into_rows_later_finds_room_beside_them(
    zoho_sync: CommandLine, organisation: Crm, postgres: SyncedCopy, surveys: list[str]
) -> None:
    org = organisation.org
    org.add_field("Surveys", picklist("Mood", ["good", "bad"]))
    org.add_field("Surveys", multiselect("Colours", ["red", "blue"]))
    for record_id in surveys:
        values = {"Mood": "good", "Colours": ["blue", "red"]}
        org.update("Surveys", record_id, values, keep_time=True)
    assert run(zoho_sync).code == 6
    organisation.pass_time(3600)
    org.rename_option("Surveys", "Mood", actual="good", display="fine")
    org.rename_option("Surveys", "Colours", actual="red", display='ro"t')
    for n in range(40):
        org.add_field("Surveys", field(f"Later_{n}", "text"))
    values = {f"Later_{n}": f"{n:030}" for n in range(40)}
    for record_id in surveys:
        org.update("Surveys", record_id, values, keep_time=True)

    ended = run(zoho_sync)

    assert ended.code == 6, ended.out + ended.err
    reason = reason_of(ended, "Surveys__backfill")
    assert reason.startswith("Surveys: rows of 1 record have no room in Postgres")
    rows = {row["id"]: row for row in postgres.query(BOTH)}
    wanted = {"mood": "fine", "colours": ["blue", 'ro"t']}
    wanted |= {name.lower(): value for name, value in values.items()}
    beside: dict[str, Any] = {}
    for record_id in surveys:
        beside = parse_json(rows[record_id]["beside"]) or {}
        for name, value in wanted.items():
            assert (rows[record_id][name] is None) == (name in beside)
            assert beside.get(name, rows[record_id][name]) == value
    assert "mood" in beside
    assert run(zoho_sync).code == 0
