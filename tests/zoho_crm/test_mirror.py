"""Rule 1: with nobody writing, every table equals the CRM; loaded, changed, loaded again."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from tests.zoho_crm import every_kind
from tests.zoho_crm.copies import DuckDBCopy, QuickCopy, assert_none, differences
from tests.zoho_crm.crm import Crm
from tests.zoho_crm.every_kind import LONG_NAME, NOT_OFFERED, SURVEY_FIELDS, UNREADABLE
from tests.zoho_crm.expected import OUR_COLUMNS, expected_rows
from zoho_crm.metadata import read_metadata
from zoho_crm.source import selected_modules
from zoho_simulator.demo import build_demo_organization

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.zoho_crm.expected import Row
    from zoho_crm.session import ReadSession
    from zoho_simulator import Server


# The story is told once, not once in each process.
pytestmark = pytest.mark.xdist_group("mirror")
READABLE = (
    "Accounts", "Products", "Leads", "Visits", "Site_Surveys", "Tasks", "Exchange_Rates",
    "Visits_X_Products", "Visit_Lines", "Empty_Shelves",
)  # fmt: skip
TABLES = {name: name.lower() for name in READABLE}


@dataclass
class Moment:
    """What the dataset holds after a run, and what the CRM did then."""

    session: ReadSession
    calls: int
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    expected: dict[str, dict[str, Row]] = field(default_factory=dict)


@dataclass
class Story:
    """An organisation loaded, changed, loaded again, and then left alone."""

    first: Moment
    second: Moment
    idle: Moment
    types: dict[str, dict[str, str]]
    columns: dict[str, dict[str, str]]
    """By module and field, the column as the dataset tells."""


def look(crm: Crm, copy: DuckDBCopy) -> Moment:
    crm.forget_log()
    moment = Moment(copy.run(), len(crm.log()))
    for module, table in TABLES.items():
        moment.rows[module] = copy.rows(table)
        moment.expected[module] = expected_rows(crm, module, copy.columns_of(module))
    return moment


@pytest.fixture(scope="module")
def story(simulator_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "DLT_PROJECT_DIR", "DLT_LOCAL_DIR", "DLT_DATA_DIR"):
            patch.setenv(name, str(folder))
        patch.setenv("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", "true")
        patch.chdir(folder)
        Container()[PluggableRunContext].reload()
        crm = Crm(simulator_server)
        every_kind.build(crm)
        copy = DuckDBCopy(crm, folder)
        first = look(crm, copy)
        every_kind.change(crm)
        second = look(crm, copy)
        crm.pass_time(600)
        types = {table: copy.types(table) for table in TABLES.values()}
        columns = {
            name: {
                spec.api_name: copy.columns_of(name)[str(spec.id)]
                for spec in crm.org.module(name).fields.values()
            }
            for name in READABLE
        }
        yield Story(first, second, look(crm, copy), types, columns)


@pytest.mark.parametrize("module", READABLE)
@pytest.mark.parametrize("moment", ["first", "second", "idle"])
def test_every_row_and_column_equals_the_crm(story: Story, moment: str, module: str) -> None:
    found: Moment = getattr(story, moment)

    assert_none(differences(found.rows[module], found.expected[module]))
    if moment == "first":  # nothing was deleted yet
        assert found.rows[module].keys() == found.expected[module].keys()
    assert found.session.outcomes[module].outcome == "done"
    assert not found.session.outcomes[module].is_loss


def test_a_deleted_record_keeps_its_row(story: Story) -> None:
    for module in ("Leads", "Visits", "Site_Surveys", "Exchange_Rates", "Visits_X_Products"):
        gone = story.first.expected[module].keys() - story.second.expected[module].keys()
        assert gone
        assert gone <= story.second.rows[module].keys()


def test_the_story_tells_of_what_it_should(story: Story) -> None:
    """Guards the tests above: what they compare must hold every kind of value."""
    visits, leads = (
        story.second.expected["Visits"].values(),
        story.second.expected["Leads"].values(),
    )
    assert {lead["converted_s"] for lead in leads} == {True, False}
    for column in ("email", "amount", "wizard", "started_at", "interests", "account__id"):
        assert any(visit[column] is None for visit in visits)
    assert any(visit["amount"] == Decimal("123456789012345678.123456789") for visit in visits)
    texts = "".join(visit["name"] or "" for visit in visits)
    assert "\ufffd" in texts
    assert "👩‍🔬" in texts
    assert any(
        task["what_id__module"] == "Leads" for task in story.second.expected["Tasks"].values()
    )
    assert len(story.columns["Site_Surveys"]) == SURVEY_FIELDS


def test_nothing_but_readable_modules_has_a_table(story: Story) -> None:
    outcomes = story.first.session.outcomes
    skipped = {name for name, found in outcomes.items() if found.outcome == "skipped"}
    assert skipped == set(UNREADABLE)
    assert {name: outcomes[name].code for name in skipped} == UNREADABLE
    assert not any(outcomes[name].is_loss for name in skipped)
    assert not outcomes.keys() & set(NOT_OFFERED)


def test_when_nothing_changed_a_module_costs_one_call(story: Story) -> None:
    session = story.idle.session
    usage = {name: session.client.usage(name).calls for name in READABLE}

    # The rates have no Modified_Time: they are read whole, and more than a page is proved.
    assert usage == dict.fromkeys(usage, 1) | {"Exchange_Rates": 4}
    assert session.client.usage("modules").calls == 1
    assert session.client.usage("users").calls == 1
    assert story.idle.calls == sum(usage.values()) + 2  # refused modules are asked once a day


def test_every_row_says_which_load_brought_it(story: Story) -> None:
    for types in story.types.values():
        assert types.keys() >= OUR_COLUMNS


@pytest.mark.parametrize(
    ("field_name", "columns"),
    [
        ("Email", {"email": "VARCHAR"}),
        ("Description", {"description": "VARCHAR"}),
        ("Stage", {"stage": "VARCHAR"}),
        ("Visit_Number", {"visit_number": "VARCHAR"}),
        ("Guests", {"guests": "BIGINT"}),
        ("Wizard", {"wizard": "BIGINT"}),
        ("Ratio", {"ratio": "DECIMAL(38,9)"}),
        ("Amount", {"amount": "DECIMAL(38,9)"}),
        ("Discount", {"discount": "DECIMAL(38,9)"}),
        ("Was_Fine", {"was_fine": "BOOLEAN"}),
        ("Visited_On", {"visited_on": "DATE"}),
        ("Started_At", {"started_at": "TIMESTAMP WITH TIME ZONE"}),
        ("Account", {"account__id": "VARCHAR", "account__name": "VARCHAR"}),
        (
            "Guide",
            {"guide__id": "VARCHAR", "guide__name": "VARCHAR", "guide__email": "VARCHAR"},
        ),
        (
            "Owner",
            {"owner__id": "VARCHAR", "owner__name": "VARCHAR", "owner__email": "VARCHAR"},
        ),
        ("Interests", {"interests": "JSON"}),
        ("Tag", {"tag": "JSON"}),
        ("Total", {"total": "DECIMAL(38,9)"}),
        ("Greeting", {"greeting": "VARCHAR"}),
        ("Is_Late", {"is_late": "BOOLEAN"}),
        ("Due", {"due": "DATE"}),
        ("Lines", {}),
        ("Products", {}),
        ("id", {"id": "VARCHAR"}),
    ],
)
def test_a_field_has_the_columns_of_the_contract(
    story: Story, field_name: str, columns: dict[str, str]
) -> None:
    types = story.types["visits"]
    base = field_name.lower()
    found = {
        name: kind for name, kind in types.items() if name == base or name.startswith(f"{base}__")
    }
    assert found == columns
    assert story.columns["Visits"][field_name] == (base if columns else None)


def test_a_lookup_to_several_modules_says_which(story: Story) -> None:
    found = {name for name in story.types["tasks"] if name.startswith("what_id")}
    assert found == {"what_id__id", "what_id__name", "what_id__module"}


def test_names_that_collide_are_all_loaded_and_the_lowest_id_keeps_the_plain_one(
    story: Story,
) -> None:
    columns = story.columns["Visits"]
    colliding = [columns[name] for name in ("Region_Code", "RegionCode", "regionCode")]
    assert colliding[0] == "region_code"
    assert len(set(colliding)) == 3
    assert set(colliding) <= story.types["visits"].keys()


def test_long_names_fit_postgres_and_stay_apart(story: Story) -> None:
    columns = story.columns["Visits"]
    assert columns[LONG_NAME] != columns[f"{LONG_NAME}_Amount"]
    assert {columns[LONG_NAME], columns[f"{LONG_NAME}_Amount"]} <= story.types["visits"].keys()
    assert max(len(name) for types in story.types.values() for name in types) <= 63


def test_types_stay_whatever_values_come(story: Story) -> None:
    assert story.types["empty_shelves"]["annual_revenue"] == "DECIMAL(38,9)"
    assert set(story.types["site_surveys"].values()) == {
        "VARCHAR", "DECIMAL(38,9)", "DATE", "TIMESTAMP WITH TIME ZONE", "BIGINT", "BOOLEAN", "JSON",
    }  # fmt: skip


def test_a_day_of_the_demo_organisation_is_mirrored(crm: Crm) -> None:
    """What changes without `Modified_Time` is left out: names shown by lookups, and scores."""
    crm.use(build_demo_organization(scale=0.02))
    with crm.client() as client:
        metadata = read_metadata(client)
    names = selected_modules(metadata, ["*", "!Web_Visits"])
    copies = [QuickCopy(crm, name, metadata=metadata) for name in names]
    for copy in copies:
        copy.run()
        copy.assert_equals_crm()
    for _ in range(2):
        crm.org.change_day()
        crm.pass_time(3600)
        for copy in copies:
            outcome = copy.run()
            assert_none(copy.differences(without_volatile=True))
            assert outcome.outcome == "done" or outcome.code
    read = {copy.module for copy in copies if copy.rows}
    assert {"Leads", "Deals", "Tasks", "Notes", "Site_Surveys", "Exchange_Rates"} <= read
