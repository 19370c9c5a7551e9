"""Calls that write: what is sent, which refusals come back as replies, and what is repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.crm import API
from tests.zoho_simulator.relations import build_relations
from zoho_crm.client import ReadOnlyClientError
from zoho_crm.exceptions import ZohoAuthError, ZohoRateLimitError
from zoho_crm.relation_calls import (
    ListRef,
    RecordRef,
    build_add_call,
    build_members_call,
    build_remove_call,
)
from zoho_crm.removable_relations import find_mirror, find_removable, removable_relations
from zoho_simulator.links import STANDARD_RELATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.zoho_crm.crm import Crm
    from zoho_crm.calls import Call
    from zoho_crm.replies import Reply

UNKNOWN = "6000000000009999999"


class Campaign:
    """A campaign with contacts in it."""

    def __init__(self, crm: Crm, members: int) -> None:
        crm.use(build_relations())
        self.org = crm.org
        self.id = crm.org.create("Campaigns", {"Ext_Campaign": "C & 1"})
        self.contacts = [
            crm.org.create("Contacts", {"Ext_Contact": f"P {n}"}) for n in range(members)
        ]
        for contact in self.contacts:
            crm.org.link(
                "Campaigns", self.id, "Contacts", contact, values={"Member_Status": "Sent"}
            )
        self.list = ListRef(RecordRef("Campaigns", self.id), "Contacts")

    def refs(self, ids: Sequence[str] | None = None) -> list[RecordRef]:
        return [RecordRef("Contacts", each) for each in (self.contacts if ids is None else ids)]

    @property
    def members(self) -> list[str]:
        return self.org.related_ids("Campaigns", self.id, "Contacts")


@pytest.fixture
def campaign(crm: Crm) -> Campaign:
    return Campaign(crm, 4)


def send(crm: Crm, call: Call) -> Reply:
    with crm.client(may_write=True) as client:
        return client.send(call)


def codes(reply: Reply) -> list[str]:
    return [item["code"] for item in reply.body["data"]]


def test_a_client_for_reading_sends_nothing_that_may_change_anything(
    crm: Crm, campaign: Campaign
) -> None:
    """Plans have such a client, and so has every command but `delink --apply` and `--undo`."""
    members = [(ref, {"Member_Status": "Lost"}) for ref in campaign.refs()]
    writes = [
        build_remove_call(campaign.list, campaign.refs()),
        build_remove_call(campaign.list, campaign.refs()[:1]),
        build_add_call(campaign.list, members),
    ]

    with crm.client() as client:
        for call in writes:
            with pytest.raises(ReadOnlyClientError, match="this client only reads"):
                client.send(call)
            with pytest.raises(ReadOnlyClientError):
                client.submit_call(call).result()
        assert client.calls == 0

    assert crm.log() == []
    assert len(campaign.members) == 4


def test_many_by_ids_and_one_alone(crm: Crm, campaign: Campaign) -> None:
    three = send(crm, build_remove_call(campaign.list, campaign.refs()[:3]))
    one = send(crm, build_remove_call(campaign.list, campaign.refs()[3:]))

    assert (codes(three), codes(one)) == (["SUCCESS"] * 3, ["SUCCESS"])
    assert campaign.members == []
    path = f"{API}Campaigns/{campaign.id}/Contacts"
    assert [(e.method, e.path, e.params) for e in crm.log()] == [
        ("DELETE", path, {"ids": ",".join(campaign.contacts[:3])}),
        ("DELETE", f"{path}/{campaign.contacts[3]}", {}),
    ]


def test_external_fields_go_into_the_header_and_their_values_into_the_path(
    crm: Crm, campaign: Campaign
) -> None:
    by_field = ListRef(RecordRef("Campaigns", "C & 1", "Ext_Campaign"), "Contacts")
    contact = RecordRef("Contacts", "P 2", "Ext_Contact")

    read = send(crm, build_members_call(by_field, [contact], ["Member_Status"]))
    removed = send(crm, build_remove_call(by_field, [contact]))

    assert read.body["data"][0]["id"] == campaign.contacts[2]
    assert codes(removed) == ["SUCCESS"]
    assert campaign.contacts[2] not in campaign.members
    send(crm, build_add_call(by_field, [(contact, {"Member_Status": "Back"})]))
    assert campaign.contacts[2] in campaign.members
    assert {e.headers["x-external"] for e in crm.log()} == {
        "Campaigns.Ext_Campaign,Contacts.Ext_Contact"
    }
    for build in (build_remove_call, lambda of, two: build_members_call(of, two, [])):
        with pytest.raises(ValueError, match="one by one"):
            build(by_field, [contact, contact])


@pytest.mark.parametrize("fields", [{"Member_Status": "Opened"}, {}])
def test_members_are_added_with_their_fields(
    crm: Crm, campaign: Campaign, fields: dict[str, Any]
) -> None:
    send(crm, build_remove_call(campaign.list, campaign.refs()))

    reply = send(crm, build_add_call(campaign.list, [(ref, fields) for ref in campaign.refs()]))

    assert codes(reply) == ["SUCCESS"] * 4
    shown = send(crm, build_members_call(campaign.list, campaign.refs(), ["Member_Status"]))
    assert [row["Member_Status"] for row in shown.body["data"]] == [fields.get("Member_Status")] * 4


def test_refusals_item_by_item_are_replies(crm: Crm, campaign: Campaign) -> None:
    mixed = send(
        crm, build_remove_call(campaign.list, campaign.refs([campaign.contacts[0], UNKNOWN]))
    )
    all_gone = send(crm, build_remove_call(campaign.list, campaign.refs([UNKNOWN])))
    unknown = ListRef(RecordRef("Campaigns", UNKNOWN), "Contacts")
    no_parent = send(crm, build_remove_call(unknown, campaign.refs()))

    assert (mixed.status, codes(mixed)) == (207, ["SUCCESS", "INVALID_DATA"])
    assert (all_gone.status, codes(all_gone)) == (400, ["INVALID_DATA"])
    assert (no_parent.status, no_parent.body["code"]) == (404, "INVALID_DATA")


def test_a_missing_scope_is_no_reply_and_names_itself(crm: Crm, campaign: Campaign) -> None:
    crm.settings.granted_scopes = ("ZohoCRM.modules.READ",)

    with pytest.raises(ZohoAuthError, match=r"lacks the scope ZohoCRM\.modules\.campaigns\.DELETE"):
        send(crm, build_remove_call(campaign.list, campaign.refs()))
    with pytest.raises(ZohoAuthError, match=r"ZohoCRM\.modules\.campaigns\.UPDATE"):
        send(crm, build_add_call(campaign.list, [(campaign.refs()[0], {})]))


@pytest.mark.parametrize("fault", ["500", "503", "502-html", "cut", "close"])
def test_a_lost_reply_is_asked_for_again_and_the_reply_says_so(
    crm: Crm, campaign: Campaign, fault: Any
) -> None:
    crm.faults.add(kind=fault, method="DELETE")

    reply = send(crm, build_remove_call(campaign.list, campaign.refs()))

    assert reply.is_repeated
    assert campaign.members == []
    # `cut` answers after the work was done: what was removed then is gone the second time.
    expected = "INVALID_DATA" if fault == "cut" else "SUCCESS"
    assert codes(reply) == [expected] * 4


def test_after_429_nothing_was_done_before(crm: Crm, campaign: Campaign) -> None:
    crm.faults.add(kind="429", times=2, method="DELETE")

    assert not send(crm, build_remove_call(campaign.list, campaign.refs())).is_repeated
    crm.faults.add(kind="429", times=99, method="DELETE")
    with pytest.raises(ZohoRateLimitError):
        send(crm, build_remove_call(campaign.list, campaign.refs()))


def test_the_relations_are_those_of_the_documentation() -> None:
    ours = {
        (r.module, r.related_list, r.member_fields)
        for r in removable_relations()
        if not r.is_lookup
    }

    theirs = {
        side
        for relation in STANDARD_RELATIONS
        if relation.is_removable
        for side in (
            (relation.left, relation.left_list, relation.member_fields),
            (relation.right, relation.right_list, relation.member_fields),
        )
    }
    assert ours == theirs
    assert find_removable("Deals", "Contact_Roles") is None
    mirrors = [find_mirror(relation) for relation in removable_relations()]
    assert [m and find_mirror(m) for m in mirrors] == [
        None if relation.is_lookup else relation for relation in removable_relations()
    ]


@pytest.mark.parametrize(
    "key", ["..", ".", "a/b", "a\\b", "", "%2e%2e", "..;", "a?b", "a#b", "a\x00b", "x" * 256]
)
def test_no_value_makes_another_path_of_a_call_that_removes(key: str) -> None:
    """`DELETE /Campaigns/../Contacts/1` would delete the contact."""
    good, bad = RecordRef("Contacts", "1"), RecordRef("Campaigns", key, "Ext_Campaign")

    with pytest.raises(ValueError, match="cannot stand in a path"):
        build_remove_call(ListRef(bad, "Contacts"), [good])
    with pytest.raises(ValueError, match="cannot stand in a path"):
        build_remove_call(ListRef(good, "Campaigns"), [bad])
    with pytest.raises(ValueError, match="cannot stand in a path"):
        build_add_call(ListRef(good, "Campaigns"), [(bad, {})])
    assert not RecordRef("Contacts", key).is_safe


@pytest.mark.parametrize("key", ["-5", "1.0", "12e3", "\u0661\u0662", "a1", "1" * 20])
def test_an_id_has_digits_only(key: str) -> None:
    assert not RecordRef("Contacts", key).is_safe
