"""An accounts server for the tests of authentication: the simulator, fresh for each test."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests

from zoho_crm.auth import AccessToken, AccessTokens, ZohoCredentials
from zoho_simulator import Organization, Server, Simulator, SimulatorSettings

if TYPE_CHECKING:
    from zoho_simulator.request_log import RequestEntry

TOKEN_PATH = "/oauth/v2/token"


@dataclass
class Machine:
    """A machine whose clock is moved by hand, and by the waits that are asked for."""

    now: datetime = datetime(2026, 3, 30, tzinfo=UTC)
    waits: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def build_server() -> Server:
    return Simulator(Organization.empty()).serve()


def renew(server: Server) -> Server:
    """Makes a server that has served a test as good as a new one, which takes a third of a second.

    Two hours later no token lives and no limit counts any more.
    """
    simulator = server.simulator
    simulator.faults.clear()
    simulator.settings.change(asdict(SimulatorSettings()))
    simulator.clock.advance(hours=2)
    user = simulator.organization.users.current_id
    simulator.tokens.new_refresh_token(user, value=server.refresh_token)
    entries(server)
    simulator.reset_log()
    return server


def credentials_for(server: Server, **changes: Any) -> ZohoCredentials:
    values = ZohoCredentials(
        client_id=server.client_id,
        client_secret=server.client_secret,
        refresh_token=server.refresh_token,
        accounts_url=server.accounts_url,
    )
    values.update(changes)
    return values


def tokens_for(server: Server, machine: Machine | None = None, **changes: Any) -> AccessTokens:
    """Tokens of a server, by a machine whose clock is moved by hand."""
    machine = machine or Machine()
    values = credentials_for(server, **changes)
    return AccessTokens(values, clock=machine.clock, sleep=machine.sleep)


def issued(server: Server) -> int:
    """How many access tokens the server gave."""
    return server.simulator.counters.tokens_issued


def asked(server: Server) -> int:
    """How many requests have arrived."""
    return server.simulator.request_number


def entries(server: Server) -> list[RequestEntry]:
    """What was asked; it is logged a moment after the answer."""
    until = time.monotonic() + 5
    while len(server.simulator.log) < asked(server) and time.monotonic() < until:
        time.sleep(0.001)
    return server.simulator.log


def is_accepted(token: AccessToken) -> bool:
    """The API lets a call with this token in."""
    headers = {"Authorization": f"Zoho-oauthtoken {token.value}"}
    status = requests.get(f"{token.api_domain}/crm/v8/org", headers=headers, timeout=5).status_code
    return status == 200
