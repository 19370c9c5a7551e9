"""The state of a demo organisation while it is being made and while days pass."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .draw import Draw
from .vocabulary import (
    COMPANY_BODIES,
    COMPANY_HEADS,
    COMPANY_TAILS,
    EURO_PER,
    PLACES,
    TAG_COLOURS,
    TAGS,
    Place,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoho_simulator.organization import Organization

_YEARS_S = 2 * 365 * 86_400
_PLACE_WEIGHTS = (9, 6, 5, 6, 4, 7, 3, 2, 3, 2, 2, 3, 2, 2)


class Company:
    """The organisation, the choices it is made by, and the ids made so far.

    Attributes:
        ids: Ids by module, in order of creation.
        places: Where each account is.
        times, births: When each record was modified last, as it was made, and created.
    """

    def __init__(self, organization: Organization, *, seed: int, scale: float) -> None:
        self.organization = organization
        self.draw = Draw(seed)
        self.scale = scale
        self.now = organization.clock.epoch_s
        self.start = self.now - _YEARS_S
        self.sellers = [u.id for u in organization.users if u.role.startswith("Sales")]
        self.service = [u.id for u in organization.users if u.role.startswith("Service")]
        self.ids: dict[str, list[str]] = {}
        self.places: dict[str, Place] = {}
        self.times: dict[str, int] = {}
        self.births: dict[str, int] = {}

    def count(self, base: int) -> int:
        """How many records a module gets that has `base` at scale 1."""
        return max(1, round(base * self.scale))

    def create(
        self,
        module: str,
        values: dict[str, Any],
        *,
        created: int,
        modified: int | None = None,
        owner: int | None = None,
    ) -> str:
        """Creates a record of the past and remembers its id."""
        modified = max(created, created if modified is None else modified)
        fields = self.organization.module(module).fields
        if owner is not None and "Owner" in fields:
            values = {"Owner": str(owner), **values}
        user = owner or self.sellers[0]
        record_id = self.organization.create(
            module, values, created_time=created, modified_time=modified, user=user
        )
        self.ids.setdefault(module, []).append(record_id)
        self.times[record_id] = modified
        self.births[record_id] = created
        return record_id

    def created_at(self, record: str) -> int:
        """When a record was created, as far as the company remembers."""
        return self.births.get(record, self.start)

    def contacts_by_account(self) -> dict[str, list[str]]:
        """The contacts of each account that has any."""
        module = self.organization.module("Contacts")
        grouped: dict[str, list[str]] = {}
        for contact in self.ids["Contacts"]:
            account = module.values_of(module.records[int(contact)]).get("Account_Name")
            if account is not None:
                grouped.setdefault(str(account.id), []).append(contact)
        return grouped

    def forget(self, module: str, record: str) -> None:
        """Chooses a record no more: it is gone."""
        if record in self.ids[module]:
            self.ids[module].remove(record)

    def seller(self) -> int:
        """A salesperson; some sell more than others."""
        weights = [3 if index < len(self.sellers) // 3 else 1 for index in range(len(self.sellers))]
        return self.draw.weighted(self.sellers, weights)

    def span(self, *, since: int | None = None) -> tuple[int, int]:
        """When a record was created and last modified."""
        first = self.start if since is None else since
        created = self.draw.office_time(first, self.now - 60)
        modified = created
        if self.draw.chance(0.7):
            modified = self.draw.office_time(created, self.now - 60)
        return created, modified

    def place(self) -> Place:
        """Where somebody is."""
        return self.draw.weighted(PLACES, _PLACE_WEIGHTS)

    def company_name(self, place: Place) -> str:
        """A name that looks as if it were a company's of that place."""
        draw = self.draw
        head, body = draw.one(COMPANY_HEADS), draw.one(COMPANY_BODIES)
        return f"{head} {body} {COMPANY_TAILS[place.country]}"

    def tags(self, share: float = 0.25) -> list[dict[str, Any]]:
        """Some tags."""
        if not self.draw.chance(share):
            return []
        chosen = self.draw.several(range(len(TAGS)), 2)
        return [
            {"name": TAGS[n], "id": f"60000000000000980{n:02d}", "color_code": TAG_COLOURS[n]}
            for n in chosen
        ]

    def money(self, place: Place) -> dict[str, Any]:
        """The currency of a place, and its rate to the organisation's."""
        return {"Currency": place.currency, "Exchange_Rate": Decimal(EURO_PER[place.currency])}

    def some(self, module: str) -> str:
        """The id of a record made before."""
        return self.draw.one(self.ids[module])

    def without(self, values: dict[str, Any], names: Sequence[str], share: float) -> None:
        """Takes some values away: people do not fill in everything."""
        for name in names:
            if self.draw.chance(share):
                values[name] = None
