"""An organisation with every kind of module, field and value, and a day of changes to it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zoho_simulator.fields import (
    Option,
    field,
    formula,
    lookup,
    multi_module_lookup,
    multiselect,
    multiselect_lookup,
    picklist,
    rich_text,
    subform,
    text_area,
    user_lookup,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.zoho_crm.crm import Crm
    from zoho_simulator.fields import FieldSpec

    Draw = Callable[[random.Random], Any]

LONG_NAME = "Reason_why_the_customer_prefers_on_site_calibration_over_return_to_factory"
UNREADABLE = {"Secrets": "NO_PERMISSION", "Ghosts": "INVALID_MODULE", "Ledgers": "NOT_SUPPORTED"}
"""Listed as supported by Zoho, which then refuses to give their records: its code by module."""
NOT_OFFERED = ("Home", "Feeds")
SURVEY_FIELDS = 120

TEXTS = (
    None,
    "",
    "plain",
    "Überfahrt à la carte",
    "Ελληνικά, кириллица, עברית, العربية, हिन्दी",
    "漢字 かな 한글",
    "👩‍🔬 🚢 and \U0001d518nicode",
    "nul \0 inside",
    "cut \ud83d surrogate",
    "other half \ude00",
    'quotes " and \\ backslash \\u0000 \\ud83d',
    "line\nbreak\ttab\r\u2028separator",
    "  blanks around  ",
    "null",
    "x" * 255,
)
DAY_OF_CLOCK_BACK = datetime(2025, 10, 26, tzinfo=UTC)
DAY_OF_CLOCK_ON = datetime(2026, 3, 29, tzinfo=UTC)


def _instants() -> list[datetime | None]:
    """Around both changes of the clock in Europe: 02:30 comes twice, or not at all."""
    days = (DAY_OF_CLOCK_BACK, DAY_OF_CLOCK_ON, datetime(1999, 12, 31, tzinfo=UTC))
    return [None, *(day + timedelta(minutes=30 * half) for day in days for half in range(6))]


INSTANTS = _instants()
AMOUNTS = (
    None,
    Decimal(0),
    Decimal("0.1"),
    Decimal("-0.000000001"),
    Decimal("123456789012345678"),
    Decimal("123456789012345678.123456789"),
    Decimal("-99999999999999999999999999999.999999999"),
    Decimal("19.90"),
    7,
)
CHOICES = ("Sea", "Land", "Air; and Space")
RENAMED = Option("Kept as it was", "Renamed since")


def build(crm: Crm, *, seed: int = 1) -> None:
    """Fills the organisation."""
    rng = random.Random(seed)
    crm.org.add_user("Ben", "Hill", email="ben@brightwell.example")
    crm.org.add_user(None, "Çelik \0", email="celik@brightwell.example")
    _add_modules(crm)
    for module, count in (("Accounts", 20), ("Products", 5), ("Empty_Shelves", 0)):
        _create(crm, rng, module, count)
    for module, count in (
        ("Leads", 230), ("Visits", 450), ("Site_Surveys", 230), ("Tasks", 60),
        ("Exchange_Rates", 220), ("Visits_X_Products", 30), ("Visit_Lines", 30),
    ):  # fmt: skip
        _create(crm, rng, module, count)


def change(crm: Crm, *, seed: int = 2) -> None:
    """Edits, creates and deletes in every module, and moves the clock by a day."""
    rng = random.Random(seed)
    for module in readable(crm):
        ids = list(crm.simulator.records(module))
        edited = rng.sample(ids, -(-len(ids) // 6))
        for record_id in edited:
            crm.pass_time(rng.choice((0, 0, 1, 40)))
            values = _values(crm, rng, module)
            # Names stay: lookups show them, and a renamed target does not touch who points to it.
            del values[crm.org.module(module).traits.name_field or ""]
            names = rng.sample(sorted(values), max(1, len(values) // 3))
            crm.org.update(module, record_id, {name: values[name] for name in names})
        for record_id in edited[:3] if len(edited) > 3 else ():
            crm.org.delete(module, record_id)
        _create(crm, rng, module, 4, now=True)
    crm.org.mass_update("Visits", list(crm.simulator.records("Visits"))[100:400], {"Guests": 99})
    crm.pass_time(20 * 3600)


def readable(crm: Crm) -> list[str]:
    unread = {*UNREADABLE, *NOT_OFFERED}
    return [name for name in crm.org.modules if name not in unread]


def _add_modules(crm: Crm) -> None:
    add = crm.org.add_module
    add("Accounts", [field("Account_Name", "text"), _money()], generated_type="default")
    add("Products", [field("Product_Name", "text")], generated_type="default")
    add(
        "Leads",
        [
            field("Last_Name", "text"),
            field("Converted__s", "boolean", read_only=True),
            lookup("Converted_Account", "Accounts"),
            field("Company", "text"),
        ],
        generated_type="default",
        partition_field="Converted__s",
    )
    add("Visits", _fields_of_every_type(), generated_type="custom")
    add("Site_Surveys", _survey_fields(), generated_type="custom")
    add(
        "Tasks",
        [field("Subject", "text"), multi_module_lookup("What_Id"), lookup("Who", "Leads")],
        generated_type="default",
    )
    rates = [field("Name", "text"), field("Rate", "double", decimal_place=9)]
    add("Exchange_Rates", rates, generated_type="custom", has_modified_time=False)
    add(
        "Visits_X_Products",
        [field("Name", "text"), lookup("Visit", "Visits"), lookup("Product", "Products")],
        generated_type="linking",
    )
    lines = [field("Name", "text"), lookup("Parent_Id", "Visits"), field("Amount", "currency")]
    add("Visit_Lines", lines, generated_type="subform", parent_module="Visits")
    add("Empty_Shelves", [field("Name", "text"), _money()], generated_type="custom")
    for name, code in UNREADABLE.items():
        add(name, [field("Name", "text")], generated_type="default", refusal=code)
    for name in NOT_OFFERED:
        add(name, [], generated_type="default", api_supported=False)


def _money() -> FieldSpec:
    return field("Annual_Revenue", "currency")


def _fields_of_every_type() -> list[FieldSpec]:
    return [
        field("Name", "text"),
        field("Email", "email"),
        field("Phone", "phone"),
        field("Website", "website"),
        text_area("Description"),
        rich_text("Report"),
        picklist("Stage", [*CHOICES, RENAMED]),
        field("Visit_Number", "autonumber"),
        field("Record_Image", "profileimage"),
        field("Guests", "integer"),
        field("Wizard", "bigint"),
        field("Ratio", "double"),
        field("Amount", "currency", decimal_place=4),
        field("Discount", "percent"),
        field("Was_Fine", "boolean"),
        field("Visited_On", "date"),
        field("Started_At", "datetime"),
        lookup("Account", "Accounts"),
        user_lookup("Guide"),
        multiselect("Interests", CHOICES),
        formula("Total", "currency"),
        formula("Greeting", "string"),
        formula("Is_Late", "boolean"),
        formula("Due", "date"),
        subform("Lines", "Visit_Lines"),
        multiselect_lookup("Products", "Visits_X_Products", back="Visit", on="Product"),
        field("Region_Code", "text"),
        field("RegionCode", "integer"),
        field("regionCode", "text"),
        field("Region_Code_Id", "text"),
        field(LONG_NAME, "text"),
        field(f"{LONG_NAME}_Amount", "currency"),
    ]


def _survey_fields() -> list[FieldSpec]:
    kinds = ("text", "currency", "date", "datetime", "integer", "boolean")
    own = SURVEY_FIELDS - 7
    return [field(f"Answer_{n}", kinds[n % len(kinds)]) for n in range(own)]


DRAWS: dict[str, Draw] = {
    "text": lambda rng: rng.choice(TEXTS),
    "string": lambda rng: rng.choice(TEXTS),
    "textarea": lambda rng: rng.choice((*TEXTS, "long " * 300)),
    "picklist": lambda rng: rng.choice((None, *CHOICES, RENAMED.actual_value)),
    "integer": lambda rng: rng.choice((None, 0, -5, 999_999_999)),
    "bigint": lambda rng: rng.choice((None, "0", "123456789012345678", "-9")),
    "double": lambda rng: rng.choice(AMOUNTS),
    "currency": lambda rng: rng.choice(AMOUNTS),
    "percent": lambda rng: rng.choice((None, 0, Decimal("12.5"))),
    "boolean": lambda rng: rng.choice((False, True)),
    "date": lambda rng: rng.choice((None, "2026-02-28", "2024-02-29", "1899-12-31")),
    "datetime": lambda rng: rng.choice(INSTANTS),
    "multiselectpicklist": lambda rng: rng.choice(
        (None, ["Sea"], ["Sea", "Air; and Space"], ["lost \ud83d half"])
    ),
}


def _values(crm: Crm, rng: random.Random, module: str) -> dict[str, Any]:
    """A value for each field that a person could fill in, null often."""
    values: dict[str, Any] = {}
    for spec in crm.org.module(module).fields.values():
        name = spec.api_name
        if name in ("id", "Created_By", "Modified_By", "Created_Time", "Modified_Time"):
            continue
        if spec.is_embedded:
            continue
        if name == "Tag":
            tags = [{"name": "VIP \0", "id": "6000000000000098001", "color_code": "#57B1FD"}]
            values[name] = rng.choice(([], tags))
        elif spec.value_type in ("ownerlookup", "userlookup"):
            values[name] = rng.choice([user.id for user in crm.org.users])
        elif spec.value_type == "multi_module_lookup":
            target = rng.choice(("Accounts", "Leads"))
            record_id = _any_of(crm, rng, target)
            values[name] = record_id and {"id": record_id, "module": target}
        elif spec.value_type == "lookup":
            values[name] = _any_of(crm, rng, spec.lookup_module or "")
        else:
            values[name] = DRAWS.get(spec.value_type, DRAWS["text"])(rng)
    return values


def _any_of(crm: Crm, rng: random.Random, module: str) -> int | None:
    ids = list(crm.org.module(module).records)
    return rng.choice([None, *ids]) if ids else None


def _create(crm: Crm, rng: random.Random, module: str, count: int, *, now: bool = False) -> None:
    """Creates records at times that are often shared and cross both changes of the clock."""
    for number in range(count):
        time = None if now else _time(rng, number)
        crm.org.create(module, _values(crm, rng, module), modified_time=time)


def _time(rng: random.Random, number: int) -> datetime:
    day: Sequence[datetime] = (DAY_OF_CLOCK_BACK, DAY_OF_CLOCK_ON)
    if number % 3 == 0:  # many share a second
        return day[0] + timedelta(minutes=30 * rng.randrange(6))
    return rng.choice(day) + timedelta(seconds=rng.randrange(3 * 3600))
