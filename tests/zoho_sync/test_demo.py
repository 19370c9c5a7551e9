"""`zoho-sync demo`: everything once, with nothing to configure."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.zoho_sync.command_line import run_process
from zoho_crm.exceptions import ZohoConfigError
from zoho_destinations.warehouse import build_destination
from zoho_sync.demo_place import clear_place
from zoho_sync.target import Target

if TYPE_CHECKING:
    from tests.zoho_sync.command_line import CommandLine


CHECKOUT = Path(__file__).parents[2]


def sql_in(page: str) -> list[str]:
    """The statements of a page's examples, in their order."""
    examples = re.findall(r"```sql\n(.*?)```", (CHECKOUT / page).read_text("utf-8"), re.DOTALL)
    return [statement for text in examples for statement in text.split(";") if statement.strip()]


def assert_examples_are_right(
    connection: duckdb.DuckDBPyConnection, document: dict[str, Any]
) -> None:
    """What the pages say of money is what the demo says itself, in one currency."""
    [pipeline, _] = document["queries"]
    euros = {row[0]: (row[1], row[2]) for row in pipeline["rows"]}
    readme = (CHECKOUT / "README.md").read_text("utf-8")
    [by_stage] = re.findall(r"sql\('(SELECT stage.*?)'\)", readme)
    for sql in (by_stage, sql_in("docs/data-model.md")[0]):
        found = connection.sql(sql).fetchall()
        assert {stage: (deals, round(amount)) for stage, deals, amount in found} == euros
    unequal, *others = sql_in("docs/lines-and-links.md")
    assert connection.sql("SELECT count(*) FROM zoho_crm_live.quotes").fetchall() > [(20,)]
    assert connection.sql(unequal).fetchall() == []
    assert all(connection.sql(sql).fetchall() for sql in others)
    open_deals, owners, days = (sql_in("docs/reference-tables.md")[n] for n in (1, 7, 8))
    # Stages of one layout's pipeline and of the other's, each deal once.
    layouts = connection.sql(f"SELECT round(sum(weighted), 2) FROM ({open_deals})").fetchall()
    assert layouts == connection.sql(OPEN_IN_DEFAULTS).fetchall()
    for sql in (owners, days):
        [(total,)] = connection.sql(f"SELECT sum(amount) FROM ({sql})").fetchall()
        assert abs(total - sum(amount for _, amount in euros.values())) < 10


OPEN_IN_DEFAULTS = """
SELECT round(sum(amount__home * (SELECT max(probability) FROM zoho_crm.pipelines AS p
    WHERE p.stage = d.stage AND p.layout_id = d.layout__id) / 100), 2)
FROM zoho_crm_live.deals AS d WHERE stage NOT LIKE 'Closed%'
"""


def test_the_demo_syncs_twice_and_asks_its_questions(
    project_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Neither is the demo's: the file would not even parse.
    (project_dir / ".dlt").mkdir()
    (project_dir / ".dlt" / "config.toml").write_text("[not toml")
    monkeypatch.setenv("DESTINATION__DUCKDB__PUBLISH", str(tmp_path / "published.duckdb"))
    (project_dir / "zoho_crm_demo.duckdb").write_text("what an earlier demo left")

    ended = run_process("demo", "--json")
    (project_dir / ".dlt" / "config.toml").unlink()

    assert ended.code == 0, ended.err
    first, second = ended.document["runs"]
    assert first["rows"] > 10_000
    assert 0 < second["rows"] < first["rows"] / 10
    assert second["calls"] < first["calls"] / 2  # lists of related records are swept in both
    assert ended.document["changes"]["create_lead"] > 0
    for query in ended.document["queries"]:
        assert query["rows"]
        assert all(len(row) == len(query["columns"]) for row in query["rows"])
    with duckdb.connect(str(project_dir / "zoho_crm_demo.duckdb"), read_only=True) as connection:
        stages = connection.sql("SELECT count(DISTINCT stage) FROM zoho_crm_live.deals").fetchone()
        given = [len(connection.sql(sql).fetchall()) for sql in sql_in("docs/relations.md")]
        assert_examples_are_right(connection, ended.document)
    assert stages == (7,)
    # When each list was read, members, activities; the deals' roles come in a later sync.
    assert [rows > 0 for rows in given] == [True, True, True, False]
    assert not (tmp_path / "published.duckdb").exists()
    assert {path.name for path in project_dir.iterdir()} == {".dlt", "zoho_crm_demo.duckdb"}


def test_the_demo_tells_what_it_does_and_where_to_go_on(
    zoho_sync: CommandLine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", postgres_url)

    ended = zoho_sync("demo", "--scale", "0.05", "--destination", "postgres", "--quiet")

    assert ended.code == 0, ended.err
    titles = [
        "First sync: everything",
        "Second sync, a working day later",
        "In the CRM: ",
        "Pipeline by stage, in euros",
        "Deals that moved on the last day",
        "The first sync took",
        "Go on:",
    ]
    places = [ended.out.index(title) for title in titles]
    assert places == sorted(places)
    assert "FROM zoho_crm_demo_live.deals" in ended.out
    simulate, *_ = re.findall(r"^  (.+) simulate ", ended.out, re.MULTILINE)
    version = subprocess.check_output(f"{simulate} --version", shell=True, text=True)  # noqa: S602  # as it is typed
    assert version.startswith("zoho-sync ")


def _demo_target(file: Path) -> Target:
    return Target(
        "duckdb", "zoho_crm_demo", build_destination("duckdb"), str(file), str(file.parent)
    )


def test_a_place_that_cannot_be_written_is_not_taken_for_an_earlier_demos(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("where a folder should be")
    never_there = tmp_path / "file" / "zoho_crm_demo.duckdb"
    target = _demo_target(never_there)

    with pytest.raises(ZohoConfigError, match=r"The demo can't write .*: run it in another folder"):
        clear_place(target)


def test_what_an_earlier_demo_left_and_cannot_be_replaced_is_named(tmp_path: Path) -> None:
    left = tmp_path / "zoho_crm_demo.duckdb"
    left.mkdir()
    target = _demo_target(left)

    with pytest.raises(ZohoConfigError, match=r"zoho_crm_demo.duckdb of an earlier demo cannot be"):
        clear_place(target)
