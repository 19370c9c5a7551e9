"""Which related lists there are, and what each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.metadata import field, module
from tests.zoho_simulator.relations import build_relations
from zoho_crm.metadata import read_metadata
from zoho_crm.related_list_metadata import modules_with_lists, read_related_lists
from zoho_crm.related_lists import RelatedList, classify
from zoho_crm.source import table_schemas

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm

CHILD = {"api_name": "Visits", "id": "1"}


def read_lists(crm: Crm) -> dict[str, RelatedList]:
    with crm.client() as client:
        metadata = read_metadata(client)
        names = modules_with_lists(table_schemas(metadata))
        return {each.name: each for each in read_related_lists(client, metadata, names).lists}


def classified(*fields: Any, **raw: Any) -> RelatedList:
    raw = {"api_name": "Visits", "id": "77", "module": CHILD, "type": "default", **raw}
    return classify("Accounts", raw, modules=[module()], fields={"Visits": fields})


@pytest.mark.parametrize("shape", ["flat", "nested"])
def test_every_list_of_an_organisation_has_its_class(crm: Crm, shape: str) -> None:
    crm.use(build_relations())
    crm.simulator.change_settings({"multiselect_metadata": shape})
    crm.org.related_lists.add("Accounts", "Dunning", type="custom_function")
    lists = read_lists(crm)
    kinds = {name: each.kind for name, each in lists.items()}
    assert kinds["Accounts.Contacts"] == "lookup"
    assert kinds["Deals.Stage_History"] == "stage_history"
    assert kinds["Deals.Contact_Roles"] == "many_to_many"
    assert kinds["Accounts.Suppliers7"] == "multiselect"
    assert kinds["Deals.Tasks_History"] == "activities"
    assert kinds["Deals.Activities_Chronological_View"] == "chronological"
    assert (kinds["Deals.Notes"], kinds["Deals.Attachments"]) == ("notes", "attachments")
    assert kinds["Deals.Emails"] == "emails"
    assert kinds["Accounts.Dunning"] == "none"
    assert "function" in (lists["Accounts.Dunning"].reason or "")
    assert lists["Accounts.Suppliers7"].connected_module == "Vendors"
    assert lists["Accounts.Suppliers7"].lookup_fields == ("Account",)
    assert lists["Contacts.Deals"].lookup_fields == ("Contact_Name",)
    assert lists["Contacts.Tasks"].lookup_fields == ("What_Id", "Who_Id")
    assert lists["Campaigns.Leads"].connected_module == "Leads"
    assert not lists["Campaigns.Leads"].is_lookup_relation


def test_lists_that_only_another_layout_shows_are_known(crm: Crm) -> None:
    crm.use(build_relations())
    crm.org.layouts.add(crm.org.module("Deals"), "Service")
    crm.org.related_lists.change(
        "Deals", "Notes", layouts={"Standard": "user_hidden", "Service": "visible"}
    )
    crm.org.related_lists.change("Deals", "Products", status="user_hidden")
    crm.org.related_lists.change("Deals", "Emails", layouts={"Standard": "absent"})
    lists = read_lists(crm)
    assert lists["Deals.Notes"].is_readable
    assert lists["Deals.Notes"].layouts == {"Standard": "user_hidden", "Service": "visible"}
    assert lists["Deals.Emails"].layouts == {"Service": "visible"}
    assert "hidden in every layout" in (lists["Deals.Products"].reason or "")


def test_a_lookup_makes_the_list_of_its_id_or_its_name() -> None:
    by_id = field("Site", "lookup", lookup={"id": "77", "module": {"api_name": "Accounts"}})
    assert classified(by_id).lookup_fields == ("Site",)
    other = field("Site", "lookup", lookup={"id": "78", "module": {"api_name": "Accounts"}})
    assert classified(other).kind == "many_to_many"
    by_name = {"id": None, "api_name": "Visits", "module": {"api_name": "Accounts"}}
    assert classified(field("Site", "lookup", lookup=by_name)).is_lookup_relation


def test_a_child_whose_fields_are_not_known_is_no_many_to_many_relation() -> None:
    raw = {"api_name": "Visits", "id": "77", "module": CHILD}
    found = classify("Accounts", raw, modules=[module()], fields={})
    assert (found.kind, found.is_readable) == ("none", False)
    assert "fields of Visits" in (found.reason or "")


def test_parents_of_notes_and_attachments_are_known_without_their_fields() -> None:
    raw = {"api_name": "Attachments", "id": "77", "module": {"api_name": "Attachments"}}
    found = classify("Accounts", raw)
    assert (found.kind, found.lookup_fields) == ("attachments", ("Parent_Id",))
