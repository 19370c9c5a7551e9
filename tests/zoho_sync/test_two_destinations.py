"""The same tables, columns, types and values on DuckDB and on Postgres, change after change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.crm import DAY_S
from tests.zoho_sync.crm_copies import SyncedCopy
from tests.zoho_sync.hard_values import add_hard_values, shift_hard_values
from tests.zoho_sync.processes import Processes
from tests.zoho_sync.related_copies import assert_lists_equal
from tests.zoho_sync.twin_copies import WholeDataset
from zoho_simulator import build_demo_organization

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm

pytestmark = pytest.mark.xdist_group("two_destinations")


def assert_equal(*copies: SyncedCopy) -> WholeDataset:
    """Every table and view, cell by cell, columns and types included."""
    duckdb, postgres = (WholeDataset(copy) for copy in copies)
    assert duckdb.types == postgres.types
    assert duckdb.order == postgres.order
    assert duckdb.comments == postgres.comments
    found = list(duckdb.differences(postgres))
    assert found == [], f"{len(found)} cells differ: {found[:5]}"
    return duckdb


def assert_every_table_is_explained(dataset: WholeDataset) -> None:
    explained = {where[:2] for where in dataset.comments if where[2] is None}
    assert [relation for relation in dataset.rows if relation not in explained] == []


def assert_every_table_is_indexed(postgres: SyncedCopy, dataset: WholeDataset) -> None:
    """On its key, and nothing is left as plain json."""
    keys = postgres.query(
        "SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
        " WHERE i.indisunique AND c.relnamespace = 'zoho_crm'::regnamespace"
    )
    views = postgres.query("SELECT viewname FROM pg_views WHERE schemaname = 'zoho_crm'")
    tables = {name for schema, name in dataset.rows if schema == "zoho_crm"}
    tables -= {row["viewname"] for row in views}  # related lists that are derived
    assert tables - {row["name"] for row in keys} <= {"deleted_records"}  # its times may be null
    json = postgres.query(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema IN ('zoho_crm', 'zoho_crm_live') AND data_type = 'json'"
    )
    assert json == []


def test_the_whole_demo_organisation_is_the_same_on_both_destinations(
    crm: Crm, postgres_url: str, tmp_path: Path
) -> None:
    crm.use(build_demo_organization(scale=0.02))
    add_hard_values(crm)
    copies = [SyncedCopy(crm, path=tmp_path / "zoho.duckdb"), SyncedCopy(crm, url=postgres_url)]
    environment = {**copies[0].environment(), **copies[1].environment()}
    environment["SOURCES__ZOHO_CRM__RELATED__MAX_CALLS"] = "1000"  # no list waits to be compared
    seen = []
    with Processes(tmp_path, environment) as processes:
        for has_changed in (False, True):
            if has_changed:
                crm.org.change_day()
                shift_hard_values(crm)
                crm.pass_time(8 * DAY_S)  # past related.max_age_days
            for copy in copies:
                ended = processes.run("run", "--destination", copy.destination, "--json", "--quiet")
                assert ended.code == 0, (ended.stdout, ended.stderr)
            seen.append(assert_equal(*copies))
            silent = ("Accounts.Suppliers7",) if has_changed else ()  # until it is reconciled
            assert assert_lists_equal(crm, copies[0], but=silent) > 30
    changed = {name for name, rows in seen[1].rows.items() if rows != seen[0].rows[name]}
    assert len(changed) > 10
    hard = [row for name, rows in seen[1].rows.items() if "hard_v" in name[1] for row in rows]
    assert {"", None, "x"} == {row["region_code"] for row in hard}
    assert {row["amount__raw"] for row in hard} == {None, "1.0000000001", "1E+40"}
    assert_every_table_is_explained(seen[1])
    assert_every_table_is_indexed(copies[1], seen[1])


@pytest.mark.soak
def test_every_list_of_the_demo_organisation_is_as_in_the_crm(
    crm: Crm, postgres_url: str, tmp_path: Path
) -> None:
    crm.use(build_demo_organization(scale=0.02))
    crm.simulator.change_settings({"tokens_per_window": 100_000})
    copies = [SyncedCopy(crm, path=tmp_path / "zoho.duckdb"), SyncedCopy(crm, url=postgres_url)]
    related = {"LISTS": '["*.*"]', "MAX_CALLS": "10000"}
    environment = {f"SOURCES__ZOHO_CRM__RELATED__{key}": value for key, value in related.items()}
    for copy in copies:
        environment |= copy.environment()
    with Processes(tmp_path, environment) as processes:
        for day in range(3):
            for copy in copies:
                for command in ("run", "reconcile")[: 1 + min(day, 1)]:
                    ended = processes.run(
                        command, "--destination", copy.destination, "--json", "--quiet"
                    )
                    assert ended.code == 0, (ended.stdout, ended.stderr)
                assert assert_lists_equal(crm, copy) > 100
            crm.org.change_day()
            crm.pass_time(8 * DAY_S)
