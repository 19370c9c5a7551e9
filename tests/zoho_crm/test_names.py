"""Names in SQL: unique, stable for ever, and no longer than Postgres allows."""

from __future__ import annotations

from itertools import permutations

import pytest
from dlt.common.normalizers.naming.snake_case import NamingConvention
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zoho_crm.metadata import FIRST_ID, field, fields, module
from zoho_crm.names import PARTS, part_name, to_base_names, to_table_names


def names_of(*given_names: str, known: dict[str, str] | None = None) -> list[str]:
    listed = fields(*given_names)
    names = to_base_names(listed, known=known or {})
    return [names[one.id] for one in listed]


@pytest.mark.parametrize(
    ("api_name", "name"),
    [
        ("Last_Name", "last_name"),
        ("Converted__s", "converted_s"),
        ("Region__Code", "region_code"),
        ("AnnualRevenue", "annual_revenue"),
        ("2nd_Phone", "_2nd_phone"),
        ("Лид", "x"),
        ("Feld٣", "feldx"),
        ("", "x"),
        ("Order", "order"),
    ],
)
def test_a_field_is_named_as_dlt_would(api_name: str, name: str) -> None:
    assert names_of(api_name) == [name]


def test_the_lower_field_id_keeps_the_plain_name_in_any_order() -> None:
    low, mid = field("Region_Code", field_id=7), field("RegionCode", field_id=22)
    high = field("Region__Code", field_id=123_456_789)
    for order in permutations([low, mid, high]):
        assert to_base_names(order, known={}) == {
            low.id: "region_code",
            mid.id: "region_code_000022",
            high.id: "region_code_456789",
        }


def test_ids_are_compared_as_numbers() -> None:
    ten, nine = field("a_b", field_id=10 - FIRST_ID), field("A_B", field_id=9 - FIRST_ID)
    assert to_base_names([ten, nine], known={}) == {"9": "a_b", "10": "a_b_10"}


def test_a_suffix_that_is_taken_gives_way_to_the_whole_id() -> None:
    taken = field("Region_Code_000022", field_id=3)
    low, high = field("Region_Code", field_id=7), field("RegionCode", field_id=22)
    names = to_base_names([taken, low, high], known={})
    assert names[high.id] == f"region_code_{high.id}"


def test_a_name_once_given_stays_whatever_fields_come_and_go() -> None:
    later = field("Region_Code", field_id=1)
    earlier, gone = field("RegionCode", field_id=2), field("Old_One", field_id=3)
    known = to_base_names([earlier, gone], known={})

    names = to_base_names([later, earlier, field("OldOne", field_id=4)], known=known)

    assert names[earlier.id] == "region_code"
    assert names[later.id] == "region_code_000001"
    assert names[gone.id] == "old_one"
    assert names[str(FIRST_ID + 4)] == "old_one_000004"


def test_a_renamed_field_keeps_its_column() -> None:
    before = field("Region", field_id=5)
    known = to_base_names([before], known={})
    assert to_base_names([field("Area", field_id=5)], known=known) == {before.id: "region"}


@pytest.mark.parametrize(
    ("api_name", "name"),
    [
        ("Id", "id_000000"),
        ("ID", "id_000000"),
        ("_Read_No", "x_read_no"),
        ("_Deleted_Type", "x_deleted_type"),
        ("_dlt_load_id", "x_dlt_load_id"),
        ("_dlt_id", "x_dlt_id"),
    ],
)
def test_columns_of_ours_are_never_given_away(api_name: str, name: str) -> None:
    assert names_of(api_name) == [name]


def test_the_record_id_is_id_even_if_another_field_is_older() -> None:
    assert names_of("Id", "id") == ["id_000000", "id"]


def test_a_name_never_looks_like_a_part_of_another() -> None:
    assert names_of("Owner", "Owner__id", "Owner__raw") == ["owner", "owner_id", "owner_raw"]
    assert names_of("Owner", known={"9": "owner__email"}) == ["owner_000000"]


def test_a_long_name_keeps_both_its_ends_and_leaves_room_for_every_part() -> None:
    long = "A_rather_long_name_that_an_administrator_gave_to_a_field_in_Zoho"
    (name,) = names_of(long)
    assert len(name) == 55
    assert name.startswith("a_rather_long_name")
    assert name.endswith("field_in_zoho")
    assert max(len(part_name(name, part)) for part in PARTS) == 63


def test_long_names_that_differ_in_the_middle_only_stay_apart() -> None:
    one, other = names_of("a" * 40 + "1" + "b" * 40, "a" * 40 + "2" + "b" * 40)
    assert one != other


def test_fields_without_ids_are_told_apart_by_their_own_names() -> None:
    given_fields = [field(name, id="") for name in ("Region_Code", "RegionCode", "Region__Code")]
    names = to_base_names(given_fields, known={})
    assert len(set(names.values())) == 3
    assert "region_code" in names.values()


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.text(max_size=90), max_size=8, unique=True))
def test_names_are_unique_short_and_left_alone_by_dlt(api_names: list[str]) -> None:
    names = names_of(*api_names)

    columns = [part_name(name, part) for name in names for part in (None, *PARTS)]
    assert len(set(columns)) == len(columns)
    for column in columns:
        assert len(column.encode()) <= 63
        for naming in (NamingConvention(63), NamingConvention()):
            assert naming.normalize_path(column) == column


def test_modules_get_tables_by_the_same_rules() -> None:
    modules = [module("Leads", 5), module("Price_Lists", 9), module("PriceLists", 12)]
    assert to_table_names(modules) == {"5": "leads", "9": "price_lists", "12": "price_lists_12"}


def test_tables_of_ours_are_never_given_away() -> None:
    assert to_table_names([module("Users", 5), module("Sync_Runs", 6)]) == {
        "5": "users_5",
        "6": "sync_runs_6",
    }


def test_a_module_keeps_its_table() -> None:
    known = to_table_names([module("PriceLists", 12)])
    assert to_table_names([module("Price_Lists", 9)], known=known) == {
        "12": "price_lists",
        "9": "price_lists_9",
    }


def test_a_long_module_name_is_shortened_to_what_postgres_takes() -> None:
    (name,) = to_table_names([module("M" * 30 + "_" + "o" * 60)]).values()
    assert len(name) == 63
