"""Rule 1: with nobody writing, every table equals the CRM; loaded, changed, loaded again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from tests.zoho_crm import every_kind
from tests.zoho_crm.copies import DuckDBCopy, QuickCopy, assert_none, differences
from tests.zoho_crm.crm import API, DAY_S, Crm
from tests.zoho_crm.every_kind import LONG_NAME, NOT_OFFERED, SURVEY_FIELDS, UNREADABLE
from tests.zoho_crm.expected import OUR_COLUMNS, expected_rows
from zoho_crm.metadata import read_metadata
from zoho_crm.source import selected_modules
from zoho_simulator.demo import build_demo_organization
from zoho_simulator.fields import field as zoho_field
from zoho_simulator.fields import lookup, multi_module_lookup, multiselect, picklist

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.zoho_crm.expected import Row
    from zoho_crm.session import ReadSession
    from zoho_simulator import Organization, Server

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


# one question at a time


def test_a_value_that_does_not_fit_is_kept_as_text_beside_its_column(
    crm: Crm, copy: DuckDBCopy
) -> None:
    specs = [zoho_field("Amount", "currency"), zoho_field("Day", "date")]
    fine, odd = crm.add_module(fields=specs, times=[crm.now_s - 9000, crm.now_s - 8000])
    crm.org.update(
        "Widgets", fine, {"Amount": 5, "Day": "2026-01-02"}, modified_time=crm.now_s - 7000
    )
    copy.run("Widgets", only=["Widgets"])
    assert {"amount__raw", "day__raw"}.isdisjoint(copy.types("widgets"))

    too_exact = Decimal("1.0000000001")
    crm.org.update("Widgets", odd, {"Amount": too_exact, "Day": "30 February"})
    crm.pass_time(DAY_S)
    session = copy.run("Widgets", only=["Widgets"])

    rows = copy.rows("widgets")
    assert (rows[odd]["amount"], rows[odd]["amount__raw"]) == (None, "1.0000000001")
    assert (rows[odd]["day"], rows[odd]["day__raw"]) == (None, "30 February")
    assert (rows[fine]["amount"], rows[fine]["amount__raw"]) == (5, None)
    assert session.outcomes["Widgets"].misfits == {"amount": 1, "day": 1}
    assert session.outcomes["Widgets"].outcome == "done"

    crm.org.update("Widgets", odd, {"Amount": Decimal("1.5"), "Day": "2026-02-28"})
    crm.pass_time(DAY_S)
    copy.run("Widgets", only=["Widgets"])
    rows = copy.rows("widgets")
    assert (rows[odd]["amount"], rows[odd]["amount__raw"]) == (Decimal("1.5"), None)
    assert (rows[odd]["day"], rows[odd]["day__raw"]) == (date(2026, 2, 28), None)


def test_replaced_characters_are_counted(crm: Crm) -> None:
    crm.add_module()
    crm.org.create("Widgets", {"Name": "a\0b\0 \ud83d"})
    copy = QuickCopy(crm)

    outcome = copy.run()

    copy.assert_equals_crm()
    assert outcome.replaced_characters == 3


@pytest.mark.parametrize(
    "switches",
    [
        {"multi_module_lookup": "sibling"},
        {"multi_module_lookup": "embedded"},
        {"empty_list": "null"},
        {"empty_list": "list"},
        {"deleted_lookup": "dangling"},
        {"deleted_lookup": "null"},
        {"picklist_value": "display"},
        {"picklist_value": "actual"},
        {"user_time_zone": "Asia/Kolkata"},
        {"user_time_zone": "America/St_Johns"},
        {"user_time_zone": "UTC"},
    ],
    ids=lambda switches: "-".join(f"{k}-{v}" for k, v in switches.items()),
)
def test_the_copy_is_exact_whichever_way_zoho_shows_values(
    crm: Crm, switches: dict[str, Any]
) -> None:
    crm.simulator.change_settings(switches)
    (account,) = crm.add_module("Accounts", times=[crm.now_s - 9000], generated_type="default")
    crm.add_module(
        "Tasks",
        [
            multi_module_lookup("What_Id"),
            lookup("Account", "Accounts"),
            multiselect("Colours", ("Red", "Blue")),
            picklist("Stage", (every_kind.RENAMED, "Other")),
        ],
    )
    shown = {"What_Id": {"id": account, "module": "Accounts"}, "Account": account}
    records: tuple[dict[str, Any], ...] = (
        {**shown, "Colours": ["Red"], "Stage": every_kind.RENAMED.actual_value},
        {"Colours": [], "Stage": "Other"},
        {},
    )
    for number, values in enumerate(records):
        crm.org.create("Tasks", values, modified_time=crm.now_s - 5000 + number)
    crm.org.delete("Accounts", account)
    copy = QuickCopy(crm, "Tasks")

    copy.run()

    copy.assert_equals_crm()


def test_the_same_dataset_may_be_read_in_another_time_zone(crm: Crm) -> None:
    """An offset says nothing: the same instant comes as 02:30+02:00 and as 20:30-04:00."""
    start = int(every_kind.DAY_OF_CLOCK_BACK.timestamp())
    crm.add_module(times=[start + 60 * number for number in range(300)])
    copy = QuickCopy(crm)
    copy.run()
    copy.assert_equals_crm()

    crm.settings.user_time_zone = "America/New_York"
    crm.add_records("Widgets", [crm.now_s])
    crm.pass_time(DAY_S)
    outcome = copy.run()

    copy.assert_equals_crm()
    assert outcome.rows == 1


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Santiago", "Australia/Lord_Howe"])
def test_a_change_of_the_clock_loses_and_repeats_nothing(crm: Crm, zone: str) -> None:
    """Local times fall back in the middle of a page, and are the same for different instants."""
    crm.settings.user_time_zone = zone
    backs = {
        "Europe/Berlin": datetime(2025, 10, 26, tzinfo=UTC),
        "America/Santiago": datetime(2025, 4, 6, 2, tzinfo=UTC),
        "Australia/Lord_Howe": datetime(2025, 4, 5, 14, tzinfo=UTC),
    }
    start = int(backs[zone].timestamp())
    crm.add_module(times=[start + 20 * number for number in range(700)])
    copy = QuickCopy(crm)

    outcome = copy.run()

    copy.assert_equals_crm()
    assert outcome.notes == []
    assert len(crm.log("Widgets")) == 4  # the text of the times falls, the times do not


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


# through dlt's merge


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


# the demo organisation


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
