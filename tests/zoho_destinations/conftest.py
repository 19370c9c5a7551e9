"""A pipeline into each of the two destinations, an open client of its dataset, and a CRM."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import dlt
import pytest

from tests.zoho_crm.crm import Crm
from tests.zoho_simulator.relations import build_relations
from zoho_destinations.existing import create_schema
from zoho_destinations.warehouse import build_destination, pipeline_name
from zoho_simulator import Organization, Simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from zoho_destinations.settings import Kind
    from zoho_destinations.statements import Client
    from zoho_simulator import Server

DATASET = "zoho_crm"


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Kind:
    """Either destination, configured."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", url)
    return cast("Kind", request.param)


@pytest.fixture
def postgres(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Kind:
    """Postgres alone, configured."""
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", postgres_url)
    return "postgres"


@pytest.fixture
def new_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Kind], dlt.Pipeline]:
    """Builds a pipeline as a run does, in a working folder that all of a test's share."""
    monkeypatch.setenv("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", "true")

    def build(kind: Kind) -> dlt.Pipeline:
        return dlt.pipeline(
            pipeline_name(kind, DATASET),
            destination=build_destination(kind),
            dataset_name=DATASET,
            pipelines_dir=str(tmp_path / "work"),
        )

    return build


@pytest.fixture
def pipeline(kind: Kind, new_pipeline: Callable[[Kind], dlt.Pipeline]) -> dlt.Pipeline:
    """A pipeline into an empty database."""
    return new_pipeline(kind)


@pytest.fixture
def client(pipeline: dlt.Pipeline) -> Iterator[Client]:
    """An open client of an empty dataset."""
    with pipeline.sql_client() as client:
        create_schema(client, DATASET)
        yield client


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Simulator(Organization.empty()).serve() as running:
        yield running


@pytest.fixture
def crm(server: Server, monkeypatch: pytest.MonkeyPatch) -> Crm:
    """A CRM whose credentials are configured as those of the source."""
    crm = Crm(server)
    crm.use(build_relations())
    for key in ("client_id", "client_secret", "refresh_token", "accounts_url"):
        name = f"SOURCES__ZOHO_CRM__CREDENTIALS__{key.upper()}"
        monkeypatch.setenv(name, getattr(server, key))
    return crm
