"""The simulated CRM for tests of whole commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zoho_simulator import Organization, Server, Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def simulator_server() -> Iterator[Server]:
    """One server for all tests; `Crm` gives it a new simulator for each."""
    with Simulator(Organization.empty()).serve() as server:
        yield server
