"""Modules that lack what others have, and names that change behind rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.zoho_crm.copies import QuickCopy

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm


def test_a_module_of_nothing_but_ids_is_read(crm: Crm) -> None:
    crm.org.add_module("Bare", [], has_modified_time=False)
    for name in ("Created_By", "Created_Time", "Owner", "Tag"):
        crm.org.remove_field("Bare", name)
    ids = {crm.org.create("Bare", {}) for _ in range(3)}
    copy = QuickCopy(crm, "Bare")

    assert copy.run().outcome == "done"

    assert copy.rows.keys() == ids


def test_a_module_without_modified_time_is_read_whole_each_time(crm: Crm) -> None:
    ids = crm.add_module(times=[crm.now_s] * 450, has_modified_time=False)
    copy = QuickCopy(crm)
    copy.run()
    copy.assert_equals_crm()

    crm.org.update("Widgets", ids[0], {"Name": "changed"})
    crm.org.update("Widgets", ids[-1], {"Number": None})
    crm.add_records("Widgets", [crm.now_s])
    copy.run()

    copy.assert_equals_crm()


def test_the_users_names_in_rows_are_those_of_the_moment_of_reading(crm: Crm) -> None:
    (widget,) = crm.add_module(times=[crm.now_s - 4000])
    copy = QuickCopy(crm)
    copy.run()
    assert copy.rows[widget]["owner__name"] == "Ada Field"

    crm.org.change_user(crm.org.users.current_id, last_name="Meadow")
    crm.org.update("Widgets", widget, {"Number": 5})
    copy.run()

    copy.assert_equals_crm()
    assert copy.rows[widget]["owner__name"] == "Ada Meadow"
