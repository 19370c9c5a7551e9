"""A small organisation behind a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_simulator.api import Api, Start, build_organization
from zoho_simulator import (
    Organization,
    Server,
    Simulator,
    SimulatorSettings,
    build_demo_organization,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests


@pytest.fixture(scope="session")
def demo_organization() -> Organization:
    """The demo organisation, which takes seconds to make: nobody may change it."""
    organization = build_demo_organization()
    organization.clock.freeze()
    return organization


@pytest.fixture
def start() -> Iterator[Start]:
    """Serves an organisation with some switches set; by default the small one."""
    servers: list[Server] = []
    sessions: list[requests.Session] = []

    def serve(organization: Organization | None = None, **switches: Any) -> Api:
        chosen = organization or build_organization()
        server = Simulator(chosen, SimulatorSettings(**switches)).serve()
        servers.append(server.__enter__())
        api = Api(server)
        sessions.append(api.session)
        return api

    yield serve
    for session in sessions:
        session.close()
    for server in servers:
        server.stop()
        assert server.simulator.failures == []


@pytest.fixture
def api(start: Start) -> Api:
    """The small organisation with every switch as it is by default."""
    return start()
