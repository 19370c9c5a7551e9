"""Lines and links equal the CRM after a run, also those that were removed, at few calls."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.zoho_crm.crm import API
from tests.zoho_sync.crm_copies import SyncedCopy
from tests.zoho_sync.processes import Processes
from tests.zoho_sync.quote_runs import copy_loaded, sync
from tests.zoho_sync.quotes import (
    MODULES,
    add_line,
    add_quote,
    assert_rows_equal,
    build_quotes,
    differing_sums,
    link,
    quotes_of,
    remove_line,
    rows_of,
    unlink,
)
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from zoho_simulator import Server

pytestmark = pytest.mark.xdist_group("rows")


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """One server for all copies: each run is told which is its own."""
    with Processes(tmp_path_factory.mktemp("rows"), {}) as running:
        yield running


@pytest.fixture
def organisation(simulator_server: Server) -> Crm:
    return build_quotes(simulator_server)


@pytest.fixture
def local(loaded_quotes: Path, organisation: Crm, tmp_path: Path) -> SyncedCopy:
    """A copy of its first load in DuckDB, for what does not depend on the destination."""
    return copy_loaded(loaded_quotes, organisation, tmp_path)


def single_reads(crm: Crm) -> list[str]:
    """Quotes that were read alone since the log was emptied."""
    found = [c.path.removeprefix(f"{API}Quotes/") for c in crm.log()]
    return [path for path in found if path.isdigit()]


@pytest.mark.parametrize(
    "synced", ["duckdb", pytest.param("postgres", marks=pytest.mark.soak)], indirect=True
)
def test_lines_and_links_that_are_added_edited_and_removed(
    organisation: Crm, synced: SyncedCopy, processes: Processes
) -> None:
    crm = organisation
    for _ in range(35):
        add_quote(crm, time=crm.now_s - 86_400)
    ended = sync(processes, synced)
    notes = {r["resource"]: r["notes"] for r in ended.report["resources"]}
    told = ["Not loaded, because Zoho's lists do not show it: Line_Tax."]
    assert (notes["Quotes"], notes["Quoted_Items"]) == ([], told)
    assert_rows_equal(crm, synced)
    assert single_reads(crm) == []  # a first load needs none
    crm.pass_time(600)
    crm.forget_log()
    first, second, third, fourth, *_ = quotes_of(crm)
    lines = rows_of(crm, "Quoted_Items", first)
    remove_line(crm, first, lines[0])
    crm.org.update("Quoted_Items", lines[1], {"Total": Decimal(77)})
    add_line(crm, first, Decimal(3))
    for line in rows_of(crm, "Quoted_Items", second):
        remove_line(crm, second, line)
    unlink(crm, third, rows_of(crm, "Quotes_X_Vendors", third)[0])
    link(crm, third, next(iter(crm.simulator.records("Vendors"))))
    add_quote(crm)
    crm.org.update("Quotes", fourth, {"Number": 7})
    crm.pass_time(600)

    ended = sync(processes, synced)

    assert_rows_equal(crm, synced)
    removed = {r["resource"]: r["removed"] for r in ended.report["resources"] if r["removed"]}
    assert removed == {"Quotes:Quoted_Items": 4, "Quotes:Vendors": 1}
    assert not any(r["notes"] for r in ended.report["resources"])  # that was told once
    assert len(single_reads(crm)) <= 5
    crm.pass_time(600)
    crm.forget_log()

    ended = sync(processes, synced)  # nothing changed: one call a module, and nothing else

    asked = Counter(call.path.removeprefix(API) for call in crm.log())
    assert {name: asked[name] for name in MODULES} == dict.fromkeys(MODULES, 1)
    assert single_reads(crm) == []
    assert "Quotes:Quoted_Items" not in {r["resource"] for r in ended.report["resources"]}


def test_a_deleted_quote_takes_its_lines_along_and_brings_them_back(
    organisation: Crm, local: SyncedCopy, processes: Processes
) -> None:
    crm, synced = organisation, local
    quote = quotes_of(crm)[0]
    lines = rows_of(crm, "Quoted_Items", quote)
    crm.org.delete("Quotes", quote)
    crm.pass_time(600)
    sync(processes, synced)
    assert_rows_equal(crm, synced)
    flags = synced.query(
        f"SELECT DISTINCT _deleted_type FROM zoho_crm.quoted_items WHERE parent_id = '{quote}'"
    )
    assert flags == [{"_deleted_type": "recycle"}]

    crm.org.restore("Quotes", quote, keep_time=False)
    remove_line(crm, quote, lines[0])
    crm.pass_time(600)
    sync(processes, synced)

    assert_rows_equal(crm, synced)
    live = synced.query(f"SELECT id FROM zoho_crm_live.quoted_items WHERE parent_id = '{quote}'")
    assert sorted(row["id"] for row in live) == lines[1:]


def test_where_many_quotes_moved_their_lines_are_walked_instead(
    organisation: Crm, local: SyncedCopy, processes: Processes
) -> None:
    crm = organisation
    for quote in quotes_of(crm)[:12]:
        remove_line(crm, quote, rows_of(crm, "Quoted_Items", quote)[0])
    emptied, deleted = quotes_of(crm)[12:14]
    for line in rows_of(crm, "Quoted_Items", emptied):
        remove_line(crm, emptied, line)
    crm.org.delete("Quotes", deleted)
    crm.pass_time(600)
    crm.forget_log()

    sync(processes, local)

    assert_rows_equal(crm, local)
    assert single_reads(crm) == [emptied]  # it might have been deleted: its lines are all gone
    kept = local.query(f"SELECT id FROM zoho_crm.quoted_items WHERE parent_id = '{deleted}'")
    assert len(kept) == 3


@pytest.mark.soak
def test_rows_whose_module_is_refused_come_with_their_quotes_as_far_as_calls_last(
    organisation: Crm, tmp_path: Path, processes: Processes
) -> None:
    crm, local = organisation, SyncedCopy(organisation, path=tmp_path / "zoho.duckdb")
    crm.org.change_module("Quoted_Items", refusal="NO_PERMISSION")
    crm.org.add_field("Quotes_X_Vendors", field("Since", "date"))
    crm.org.change_module("Quotes_X_Vendors", refusal="INVALID_MODULE")
    crm.org.change_module("Steps", api_supported=False)
    ended = sync(processes, local, "--max-calls", "45", code=8)
    assert "Quotes:Quoted_Items" in ended.report["message"]
    assert 0 < len(single_reads(crm)) < 30
    ended = sync(processes, local)
    told = {r["resource"]: r["notes"] for r in ended.report["resources"]}
    assert any("without" in note and "Since" in note for note in told["Quotes_X_Vendors"])
    assert not any("without" in note for note in told["Quoted_Items"])
    assert len(single_reads(crm)) == len(set(single_reads(crm))) == 30  # none twice
    crm.pass_time(600)
    crm.forget_log()
    first, second, *_ = quotes_of(crm)
    remove_line(crm, first, rows_of(crm, "Quoted_Items", first)[0])
    unlink(crm, second, rows_of(crm, "Quotes_X_Vendors", second)[0])
    crm.pass_time(600)

    ended = sync(processes, local)

    assert sorted(single_reads(crm)) == [first, second]
    local.assert_equals_crm(["Quotes", "Quoted_Items"])
    for module in ("Quoted_Items", "Quotes_X_Vendors"):
        live = local.query(f"SELECT id FROM zoho_crm_live.{module}")
        assert {row["id"] for row in live} == crm.simulator.records(module).keys()
    steps = local.query("SELECT id, parent_id FROM zoho_crm_live.quotes__steps")
    truth = crm.simulator.records("Steps").items()
    assert {row["id"]: row["parent_id"] for row in steps} == {
        key: row["Parent_Id"]["id"] for key, row in truth
    }
    notes = {r["resource"]: r["notes"] for r in ended.report["resources"]}
    assert "come with the records of Quotes" in notes["Quoted_Items"][0]


def test_more_lines_than_a_quote_shows_are_walked(
    organisation: Crm, local: SyncedCopy, processes: Processes
) -> None:
    crm = organisation
    crm.simulator.change_settings({"max_embedded_rows": 1})
    quote = quotes_of(crm)[0]
    remove_line(crm, quote, rows_of(crm, "Quoted_Items", quote)[0])
    crm.pass_time(600)

    sync(processes, local)

    assert_rows_equal(crm, local)
    crm.forget_log()
    sync(processes, local)
    assert single_reads(crm) == []


def test_a_quote_that_is_gone_when_it_is_read_keeps_its_lines(
    organisation: Crm, local: SyncedCopy, processes: Processes
) -> None:
    crm = organisation
    crm.simulator.change_settings({"unknown_id_status": 404})
    quote = quotes_of(crm)[0]
    add_line(crm, quote, Decimal(9))
    crm.pass_time(600)
    crm.hooks.add(path=f"{API}Quotes/{quote}", write=lambda org: org.delete("Quotes", quote))
    sync(processes, local)
    crm.pass_time(600)
    crm.forget_log()
    sync(processes, local)

    assert single_reads(crm) == []
    assert_rows_equal(crm, local)
    crm.org.restore("Quotes", quote)
    crm.pass_time(600)
    sync(processes, local)
    assert_rows_equal(crm, local)


def test_a_dataset_of_an_earlier_version_is_brought_up(
    organisation: Crm, local: SyncedCopy, processes: Processes
) -> None:
    with duckdb.connect(str(local.path)) as database:
        database.execute("DROP TABLE zoho_crm.row_sets")
        for table in ("quoted_items", "steps", "quotes_x_vendors"):
            database.execute(f"DROP VIEW zoho_crm_live.{table}")
            database.execute(f"ALTER TABLE zoho_crm.{table} DROP COLUMN parent_id")
    crm = organisation
    remove_line(crm, quotes_of(crm)[0], rows_of(crm, "Quoted_Items", quotes_of(crm)[0])[0])
    crm.pass_time(600)

    sync(processes, local)

    assert_rows_equal(crm, local)


def test_a_quote_edited_while_the_run_reads_adds_up_all_the_same(
    organisation: Crm, local: SyncedCopy, processes: Processes
) -> None:
    crm = organisation
    first, second, *_ = quotes_of(crm)
    add_line(crm, first, Decimal(9))
    crm.pass_time(600)

    def edit(_: object) -> None:
        crm.pass_time(30)
        add_line(crm, second, Decimal(11))

    crm.hooks.add(path=f"{API}Quoted_Items", write=edit)
    crm.hooks.add(path=f"{API}Quotes/{first}", write=lambda _: add_line(crm, first, Decimal(8)))

    sync(processes, local)

    assert differing_sums(local) == []
