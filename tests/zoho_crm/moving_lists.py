"""Lists that change between the requests for their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.zoho_crm.crm import API, DAY_S, Crm, is_page_of
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.zoho_crm.copies import QuickCopy
    from zoho_simulator import Organization

    Write = Callable[[Organization], object]


WIDGETS = API + "Widgets"


def before_page(crm: Crm, number: int, write: Write) -> None:
    """Makes a write before a page of the list is answered, counted from now; 0 for each."""
    hook = crm.hooks.before(is_page_of, write)
    hook.at = number


def spread(crm: Crm, count: int, *, per_second: int = 1) -> list[int]:
    """Times an hour and more ago, so many records to a second."""
    seconds = -(-count // per_second)
    return [crm.now_s - 4000 - seconds + number // per_second for number in range(count)]


def settle(crm: Crm, copy: QuickCopy) -> None:
    """The next run, with nobody writing, makes the copy equal."""
    crm.hooks.clear()
    crm.pass_time(DAY_S)
    copy.run()
    copy.assert_equals_crm()


def wide_fields(count: int = 120) -> list[Any]:
    return [field(f"Answer_{number}", "text") for number in range(count)]
