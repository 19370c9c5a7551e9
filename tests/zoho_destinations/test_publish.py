"""Readers get a whole copy, never a half, and never stand in the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.zoho_destinations.loading import load, lock_on
from tests.zoho_destinations.other_process import other_process
from zoho_destinations.exceptions import WarehouseConfigError, WarehouseUnavailableError
from zoho_destinations.publish import COPY, copy_over, publish

if TYPE_CHECKING:
    from collections.abc import Callable

    import dlt

    from zoho_destinations.settings import Kind

OPEN = "import duckdb, sys; duckdb.connect(sys.argv[1], read_only=True)"


@pytest.fixture
def target(project_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DESTINATION__DUCKDB__PUBLISH", "readers/crm.duckdb")
    (project_dir / "readers").mkdir()
    return project_dir / "readers" / "crm.duckdb"


@pytest.fixture
def pipeline(new_pipeline: Callable[[Kind], dlt.Pipeline]) -> dlt.Pipeline:
    return new_pipeline("duckdb")


def ids(file: Path) -> list[Any]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute("SELECT id FROM zoho_crm.leads ORDER BY id").fetchall()


def load_and_publish(pipeline: dlt.Pipeline, record_id: str) -> Path | None:
    with lock_on(pipeline) as lock:
        load(pipeline, {}, [{"id": record_id}])
        return publish(pipeline, lock)


def test_each_run_replaces_the_copy(pipeline: dlt.Pipeline, target: Path) -> None:
    assert load_and_publish(pipeline, "1") == target
    assert ids(target) == [("1",)]
    assert load_and_publish(pipeline, "2") == target
    assert ids(target) == [("1",), ("2",)]
    assert [path.name for path in target.parent.iterdir()] == ["crm.duckdb"]


def test_a_reader_of_the_copy_blocks_nobody_and_keeps_what_it_has(
    pipeline: dlt.Pipeline, target: Path
) -> None:
    load_and_publish(pipeline, "1")
    with (
        other_process(f"import duckdb; c = duckdb.connect({str(target)!r}, read_only=True)"),
        duckdb.connect(str(target), read_only=True) as reader,
    ):
        load_and_publish(pipeline, "2")
        assert reader.execute("SELECT id FROM zoho_crm.leads").fetchall() == [("1",)]


def test_the_database_stays_locked_while_and_after_it_is_copied(
    pipeline: dlt.Pipeline, target: Path, project_dir: Path
) -> None:
    with lock_on(pipeline) as lock:
        load(pipeline, {}, [{"id": "1"}])
        publish(pipeline, lock)
        assert target.exists()
        done = subprocess.run(
            [sys.executable, "-c", OPEN, str(project_dir / "zoho.duckdb")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Conflicting lock" in done.stderr
        load(pipeline, {}, [{"id": "2"}])


def test_without_the_knob_nothing_is_copied(pipeline: dlt.Pipeline, project_dir: Path) -> None:
    assert load_and_publish(pipeline, "1") is None
    assert sorted(p.name for p in project_dir.glob("*.duckdb")) == ["zoho.duckdb"]


def test_on_postgres_there_is_nothing_to_copy(
    postgres: Kind, new_pipeline: Callable[[Kind], dlt.Pipeline], target: Path
) -> None:
    pipeline = new_pipeline(postgres)
    with lock_on(pipeline) as lock:
        assert publish(pipeline, lock) is None
    assert not target.exists()


def test_a_copy_that_fails_leaves_the_one_before(pipeline: dlt.Pipeline, target: Path) -> None:
    load_and_publish(pipeline, "1")
    in_the_way = target.with_name("crm.duckdb.new")
    in_the_way.mkdir()
    with pytest.raises(WarehouseUnavailableError, match="Is a directory"):
        load_and_publish(pipeline, "2")
    in_the_way.rmdir()
    assert ids(target) == [("1",)]
    load_and_publish(pipeline, "3")
    assert ids(target) == [("1",), ("2",), ("3",)]


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A file that is read for as long as a test wants."""
    file = tmp_path / "slow"
    os.mkfifo(file)
    return file


def children() -> set[int]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}


def wait_until(is_so: Callable[[], object]) -> None:
    until = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_service_that_is_told_to_end_ends_no_copy(slow: Path, tmp_path: Path) -> None:
    before = children()
    with ThreadPoolExecutor() as pool:
        copying = pool.submit(copy_over, slow, tmp_path / "copy")
        wait_until(lambda: children() - before)
        with slow.open("w") as file:  # by now it reads
            [copier] = children() - before
            for number in (signal.SIGTERM, signal.SIGINT):
                os.kill(copier, number)
            file.write("whole")
        copying.result()
    assert (tmp_path / "copy").read_text() == "whole"


def test_a_copy_whose_run_was_killed_replaces_nothing(slow: Path, tmp_path: Path) -> None:
    target, copy = tmp_path / "copy", tmp_path / "copy.new"
    target.write_text("before")
    line = f"'{sys.executable}' -c '{COPY}' {slow} {copy} {target} $$ & echo $!; wait"
    with subprocess.Popen(["sh", "-c", line], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        run.stdout.readline()
        with slow.open("w") as file:
            run.kill()
            run.wait()
            file.write("of two states")
        run.stdout.read()  # until it has ended, too
    assert target.read_text() == "before"
    assert not copy.exists()


def test_who_may_read_the_copy_may_read_the_next_one(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "copy"
    source.write_text("1")
    copy_over(source, target)
    target.chmod(0o640)
    copy_over(source, target)
    assert target.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", ["zoho.duckdb", "missing/crm.duckdb", "zoho_crm.duckdb", "."])
def test_a_name_that_cannot_be_a_copy_is_refused(
    name: str, pipeline: dlt.Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__DUCKDB__PUBLISH", name)
    with pytest.raises(WarehouseConfigError):
        load_and_publish(pipeline, "1")
