"""What numbers and people are told by: currencies, roles, profiles, territories, pipelines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Currency:
    """A currency and its rate, whichever way round the records' own rates are."""

    id: int
    iso_code: str
    name: str
    symbol: str
    exchange_rate: Decimal = Decimal(1)
    decimal_places: int = 2
    is_active: bool = True
    is_base: bool = False
    created: int | None = None
    modified: int | None = None


@dataclass(frozen=True)
class Role:
    """A place in the hierarchy of people."""

    id: int
    name: str
    reporting_to: str | None = None
    description: str | None = None
    share_with_peers: bool = False
    modified: int | None = None


@dataclass(frozen=True)
class UserProfile:
    """What a user may do; `custom` ones were made by somebody."""

    id: int
    name: str
    description: str | None = None
    custom: bool = False
    type: str = "normal_profile"
    modified: int | None = None


@dataclass(frozen=True)
class Territory:
    """A part of the market; `reporting_to` is the id of the one above."""

    id: int
    name: str
    manager: int | None = None
    reporting_to: int | None = None
    description: str | None = None
    permission_type: str = "read_only"
    created: int | None = None
    modified: int | None = None


@dataclass(frozen=True)
class Pipeline:
    """The stages, by actual value, that the deals of a layout go through."""

    id: int
    layout_id: int
    display_value: str
    actual_value: str
    stages: tuple[str, ...]
    is_default: bool = False


class ReferenceData:
    """The reference data of an organisation, each by id; roles and profiles by name."""

    def __init__(self, next_id: Callable[[], int], now: Callable[[], int]) -> None:
        self._next_id = next_id
        self._now = now
        self.currencies: dict[str, Currency] = {}
        self.roles: dict[str, Role] = {}
        self.profiles: dict[str, UserProfile] = {}
        self.territories: dict[int, Territory] = {}
        self.pipelines: dict[int, Pipeline] = {}

    def add_currency(self, iso_code: str, name: str, symbol: str, **more: Any) -> str:
        """Adds a currency and gives its id; `more` are attributes of `Currency`."""
        times = {"created": self._now(), "modified": self._now()}
        currency = Currency(self._next_id(), iso_code, name, symbol, **{**times, **more})
        self.currencies[iso_code] = currency
        return str(currency.id)

    def change_currency(self, iso_code: str, **changes: Any) -> None:
        """Changes a currency, its rate for instance."""
        changes = {"modified": self._now(), **changes}
        if "exchange_rate" in changes:
            changes["exchange_rate"] = Decimal(str(changes["exchange_rate"]))
        self.currencies[iso_code] = replace(self.currencies[iso_code], **changes)

    def add_role(self, name: str, **more: Any) -> str:
        """Adds a role, or describes one that users have, and gives its id."""
        known = self.roles.get(name)
        role_id = known.id if known else self._next_id()
        self.roles[name] = Role(role_id, name, **{"modified": self._now(), **more})
        return str(role_id)

    def add_profile(self, name: str, **more: Any) -> str:
        """Adds a profile, or describes one that users have, and gives its id."""
        known = self.profiles.get(name)
        profile_id = known.id if known else self._next_id()
        self.profiles[name] = UserProfile(profile_id, name, **{"modified": self._now(), **more})
        return str(profile_id)

    def add_territory(self, name: str, **more: Any) -> str:
        """Adds a territory and gives its id; `more` are attributes of `Territory`."""
        for link in ("manager", "reporting_to"):
            more[link] = int(more[link]) if more.get(link) else None
        times = {"created": self._now(), "modified": self._now()}
        territory = Territory(self._next_id(), name, **{**times, **more})
        self.territories[territory.id] = territory
        return str(territory.id)

    def add_pipeline(self, layout_id: str | int, name: str, stages: tuple[str, ...],
                     **more: Any) -> str:  # fmt: skip
        """Adds a pipeline to a layout of Deals and gives its id."""
        more = {"actual_value": name, **more}
        pipeline = Pipeline(self._next_id(), int(layout_id), name, stages=tuple(stages), **more)
        self.pipelines[pipeline.id] = pipeline
        return str(pipeline.id)

    def change_pipeline(self, pipeline_id: str | int, **changes: Any) -> None:
        """Changes a pipeline."""
        number = int(pipeline_id)
        self.pipelines[number] = replace(self.pipelines[number], **changes)

    def role_id(self, name: str) -> str:
        """The id of a role, which comes into being when a user first has it."""
        return str(self.roles[name].id) if name in self.roles else self.add_role(name)

    def profile_id(self, name: str) -> str:
        """The id of a profile, which comes into being when a user first has it."""
        return str(self.profiles[name].id) if name in self.profiles else self.add_profile(name)
