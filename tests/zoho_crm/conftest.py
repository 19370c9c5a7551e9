"""The simulated CRM and its copies, for the tests that go over a real socket."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.auth_server import build_server, renew
from tests.zoho_crm.copies import DuckDBCopy
from tests.zoho_crm.crm import Crm
from tests.zoho_crm.readings import EVERY_READING, FOUR_READINGS, ODD_READINGS, name_of
from zoho_simulator import Organization, Server, Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def simulator_server() -> Iterator[Server]:
    """One server for all tests; `crm` gives it a new simulator for each."""
    with Simulator(Organization.empty()).serve() as server:
        yield server


@pytest.fixture
def crm(simulator_server: Server) -> Crm:
    """An organisation with one user and no module."""
    return Crm(simulator_server)


@pytest.fixture
def copy(crm: Crm, project_dir: Path, monkeypatch: pytest.MonkeyPatch) -> DuckDBCopy:
    """An empty dataset for copies of `crm`, in a DuckDB file."""
    monkeypatch.setenv("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", "true")
    return DuckDBCopy(crm, project_dir)


@pytest.fixture(params=EVERY_READING, ids=name_of)
def every_crm(request: pytest.FixtureRequest, crm: Crm) -> Crm:
    """A CRM that follows one reading of what is assumed."""
    crm.simulator.change_settings(request.param)
    return crm


@pytest.fixture(params=FOUR_READINGS, ids=name_of)
def any_crm(request: pytest.FixtureRequest, crm: Crm) -> Crm:
    """The same with fewer combinations."""
    crm.simulator.change_settings(request.param)
    return crm


@pytest.fixture(params=ODD_READINGS, ids=name_of)
def odd_crm(request: pytest.FixtureRequest, crm: Crm) -> Crm:
    """A CRM that follows a reading that is less likely."""
    crm.simulator.change_settings(request.param)
    return crm


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """What dlt's logger says, which is where the source speaks when it is used alone."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("dlt")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


@pytest.fixture
def crm_with_widgets(crm: Crm) -> Crm:
    """An organisation with two records to ask for."""
    crm.add_module(times=[crm.now_s - 100, crm.now_s - 50])
    return crm


@pytest.fixture(scope="module")
def one_server() -> Iterator[Server]:
    """The accounts server of all tests of a module."""
    with build_server() as serving:
        yield serving


@pytest.fixture
def server(one_server: Server) -> Server:
    """An accounts server as if new."""
    return renew(one_server)
