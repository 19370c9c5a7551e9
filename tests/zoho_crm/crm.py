"""A simulated CRM for one test: its clock stands still, and clients wait by moving it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zoho_crm.auth import AccessTokens, ZohoCredentials
from zoho_crm.budget import CallBudget
from zoho_crm.client import ZohoClient
from zoho_simulator import Organization, Server, Simulator, SimulatorSettings
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from zoho_simulator.call import Call
    from zoho_simulator.fields import FieldSpec
    from zoho_simulator.request_log import RequestEntry

API = "/crm/v8/"
DAY_S = 24 * 3600


class Crm:
    """The organisation of one test, behind a real socket.

    Attributes:
        waits: Seconds that clients have waited between retries, in turn.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.simulator = server.simulator
        self.waits: list[float] = []
        self.use(Organization.empty())

    def use(self, organization: Organization) -> None:
        """Serves this organisation from now on, with nothing asked yet."""
        # A new server takes a third of a second; the old one serves a new simulator as well.
        Simulator.__init__(self.simulator, organization, SimulatorSettings())
        self.simulator.url = self.server.url
        self.org = organization
        self.clock = self.org.clock
        self.clock.freeze()
        self.settings = self.simulator.settings
        self.faults = self.simulator.faults
        self.hooks = self.simulator.hooks

    # the organisation

    @property
    def now(self) -> datetime:
        return self.clock.now.replace(microsecond=0)

    @property
    def now_s(self) -> int:
        return self.clock.epoch_s

    def add_module(
        self,
        name: str = "Widgets",
        fields: Sequence[FieldSpec] = (),
        *,
        times: Iterable[int] = (),
        **traits: Any,
    ) -> list[str]:
        """Adds a module of numbered records, one for each `Modified_Time` given, and their ids."""
        specs = [field("Name", "text"), field("Number", "integer"), *fields]
        self.org.add_module(name, specs, **traits)
        return self.add_records(name, times)

    def add_records(self, module: str, times: Iterable[int]) -> list[str]:
        ids = []
        for number, epoch_s in enumerate(times):
            values = {"Name": f"{module} {number}", "Number": number}
            ids.append(self.org.create(module, values, modified_time=epoch_s))
        return ids

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)

    # clients

    def credentials(self) -> ZohoCredentials:
        return ZohoCredentials(
            client_id=self.server.client_id,
            client_secret=self.server.client_secret,
            refresh_token=self.server.refresh_token,
            accounts_url=self.server.accounts_url,
        )

    def sleep(self, seconds: float) -> None:
        """Time that a client waits passes for Zoho too."""
        self.waits.append(seconds)
        self.pass_time(seconds)

    @contextmanager
    def client(
        self, max_calls: int | None = None, concurrency: int = 10, *, may_write: bool = False
    ) -> Iterator[ZohoClient]:
        credentials = self.credentials()
        with ZohoClient(
            credentials,
            budget=CallBudget(max_calls),
            concurrency=concurrency,
            tokens=AccessTokens(credentials, sleep=self.sleep),
            sleep=self.sleep,
            may_write=may_write,
        ) as client:
            yield client

    # what was asked

    def log(self, path: str | None = None) -> list[RequestEntry]:
        """The API calls so far; one is logged a moment after its answer."""
        until = time.monotonic() + 5
        while len(self.simulator.log) < self.simulator.request_number and time.monotonic() < until:
            time.sleep(0.001)
        calls = [entry for entry in self.simulator.log if entry.path.startswith(API)]
        return calls if path is None else [e for e in calls if e.path == API + path]

    def forget_log(self) -> None:
        self.log()
        self.simulator.reset_log()

    @property
    def tokens_issued(self) -> int:
        return self.simulator.counters.tokens_issued


def is_page_of(call: Call, module: str = "Widgets") -> bool:
    """Whether a call asks for a page of a module's list."""
    return call.path == API + module and "ids" not in call.params


def is_proof(call: Call | RequestEntry) -> bool:
    """Whether a call walks a list again, for ids or times only."""
    return call.params.get("fields") in {"Modified_Time", "id"}


def to_instant(epoch_s: int) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)
