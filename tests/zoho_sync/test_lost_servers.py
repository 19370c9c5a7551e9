"""A Postgres that goes before, during or after a load, and comes back: nothing is lost."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

import pytest

from tests.postgres_server import start_postgres
from tests.zoho_sync.crm_copies import SyncedCopy
from tests.zoho_sync.organisations import MODULES, change_a_little
from tests.zoho_sync.processes import Ended, Processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres_server import PostgresServer
    from tests.zoho_crm.crm import Crm

# One server for the whole file, wherever it runs.
pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("lost_servers")]
COMMAND: Final = ("run", "--destination", "postgres", "--json", "--quiet")
SENTENCES: Final = (
    "Postgres can't be reached (",
    "The connection to Postgres broke (",
    "The lock on the dataset zoho_crm is lost, because Postgres ended ",
)
BOUNDS: Final = {"SOURCES__ZOHO_CRM__MAX_PACKAGE_ROWS": "150", "LOAD__RAISE_ON_MAX_RETRIES": "1"}
MOMENTS: Final = (
    ("copy", 3),  # amid the files of the first package
    pytest.param("delete widgets", 1, marks=pytest.mark.soak),  # amid the merge
    pytest.param("insert _dlt_loads", 1, marks=pytest.mark.soak),  # amid dlt's marker
    ("load", 2),  # the first package is loaded, the second waits
    ("view gadgets", 1),  # every package is loaded
    ("update sync_runs", 2),  # all but the end of the ledger, which is not committed
)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with start_postgres() as server:
        yield server


class Losing:
    """The copy of an organisation on a server that may be gone."""

    def __init__(self, copy: SyncedCopy, server: PostgresServer, processes: Processes) -> None:
        self.server = server
        self._copy, self._processes = copy, processes

    def run(self, lose_at: tuple[str, int] | None = None) -> Ended:
        """Runs; the server stops at an event if one is given."""
        return self._processes.run(*COMMAND, kill=lose_at)

    def assert_next_run_completes(self) -> None:
        self.server.start()
        ended = self.run()
        assert ended.code == 0, (ended.stdout, ended.stderr)
        self._copy.assert_equals_crm(MODULES)


@pytest.fixture
def losing(organisation: Crm, server: PostgresServer, tmp_path: Path) -> Iterator[Losing]:
    times = range(organisation.now_s - 9000, organisation.now_s - 8500)
    organisation.add_records("Widgets", times)  # more than any first package holds
    with server.database() as url:
        copy = SyncedCopy(organisation, url=url)
        with Processes(tmp_path, {**copy.environment(), **BOUNDS}) as processes:
            processes.program = server.stop_command
            yield Losing(copy, server, processes)


def assert_unavailable(ended: Ended, losing: Losing) -> None:
    """The server is gone, and one sentence says so."""
    assert not losing.server.is_running()
    assert ended.code == 4, (ended.stdout, ended.stderr)
    said = ended.report["message"]
    assert said.startswith(SENTENCES)
    assert said.endswith("; run again.")
    assert ended.stderr.endswith(f"zoho-sync: {said}\n")
    assert "Traceback" not in ended.stderr


def test_a_server_that_is_gone_before_a_run_is_waited_for_by_the_next(
    losing: Losing, organisation: Crm
) -> None:
    assert losing.run().code == 0
    change_a_little(organisation, random.Random(2))
    losing.server.stop()
    for _ in range(2):
        assert_unavailable(losing.run(), losing)
    losing.assert_next_run_completes()


@pytest.mark.parametrize(("kind", "at"), MOMENTS)
def test_a_server_that_goes_during_a_run_ends_it_and_the_next_completes(
    losing: Losing, kind: str, at: int
) -> None:
    assert_unavailable(losing.run(lose_at=(kind, at)), losing)
    losing.assert_next_run_completes()
