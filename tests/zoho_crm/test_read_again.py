"""What is read twice: the later reading stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.zoho_crm.copies import DuckDBCopy, QuickCopy
from tests.zoho_crm.crm import API, DAY_S, Crm
from zoho_simulator.fields import field as zoho_field

if TYPE_CHECKING:
    from zoho_simulator import Organization


def test_of_two_readings_with_one_time_the_later_one_stays(crm: Crm, copy: DuckDBCopy) -> None:
    """The last rows of a page are read again by the next chain, changed within the same second."""
    ids = crm.add_module(times=[crm.now_s - 9000 + number for number in range(250)])
    last = ids[199]
    time = crm.now_s - 9000 + 199

    def change_again(org: Organization) -> None:
        org.update("Widgets", last, {"Name": "second"}, modified_time=time)

    crm.hooks.add(path=f"{API}Widgets", at=2, write=change_again)
    session = copy.run("Widgets", only=["Widgets"])

    copy.assert_equals_crm("Widgets")
    assert copy.rows("widgets")[last]["name"] == "second"
    assert session.outcomes["Widgets"].rows > 250


def test_a_forgotten_place_is_read_again_from_the_start(crm: Crm, copy: DuckDBCopy) -> None:
    ids = crm.add_module(times=[crm.now_s - 9000 + number for number in range(250)])
    copy.run("Widgets", only=["Widgets"])
    with copy.pipeline.sql_client() as client:
        client.execute_sql("DELETE FROM widgets WHERE id = %s", ids[7])
    crm.pass_time(900)

    copy.run("Widgets", only=["Widgets"])
    assert ids[7] not in copy.rows("widgets")
    copy.run("Widgets", only=["Widgets"], forgotten={"Widgets"})

    copy.assert_equals_crm("Widgets")


def test_leads_converted_while_they_are_read_are_there(crm: Crm) -> None:
    fields = [zoho_field("Converted__s", "boolean")]
    ids = crm.add_module(
        "Leads",
        fields,
        times=[crm.now_s - 9000] * 450,
        generated_type="default",
        partition_field="Converted__s",
    )
    crm.org.mass_update("Leads", ids[::2], {"Converted__s": True}, modified_time=crm.now_s - 8000)
    copy = QuickCopy(crm, "Leads")
    left = iter(ids[1::2])

    def convert(org: Organization) -> None:
        org.update("Leads", next(left), {"Converted__s": True}, modified_time=crm.now_s - 7000)

    hook = crm.hooks.add(path=f"{API}Leads", at=0, write=convert)
    for _ in range(3):
        copy.run()
        crm.pass_time(DAY_S)
    hook.at = 1
    crm.hooks.clear()

    copy.run()

    copy.assert_equals_crm()
    assert copy.rows.keys() == set(ids)
