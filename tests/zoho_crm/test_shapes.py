"""Replies whose parts are of another kind than documented: told or passed over, never a bug."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.copies import QuickCopy
from tests.zoho_crm.moving_lists import WIDGETS
from tests.zoho_crm.test_related_reading import read
from zoho_crm.api_types import parse_field, parse_module
from zoho_crm.deletions import parse_bin
from zoho_crm.exceptions import ZohoResponseError
from zoho_crm.replies import Reply
from zoho_crm.shapes import info_in, key_in, mapping_in, mappings_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.zoho_crm.crm import Crm

ODD: tuple[Any, ...] = ("odd", 7, True, ["x"], [None], 1.5)


def editing(edit: Callable[[Any], None]) -> Callable[[bytes], bytes]:
    """Changes a body as decoded."""

    def edited(body: bytes) -> bytes:
        content = json.loads(body)
        edit(content)
        return json.dumps(content).encode()

    return edited


@pytest.mark.parametrize("value", [*ODD, None])
def test_what_only_describes_counts_as_absent(value: Any) -> None:
    assert mapping_in(value) == {}
    assert mappings_in(value) == []
    assert mappings_in([value, {"id": "1"}]) == [{"id": "1"}]
    entry = {
        "id": "1", "deleted_time": "2026-03-05T08:00:00+01:00", "display_name": "Ito",
        "module": {"api_name": "Leads"}, "deleted_by": value, "created_by": value,
    }  # fmt: skip
    (deletion,) = parse_bin(Reply(1, 200, {"recycle_bin": [entry]}, None))
    assert (deletion.module, deletion.deleted_by__id) == ("Leads", None)


def test_the_module_of_a_deletion_may_be_a_text() -> None:
    entry = {"id": "1", "deleted_time": "2026-03-05T08:00:00+01:00", "module": "Leads"}
    (deletion,) = parse_bin(Reply(1, 200, {"recycle_bin": [entry]}, None))
    assert deletion.module == "Leads"
    with pytest.raises(ZohoResponseError, match="without id, module or time"):
        parse_bin(Reply(1, 200, {"recycle_bin": [{**entry, "module": 7}]}, None))


@pytest.mark.parametrize("value", ODD)
def test_what_decides_is_refused(value: Any) -> None:
    with pytest.raises(ZohoResponseError, match=r"^Leads: `info` in Zoho's reply is no object"):
        info_in(Reply(1, 200, {"info": value}, None), about="Leads")
    assert info_in(Reply(1, 200, {"info": None}, None), about="Leads") == {}
    with pytest.raises(ZohoResponseError, match=r"^layouts of Leads: .* has no `id`"):
        key_in({"name": value}, "id", about="layouts of Leads")


def test_a_module_without_an_api_name_is_told_and_cannot_be_read() -> None:
    module = parse_module({"api_name": None, "module_name": "WebTab1", "api_supported": True})
    assert (module.api_name, module.api_supported) == ("WebTab1", False)
    with pytest.raises(ZohoResponseError, match="api_name"):
        parse_field({"id": "1", "api_name": None})
    assert parse_field({"api_name": "Name", "json_type": ["x"]}).json_type is None


def test_a_list_that_does_not_say_whether_it_goes_on_is_told(crm: Crm) -> None:
    crm.add_module(times=[crm.now_s - 9000] * 3)
    copy = QuickCopy(crm)
    edit = editing(lambda body: body.update(info="odd"))
    crm.faults.add(kind="edit", path=WIDGETS, edit=edit)

    outcome = copy.run()

    assert (outcome.outcome, copy.rows) == ("failed", {})
    assert "whether more rows follow" in (outcome.reason or "")


def test_a_token_that_leads_to_itself_is_not_followed_for_ever(crm: Crm) -> None:
    crm.add_module(times=[crm.now_s - 9000] * 650)
    copy = QuickCopy(crm)
    edit = editing(lambda body: body["info"].update(next_page_token="same"))
    crm.faults.add(kind="edit", path=WIDGETS, edit=edit)
    crm.faults.add(kind="body", path=WIDGETS, times=99, body=_page_of("same"))

    outcome = copy.run()

    assert (outcome.outcome, copy.anchor) == ("failed", None)
    assert len(crm.log("Widgets")) == 2


def test_an_index_of_emails_that_leads_to_itself_is_not_followed_for_ever(crm: Crm) -> None:
    emails = {"Emails": [{"message_id": "m"}], "info": {"more_records": True, "next_index": "7"}}
    body = json.dumps(emails).encode()
    crm.add_module("Deals")
    crm.org.related_lists.add("Deals", "Emails")
    deal = crm.org.create("Deals", {})
    crm.faults.add(kind="body", path=f"*/{deal}/Emails", times=99, body=body)

    with pytest.raises(ZohoResponseError, match="no way to get them"):
        read(crm, "Deals.Emails", deal)


def _page_of(token: str) -> bytes:
    row = {"id": "6000000000009000001", "Modified_Time": "2026-03-30T06:00:00+02:00"}
    info = {"more_records": True, "next_page_token": token}
    return json.dumps({"data": [row], "info": info}).encode()
