"""One writer per dataset: the second is told who the first is, and a killed one holds nothing."""

from __future__ import annotations

import os
import re
import socket
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import psycopg2
import pytest

from tests.zoho_destinations.loading import load, lock_on
from tests.zoho_destinations.other_process import other_process
from zoho_destinations.exceptions import (
    WarehouseBusyError,
    WarehouseConfigError,
    WarehouseUnavailableError,
)
from zoho_destinations.holder import Holder, parse_holder
from zoho_destinations.lock import POLL_S
from zoho_destinations.postgres_lock import PostgresLock
from zoho_destinations.statements import select

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    import dlt

    from tests.postgres_server import PostgresServer
    from zoho_destinations.settings import Kind

HOLD = """
from zoho_destinations.lock import dataset_lock
from zoho_destinations.warehouse import build_destination
lock = dataset_lock(build_destination({kind!r}), {dataset!r})
lock.__enter__()
"""


@contextmanager
def holding(kind: str, dataset: str = "zoho_crm") -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a dataset."""
    with other_process(HOLD.format(kind=kind, dataset=dataset)) as process:
        yield process


class Clock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self, wake: Callable[[], object] = lambda: None) -> None:
        self.now = 0.0
        self.wake = wake

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.wake()

    def __call__(self) -> float:
        return self.now


def test_a_second_run_is_told_who_holds_the_dataset_and_since_when(
    kind: Kind, pipeline: dlt.Pipeline
) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    with holding(kind) as process:
        with pytest.raises(WarehouseBusyError) as caught, lock_on(pipeline):
            pytest.fail("two runs hold one dataset")
        after = datetime.now(UTC)
    assert caught.value.exit_code == 7
    who = f"process {process.pid} on {socket.gethostname()}"
    match = re.search(rf"zoho_crm in .*: {re.escape(who)}, since (.*) UTC\.", str(caught.value))
    assert match is not None, str(caught.value)
    since = datetime.strptime(match.group(1), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert before <= since <= after


def test_a_killed_run_holds_nothing(kind: Kind, pipeline: dlt.Pipeline) -> None:
    with holding(kind) as process:
        process.kill()
        process.wait()
        clock = Clock()
        with lock_on(pipeline, wait_s=60, sleep=clock.sleep, clock=clock) as lock:
            lock.check()


def test_a_run_that_waits_goes_on_when_the_other_ends(kind: Kind, pipeline: dlt.Pipeline) -> None:
    with holding(kind) as process:

        def end() -> None:
            process.kill()
            process.wait()

        clock = Clock(wake=end)
        with lock_on(pipeline, wait_s=60, sleep=clock.sleep, clock=clock):
            assert clock.now >= POLL_S


def test_waiting_has_an_end(kind: Kind, pipeline: dlt.Pipeline) -> None:
    clock = Clock()
    with (
        holding(kind),
        pytest.raises(WarehouseBusyError),
        lock_on(pipeline, wait_s=2, sleep=clock.sleep, clock=clock),
    ):
        pytest.fail("two runs hold one dataset")
    assert clock.now == 2


def test_one_run_after_another_in_one_process(pipeline: dlt.Pipeline) -> None:
    for value in (1, 2):
        with lock_on(pipeline) as lock:
            load(pipeline, {"v": "bigint"}, [{"id": "1", "v": value}])
            lock.check()
    with pipeline.sql_client() as client:
        assert select(client, "SELECT v FROM zoho_crm.leads") == [(2,)]


def test_two_datasets_of_one_postgres_do_not_meet(
    postgres: Kind, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    with holding(postgres, "another"), lock_on(new_pipeline(postgres)) as lock:
        lock.check()


def test_a_role_that_may_not_see_since_when_is_told_who_holds_the_dataset(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    postgres_server.execute("CREATE ROLE onlooker LOGIN PASSWORD 'x'")
    try:
        held = PostgresLock(postgres_url, "zoho_crm")
        other = PostgresLock(postgres_url.replace("postgres:x@", "onlooker:x@"), "zoho_crm")
        assert held.try_acquire() is None
        busy = other.try_acquire()
        other.release()
        held.release()
    finally:
        postgres_server.execute("DROP ROLE onlooker")
    assert f"in Postgres: process {os.getpid()} on " in str(busy)


def test_a_lock_that_postgres_let_go_is_noticed(
    postgres: Kind, postgres_url: str, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    with lock_on(new_pipeline(postgres)) as lock:
        with closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid), application_name FROM pg_stat_activity"
                " WHERE application_name LIKE 'zoho-sync%%'"
            )
            [(_, name)] = cursor.fetchall()
        holder = parse_holder(name)
        assert holder is not None
        assert holder.pid == os.getpid()
        with pytest.raises(WarehouseUnavailableError, match="is lost"):
            lock.check()


def test_a_reader_that_holds_the_file_is_named_and_waited_for(
    project_dir: Path, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    file = project_dir / "zoho.duckdb"
    duckdb.connect(str(file)).close()
    read = f"import duckdb; connection = duckdb.connect({str(file)!r}, read_only=True)"
    pipeline = new_pipeline("duckdb")
    with other_process(read) as reader:
        with pytest.raises(WarehouseBusyError) as caught, lock_on(pipeline):
            pytest.fail("a run and a reader hold one file")
        assert str(caught.value).startswith(
            f"The DuckDB file {file} is held by process {reader.pid};"
        )
        assert "publish" in str(caught.value)

        def end() -> None:
            reader.kill()
            reader.wait()

        clock = Clock(wake=end)
        with lock_on(pipeline, wait_s=5, sleep=clock.sleep, clock=clock):
            load(pipeline, {}, [{"id": "1"}])


def test_no_reader_comes_between_two_loads(
    project_dir: Path, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    pipeline = new_pipeline("duckdb")
    with lock_on(pipeline):
        load(pipeline, {}, [{"id": "1"}])
        read = f"""
import duckdb
try:
    duckdb.connect({str(project_dir / "zoho.duckdb")!r}, read_only=True)
    raise SystemExit("the file could be opened")
except duckdb.IOException:
    pass
"""
        with other_process(read):
            load(pipeline, {}, [{"id": "2"}])


def test_nothing_is_left_behind_but_the_lock_file(
    project_dir: Path, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    with lock_on(new_pipeline("duckdb")):
        names = {path.name for path in project_dir.iterdir()}
        assert {"zoho.duckdb.zoho_crm.lock", "zoho.duckdb.zoho_crm.holder.lock"} <= names
    assert {path.name for path in project_dir.iterdir()} <= {
        "zoho.duckdb",
        "zoho.duckdb.zoho_crm.lock",
    }


def test_a_file_that_is_no_database_frees_the_lock_again(
    project_dir: Path, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    file = project_dir / "zoho.duckdb"
    file.write_text("a letter to a friend" * 1000)
    pipeline = new_pipeline("duckdb")
    for _ in range(2):
        with (
            pytest.raises(WarehouseConfigError, match="is no DuckDB database"),
            lock_on(pipeline),
        ):
            pytest.fail("this is no database")


def test_a_file_with_the_datasets_name_is_refused(
    new_pipeline: Callable[[Kind], dlt.Pipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", "zoho_crm.duckdb")
    with (
        pytest.raises(WarehouseConfigError, match="ambiguous"),
        lock_on(new_pipeline("duckdb")),
    ):
        pytest.fail("every name in this file is ambiguous")
    assert not Path("zoho_crm.duckdb").exists()


def test_a_server_that_is_down_is_unavailable(
    new_pipeline: Callable[[Kind], dlt.Pipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", "postgresql://a:hunter2@127.0.0.1:1/b")
    with pytest.raises(WarehouseUnavailableError) as caught, lock_on(new_pipeline("postgres")):
        pytest.fail("there is no server")
    assert caught.value.exit_code == 4
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "host", ["short", "a-host-name-of-far-too-many-characters.example.com", "a b"]
)
def test_a_holder_fits_into_the_name_of_a_connection(host: str) -> None:
    holder = Holder(4194304, host, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    name = holder.to_application_name()
    assert len(name.encode()) <= 63
    found = parse_holder(name)
    assert found is not None
    assert (found.pid, found.started_at) == (holder.pid, holder.started_at)
    assert parse_holder(holder.to_json()) == holder


@pytest.mark.parametrize(
    "text", ["", "psql", "{}", "[1]", '{"pid": 1, "host": "x", "started_at": 5}']
)
def test_what_names_no_holder_is_none(text: str) -> None:
    assert parse_holder(text) is None


@pytest.mark.parametrize("size", [0, 100, 3_000, 4_096, 8_192])
def test_a_file_whose_making_was_cut_short_is_made_anew(
    project_dir: Path, new_pipeline: Callable[[Kind], dlt.Pipeline], size: int
) -> None:
    duckdb.connect(str(project_dir / "whole.duckdb")).close()
    file = project_dir / "zoho.duckdb"
    file.write_bytes((project_dir / "whole.duckdb").read_bytes()[:size])

    with lock_on(new_pipeline("duckdb")):
        assert file.stat().st_size == (project_dir / "whole.duckdb").stat().st_size


def test_a_small_file_of_another_kind_is_left_alone(
    project_dir: Path, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    (project_dir / "zoho.duckdb").write_text("[runtime]\n")

    sentence = r"zoho\.duckdb is no DuckDB database"
    with pytest.raises(WarehouseConfigError, match=sentence), lock_on(new_pipeline("duckdb")):
        pytest.fail("it was opened")
    assert (project_dir / "zoho.duckdb").read_text() == "[runtime]\n"


def test_a_stub_that_another_process_has_open_is_left_alone(
    project_dir: Path, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    file = project_dir / "zoho.duckdb"
    with other_process(f"import duckdb; connection = duckdb.connect({str(file)!r})"):
        os.truncate(file, 100)
        with pytest.raises(WarehouseBusyError), lock_on(new_pipeline("duckdb")):
            pytest.fail("it was opened")
    assert file.stat().st_size == 100
