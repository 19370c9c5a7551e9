"""What a year of scheduled runs meets: other runs, readers, signals, lost folders, poison."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.zoho_crm.crm import DAY_S
from tests.zoho_sync.backups import backup
from tests.zoho_sync.crm_copies import SyncedCopy
from tests.zoho_sync.organisations import MODULES, change_a_little
from tests.zoho_sync.processes import KILLED, Processes, sync
from zoho_crm.auth import exchange_grant_code

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from zoho_simulator import Organization


def test_a_second_run_ends_at_once_and_says_who_holds_the_lock(
    organisation: Crm, synced: SyncedCopy, processes: Processes, tmp_path: Path
) -> None:
    assert sync(processes, synced).code == 0
    organisation.simulator.change_settings({"latency_ms": 400})
    with Processes(tmp_path / "other", processes.environment) as others:
        pid = processes.start("run", "--destination", synced.destination, "--quiet")
        time.sleep(1.5)
        second = sync(others, synced)
        assert second.code == 7
        assert str(pid) in second.report["message"], second.report["message"]
        waited = sync(others, synced, "--wait", "2m")
        assert waited.code == 0, waited.stdout
        assert processes.wait().code == 0


@pytest.mark.parametrize(
    ("synced", "number"),
    [
        ("duckdb", signal.SIGTERM),
        ("postgres", signal.SIGINT),
        pytest.param("duckdb", signal.SIGINT, marks=pytest.mark.soak),
        pytest.param("postgres", signal.SIGTERM, marks=pytest.mark.soak),
    ],
    indirect=["synced"],
)
def test_a_signal_ends_reading_and_keeps_what_was_read(
    organisation: Crm, synced: SyncedCopy, processes: Processes, number: signal.Signals
) -> None:
    organisation.simulator.change_settings({"latency_ms": 700})
    started = time.monotonic()
    pid = processes.start("run", "--destination", synced.destination, "--json", "--quiet")
    time.sleep(3)
    os.kill(pid, number)
    ended = processes.wait()
    assert ended.code == 8, (ended.stdout, ended.stderr)
    assert "stopped" in ended.report["message"]
    assert time.monotonic() - started < 20
    organisation.simulator.change_settings({"latency_ms": 0})
    assert sync(processes, synced).code == 0
    synced.assert_equals_crm(MODULES)


@pytest.mark.parametrize(
    ("synced", "signals", "code"),
    [
        ("duckdb", "TERM", 8),
        pytest.param("postgres", "INT", 8, marks=pytest.mark.soak),
        pytest.param("duckdb", "INT INT", 130, marks=pytest.mark.soak),
        ("postgres", "INT INT", 130),
    ],
    indirect=["synced"],
)
def test_signals_amid_a_load_end_the_run_and_no_package_is_to_blame(
    organisation: Crm, synced: SyncedCopy, processes: Processes, signals: str, code: int
) -> None:
    for number in range(20):  # more than are read at once
        organisation.add_module(f"Module_{number}", times=[organisation.now_s - 9_000] * 60)
    processes.environment["SOURCES__ZOHO_CRM__MAX_PACKAGE_ROWS"] = "200"
    sending = "; sleep 0.3; ".join(f"kill -{name} $PPID" for name in signals.split())
    processes.program = (["sh", "-c", sending], None)
    command = ("run", "--destination", synced.destination, "--json", "--quiet")

    ended = processes.run(*command, kill=("delete widgets", 1))

    assert ended.code == code, (ended.stdout, ended.stderr)
    if code == 8:
        assert "stopped" in ended.report["message"]
        ends = Counter(each["outcome"] for each in ended.report["resources"])
        assert ends["stopped"] > 10
    processes.program = None
    ended = sync(processes, synced)
    assert ended.code == 0
    assert "set aside" not in ended.stdout
    synced.assert_equals_crm(MODULES)


def test_a_run_stops_by_itself_after_its_time(
    organisation: Crm, synced: SyncedCopy, processes: Processes
) -> None:
    organisation.simulator.change_settings({"latency_ms": 1000})
    ended = sync(processes, synced, "--max-runtime", "2s")
    assert ended.code == 8, ended.stdout
    organisation.simulator.change_settings({"latency_ms": 0})
    assert sync(processes, synced).code == 0
    synced.assert_equals_crm(MODULES)


def test_a_restored_backup_goes_on_from_its_own_progress(
    organisation: Crm, synced: SyncedCopy, processes: Processes
) -> None:
    chance = random.Random(8)
    assert sync(processes, synced).code == 0
    with backup(synced) as restore:
        change_a_little(organisation, chance)
        assert sync(processes, synced).code == 0
        restore()
    change_a_little(organisation, chance)
    assert sync(processes, synced).code == 0
    synced.assert_equals_crm(MODULES)


def test_what_is_dropped_by_hand_is_read_again_whatever_becomes_of_the_next_run(
    synced: SyncedCopy, processes: Processes
) -> None:
    assert sync(processes, synced).code == 0
    synced.execute("DROP TABLE zoho_crm.gadgets CASCADE")
    synced.execute("DROP VIEW zoho_crm_live.widgets")
    synced.execute("ALTER TABLE zoho_crm.widgets DROP COLUMN number")
    killed = processes.run("run", "--destination", synced.destination, kill=("load", 1))
    assert killed.code == KILLED
    for folder in processes.folder.rglob("pipelines"):  # with the package that was to be loaded
        shutil.rmtree(folder)
    ended = sync(processes, synced)
    assert ended.code == 0, ended.stdout
    assert any("of Gadgets, Widgets were gone" in note for note in ended.report["notes"])
    synced.assert_equals_crm(MODULES)
    assert sync(processes, synced).report["notes"] == []


@pytest.mark.parametrize(
    "synced", ["postgres", pytest.param("duckdb", marks=pytest.mark.soak)], indirect=True
)
def test_a_staging_table_that_is_dropped_by_hand_is_made_again(
    organisation: Crm, synced: SyncedCopy, processes: Processes
) -> None:
    assert sync(processes, synced).code == 0
    synced.execute("DROP TABLE zoho_crm_staging.widgets")
    synced.execute("ALTER TABLE zoho_crm_staging.gadgets DROP COLUMN number")
    change_a_little(organisation, random.Random(6))
    ended = sync(processes, synced)
    assert ended.code == 0, ended.stdout
    synced.assert_equals_crm(MODULES)
    before = synced.query("SELECT max(inserted_at) FROM zoho_crm_staging._dlt_version")
    change_a_little(organisation, random.Random(7))
    assert sync(processes, synced).code == 0
    assert synced.query("SELECT max(inserted_at) FROM zoho_crm_staging._dlt_version") == before


def test_credentials_of_another_organisation_are_refused(
    organisation: Crm, synced: SyncedCopy, processes: Processes
) -> None:
    assert sync(processes, synced).code == 0
    rows = synced.query("SELECT count(*) AS n FROM zoho_crm.widgets")
    synced.execute("UPDATE zoho_crm.organization SET id = '77', company_name = 'Other Ltd'")
    # Another refresh token: whose it is has to be asked.
    granted = exchange_grant_code(
        client_id=organisation.server.client_id,
        client_secret=organisation.server.client_secret,
        code=organisation.simulator.new_grant_code(),
        accounts_url=organisation.server.accounts_url,
    )
    processes.environment["SOURCES__ZOHO_CRM__CREDENTIALS__REFRESH_TOKEN"] = str(
        granted.refresh_token
    )
    ended = sync(processes, synced)
    assert ended.code == 2, ended.stdout
    assert "Other Ltd" in ended.report["message"]
    assert synced.query("SELECT count(*) AS n FROM zoho_crm.widgets") == rows


def test_readers_use_a_published_copy_that_never_blocks_a_run(
    organisation: Crm, tmp_path: Path
) -> None:
    synced = SyncedCopy(organisation, path=tmp_path / "zoho.duckdb")
    public = tmp_path / "public.duckdb"
    environment = {**synced.environment(), "DESTINATION__DUCKDB__PUBLISH": str(public)}
    with Processes(tmp_path, environment) as processes:
        assert sync(processes, synced).code == 0
        with duckdb.connect(str(public), read_only=True) as reader:
            count = "SELECT count(*) FROM zoho_crm_live.widgets"
            assert reader.sql(count).fetchone() == (250,)
            organisation.add_records("Widgets", [organisation.now_s])
            assert sync(processes, synced).code == 0
            assert reader.sql(count).fetchone() == (250,)
        with duckdb.connect(str(public), read_only=True) as reader:
            assert reader.sql(count).fetchone() == (251,)


def test_a_postgres_that_is_not_there_is_safe_to_try_again(
    tmp_path: Path, organisation: Crm
) -> None:
    synced = SyncedCopy(organisation, url="postgresql://nobody:x@127.0.0.1:9/nothing")
    with Processes(tmp_path, synced.environment()) as processes:
        ended = sync(processes, synced)
    assert ended.code == 4, ended.stderr
    assert "Postgres" in ended.report["message"]


@pytest.mark.parametrize("at", [3, 6, 9])
def test_connections_lost_in_the_middle_end_the_run_and_the_next_completes(
    organisation: Crm, postgres_url: str, tmp_path: Path, at: int
) -> None:
    synced = SyncedCopy(organisation, url=postgres_url)
    everybody = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    def lose_connections(_: Organization) -> None:
        synced.query(everybody)

    bounds = {"SOURCES__ZOHO_CRM__MAX_PACKAGE_ROWS": "150"}
    with Processes(tmp_path, {**synced.environment(), **bounds}) as processes:
        organisation.hooks.before(organisation.simulator.request_number + at, lose_connections)
        ended = sync(processes, synced)
        assert ended.code in (0, 4), ended.stdout
        assert sync(processes, synced).code == 0
    synced.assert_equals_crm(MODULES)


def test_a_local_clock_that_is_wrong_by_a_day_changes_nothing(
    organisation: Crm, synced: SyncedCopy, processes: Processes
) -> None:
    chance = random.Random(3)
    for off_s in (DAY_S, -DAY_S):
        processes.clock_off_s = off_s
        ended = sync(processes, synced)
        assert ended.code == 0, (off_s, ended.stdout)
        wrong = datetime.fromisoformat(ended.report["started_at"]) - datetime.now(UTC)
        assert round(wrong.total_seconds() / DAY_S) == off_s // DAY_S
        synced.assert_equals_crm(MODULES)
        anchors = [each["anchor_after"] for each in ended.report["resources"]]
        read = [datetime.fromisoformat(anchor) for anchor in anchors if anchor]
        assert len(read) > len(MODULES)
        assert max(read) < organisation.now
        change_a_little(organisation, chance)
