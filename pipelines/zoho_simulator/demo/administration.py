"""What administrators have set up: layouts, pipelines, lists, currencies, people, territories."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .sales_schema import STAGES
from .vocabulary import EURO_PER

if TYPE_CHECKING:
    from zoho_simulator.organization import Organization

SERVICE_LAYOUT = "Service Contracts"
_CURRENCY_NAMES = {
    "EUR": ("Euro - EUR", "€"), "USD": ("US Dollar - USD", "$"),
    "GBP": ("British Pound - GBP", "£"), "CHF": ("Swiss Franc - CHF", "CHF"),
    "JPY": ("Japanese Yen - JPY", "¥"),
}  # fmt: skip
_ROLES = (
    ("CEO", None), ("Sales Manager", "CEO"), ("Sales Europe", "Sales Manager"),
    ("Sales United Kingdom", "Sales Europe"), ("Sales Americas", "Sales Manager"),
    ("Sales Asia", "Sales Manager"), ("Sales Middle East", "Sales Manager"),
    ("Service Manager", "CEO"), ("Service Engineer", "Service Manager"),
    ("Marketing Manager", "CEO"), ("Marketing Assistant", "Marketing Manager"),
    ("Assistant", "Sales Manager"), ("IT", "CEO"),
)  # fmt: skip
_TERRITORIES = (
    ("World", None, "Ada"), ("Europe", "World", "Camille"), ("DACH", "Europe", "Lena"),
    ("United Kingdom & Ireland", "Europe", "Priya"), ("Americas", "World", "Grace"),
    ("Brazil", "Americas", "Thiago"), ("Asia Pacific", "World", "健太"),
    ("Middle East", "World", None),
)  # fmt: skip


def set_up_administration(organization: Organization) -> None:
    """Adds everything that stands beside users, modules and fields."""
    _add_currencies(organization)
    _describe_people(organization)
    _add_territories(organization)
    _add_layouts(organization)
    _arrange_lists(organization)


def _add_currencies(organization: Organization) -> None:
    """Assumed: rates are in the organisation's currency for one unit, as in the records."""
    reference = organization.reference
    for iso_code, rate in EURO_PER.items():
        name, symbol = _CURRENCY_NAMES[iso_code]
        reference.add_currency(
            iso_code, name, symbol, exchange_rate=Decimal(rate), is_base=iso_code == "EUR",
            decimal_places=0 if iso_code == "JPY" else 2, created=organization.created_at,
        )  # fmt: skip
    reference.add_currency(
        "PLN", "Polish Zloty - PLN", "zł", exchange_rate=Decimal("0.23"), is_active=False
    )


def _describe_people(organization: Organization) -> None:
    reference = organization.reference
    for name, above in _ROLES:
        reference.add_role(name, reporting_to=above, share_with_peers=above is None,
                           modified=organization.created_at)  # fmt: skip
    reference.add_profile("Administrator", description="May do everything.",
                          modified=organization.created_at)  # fmt: skip
    reference.add_profile("Standard", description="May do everything but administration.",
                          modified=organization.created_at)  # fmt: skip
    reference.add_profile("Auditor", description="Reads, and writes nothing.", custom=True,
                          modified=organization.created_at + 86_400)  # fmt: skip


def _add_territories(organization: Organization) -> None:
    people = {user.first_name: user.id for user in organization.users}
    ids: dict[str, str] = {}
    for name, above, manager in _TERRITORIES:
        ids[name] = organization.reference.add_territory(
            name, manager=people.get(manager), reporting_to=ids.get(above or ""),
            permission_type="read_write_delete" if above is None else "read_only",
            created=organization.created_at, modified=organization.created_at,
        )  # fmt: skip


def _add_layouts(organization: Organization) -> None:
    deals = organization.module("Deals")
    standard = organization.layouts.of(deals)[0]
    service = organization.layouts.add(
        deals, SERVICE_LAYOUT, left_out=frozenset({"Technical_Brief", "Onboarding_Steps"}),
        profiles=("Administrator", "Standard"), modified=organization.clock.epoch_s - 90 * 86_400,
    )  # fmt: skip
    accounts = organization.module("Accounts")
    organization.layouts.add(accounts, "Partners", left_out=frozenset({"Suppliers"}))
    stages = tuple(stage.actual_value for stage in STAGES)
    reference = organization.reference
    reference.add_pipeline(standard.id, "Standard (Standard)", stages, is_default=True)
    reference.add_pipeline(service, "Service Contracts", (stages[0], stages[3], *stages[-2:]),
                           is_default=True)  # fmt: skip


def _arrange_lists(organization: Organization) -> None:
    """Lists of every type, some hidden, one of which shows less than there is."""
    lists = organization.related_lists
    for module, name, kind in (
        ("Accounts", "Dunning_Status", "custom_function"), ("Accounts", "Open_Items", "queries"),
        ("Contacts", "Portal_Visits", "custom_related_list"), ("Deals", "Margin_Chart", "slyteui"),
        ("Deals", "Everything", "combined_view"), ("Leads", "Zoho_Survey", "default"),
    ):  # fmt: skip
        lists.add(module, name, type=kind)
    lists.change("Accounts", "Site_Surveys", type="custom_lookup")
    lists.change("Accounts", "Member_Accounts", status="user_hidden")
    lists.change("Deals", "Cases", layouts={SERVICE_LAYOUT: "user_hidden"})
    lists.add("Accounts", "Partner_Scorecard", type="custom_function", status="absent",
              layouts={"Partners": "visible"})  # fmt: skip
    lists.change("Campaigns", "Calls_History", status="scheduled_for_deletion")

    def is_open(values: dict[str, Any]) -> bool:
        return bool(values["Status"] != "Closed")

    # Nothing in the metadata tells that this list leaves closed cases out.
    lists.change("Products", "Cases", keeps=is_open)
