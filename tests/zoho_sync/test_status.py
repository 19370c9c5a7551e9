"""`zoho-sync status`: how fresh each table is, without asking Zoho."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine

pytestmark = pytest.mark.usefixtures("configured")


def _by_table(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {table["table"]: table for table in document["tables"]}


@pytest.fixture(params=["duckdb", "postgres"])
def destination(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both destinations, configured."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", url)
    return str(request.param)


def test_it_tells_rows_newest_change_and_when_each_table_was_read(
    zoho_sync: CommandLine, crm: Crm, destination: str
) -> None:
    at = ("--destination", destination)
    assert zoho_sync("run", *at).code == 0
    crm.forget_log()

    ended = zoho_sync("status", "--json", *at)

    tables = _by_table(ended.document)
    newest = max(r["Modified_Time"] for r in crm.simulator.records("Leads").values())
    assert ended.code == 0
    reference = {"modules", "fields", "organization", "users"}
    explaining = {"roles", "profiles", "layouts"}  # the others have no row here
    assert tables.keys() == {"leads", "widgets", "deleted_records", *reference, *explaining}
    assert tables["leads"]["rows"] == 5
    assert tables["leads"]["newest_change"][:10] == newest[:10]
    assert tables["leads"]["outcome"] == "done"
    assert 0 <= tables["leads"]["age_seconds"] < 120
    assert ended.document["last_run"]["outcome"] == "done"
    assert zoho_sync("status", "--max-age", "1h", *at).code == 0
    assert zoho_sync("status", "--max-age", "0.001s", *at).code == 6
    assert crm.log() == []


def test_nothing_loaded_is_no_error_unless_something_should_be(
    zoho_sync: CommandLine, project_dir: Path
) -> None:
    ended = zoho_sync("status")
    watched = zoho_sync("status", "--max-age", "1d")

    assert (ended.code, watched.code) == (0, 6)
    assert "Nothing is loaded" in ended.out
    assert not (project_dir / "zoho.duckdb").exists()


def test_a_table_that_was_not_read_for_too_long_is_named(zoho_sync: CommandLine) -> None:
    assert zoho_sync("run").code == 0

    fresh = zoho_sync("status", "--max-age", "1h")
    old = zoho_sync("status", "Leads", "--max-age", "0.001s")

    assert (fresh.code, old.code) == (0, 6)
    assert "leads" in old.out.splitlines()[-1]


def test_a_quiet_module_is_as_fresh_as_its_last_read(zoho_sync: CommandLine) -> None:
    assert zoho_sync("run").code == 0
    assert zoho_sync("run").code == 0

    ended = zoho_sync("status", "Leads", "--max-age", "1h", "--json")

    assert ended.code == 0
    assert _by_table(ended.document)["leads"]["is_too_old"] is False


def test_a_module_that_is_no_longer_given_keeps_the_time_of_its_last_read(
    zoho_sync: CommandLine, crm: Crm
) -> None:
    assert zoho_sync("run").code == 0
    before = _by_table(zoho_sync("status", "--json").document)["widgets"]
    crm.faults.add(kind="no-permission", path="/crm/v8/Widgets", times=9)
    crm.pass_time(2 * 24 * 3600)
    assert zoho_sync("run").code == 6

    ended = zoho_sync("status", "--json")

    after = _by_table(ended.document)["widgets"]
    assert after["outcome"] == "skipped"
    assert "NO_PERMISSION" in after["reason"]
    assert after["read_at"] == before["read_at"]


def test_it_needs_no_credentials(zoho_sync: CommandLine, configured: Path) -> None:
    assert zoho_sync("run").code == 0
    configured.unlink()

    assert zoho_sync("status").code == 0


def test_readers_of_a_published_copy_do_not_touch_the_database(
    zoho_sync: CommandLine, project_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert zoho_sync("run").code == 0
    shutil.copyfile(project_dir / "zoho.duckdb", project_dir / "readers.duckdb")
    (project_dir / "zoho.duckdb").write_bytes(b"busy")
    monkeypatch.setenv("DESTINATION__DUCKDB__PUBLISH", "readers.duckdb")

    ended = zoho_sync("status", "--json")

    assert ended.code == 0
    assert ended.document["location"].endswith("readers.duckdb")


def test_an_unknown_resource_suggests_the_nearest(zoho_sync: CommandLine) -> None:
    assert zoho_sync("run").code == 0

    ended = zoho_sync("status", "Leeds")

    assert ended.code == 2
    assert "did you mean Leads?" in ended.sentence
