"""A simulated CRM, a configuration for it, and the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_crm.crm import Crm
from tests.zoho_sync.campaigns import build_campaigns
from tests.zoho_sync.changing_schemas import SchemaCase, build_changing_organisation
from tests.zoho_sync.command_line import CommandLine
from tests.zoho_sync.crm_copies import SyncedCopy, copy_on
from tests.zoho_sync.delinking import Delinking
from tests.zoho_sync.organisations import build_small_organisation
from tests.zoho_sync.processes import IDLE, Processes
from tests.zoho_sync.quote_runs import load_quotes
from tests.zoho_sync.synced import Synced
from zoho_simulator import Organization, Server, Simulator
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DAY_S = 24 * 3600


@pytest.fixture(scope="session")
def simulator_server() -> Iterator[Server]:
    """One server for all tests; `crm` gives it a new simulator for each."""
    with Simulator(Organization.empty()).serve() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def forking_servers() -> Iterator[None]:
    """Ends the servers that the tests' processes were forked by."""
    yield
    for server in IDLE:
        server.close()


@pytest.fixture
def crm(simulator_server: Server) -> Crm:
    """An organisation with two modules that can be read and two that can't."""
    crm = Crm(simulator_server)
    times = [crm.now_s - DAY_S + number for number in range(5)]
    fields = [field("Last_Name", "text"), field("Company", "text")]
    crm.add_module("Leads", fields, times=times)
    crm.add_module("Widgets", times=times[:3])
    crm.add_module("Salaries", refusal="NO_PERMISSION")
    crm.add_module("Feeds", api_supported=False)
    return crm


@pytest.fixture
def zoho_sync(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line, in the test's own folder."""
    return CommandLine(capsys, monkeypatch)


@pytest.fixture
def configured(crm: Crm, project_dir: Path) -> Path:
    """Credentials in `.dlt/secrets.toml`; gives that file."""
    path = project_dir / ".dlt" / "secrets.toml"
    path.parent.mkdir()
    write_credentials(path, crm)
    return path


def write_credentials(path: Path, crm: Crm, **changes: str) -> None:
    """Writes the credentials of the simulated CRM, some of them changed."""
    server = crm.server
    keys = ("client_id", "client_secret", "refresh_token", "accounts_url")
    values = {key: getattr(server, key) for key in keys} | changes
    lines = [f'{key} = "{value}"' for key, value in values.items()]
    path.write_text("\n".join(["[sources.zoho_crm.credentials]", *lines, ""]))


@pytest.fixture
def organisation(simulator_server: Server) -> Crm:
    """Three small modules."""
    return build_small_organisation(simulator_server)


@pytest.fixture(params=["duckdb", "postgres"])
def synced(request: pytest.FixtureRequest, organisation: Crm, tmp_path: Path) -> SyncedCopy:
    """The organisation's copy on each destination; nothing is loaded yet."""
    if request.param == "duckdb":
        return SyncedCopy(organisation, path=tmp_path / "zoho.duckdb")
    return SyncedCopy(organisation, url=request.getfixturevalue("postgres_url"))


@pytest.fixture
def build_case(
    request: pytest.FixtureRequest,
    crm: Crm,
    zoho_sync: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Callable[[str], SchemaCase]:
    """Makes a CRM whose schema may change, and its copy on a destination, nothing loaded yet."""

    def build(destination: str) -> SchemaCase:
        crm.use(Organization.empty())
        build_changing_organisation(crm)
        if destination == "duckdb":
            copy = SyncedCopy(crm, path=tmp_path / "zoho.duckdb")
        else:
            copy = SyncedCopy(crm, url=request.getfixturevalue("postgres_url"))
        return SchemaCase(crm, copy, zoho_sync, monkeypatch)

    return build


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.soak)])
def case(request: pytest.FixtureRequest, build_case: Callable[[str], SchemaCase]) -> SchemaCase:
    """A CRM whose schema may change, and its copy on each destination; Postgres in the soak."""
    return build_case(request.param)


@pytest.fixture(params=["duckdb", "postgres"])
def either_case(
    request: pytest.FixtureRequest, build_case: Callable[[str], SchemaCase]
) -> SchemaCase:
    """The same, on both destinations whenever tests run."""
    return build_case(request.param)


@pytest.fixture
def duckdb_case(build_case: Callable[[str], SchemaCase]) -> SchemaCase:
    """The same in DuckDB only, for rules in which the destinations have no part."""
    return build_case("duckdb")


@pytest.fixture
def processes(synced: SyncedCopy, tmp_path: Path) -> Iterator[Processes]:
    """Real processes of the command, configured for the copy, in packages of few rows."""
    bounds = {"SOURCES__ZOHO_CRM__MAX_PACKAGE_ROWS": "150"}
    with Processes(tmp_path, {**synced.environment(), **bounds}) as running:
        yield running


@pytest.fixture
def copy(
    organisation: Crm,
    synced: SyncedCopy,
    zoho_sync: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
) -> Synced:
    """Three small modules and their copy; the first run is made by each test."""
    return Synced(organisation, synced, zoho_sync).configured(monkeypatch)


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.soak)])
def either_copy(
    request: pytest.FixtureRequest,
    organisation: Crm,
    zoho_sync: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Synced:
    """The same, for tests of many runs: on Postgres they are part of the soak."""
    if request.param == "duckdb":
        synced = SyncedCopy(organisation, path=tmp_path / "zoho.duckdb")
    else:
        synced = SyncedCopy(organisation, url=request.getfixturevalue("postgres_url"))
    return Synced(organisation, synced, zoho_sync).configured(monkeypatch)


@pytest.fixture(params=["duckdb", "postgres"])
def delinking(
    request: pytest.FixtureRequest,
    simulator_server: Server,
    zoho_sync: CommandLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Delinking:
    """A CRM with relations and its dataset on each destination; nothing is loaded nor planned."""
    crm = Delinking.build_crm(Crm(simulator_server))
    copy = copy_on(request.param, request, crm, tmp_path)
    for name, value in copy.environment().items():
        monkeypatch.setenv(name, value)
    return Delinking(crm, copy, zoho_sync, tmp_path / "rows.csv")


@pytest.fixture(scope="session")
def loaded_quotes(simulator_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file with quotes; tests that use it are of the group `rows`, to load it once."""
    return load_quotes(simulator_server, tmp_path_factory.mktemp("loaded"))


@pytest.fixture
def campaigns(simulator_server: Server) -> Crm:
    """Three campaigns, six leads: `Campaigns.Leads` and its other side."""
    return build_campaigns(Crm(simulator_server))


@pytest.fixture
def campaigns_copy(
    request: pytest.FixtureRequest,
    campaigns: Crm,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> SyncedCopy:
    """Their copy in a DuckDB file, configured; nothing is loaded yet."""
    request.getfixturevalue("project_dir")
    copied = SyncedCopy(campaigns, path=tmp_path / "zoho.duckdb")
    for name, value in copied.environment().items():
        monkeypatch.setenv(name, value)
    return copied
