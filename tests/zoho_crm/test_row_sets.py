"""Which rows belong to a record: subforms, line items and links, from fields metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.crm import DAY_S
from zoho_crm.api_types import Field, parse_field, parse_module
from zoho_crm.metadata import read_metadata
from zoho_crm.row_sets import RowSet, find_row_sets, parent_fields
from zoho_crm.source import table_schemas
from zoho_simulator.fields import field, lookup, multiselect_lookup, subform

if TYPE_CHECKING:
    from tests.zoho_crm.copies import DuckDBCopy
    from tests.zoho_crm.crm import Crm


def of(data_type: str, api_name: str = "Lines", **raw: Any) -> Field:
    return parse_field({"id": "600", "api_name": api_name, "data_type": data_type, **raw})


def sets_of(*fields: Field, subforms: dict[str, str] | None = None) -> list[RowSet]:
    modules = [
        parse_module(
            {"api_name": name, "generated_type": "subform", "parent_module": {"api_name": owner}}
        )
        for name, owner in (subforms or {}).items()
    ]
    return find_row_sets(modules, {"Quotes": fields})


NESTED = {
    "linking_details": {
        "module": {"api_name": "Quotes_X_Vendors", "id": "7"},
        "lookup_field": {"api_name": "Quote", "id": "8"},
    }
}
FLAT = {"linking_module": {"api_name": "Quotes_X_Vendors", "id": "7"}, "lookup_apiname": "Quote"}
LINKS = RowSet("Quotes", "Lines", "Quotes_X_Vendors", "Quote", True)


@pytest.mark.parametrize("raw", [NESTED, FLAT], ids=["v8", "v7"])
def test_both_shapes_of_a_multi_select_lookup_are_understood(raw: dict[str, Any]) -> None:
    assert sets_of(of("multiselectlookup", multiselectlookup=raw)) == [LINKS]


@pytest.mark.parametrize("raw", [None, {}, {"linking_details": {}}, {"linking_module": None}])
def test_a_multi_select_lookup_without_a_linking_module_has_no_rows(raw: Any) -> None:
    assert sets_of(of("multiselectlookup", multiselectlookup=raw)) == []


@pytest.mark.parametrize(
    "raw",
    [
        {"associated_module": {"module": "Quote_Lines", "id": "7"}},
        {"associated_module": {"module": {"api_name": "Quote_Lines", "id": "7"}}},
        {"subform": {"api_name": "Quote_Lines", "id": "7"}},
        {"subform": {"module": "Quote_Lines", "id": "7"}, "associated_module": None},
    ],
)
def test_a_subform_names_its_module(raw: dict[str, Any]) -> None:
    expected = RowSet("Quotes", "Lines", "Quote_Lines", "Parent_Id", False)
    assert sets_of(of("subform", **raw)) == [expected]


def test_a_subform_that_does_not_is_found_by_its_parent() -> None:
    items = of("subform", "Purchased_Items")
    assert sets_of(items, subforms={"Purchase_Items": "Quotes"})[0].child == "Purchase_Items"
    both = {"Purchase_Items": "Quotes", "Purchased_Items": "Quotes"}
    assert sets_of(items, subforms=both)[0].child == "Purchased_Items"
    assert sets_of(items, subforms={"Steps": "Deals"})[0].child == "Purchased_Items"


def test_other_fields_hold_no_rows() -> None:
    others = [of(name) for name in ("text", "lookup", "line_tax", "address", "fileupload")]
    assert sets_of(*others) == []


def test_the_older_field_says_which_end_of_a_link_is_the_parent() -> None:
    older = RowSet("Quotes", "Vendors", "Quotes_X_Vendors", "Quote", True)
    newer = RowSet("Vendors", "Quotes", "Quotes_X_Vendors", "Vendor", True)
    assert parent_fields([older, newer]) == {"Quotes_X_Vendors": "Quote"}


def add_quotes(crm: Crm) -> str:
    """A quote of two lines and a link, a day ago; gives the quote."""
    vendors = multiselect_lookup("Vendors", "Quotes_X_Vendors", back="Quote", on="Vendor")
    crm.add_module("Quotes", [subform("Quoted_Items", "Quoted_Items"), vendors])
    crm.add_module("Vendors")
    crm.add_module(
        "Quoted_Items",
        [lookup("Parent_Id", "Quotes"), field("Total", "currency")],
        generated_type="subform",
        parent_module="Quotes",
    )
    links = [lookup("Vendor", "Vendors"), lookup("Quote", "Quotes")]
    crm.add_module("Quotes_X_Vendors", links, generated_type="linking")
    then = crm.now_s - DAY_S
    quote, vendor = (
        crm.org.create(name, {"Name": "Q"}, modified_time=then) for name in ("Quotes", "Vendors")
    )
    for total in (10, 20):
        crm.org.add_line("Quotes", quote, "Quoted_Items", {"Total": total}, time=then)
    link = {"Quote": quote, "Vendor": vendor}
    crm.org.create("Quotes_X_Vendors", link, modified_time=then)
    return quote


def test_rows_carry_their_parents_id_in_one_column_of_one_name(crm: Crm, copy: DuckDBCopy) -> None:
    quote = add_quotes(crm)

    copy.run(only=["Quotes", "Quoted_Items", "Quotes_X_Vendors", "Vendors"])

    copy.assert_equals_crm("Quotes", "Quoted_Items", "Quotes_X_Vendors", "Vendors")
    for table, name in (("quoted_items", "parent_id"), ("quotes_x_vendors", "quote")):
        rows = list(copy.rows(table).values())
        assert {(row["parent_id"], row[f"{name}__id"]) for row in rows} == {(quote, quote)}
    assert "parent_id" not in copy.types("quotes")
    (total,) = copy.query(
        "SELECT q.id, sum(i.total) AS total FROM zoho_crm.quotes q"
        " JOIN zoho_crm.quoted_items i ON i.parent_id = q.id GROUP BY q.id"
    )
    assert total == {"id": quote, "total": 30}


def test_a_field_of_that_name_keeps_it(crm: Crm) -> None:
    add_quotes(crm)
    crm.org.add_field("Quotes_X_Vendors", field("Parent_Id", "text"))
    with crm.client() as client:
        schema = table_schemas(read_metadata(client))["Quotes_X_Vendors"]
    found = [column.api_name for column in schema.columns if column.name == "parent_id"]
    assert found == ["Parent_Id"]
