"""Modules of any size for measuring: their rows follow a pattern and take little memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .fields import FieldSpec, field, multiselect, picklist, system_fields, text_area
from .pattern import Column, Pattern
from .values import USERS, Reference

if TYPE_CHECKING:
    from .organization import Organization

_CITIES = ("Berlin", "Lyon", "Kraków", "São Paulo", "東京", "Zürich", "Αθήνα", "Leeds", "İzmir")
_TITLES = ("Head of Sales", "Buyer", "Laboratory Manager", "Engineer", "Controller", None)
_SOURCES = ("Trade Show", "Web", "Referral", "Cold Call", "Partner")
_TOPICS = ("Calibration", "Optics", "Sensors", "Service")
_LAST_NAMES = ("Nakamura", "Okafor", "Lindqvist", "García", "Weber", "O'Neill", "Nowak", "Rossi")
_DAY_0 = datetime(2024, 1, 1, tzinfo=UTC)


def add_bulk_module(
    organization: Organization,
    api_name: str,
    *,
    rows: int,
    field_count: int = 40,
    rows_per_second: int = 3,
) -> list[str]:
    """Adds a module with many rows, the last of which were modified an hour before the present.

    Args:
        organization: Where to add it. A module of that name is replaced.
        api_name: For instance `Contacts`.
        rows: How many.
        field_count: Fields in the module's metadata, those of the system included.
        rows_per_second: How many rows share a `Modified_Time`.

    Returns:
        The ids, in order of id and of time.
    """
    own = field_count - len(system_fields())
    if own < 1:
        raise ValueError(f"a module has more than {field_count} fields")
    specs, columns = _columns(own)
    people = [Reference(USERS, user.id) for user in organization.users]
    for step, name in enumerate(("Owner", "Created_By", "Modified_By"), start=1):
        columns[name] = Column(people, step=step)
    columns["Tag"] = Column(([], [{"name": "VIP", "id": "6000000000000098001"}], []))
    organization.add_module(api_name, specs, generated_type="default", name_field=specs[0].api_name)
    seconds = (rows - 1) // rows_per_second + 1
    first = organization.clock.epoch_s - 3600 - seconds
    times = (first + row // rows_per_second for row in range(rows))
    return organization.load_pattern(api_name, Pattern(columns), times=times)


def _columns(wanted: int) -> tuple[list[FieldSpec], dict[str, Column]]:
    """Fields of the usual types in turn, and what stands in them."""
    kinds = _kinds()
    specs: list[FieldSpec] = []
    columns: dict[str, Column] = {}
    for number in range(wanted):
        spec, column = kinds[number % len(kinds)]
        lap = number // len(kinds)
        name = f"{spec.api_name}_{lap + 1}" if lap else spec.api_name
        again = {k: v for k, v in vars(spec).items() if k not in {"api_name", "data_type"}}
        specs.append(FieldSpec(name, spec.data_type, **again))
        shift = column.shift + number
        columns[name] = Column(column.pool, column.step, shift, column.template)
    return specs, columns


def _kinds() -> list[tuple[FieldSpec, Column]]:
    amounts = [Decimal(n * 7919 % 1_000_003) / 100 for n in range(997)]
    dates = [(_DAY_0 + timedelta(days=n)).date().isoformat() for n in range(700)]
    instants: list[Any] = [_DAY_0 + timedelta(hours=7 * n, seconds=n) for n in range(991)]
    remarks = [f"Visited the stand in hall {n}, asked for an offer." for n in range(89)]
    return [
        (field("Last_Name", "text", mandatory=True), Column(_LAST_NAMES, step=5)),
        (field("Email", "email"), Column(template="contact%d@example.test")),
        (field("Phone", "phone"), Column(template="+49 30 55%07d")),
        (field("Mailing_City", "text"), Column(_CITIES, step=7)),
        (field("Title", "text"), Column(_TITLES)),
        (picklist("Lead_Source", _SOURCES), Column(_SOURCES, step=3)),
        (field("Annual_Spend", "currency"), Column(amounts, step=31)),
        (field("Visits", "integer"), Column(range(61), step=11)),
        (field("Date_of_Birth", "date"), Column([*dates, None], step=13)),
        (field("Last_Seen", "datetime"), Column([*instants, None], step=17)),
        (field("Email_Opt_Out", "boolean"), Column((False, True, False))),
        (multiselect("Topics", _TOPICS), Column((None, ["Optics"], ["Optics", "Service"]))),
        (text_area("Description"), Column([*remarks, None], step=19)),
        (field("Discount", "percent"), Column([Decimal(n) / 4 for n in range(80)], step=23)),
        (field("Customer_Number", "bigint"), Column(template="90000000000%07d")),
    ]
