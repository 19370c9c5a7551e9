"""The demo organisation holds what a client must cope with, and days pass in it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from zoho_simulator import Organization, build_demo_organization
from zoho_simulator.rendering import encode
from zoho_simulator.values import Reference

if TYPE_CHECKING:
    from tests.zoho_simulator.api import Api, Start


def digest(organization: Organization) -> str:
    modules = organization.modules
    texts = [encode(organization.records(name)) for name in modules]
    links = [
        (left, right, link.id, link.modified, link.values)
        for one in organization.links.values()
        for left, right, link in one
    ]
    deletions = [
        (entry.id, entry.type, entry.deleted_time, entry.deleted_by)
        for module in modules.values()
        for entry in module.deleted.values()
    ]
    emails = [
        asdict(email)
        for name in ("Contacts", "Deals", "Leads")
        for record in modules[name].records
        for email in organization.mailbox.of(Reference(name, record))
    ]
    currencies = [asdict(one) for one in organization.reference.currencies.values()]
    return hashlib.sha256(b"".join([*texts, encode([links, deletions, emails, currencies])])
                          ).hexdigest()  # fmt: skip


@pytest.fixture
def demo(demo_organization: Organization) -> Organization:
    return demo_organization


def test_the_same_seed_makes_the_same_bytes_and_the_same_days() -> None:
    first, second = (build_demo_organization(seed=3, scale=0.05) for _ in range(2))
    assert digest(first) == digest(second)
    assert first.change_day() == second.change_day()
    assert digest(first) == digest(second)
    assert digest(build_demo_organization(seed=4, scale=0.05)) != digest(first)


def test_size(demo: Organization) -> None:
    sizes = {name: len(module) for name, module in demo.modules.items()}
    assert 8_000 <= sum(sizes.values()) <= 15_000
    assert sizes["Contacts"] > 2_000


def test_kinds_of_modules(demo: Organization) -> None:
    kinds = {module.traits.generated_type for module in demo.modules.values()}
    assert {"default", "custom", "linking", "subform", "field_tracker", "web"} <= kinds
    refusals = {module.traits.refusal for module in demo.modules.values()}
    assert {"NO_PERMISSION", "INVALID_MODULE", "NOT_SUPPORTED"} <= refusals
    assert not demo.module("Exchange_Rates").traits.has_modified_time
    assert len(demo.module("Site_Surveys").fields) > 120
    assert not demo.module("Home").traits.api_supported


def test_odd_names(demo: Organization) -> None:
    names = list(demo.module("Partners").fields)
    assert {"Region_Code", "Region__Code", "RegionCode"} <= set(names)
    long_names = [name for name in names if len(name) > 63]
    assert len(long_names) == 2
    assert len({name[:63] for name in long_names}) == 1
    relabelled = demo.module("Subscriptions").fields["Monthly_Fee"]
    assert relabelled.label != relabelled.display_label


def test_odd_values(demo: Organization) -> None:
    partners = demo.records("Partners").values()
    assert any(p["Guaranteed_Volume"] == Decimal("123456789012345678.12") for p in partners)
    texts = " ".join(str(p["History"]) for p in partners)
    assert "\u0000" in texts
    assert "\ud83d" in texts
    contacts = demo.records("Contacts").values()
    assert any(c["Modified_Time"] > demo.clock.now.isoformat() for c in contacts)
    offsets = {c["Modified_Time"][-6:] for c in contacts}
    assert offsets == {"+01:00", "+02:00"}


def test_odd_relations(demo: Organization) -> None:
    leads = demo.records("Leads").values()
    converted = [lead for lead in leads if lead["Converted__s"]]
    assert len(converted) > 200
    assert all(lead["Converted_Account"] for lead in converted)
    assert len({task["$se_module"] for task in demo.records("Tasks").values()}) >= 3
    assert any(account["Suppliers"] for account in demo.records("Accounts").values())
    times = [lead["Modified_Time"] for lead in leads]
    assert max(times.count(t) for t in set(times)) > 200


def test_quotes_are_the_sums_of_their_lines(demo: Organization) -> None:
    check_quotes(demo)


def check_quotes(organization: Organization) -> None:
    for quote in organization.records("Quotes").values():
        lines = quote["Quoted_Items"]
        assert lines
        assert sum(line["Total"] for line in lines) == quote["Sub_Total"]
        assert quote["Grand_Total"] == quote["Sub_Total"] + quote["Tax"]


def test_deals_are_believable(demo: Organization) -> None:
    deals = list(demo.records("Deals").values())
    stages = {deal["Stage"] for deal in deals}
    assert len(stages) == 7
    assert "Id. Decision Makers" in stages
    assert {deal["Currency"] for deal in deals} == {"EUR", "USD", "GBP", "CHF", "JPY"}
    assert all(
        deal["Closing_Date"] >= "2026-03-30" for deal in deals if "Closed" not in deal["Stage"]
    )


def read_everything(api: Api, module: str) -> dict[str, Any]:
    """All records of a module by lists, in slices of fields."""
    specs = api.organization.module(module).fields.values()
    names = [spec.api_name for spec in specs if not spec.is_embedded]
    rows: dict[str, Any] = {}
    for first in range(0, len(names), 49):
        fields = ",".join(names[first : first + 49])
        for page in api.walk(
            module, fields=fields, sort_by="id", sort_order="asc", converted="both"
        ):
            for row in page:
                rows.setdefault(row["id"], {}).update(row)
    return rows


def test_lists_show_the_truth_of_every_readable_module(start: Start, demo: Organization) -> None:
    api = start(demo)
    for name, module in demo.modules.items():
        if module.traits.refusal or not module.traits.api_supported:
            continue
        rich = {spec.api_name for spec in module.fields.values() if spec.is_rich_text}
        truth = json.loads(encode(api.simulator.records(name)))
        found = read_everything(api, name)
        assert set(found) == set(truth), name
        for record_id, row in found.items():
            for field_name, value in row.items():
                expected = truth[record_id][field_name]
                if field_name in rich and expected:
                    expected = expected[:500]
                assert value == expected, (name, record_id, field_name)


def test_a_day_moves_the_clock_and_changes_every_kind_of_thing() -> None:
    organization = build_demo_organization(seed=5, scale=0.2)
    organization.clock.freeze()
    before = {name: organization.records(name) for name in ("Leads", "Deals", "Contacts")}
    began = organization.clock.now
    done = organization.change_day()
    assert {"create_lead", "convert_lead", "delete_lead", "move_stage", "edit_contact"} <= set(done)
    assert began < organization.clock.now
    assert organization.clock.now.date() == began.date()
    organization.change_day()
    assert (organization.clock.now - began).days == 1
    after = {name: organization.records(name) for name in before}
    assert set(after["Leads"]) - set(before["Leads"])
    assert set(before["Leads"]) - set(after["Leads"])
    kept = set(before["Deals"]) & set(after["Deals"])
    moved = [d for d in kept if before["Deals"][d]["Stage"] != after["Deals"][d]["Stage"]]
    assert moved
    times = [datetime.fromisoformat(after["Deals"][d]["Modified_Time"]) for d in moved]
    assert all(began <= time <= organization.clock.now for time in times)


def test_friday_is_followed_by_monday() -> None:
    organization = build_demo_organization(seed=5, scale=0.02)
    organization.clock.freeze()
    for _ in range(6):
        organization.change_day()
    assert organization.clock.now.isoformat() == "2026-04-06T16:00:00+00:00"
