"""Lines are deleted and restored with their quote, whatever reconciles come in between."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_sync.crm_copies import SyncedCopy
from tests.zoho_sync.processes import Processes
from tests.zoho_sync.quotes import assert_rows_equal, build_quotes, rows_of
from tests.zoho_sync.synced import HOUR_S, Synced

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine
    from zoho_simulator import Server

RECONCILED = ("Quotes", "Quoted_Items")
LINES_AS_GONE = (
    "INSERT INTO zoho_crm.deleted_records (module, id, type, first_seen_at)"
    " SELECT 'Quoted_Items', id, 'not_visible', {at} FROM zoho_crm.quoted_items"
    " WHERE parent_id = '{quote}'"
)
"""What reconciling noted of a deleted quote's lines in earlier versions."""


@pytest.fixture(scope="module")
def loaded(simulator_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file that has seen a quote, and then that it was deleted; the same every time."""
    folder = tmp_path_factory.mktemp("loaded")
    crm = build_few_quotes(simulator_server)
    synced = SyncedCopy(crm, path=folder / "zoho.duckdb")
    with Processes(folder, synced.environment()) as processes:
        command = ("run", "--destination", "duckdb", "--json", "--quiet")
        assert processes.run(*command).code == 0
        delete_one(crm)
        assert processes.run(*command).code == 0
    return folder / "zoho.duckdb"


@pytest.fixture
def organisation(simulator_server: Server) -> Crm:
    """Few quotes, the first of which is deleted where `local` is used."""
    return build_few_quotes(simulator_server)


@pytest.fixture
def local(
    loaded: Path,
    organisation: Crm,
    zoho_sync: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Synced:
    """A copy of that file, for what does not depend on the destination."""
    delete_one(organisation)
    organisation.pass_time(HOUR_S)
    shutil.copy(loaded, tmp_path / "zoho.duckdb")
    synced = SyncedCopy(organisation, path=tmp_path / "zoho.duckdb")
    return Synced(organisation, synced, zoho_sync).configured(monkeypatch)


def build_few_quotes(server: Server) -> Crm:
    return build_quotes(server, quotes=6, lines=2)


def delete_one(crm: Crm) -> None:
    crm.pass_time(HOUR_S)
    crm.org.delete("Quotes", next(iter(crm.org.records("Quotes"))))
    crm.pass_time(HOUR_S)


def deleted_quote(copy: Synced) -> str:
    """The quote that is deleted; its lines have its flags."""
    [quote] = copy.flagged("quotes")
    assert_lines_follow(copy, quote, "recycle")
    return quote


def found(report: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {each["module"]: each["found"] for each in report["reconciled"]}


def line_flags(copy: Synced, quote: str) -> list[tuple[Any, ...]]:
    """The flags of a quote and those of its lines, each once."""
    flags = "_deleted_type, _deleted_time, _deleted_by__id, _deleted_by__name"
    rows = copy.copy.query(
        f"SELECT DISTINCT {flags} FROM (SELECT {flags} FROM zoho_crm.quotes WHERE id = '{quote}'"
        f" UNION ALL SELECT {flags} FROM zoho_crm.quoted_items WHERE parent_id = '{quote}') f"
    )
    return [tuple(row.values()) for row in rows]


def assert_lines_follow(copy: Synced, quote: str, kind: str | None) -> None:
    """All lines have the flags of their quote."""
    [(found_kind, time, *_)] = line_flags(copy, quote)
    assert (found_kind, time is None) == (kind, kind != "recycle")


def restore(copy: Synced, quote: str) -> None:
    """Restores a quote with the time it had, and runs."""
    copy.crm.org.restore("Quotes", quote, keep_time=True)
    copy.crm.pass_time(HOUR_S)
    copy.run()


def assert_that_reconciling_does_no_harm(copy: Synced) -> None:
    quote = deleted_quote(copy)

    assert not any(found(copy.command("reconcile", "--check")).values())  # and exit 0
    assert not any(found(copy.command("reconcile", *RECONCILED)).values())

    assert_lines_follow(copy, quote, "recycle")
    assert copy.deletions("type", module="Quoted_Items") == []
    restore(copy, quote)
    assert_lines_follow(copy, quote, None)
    assert_rows_equal(copy.crm, copy.copy)


def test_lines_of_a_deleted_quote_are_no_finding_and_are_live_with_it_again(local: Synced) -> None:
    assert_that_reconciling_does_no_harm(local)


@pytest.mark.soak
def test_lines_are_no_finding_and_are_live_again_on_postgres(
    organisation: Crm,
    zoho_sync: CommandLine,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    synced = SyncedCopy(organisation, url=postgres_url)
    copy = Synced(organisation, synced, zoho_sync).configured(monkeypatch)
    copy.run()
    delete_one(organisation)
    copy.run()
    assert_that_reconciling_does_no_harm(copy)


def test_a_reconcile_in_the_run_that_sees_the_deletion_leaves_the_lines_alone(
    organisation: Crm, local: Synced
) -> None:
    crm, copy = organisation, local
    first, second, *_ = crm.org.records("Quotes")
    crm.org.delete("Quotes", first)
    hide(crm, second)

    report = copy.command("reconcile", *RECONCILED)

    assert found(report) == {"Quotes": {"not visible": 1}, "Quoted_Items": {}}
    assert_lines_follow(copy, first, "recycle")
    assert_lines_follow(copy, second, "not_visible")
    assert copy.deletions("id", module="Quoted_Items") == []


def hide(crm: Crm, quote: str) -> list[str]:
    """Takes a quote and its lines out of the user's sight; gives the lines."""
    lines = rows_of(crm, "Quoted_Items", quote)
    crm.org.hide("Quotes", quote)
    for line in lines:
        crm.org.hide("Quoted_Items", line)
    return lines


@pytest.mark.soak
def test_lines_that_were_reconciled_before_their_quote_are_live_with_it_again(
    organisation: Crm, local: Synced
) -> None:
    crm, copy = organisation, local
    quote = next(iter(crm.org.records("Quotes")))
    lines = hide(crm, quote)
    assert found(copy.command("reconcile", "Quoted_Items")) == {"Quoted_Items": {"not visible": 2}}
    assert found(copy.command("reconcile", "Quotes")) == {"Quotes": {"not visible": 1}}
    crm.org.show("Quotes", quote)
    for line in lines:
        crm.org.show("Quoted_Items", line)

    copy.command("reconcile", *RECONCILED)

    assert_lines_follow(copy, quote, None)
    assert_rows_equal(crm, copy.copy)


def test_what_earlier_versions_noted_of_lines_ends_with_the_deletion_of_their_quote(
    organisation: Crm, local: Synced
) -> None:
    quote = deleted_quote(local)
    local.copy.execute(LINES_AS_GONE.format(quote=quote, at="now()"))
    local.run()
    assert_lines_follow(local, quote, "recycle")

    restore(local, quote)

    assert_lines_follow(local, quote, None)
    assert_rows_equal(organisation, local.copy)


def test_lines_that_an_earlier_version_left_hidden_are_read_once_with_their_quote(
    organisation: Crm, local: Synced
) -> None:
    crm, copy = organisation, local
    quote = next(iter(crm.org.records("Quotes")))
    before = "(SELECT max(compared_at) - INTERVAL '1 second' FROM zoho_crm.row_sets)"
    copy.copy.execute(LINES_AS_GONE.format(quote=quote, at=before))

    copy.run()

    assert len(copy.deletions("id", module="Quoted_Items")) == 2
    assert_lines_follow(copy, quote, None)
    assert_rows_equal(crm, copy.copy)
    assert len(crm.log(f"Quotes/{quote}")) == 1
    copy.run()
    assert crm.log(f"Quotes/{quote}") == []


@pytest.mark.soak
def test_lines_that_a_walk_meets_are_live(organisation: Crm, local: Synced) -> None:
    crm, copy = organisation, local
    quote = deleted_quote(copy)
    copy.copy.execute(LINES_AS_GONE.format(quote=quote, at="now()"))
    copy.copy.execute("DELETE FROM zoho_crm.row_sets")  # all are compared again: by a walk

    restore(copy, quote)

    assert crm.log(f"Quotes/{quote}") == []
    assert_lines_follow(copy, quote, None)
    assert_rows_equal(crm, copy.copy)
