"""Whether relations are there is found in Zoho's lists, with the fields of the membership."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_destinations.memberships import UNKNOWN, add_members, row_of
from zoho_destinations.delink_members import member_values, read_standings
from zoho_destinations.delink_rows import distinct, read_rows

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm
    from zoho_simulator.call import Call


@pytest.mark.parametrize("place", ["member_info", "row", "both"])
def test_fields_of_a_membership_are_found_wherever_zoho_shows_them(crm: Crm, place: str) -> None:
    crm.simulator.change_settings({"member_fields": place})
    rows = distinct(read_rows(add_members(crm, 1)))
    (row,) = rows
    values = {"Member_Status": "Opened"}
    crm.org.link("Campaigns", row.record, "Contacts", row.related_record, values=values)

    with crm.client() as client:
        (standing,) = read_standings(client, rows)

    assert standing.state == "there"
    assert standing.image is not None
    assert row.relation is not None
    assert member_values(row.relation, standing.image) == values


def test_members_are_found_where_a_server_passes_over_ids(crm: Crm) -> None:
    """Zoho documents `ids` without saying how far it holds: pages are followed all the same."""
    others = add_members(crm, 230)
    campaign = others[0]["record"]
    rows = distinct(read_rows([*others[:3], row_of(campaign, UNKNOWN)]))

    def drop_ids(call: Call) -> bool:
        call.params.pop("ids", None)
        return False

    crm.hooks.before(drop_ids, lambda _: None)
    with crm.client() as client:
        standings = {s.row.related_record: s.state for s in read_standings(client, rows)}

    assert standings == {row.related_record: "there" for row in rows} | {UNKNOWN: "gone"}
    assert len(crm.log()) == 2


def test_converted_leads_are_members_like_others(crm: Crm) -> None:
    campaign = crm.org.create("Campaigns", {})
    lead = crm.org.create("Leads", {"Converted__s": True})
    crm.org.link("Campaigns", campaign, "Leads", lead)
    rows = distinct(read_rows([row_of(campaign, lead) | {"related_list": "Leads"}]))

    with crm.client() as client:
        (standing,) = read_standings(client, rows)

    assert standing.state == "there"
