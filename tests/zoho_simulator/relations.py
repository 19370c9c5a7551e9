"""An organisation with a list of every kind."""

from __future__ import annotations

from typing import Any

from zoho_simulator import (
    Organization,
    field,
    lookup,
    multi_module_lookup,
    multiselect_lookup,
    picklist,
    rich_text,
    subform,
)

STAGES = ("Open", "Won", "Lost")


def build_relations() -> Organization:
    """Accounts, contacts, deals, campaigns, products and what hangs on them; nothing in them."""
    organization = Organization.empty()
    organization.clock.freeze()
    _add_parents(organization)
    _add_children(organization)
    for name in ("Tasks", "Events", "Calls"):
        times = {"Events": "End_DateTime", "Calls": "Call_Start_Time"}
        specs = [field("Subject", "text"), picklist("Status", ["Open", "Completed"])]
        if name in times:
            specs.append(field(times[name], "datetime"))
        more = [multi_module_lookup("What_Id"), lookup("Who_Id", "Contacts")]
        organization.add_module(name, [*specs, *more], generated_type="default")
    organization.add_module(
        "Notes",
        [field("Note_Title", "text"), multi_module_lookup("Parent_Id")],
        generated_type="default",
    )
    organization.add_module(
        "Attachments",
        [field("File_Name", "text"), field("Size", "bigint"), multi_module_lookup("Parent_Id")],
        generated_type="default",
        refusal="NOT_SUPPORTED",
        system_keys=("$file_id", "$type"),
    )
    organization.add_module("Emails", [], generated_type="default", api_supported=False)
    return organization


def _add_parents(organization: Organization) -> None:
    suppliers = multiselect_lookup(
        "Suppliers", "Accounts_X_Vendors", back="Account", on="Vendor", related_list="Suppliers7"
    )
    for name, specs in {
        "Accounts": [
            field("Account_Name", "text"),
            suppliers,
            field("Ext_Account", "text", external="org"),
            rich_text("About"),
            rich_text("Plan"),
        ],
        "Contacts": [
            field("Last_Name", "text"),
            lookup("Account_Name", "Accounts", related_list="Contacts"),
            field("Ext_Contact", "text", external="user"),
        ],
        "Campaigns": [
            field("Campaign_Name", "text"),
            field("Ext_Campaign", "text", external="org"),
        ],
        "Products": [field("Product_Name", "text")],
        "Price_Books": [field("Price_Book_Name", "text")],
        "Vendors": [field("Vendor_Name", "text")],
    }.items():
        organization.add_module(name, specs, generated_type="default")
    organization.add_module(
        "Leads",
        [field("Last_Name", "text"), field("Converted__s", "boolean")],
        generated_type="default",
        partition_field="Converted__s",
    )


def _add_children(organization: Organization) -> None:
    organization.add_module(
        "Deals",
        [
            field("Deal_Name", "text"),
            field("Ext_Deal", "text", external="org"),
            lookup("Account_Name", "Accounts", related_list="Deals"),
            lookup("Contact_Name", "Contacts", related_list="Deals"),
            picklist("Stage", STAGES),
            field("Layout", "layout"),
            subform("Steps", "Steps"),
        ],
        generated_type="default",
    )
    organization.add_module(
        "Steps",
        [lookup("Parent_Id", "Deals"), field("Step", "text")],
        generated_type="subform",
        parent_module="Deals",
    )
    organization.add_module(
        "DealHistory",
        [
            lookup("Potential_Name", "Deals", related_list="Stage_History"),
            picklist("Stage", STAGES),
        ],
        generated_type="field_tracker",
        parent_module="Deals",
    )
    organization.add_module(
        "Accounts_X_Vendors",
        [lookup("Account", "Accounts"), lookup("Vendor", "Vendors"), field("Since", "date")],
        generated_type="linking",
    )


def ids_of(reply: Any) -> list[str]:
    """The ids of a list's rows, none where it has no body."""
    return [row["id"] for row in reply.json()["data"]] if reply.content else []
