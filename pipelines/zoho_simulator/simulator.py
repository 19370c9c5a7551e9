"""The simulator: an organisation behind Zoho's API."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .credits import CreditLedger, Slots
from .endpoints.deletions import list_entries, show_deletion
from .faults import Faults
from .hooks import Hooks
from .page_tokens import PageTokens
from .related_rendering import RelatedRowFormat
from .related_rows import related_rows
from .rendering import View
from .request_log import Counters, RequestEntry
from .settings import SimulatorSettings
from .single_record import to_single
from .tokens import TokenStore
from .values import Reference

if TYPE_CHECKING:
    from .clock import Clock
    from .organization import Organization
    from .server import Server

# Fixed, so that a client's configuration survives a restart of the simulator.
CLIENT_ID = "1000.SIMULATEDCLIENT00000000000000"
CLIENT_SECRET = "5f1b0c9d7e-simulated-client-secret"  # noqa: S105 - the simulator's own
REFRESH_TOKEN = "1000.5f1b0c9d7e.simulated-refresh-token"  # noqa: S105 - the simulator's own


class Simulator:
    """A Zoho CRM to script and to serve.

    Attributes:
        organization: What the API shows.
        settings: The switches, which may be changed at any time.
        faults: Replies that go wrong.
        hooks: Writes between two requests.
        tokens: OAuth tokens.
        log: A `RequestEntry` for each answered request.
        counters: Sums over the log.
        failures: Errors of the simulator itself or of a scripted write, which the client saw as
            a 500; tests should find none.
        url: Where it is served; empty before.
    """

    def __init__(
        self, organization: Organization, settings: SimulatorSettings | None = None
    ) -> None:
        self.organization = organization
        self.settings = settings or SimulatorSettings()
        self.clock: Clock = organization.clock
        self.faults = Faults()
        self.hooks = Hooks()
        self.tokens = TokenStore(self.clock, self.settings)
        self.page_tokens = PageTokens(self.clock)
        self.credits = CreditLedger(
            self.clock, self.settings, licences=organization.profile.users_license_purchased
        )
        self.slots = Slots(self.settings)
        self.log: list[RequestEntry] = []
        self.failures: list[Exception] = []
        self.counters = Counters()
        self.request_number = 0
        self.url = ""
        self.client_id = CLIENT_ID
        self.client_secret = CLIENT_SECRET
        self.refresh_token = REFRESH_TOKEN
        organization.write_rules = self.settings
        self.tokens.new_refresh_token(organization.users.current_id, value=REFRESH_TOKEN)

    def view(self, user_id: int | None = None) -> View:
        """How a user, by default the API user, is shown values."""
        users = self.organization.users
        user = users.get(user_id or users.current_id)
        zone = user.time_zone if user else self.organization.profile.time_zone
        settings = self.settings
        return View(
            time_zone=settings.user_time_zone or zone,
            picklist_value=settings.picklist_value,
            multi_module_lookup=settings.multi_module_lookup,
            deleted_lookup=settings.deleted_lookup,
            empty_list=settings.empty_list,
            hidden_field=settings.hidden_field,
            max_embedded_rows=settings.max_embedded_rows,
        )

    def records(self, module: str, *, include_hidden: bool = False) -> dict[str, dict[str, Any]]:
        """The truth as the API user is shown it: every live record with every field.

        Empty for a module that only related lists show records of, as Attachments.
        """
        if self.organization.module(module).traits.refusal == "NOT_SUPPORTED":
            return {}
        return self.organization.records(module, view=self.view(), include_hidden=include_hidden)

    def truth_page(self, module: str, *, after: int, size: int) -> list[dict[str, Any]]:
        """Some of the truth, ascending by id."""
        organization = self.organization
        with organization.lock:
            found = organization.module(module)
            ordering = found.ordering("id", partition="both", tie_order="id_asc", nulls_first=True)
            start = ordering.position_of(after, after=True)
            return [
                to_single(organization, found, record=found.records[key[2]], view=self.view())
                for key in ordering.keys.islice(start, start + size)
            ]

    def related(self, module: str, record_id: str, related_list: str) -> list[dict[str, Any]]:
        """The truth of a related list: all rows with all fields as the API shows them.

        Ascending by id, converted leads included, whether the list is hidden or not.
        """
        organization = self.organization
        with organization.lock:
            found = organization.related_lists.of(module)[related_list]
            parent = Reference(module, int(record_id))
            rows = sorted(
                related_rows(organization, found, parent, partition="both", settings=self.settings),
                key=lambda row: row.id,
            )
            modules = [organization.module(name) for name in found.modules]
            names = {name: None for one in modules for name in one.fields}
            members = found.relation.member_fields if found.relation else ()
            row_format = RelatedRowFormat(
                self, found, parent=parent, names=(*names, *members),
                user_id=organization.users.current_id,
            )  # fmt: skip
            return [json.loads(row_format.render(row), parse_float=Decimal) for row in rows]

    def deletions(self, module: str) -> list[dict[str, Any]]:
        """The truth of deletions: all that is told of a module's, the newest first."""
        with self.organization.lock:
            found = self.organization.module(module)
            zone = self.view().time_zone
            entries = list_entries(self, found)
            return [show_deletion(self, entry, zone=zone) for entry in entries]

    def new_grant_code(self, **terms: Any) -> str:
        """A grant code for the API user; `terms` as of `TokenStore.new_grant_code`."""
        terms.setdefault("user_id", self.organization.users.current_id)
        user_id = int(terms.pop("user_id"))
        return self.tokens.new_grant_code(user_id, **terms)

    def change_settings(self, changes: dict[str, Any]) -> None:
        """Sets switches by name, and the credits spent so far."""
        self.settings.change(changes)
        if "credits_used" in changes:
            self.credits.preload(self.settings.credits_used)

    def next_number(self) -> int:
        """The number of a request that has just arrived."""
        self.request_number += 1
        return self.request_number

    def record_request(self, entry: RequestEntry) -> None:
        """Adds to the log."""
        self.log.append(entry)
        self.counters.count(entry)

    def reset_log(self) -> None:
        """Empties the log and sets the counters to zero; request numbers start from 1 again.

        A request that is still being answered is not logged any more.
        """
        self.log = []
        self.counters = Counters()
        self.request_number = 0
        self.slots.most_in_flight = self.slots.in_flight

    def serve(self, port: int = 0, *, host: str = "127.0.0.1") -> Server:
        """A server in a thread of this process, to be used in a `with` statement."""
        from .server import Server

        return Server(self, host=host, port=port)
