"""Custom, linking and subform modules, and those that no client can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.fields import (
    FieldSpec,
    field,
    formula,
    lookup,
    multi_module_lookup,
    multiselect,
    picklist,
    text_area,
    user_lookup,
)

from .sales_schema import STAGES

if TYPE_CHECKING:
    from zoho_simulator.organization import Organization

LONG_TEXT_FIELD = "Reason_why_the_customer_prefers_on_site_calibration_over_return_to_factory"
LONG_AMOUNT_FIELD = (
    "Reason_why_the_customer_prefers_on_site_calibration_over_return_to_factory_Amount"
)
SURVEY_QUESTIONS = 118
_UNSUPPORTED = ("Home", "Feeds", "Documents", "Forecasts", "Reports", "Analytics", "SalesInbox",
                "Social", "Emails", "Projects")  # fmt: skip


def add_other_modules(organization: Organization) -> None:
    """Adds everything beside the standard modules."""
    _add_custom(organization)
    _add_children(organization)
    _add_refusing(organization)
    for name in _UNSUPPORTED:
        organization.add_module(
            name, [], generated_type="default", api_supported=False, viewable=name == "Home",
            visibility=1,
        )  # fmt: skip
    organization.add_module(
        "Price_Portal", [], generated_type="web", api_supported=False, status="user_hidden"
    )


def _add_custom(organization: Organization) -> None:
    organization.add_module(
        "Subscriptions", _subscriptions(), module_name="CustomModule3",
        metadata_modified=organization.clock.epoch_s - 40 * 86_400,
    )  # fmt: skip
    organization.add_module("Partners", _partners(), module_name="CustomModule4")
    organization.add_module("Site_Surveys", _site_surveys(), module_name="CustomModule7")
    organization.add_module(
        "Exchange_Rates",
        [
            field("Name", "text", mandatory=True),
            field("Rate", "double", decimal_place=9),
            field("Valid_On", "date"),
        ],
        module_name="CustomModule9",
        has_modified_time=False,
    )


def _subscriptions() -> list[FieldSpec]:
    return [
        field("Name", "text", mandatory=True, label="Contract number"),
        lookup("Account", "Accounts", related_list="Subscriptions"),
        lookup("Product", "Products", related_list="Subscriptions"),
        # The label was changed after the field had been created; the API name never follows.
        field("Monthly_Fee", "currency", label="Monthly Fee", display_label="Fee per month (net)"),
        picklist("Plan", ("Basic", "Plus", "Premier")),
        field("Starts_On", "date"),
        field("Ends_On", "date"),
        field("Auto_Renewal", "boolean"),
        user_lookup("Service_Manager"),
        multiselect("Covered_Instruments", ("Spectrometer", "Laser", "Gauge", "Logger")),
        formula("Days_To_Renewal", "double", decimal_place=0),
        field("External_Contract_Id", "text", external="org", unique=True),
        text_area("Remarks"),
    ]


def _partners() -> list[FieldSpec]:
    return [
        field("Name", "text", mandatory=True),
        # Three names that a snake_case normaliser makes one.
        field("Region_Code", "text"),
        field("Region__Code", "text", label="Region code (old)"),
        field("RegionCode", "text", label="RegionCode imported"),
        # Longer than the 63 bytes of a Postgres identifier, and alike in the first 63.
        text_area(LONG_TEXT_FIELD),
        field(LONG_AMOUNT_FIELD, "currency"),
        field("Guaranteed_Volume", "currency", decimal_place=2),
        field("Ledger_Balance", "double", decimal_place=9),
        field("Motto", "text"),
        text_area("History"),
        field("Last_Audit", "datetime"),
        field("Status_Label", "text", label="Status", display_label="Programme status"),
    ]


def _site_surveys() -> list[FieldSpec]:
    kinds = ("text", "integer", "double", "boolean", "date", "currency", "percent", "datetime")
    questions = [
        field(f"Q{number:03d}_{kinds[number % len(kinds)].title()}", kinds[number % len(kinds)])
        for number in range(1, SURVEY_QUESTIONS + 1)
    ]
    return [
        field("Name", "text", mandatory=True),
        lookup("Account", "Accounts", related_list="Site_Surveys"),
        user_lookup("Surveyor"),
        *questions,
    ]


def _add_children(organization: Organization) -> None:
    organization.add_module(
        "Quoted_Items",
        [
            lookup("Parent_Id", "Quotes"),
            lookup("Product_Name", "Products"),
            field("Quantity", "double"),
            field("List_Price", "currency"),
            field("Discount", "currency"),
            field("Total", "currency", read_only=True),
            text_area("Description"),
        ],
        **_child("Quotes", "LinkingModule1"),
    )
    organization.add_module(
        "Onboarding_Steps",
        [
            lookup("Parent_Id", "Deals"),
            field("Step", "text"),
            field("Due", "date"),
            field("Done", "boolean"),
            field("Effort_Hours", "double"),
        ],
        **_child("Deals", "LinkingModule2"),
    )
    organization.add_module(
        "Accounts_X_Vendors",
        [
            lookup("Account", "Accounts"),
            lookup("Vendor", "Vendors"),
            field("Since", "date"),
        ],
        generated_type="linking",
        module_name="LinkingModule3",
        status="system_hidden",
        visibility=0,
    )
    organization.add_module(
        "DealHistory",
        [
            lookup("Potential_Name", "Deals", related_list="Stage_History"),
            picklist("Stage", STAGES),
            field("Amount", "currency"),
            field("Probability", "integer"),
            picklist("Moved_To__s", STAGES),
        ],
        generated_type="field_tracker",
        module_name="PotStageHistory",
        status="system_hidden",
        viewable=False,
        parent_module="Deals",
    )


def _child(parent: str, module_name: str) -> dict[str, Any]:
    return {
        "generated_type": "subform",
        "module_name": module_name,
        "parent_module": parent,
        "status": "system_hidden",
        "visibility": 0,
        "name_field": None,
    }


def _add_refusing(organization: Organization) -> None:
    """Listed as supported, and yet not readable."""
    organization.add_module(
        "Salaries",
        [field("Name", "text"), field("Gross", "currency")],
        module_name="CustomModule12",
        refusal="NO_PERMISSION",
    )
    organization.add_module(
        "Approvals", [field("Name", "text")], generated_type="default", refusal="INVALID_MODULE"
    )
    organization.add_module(
        "Attachments",
        [
            field("File_Name", "text"),
            field("Size", "bigint"),
            multi_module_lookup("Parent_Id", label="Parent ID"),
        ],
        generated_type="default",
        refusal="NOT_SUPPORTED",
        system_keys=("$file_id", "$type", "$link_url", "$attachment_type"),
    )
