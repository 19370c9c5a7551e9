"""The standard modules of sales, marketing and service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.fields import (
    FieldSpec,
    Option,
    field,
    formula,
    lookup,
    multi_module_lookup,
    multiselect,
    multiselect_lookup,
    picklist,
    rich_text,
    standard,
    subform,
    text_area,
    user_lookup,
)

from .vocabulary import CURRENCIES, INDUSTRIES, LEAD_SOURCES, LOSS_REASONS

if TYPE_CHECKING:
    from zoho_simulator.organization import Organization

STAGES = (
    Option("Qualification", "Qualification", 10, "Open", "#E9F3FF"),
    Option("Needs Analysis", "Needs Analysis", 20, "Open", "#D3E7FF"),
    # Renamed long ago: records keep the actual value and show the display value.
    Option("Id. Decision Makers", "Identify Decision Makers", 40, "Open", "#BCDBFF"),
    Option("Proposal/Price Quote", "Proposal/Price Quote", 60, "Open", "#A6CFFF"),
    Option("Negotiation/Review", "Negotiation/Review", 80, "Open", "#90C3FF"),
    Option("Closed Won", "Closed Won", 100, "Closed Won", "#25B52A"),
    Option("Closed Lost", "Closed Lost", 0, "Closed Lost", "#EB4D4D"),
)
# Documented: keys of notes that no metadata names.
NOTE_KEYS = ("$attachments", "$is_shared_to_client", "$voice_note", "$size", "$editable", "$state")
INTERESTS = ("Optics", "Lasers", "Sensors", "Calibration", "Service", "Rental")


def add_sales_modules(organization: Organization) -> None:
    """Adds the standard modules."""
    modules: tuple[tuple[str, list[FieldSpec], dict[str, Any]], ...] = (
        ("Leads", _leads(), {"name_field": "Full_Name", "partition_field": "Converted__s"}),
        ("Accounts", _accounts(), {}),
        ("Contacts", _contacts(), {"name_field": "Full_Name"}),
        ("Deals", _deals(), {"module_name": "Potentials"}),
        ("Campaigns", _campaigns(), {}),
        ("Tasks", _tasks(), {}),
        ("Events", _events(), {"module_name": "Meetings", "plural_label": "Meetings"}),
        ("Calls", _calls(), {}),
        ("Cases", _cases(), {}),
        ("Notes", _notes(), {"system_keys": NOTE_KEYS}),
        ("Products", _products(), {}),
        ("Vendors", _vendors(), {}),
        ("Price_Books", _price_books(), {"module_name": "PriceBooks"}),
        ("Quotes", _quotes(), {}),
    )
    for name, fields, traits in modules:
        organization.add_module(
            name,
            [spec if spec.api_name in _CUSTOM else standard(spec) for spec in fields],
            generated_type="default",
            **traits,
        )


_CUSTOM = frozenset(
    {"Interests", "Contract_Value_Exact", "Health_Score", "Suppliers", "Weighted_Amount",
     "Onboarding_Steps", "Expected_Margin", "Technical_Brief", "Customer_Since",
     "External_Campaign_ID", "External_Contact_ID"}
)  # fmt: skip


def _money() -> list[FieldSpec]:
    """What a module with amounts has where several currencies are on."""
    return [
        picklist("Currency", CURRENCIES),
        field("Exchange_Rate", "double", decimal_place=9),
    ]


def _person() -> list[FieldSpec]:
    return [
        field("Last_Name", "text", mandatory=True, length=80),
        field("First_Name", "text", length=40),
        field("Full_Name", "text", read_only=True, length=80),
        picklist("Salutation", ("Mr.", "Ms.", "Mx.", "Dr.", "Prof.")),
        field("Email", "email"),
        field("Secondary_Email", "email"),
        field("Phone", "phone"),
        field("Mobile", "phone"),
        picklist("Lead_Source", LEAD_SOURCES),
        field("Email_Opt_Out", "boolean"),
        text_area("Description"),
        field("Last_Activity_Time", "datetime", read_only=True, volatile=True),
    ]


def _leads() -> list[FieldSpec]:
    return [
        *_person(),
        field("Company", "text", mandatory=True),
        field("Designation", "text", length=100),
        picklist(
            "Lead_Status",
            ("Not Contacted", "Attempted to Contact", "Contacted", "Contact in Future",
             "Pre-Qualified", "Junk Lead", "Lost Lead"),
        ),
        picklist("Industry", INDUSTRIES),
        picklist("Rating", ("Active", "Acquired", "Market Failed", "Project Cancelled")),
        field("No_of_Employees", "integer"),
        field("Annual_Revenue", "currency"),
        *_money(),
        field("Website", "website"),
        field("City", "text", length=100),
        field("Country", "text", length=100),
        field("Zip_Code", "text", length=30),
        multiselect("Interests", INTERESTS),
        field("Converted__s", "boolean", read_only=True),
        field("Converted_Date_Time", "datetime", read_only=True),
        lookup("Converted_Account", "Accounts", read_only=True),
        lookup("Converted_Contact", "Contacts", read_only=True),
        lookup("Converted_Deal", "Deals", read_only=True),
        field("Score", "integer", read_only=True, volatile=True),
    ]  # fmt: skip


def _accounts() -> list[FieldSpec]:
    return [
        field("Account_Name", "text", mandatory=True, length=200),
        field("Account_Number", "bigint"),
        picklist("Account_Type", ("Customer", "Prospect", "Partner", "Distributor", "Competitor")),
        picklist("Industry", INDUSTRIES),
        picklist("Ownership", ("Private", "Public", "Subsidiary", "Government")),
        lookup("Parent_Account", "Accounts", related_list="Member_Accounts"),
        field("Phone", "phone"),
        field("Website", "website"),
        field("Employees", "integer"),
        field("Annual_Revenue", "currency"),
        *_money(),
        field("Contract_Value_Exact", "currency", label="Lifetime contract value"),
        field("Billing_Street", "text"),
        field("Billing_City", "text", length=100),
        field("Billing_Code", "text", length=30),
        field("Billing_Country", "text", length=100),
        field("Customer_Since", "date"),
        multiselect("Interests", INTERESTS),
        formula("Health_Score", "double"),
        multiselect_lookup(
            "Suppliers", "Accounts_X_Vendors", back="Account", on="Vendor",
            related_list="Suppliers7",
        ),
        text_area("Description"),
        field("Last_Activity_Time", "datetime", read_only=True, volatile=True),
    ]  # fmt: skip


def _contacts() -> list[FieldSpec]:
    return [
        *_person(),
        lookup("Account_Name", "Accounts", related_list="Contacts"),
        field("Title", "text", length=100),
        field("Department", "text", length=50),
        lookup("Reporting_To", "Contacts"),
        field("Date_of_Birth", "date"),
        field("Mailing_Street", "text"),
        field("Mailing_City", "text", length=100),
        field("Mailing_Zip", "text", length=30),
        field("Mailing_Country", "text", length=100),
        field("Assistant", "text"),
        field("Skype_ID", "text"),
        field("External_Contact_ID", "text", external="user", unique=True),
        multiselect("Interests", INTERESTS),
    ]


def _deals() -> list[FieldSpec]:
    return [
        field("Deal_Name", "text", mandatory=True, length=120),
        lookup("Account_Name", "Accounts", related_list="Deals"),
        lookup("Contact_Name", "Contacts", related_list="Deals"),
        picklist("Stage", STAGES, mandatory=True),
        picklist("Pipeline", ("Standard (Standard)", "Service Contracts")),
        field("Layout", "layout"),
        field("Amount", "currency"),
        *_money(),
        field("Closing_Date", "date"),
        field("Probability", "integer"),
        field("Expected_Revenue", "currency", read_only=True),
        formula("Weighted_Amount", "currency"),
        field("Expected_Margin", "percent"),
        picklist("Type", ("New Business", "Existing Business")),
        picklist("Lead_Source", LEAD_SOURCES),
        lookup("Campaign_Source", "Campaigns", related_list="Deals"),
        picklist("Reason_For_Loss__s", LOSS_REASONS),
        field("Next_Step", "text", length=100),
        subform("Onboarding_Steps", "Onboarding_Steps"),
        rich_text("Technical_Brief"),
        field("Lead_Conversion_Time", "integer", read_only=True),
        field("Sales_Cycle_Duration", "integer", read_only=True),
        text_area("Description"),
        field("Last_Activity_Time", "datetime", read_only=True, volatile=True),
    ]


def _campaigns() -> list[FieldSpec]:
    return [
        field("Campaign_Name", "text", mandatory=True),
        picklist("Type", ("Conference", "Webinar", "Trade Show", "Email", "Advertisement")),
        picklist("Status", ("Planning", "Active", "Inactive", "Complete")),
        field("Start_Date", "date"),
        field("End_Date", "date"),
        field("Budgeted_Cost", "currency"),
        field("Actual_Cost", "currency"),
        field("Expected_Revenue", "currency"),
        field("Expected_Response", "bigint"),
        field("Num_sent", "bigint", label="Numbers sent"),
        field("External_Campaign_ID", "text", external="org", unique=True),
        lookup("Parent_Campaign", "Campaigns"),
        text_area("Description"),
    ]


def _activity() -> list[FieldSpec]:
    return [
        multi_module_lookup("What_Id", label="Related To"),
        lookup("Who_Id", "Contacts", label="Contact Name"),
        text_area("Description"),
    ]


def _tasks() -> list[FieldSpec]:
    return [
        field("Subject", "text", mandatory=True),
        field("Due_Date", "date"),
        picklist("Priority", ("High", "Highest", "Low", "Lowest", "Normal")),
        picklist(
            "Status",
            ("Not Started", "Deferred", "In Progress", "Completed", "Waiting on someone else"),
        ),
        field("Closed_Time", "datetime", read_only=True),
        field("Send_Notification_Email", "boolean"),
        *_activity(),
    ]


def _events() -> list[FieldSpec]:
    return [
        field("Event_Title", "text", mandatory=True),
        field("Start_DateTime", "datetime"),
        field("End_DateTime", "datetime"),
        field("All_day", "boolean"),
        field("Venue", "text"),
        field("Check_In_Status", "text"),
        *_activity(),
    ]


def _calls() -> list[FieldSpec]:
    return [
        field("Subject", "text", mandatory=True),
        picklist("Call_Type", ("Inbound", "Outbound", "Missed")),
        picklist("Call_Purpose", ("Prospecting", "Negotiation", "Demo", "Project", "Support")),
        field("Call_Start_Time", "datetime"),
        field("Call_Duration", "text"),
        field("Call_Duration_in_seconds", "integer"),
        field("Call_Result", "text"),
        *_activity(),
    ]


def _cases() -> list[FieldSpec]:
    return [
        field("Subject", "text", mandatory=True),
        field("Case_Number", "autonumber", read_only=True),
        picklist("Status", ("New", "On Hold", "Escalated", "Closed")),
        picklist("Priority", ("High", "Medium", "Low")),
        picklist("Case_Origin", ("Email", "Phone", "Web", "Twitter")),
        lookup("Account_Name", "Accounts", related_list="Cases"),
        lookup("Related_To", "Contacts", related_list="Cases"),
        lookup("Product_Name", "Products", related_list="Cases"),
        lookup("Deal_Name", "Deals", related_list="Cases"),
        field("No_of_comments", "integer", read_only=True),
        rich_text("Solution"),
        text_area("Description"),
    ]


def _notes() -> list[FieldSpec]:
    return [
        field("Note_Title", "text", length=120),
        text_area("Note_Content"),
        multi_module_lookup("Parent_Id", label="Parent ID"),
    ]


def _products() -> list[FieldSpec]:
    return [
        field("Product_Name", "text", mandatory=True),
        field("Product_Code", "text", unique=True),
        picklist("Product_Category", ("Instrument", "Accessory", "Service", "Software")),
        lookup("Vendor_Name", "Vendors", related_list="Products"),
        field("Product_Active", "boolean"),
        field("Unit_Price", "currency"),
        field("Commission_Rate", "currency"),
        field("Taxable", "boolean"),
        multiselect("Tax", ("Vat", "Sales Tax")),
        field("Qty_in_Stock", "double"),
        field("Qty_Ordered", "double"),
        field("Sales_Start_Date", "date"),
        field("Sales_End_Date", "date"),
        user_lookup("Handler"),
        text_area("Description"),
    ]


def _vendors() -> list[FieldSpec]:
    return [
        field("Vendor_Name", "text", mandatory=True),
        field("Email", "email"),
        field("Phone", "phone"),
        field("Website", "website"),
        field("City", "text"),
        field("Country", "text"),
        picklist("Category", ("Optics", "Electronics", "Logistics", "Packaging")),
        text_area("Description"),
    ]


def _price_books() -> list[FieldSpec]:
    return [
        field("Price_Book_Name", "text", mandatory=True),
        field("Active", "boolean"),
        picklist("Pricing_Model", ("Flat", "Differential")),
        text_area("Description"),
    ]


def _quotes() -> list[FieldSpec]:
    return [
        field("Subject", "text", mandatory=True),
        field("Quote_Number", "bigint", read_only=True),
        picklist(
            "Quote_Stage",
            ("Draft", "Negotiation", "Delivered", "On Hold", "Confirmed", "Closed Lost"),
        ),
        lookup("Account_Name", "Accounts", related_list="Quotes"),
        lookup("Contact_Name", "Contacts", related_list="Quotes"),
        lookup("Deal_Name", "Deals", related_list="Quotes"),
        field("Valid_Till", "date"),
        subform("Quoted_Items", "Quoted_Items"),
        field("Sub_Total", "currency", read_only=True),
        field("Discount", "currency"),
        field("Tax", "currency", read_only=True),
        field("Grand_Total", "currency", read_only=True),
        *_money(),
        text_area("Terms_and_Conditions"),
    ]
