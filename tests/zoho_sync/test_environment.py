"""dlt is set up quietly, and what the user has set stays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import dlt
import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.runtime import anon_tracker

from zoho_sync.environment import prepare_dlt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _untouched() -> Iterator[None]:
    """No variable is set for dlt, and none stays set."""
    before = dict(os.environ)
    for name in before:
        if "__" in name.strip("_"):
            del os.environ[name]
    yield
    os.environ.clear()
    os.environ.update(before)


def test_telemetry_is_off_and_logs_are_quiet() -> None:
    prepare_dlt()

    assert dlt.config.get("runtime.dlthub_telemetry", bool) is False
    assert dlt.config.get("runtime.log_level") == "WARNING"


def test_load_ids_are_on_and_the_threads_are_enough() -> None:
    prepare_dlt()

    assert dlt.config.get("normalize.parquet_normalizer.add_dlt_load_id", bool) is True
    assert dlt.config.get("extract.workers", int) == 10


def test_debug_lets_dlt_tell_what_it_does() -> None:
    prepare_dlt(is_debug=True)

    assert dlt.config.get("runtime.log_level") == "INFO"


def test_a_variable_of_the_users_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "ERROR")

    prepare_dlt(is_debug=True)

    assert dlt.config.get("runtime.log_level") == "ERROR"


def test_a_file_of_the_users_stays(project_dir: Path) -> None:
    (project_dir / ".dlt").mkdir()
    (project_dir / ".dlt" / "config.toml").write_text(
        '[runtime]\nlog_level = "ERROR"\n[extract]\nworkers = 3\n'
    )
    Container()[PluggableRunContext].reload()

    prepare_dlt()

    assert dlt.config.get("runtime.log_level") == "ERROR"
    assert dlt.config.get("extract.workers", int) == 3
    assert "EXTRACT__WORKERS" not in os.environ


def test_nothing_was_reported_to_anybody() -> None:
    prepare_dlt()

    assert anon_tracker._ANON_TRACKER_ENDPOINT is None
