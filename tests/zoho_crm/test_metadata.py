"""The tables `modules`, `fields` and `organization`; when metadata is read again, and its cost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.crm import API, DAY_S, to_instant
from zoho_crm.metadata import Metadata, read_metadata
from zoho_simulator.fields import field, formula, lookup

if TYPE_CHECKING:
    from tests.zoho_crm.copies import DuckDBCopy
    from tests.zoho_crm.crm import Crm


# modules, fields, organization


def test_fields_tells_which_column_holds_which_field(crm: Crm, copy: DuckDBCopy) -> None:
    crm.add_module("Accounts", times=[crm.now_s])
    fields = [
        field("Region_Code", "text", label="Region", display_label="Area code"),
        field("RegionCode", "text"),
        lookup("Account", "Accounts"),
        formula("Total", "currency"),
        field("Amount", "currency", decimal_place=4),
    ]
    crm.add_module(fields=fields, times=[crm.now_s])
    copy.run()

    found = copy.query("FROM zoho_crm.fields WHERE module = 'Widgets'")
    rows = {row["api_name"]: row for row in found}
    columns = copy.types("widgets")

    specs = crm.org.module("Widgets").fields
    assert rows.keys() == specs.keys()
    for name, row in rows.items():
        assert row["id"] == f"Widgets.{specs[name].id}"
        assert row["field_id"] == str(specs[name].id)
        assert row["label"] == specs[name].display_label
        assert row["data_type"] == specs[name].data_type
        assert row["json_type"] == specs[name].json_type
        assert row["table_name"] == "widgets"
        assert row["is_loaded"] is True
        assert row["is_custom"] == specs[name].custom
        assert row["decimal_place"] == specs[name].decimal_place
        assert json.loads(row["metadata"])["api_name"] == name
        base = row["column_name"]
        assert base in columns or f"{base}__id" in columns
    assert rows["Region_Code"]["column_name"] == "region_code"
    assert rows["RegionCode"]["column_name"] != "region_code"
    assert rows["Account"]["lookup_module"] == "Accounts"
    assert [name for name, row in rows.items() if row["is_volatile"]] == ["Total"]
    assert len({row["column_name"] for row in found}) == len(found)


def test_modules_tells_of_every_module_and_its_table(crm: Crm, copy: DuckDBCopy) -> None:
    crm.add_module("Price_Books", times=[crm.now_s], metadata_modified=crm.now_s - 50)
    crm.add_module("Users", times=[crm.now_s])  # ours is the table `users`
    copy.run()

    rows = {row["api_name"]: row for row in copy.query("FROM zoho_crm.modules")}

    assert rows["Price_Books"]["table_name"] == "price_books"
    assert rows["Price_Books"]["modified_time"] == to_instant(crm.now_s - 50)
    assert rows["Price_Books"]["plural_label"] == "Price Books"
    assert rows["Price_Books"]["generated_type"] == "custom"
    assert rows["Users"]["table_name"] not in ("users", None)
    assert {rows[name]["table_name"] for name in rows} <= copy.tables()
    assert len(copy.rows("users")) == 1


def test_organization_tells_whose_copy_it_is(crm: Crm, copy: DuckDBCopy) -> None:
    copy.run(only=["organization"])

    (row,) = copy.query("FROM zoho_crm.organization")

    profile = crm.org.profile
    assert row["company_name"] == profile.company_name
    assert (row["iso_code"], row["time_zone"]) == (profile.iso_code, profile.time_zone)
    assert (row["edition"], row["user_licences"]) == ("enterprise", 25)
    assert row["is_multi_currency"] is True
    assert row["user_id"] == str(crm.org.users.current_id)
    assert row["user_email"] == "ada@brightwell.example"
    assert row["created_time"] == to_instant(crm.org.created_at)
    assert json.loads(row["metadata"])["id"] == row["id"]


# what it costs


def test_nothing_changed_costs_a_call_a_module_one_for_users_and_one_for_metadata(
    crm: Crm, copy: DuckDBCopy
) -> None:
    for name in ("Widgets", "Gadgets", "Gizmos"):
        crm.add_module(name, times=[crm.now_s - 9000])
    copy.run()
    crm.pass_time(1800)  # the access token lives on
    crm.forget_log()

    session = copy.run()

    paths = [entry.path.removeprefix(API) for entry in crm.log()]
    assert sorted(paths) == ["Gadgets", "Gizmos", "Widgets", "settings/modules", "users"]
    assert session.client.calls == 5
    assert {outcome.rows for outcome in session.outcomes.values()} == {0}


def test_fields_are_read_again_of_a_changed_module_only(crm: Crm) -> None:
    crm.add_module("Widgets")
    crm.add_module("Gadgets")
    with crm.client() as client:
        known = read_metadata(client)
        crm.org.change_module("Gadgets", metadata_modified=crm.now_s)
        crm.org.add_field("Gadgets", field("Colour", "text"))
        crm.forget_log()

        fresh = read_metadata(client, known=known)

    asked = [entry.params for entry in crm.log("settings/fields")]
    assert asked == [{"module": "Gadgets"}]
    assert len(crm.log()) == 2
    assert fresh.is_changed
    names = {each.api_name for each in fresh.fields["Gadgets"]}
    assert "Colour" in names
    assert fresh.fields["Widgets"] == known.fields["Widgets"]


@pytest.mark.parametrize("closed", [{"api_supported": False}, {"status": "scheduled_for_deletion"}])
def test_fields_are_read_again_of_a_module_that_was_closed_meanwhile(
    crm: Crm, closed: dict[str, Any]
) -> None:
    crm.add_module("Widgets")
    with crm.client() as client:
        known = read_metadata(client)
        crm.org.change_module("Widgets", **closed)
        crm.org.add_field("Widgets", field("Colour", "text"))  # the modules list tells its time
        known = read_metadata(client, known=known)
        crm.org.change_module("Widgets", api_supported=True, status="visible")

        fresh = read_metadata(client, known=known)

    assert "Colour" in {each.api_name for each in fresh.fields["Widgets"]}


def test_all_fields_are_read_again_after_a_day(crm: Crm) -> None:
    crm.add_module("Widgets")
    crm.add_module("Gadgets")
    with crm.client() as client:
        known = read_metadata(client)
        crm.pass_time(DAY_S - 1)
        assert not read_metadata(client, known=known).is_changed
        assert len(crm.log("settings/fields")) == 2
        crm.pass_time(2)
        read_metadata(client, known=known)

    assert len(crm.log("settings/fields")) == 4


def test_fields_of_a_new_module_are_read(crm: Crm) -> None:
    crm.add_module("Widgets")
    with crm.client() as client:
        known = read_metadata(client)
        crm.add_module("Gadgets")
        crm.forget_log()
        fresh = read_metadata(client, known=known)

    assert [entry.params["module"] for entry in crm.log("settings/fields")] == ["Gadgets"]
    assert fresh.is_changed
    assert fresh.fields.keys() == {"Widgets", "Gadgets"}


def test_a_module_listed_twice_is_one(crm: Crm) -> None:
    crm.add_module()

    def repeat(body: bytes) -> bytes:
        listed = json.loads(body)
        return json.dumps({"modules": [*listed["modules"], *listed["modules"]]}).encode()

    crm.faults.add(kind="edit", path=f"{API}settings/modules", edit=repeat)
    with crm.client() as client:
        metadata = read_metadata(client)

    assert [module.api_name for module in metadata.modules] == ["Widgets"]
    assert len(crm.log("settings/fields")) == 1


def test_what_is_gone_is_told_by_the_next_metadata(crm: Crm) -> None:
    crm.add_module("Widgets", [field("Colour", "text")])
    crm.add_module("Gadgets")
    with crm.client() as client:
        known = read_metadata(client)
        crm.org.remove_field("Widgets", "Colour")
        crm.org.change_module("Widgets", metadata_modified=crm.now_s)
        crm.org.change_module("Gadgets", status="scheduled_for_deletion")
        del crm.org.modules["Gadgets"]
        fresh = read_metadata(client, known=known)

    assert [module.api_name for module in fresh.removed_modules] == ["Gadgets"]
    assert [each.api_name for each in fresh.removed_fields["Widgets"]] == ["Colour"]
    assert fresh.is_changed


def test_names_of_columns_stay_when_their_like_appears_or_goes(crm: Crm, copy: DuckDBCopy) -> None:
    crm.add_module(fields=[field("Region_Code", "text"), field("RegionCode", "text")], times=[])
    copy.run("Widgets", only=["Widgets", "fields"])
    names = {r["api_name"]: r["column_name"] for r in copy.query("FROM zoho_crm.fields")}
    by_id = {r["field_id"]: r["column_name"] for r in copy.query("FROM zoho_crm.fields")}
    assert copy.metadata is not None

    crm.org.remove_field("Widgets", "Region_Code")
    crm.org.create("Widgets", {"RegionCode": "north"})
    known = Metadata(column_names={"Widgets": by_id})
    copy.metadata = known
    copy.run("Widgets", only=["Widgets", "fields"])

    (row,) = copy.query("FROM zoho_crm.widgets")
    assert row[names["RegionCode"]] == "north"
    assert row["region_code"] is None
    again = {r["api_name"]: r["column_name"] for r in copy.query("FROM zoho_crm.fields")}
    assert again["RegionCode"] == names["RegionCode"]


def test_the_servers_clock_says_when_metadata_was_read(crm: Crm, copy: DuckDBCopy) -> None:
    crm.clock.set(datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC))
    crm.add_module()
    copy.run(only=["modules"])

    (row,) = copy.query("FROM zoho_crm.modules")
    assert row["fields_read_at"] == crm.now


def test_without_a_date_metadata_costs_one_call_until_it_is_a_day_old(crm: Crm) -> None:
    crm.add_module(times=[])
    crm.faults.add(kind="no-date", times=100)
    with crm.client() as client:
        known = read_metadata(client)
        crm.forget_log()

        again = read_metadata(client, known=known)

    assert [entry.path for entry in crm.log()] == ["/crm/v8/settings/modules"]
    assert again.read_at == known.read_at


def test_metadata_read_by_a_clock_that_went_ahead_is_read_again(crm: Crm) -> None:
    crm.add_module(times=[])
    with crm.client() as client:
        now = crm.now
        crm.pass_time(400 * DAY_S)
        known = read_metadata(client)
        crm.clock.set(now)

        again = read_metadata(client, known=known)

    assert again.read_at == crm.now
