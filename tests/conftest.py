"""What every test gets: no network beyond loopback, a clean dlt, and Postgres on request."""

from __future__ import annotations

import gc
import ipaddress
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.postgres_server import start_postgres

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from tests.postgres_server import PostgresServer

CHECKOUT = Path(__file__).parent.parent
# dlt reads any variable with a double underscore as configuration, and libpq reads PG*.
CONFIGURING_PREFIXES = ("DLT_", "PG")


def pytest_configure() -> None:
    """Takes out of the environment what would configure dlt, libpq or a proxy behind our back.

    A shell has what it starts in the background ignore Ctrl-C, and so would all that tests start.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in list(os.environ):
        if name.startswith(CONFIGURING_PREFIXES) or "__" in name.strip("_"):
            del os.environ[name]
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "localhost,127.0.0.1,::1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that need a Postgres, so that `-m "not postgres"` leaves them out."""
    for item in items:
        if "postgres_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgres)


def pytest_collection_finish() -> None:
    """Spares the garbage collector what was imported and collected: a tenth of all CPU time."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turns a skip into a failure: what is not run is not known to work."""
    report = yield
    is_xfail = hasattr(report, "wasxfail")
    if report.skipped and not is_xfail and item.get_closest_marker("live") is None:
        report.outcome = "failed"
        report.longrepr = f"only tests marked `live` may skip: {report.longreprtext}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Does the same for a whole file that is skipped while it is imported."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"a file of tests must not skip itself: {report.longrepr}"
    return report


def _is_loopback(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


def _refuse(host: object) -> None:
    # Not an OSError: the code under test is meant to catch those.
    pytest.fail(f"a test tried to reach {host!r}; only loopback may be reached")


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails a test that looks up or connects to another machine, unless it is marked `live`."""
    if request.node.get_closest_marker("live"):
        return
    look_up, connect, connect_ex = (
        socket.getaddrinfo,
        socket.socket.connect,
        socket.socket.connect_ex,
    )

    def look_up_loopback(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_loopback(host):
            _refuse(host)
        return look_up(host, *args, **kwargs)

    def connect_loopback(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not _is_loopback(address[0]):
            _refuse(address)
        connect(self, address)

    def connect_ex_loopback(self: socket.socket, address: Any) -> int:
        if self.family != socket.AF_UNIX and not _is_loopback(address[0]):
            _refuse(address)
        return connect_ex(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_loopback)
    monkeypatch.setattr(socket.socket, "connect", connect_loopback)
    monkeypatch.setattr(socket.socket, "connect_ex", connect_ex_loopback)


@pytest.fixture(autouse=True)
def project_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder that is the working directory, the home and dlt's project of one test."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DLT_PROJECT_DIR", str(project))
    monkeypatch.setenv("DLT_LOCAL_DIR", str(project))
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    _reset_dlt()
    yield project
    _reset_dlt()


def _reset_dlt() -> None:
    """Makes dlt forget the active pipeline and read its configuration anew."""
    if "dlt" not in sys.modules:
        return
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
    from dlt.common.pipeline import PipelineContext

    container = Container()
    container[PipelineContext].deactivate()
    container[PluggableRunContext].reload()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real Postgres of this test session's own, whose data need not outlive a crash."""
    with start_postgres("synchronous_commit = off") as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty Postgres database that only this test uses."""
    with postgres_server.database() as url:
        yield url
