"""Every kind of change that an administrator makes to modules and fields, by its name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.zoho_sync.changing_schemas import DAY_S, HOUR_S
from zoho_simulator.fields import field
from zoho_simulator.schema_acts import remove_module, rename_field, rename_module, retype_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.zoho_crm.crm import Crm
    from zoho_simulator import Organization

    Act = Callable[[Organization], Any]


@dataclass(frozen=True)
class Change:
    """What is done to a CRM that a copy knows.

    Attributes:
        kind: What `schema_changes` calls it.
        act: Does it.
        before: What must have been so, and seen by a run.
    """

    kind: str
    act: Act
    before: Act | None = None


def _do(name: str, *args: Any, **changes: Any) -> Act:
    return lambda org: getattr(org, name)(*args, **changes)


def _add_field(org: Organization) -> None:
    org.add_field("Widgets", field("Weight", "double"))
    for number, record_id in enumerate(list(org.records("Widgets"))):
        org.update("Widgets", record_id, {"Weight": number / 8}, keep_time=True)


def _add_module(org: Organization) -> None:
    org.add_module("Extras", [field("Name", "text"), field("Code", "text")])
    org.create("Extras", {"Name": "One", "Code": "1"})


_HIDE = _do("change_field", "Widgets", "Amount", permission="hidden")
_SHOW = _do("change_field", "Widgets", "Amount", permission="read_write")
_WITHDRAW = _do("change_module", "Gadgets", refusal="NO_PERMISSION")
_GIVE_BACK = _do("change_module", "Gadgets", refusal=None)
_CLOSE = _do("change_module", "Tools", api_supported=False)
_OPEN = _do("change_module", "Tools", api_supported=True)
_TO_NUMBER: Act = partial(retype_field, module="Widgets", name="Code", data_type="integer")
_TO_TEXT_AGAIN: Act = partial(retype_field, module="Widgets", name="Code", data_type="text")

CHANGES = {
    "field added": Change("field_added", _add_field),
    "field deleted": Change("field_removed", _do("remove_field", "Widgets", "Colours")),
    "field hidden": Change("field_hidden", _HIDE),
    "field shown again": Change("field_shown", _SHOW, before=_HIDE),
    "field relabelled": Change(
        "field_relabelled",
        _do("change_field", "Widgets", "Code", label="Key", display_label="Key"),
    ),
    "text to number": Change("field_retyped", _TO_NUMBER),
    "and back to text": Change("field_retyped", _TO_TEXT_AGAIN, before=_TO_NUMBER),
    "number to text": Change(
        "field_retyped",
        partial(retype_field, module="Widgets", name="Number", data_type="text"),
    ),
    "single to multi-select": Change(
        "field_retyped",
        partial(retype_field, module="Widgets", name="Size", data_type="multiselectpicklist"),
    ),
    "field renamed": Change(
        "field_renamed", partial(rename_field, module="Widgets", old="Gadget", new="Part_Of")
    ),
    "picklist value renamed": Change(
        "picklist_value_renamed",
        _do("rename_option", "Widgets", "Size", actual="small", display="tiny"),
    ),
    "module added": Change("module_added", _add_module),
    "module removed": Change("module_removed", partial(remove_module, name="Tools")),
    "module hidden": Change("module_status", _do("change_module", "Gadgets", status="user_hidden")),
    "module renamed": Change(
        "module_renamed", partial(rename_module, old="Tools", new="Instruments")
    ),
    "module closed": Change("module_closed", _CLOSE),
    "module opened again": Change("module_opened", _OPEN, before=_CLOSE),
    "permission withdrawn": Change("permission_withdrawn", _WITHDRAW),
    "permission given back": Change("permission_given_back", _GIVE_BACK, before=_WITHDRAW),
}


def add_tools(crm: Crm) -> None:
    """A module that no other points to."""
    crm.add_module("Tools", [field("Code", "text")], times=[crm.now_s - DAY_S] * 3)


def edit_each_module(crm: Crm, text: str) -> None:
    """One record of every module is edited, so that each is read; names only where it can be."""
    crm.pass_time(HOUR_S)
    readable = readable_modules(crm)
    for name in list(crm.org.modules):
        records = list(crm.org.module(name).records)
        values = {"Name": text} if name in readable else {"Number": 77}
        crm.org.update(name, records[0], values)


def readable_modules(crm: Crm) -> list[str]:
    found = {name: crm.org.module(name).traits for name in crm.org.modules}
    return [n for n, traits in found.items() if traits.api_supported and traits.refusal is None]
