"""docs/commands.md names every command, option and exit code, and nothing that is not there.

Python that is printed anywhere makes pipelines that can work.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import dlt
import duckdb
import pytest
import typer.main
from starlette.routing import Mount, Route

from zoho_simulator import Organization, Simulator
from zoho_simulator.control import build_control
from zoho_sync.cli import app
from zoho_sync.exit_codes import ExitCode

if TYPE_CHECKING:
    from tests.zoho_sync.command_line import CommandLine

CHECKOUT = Path(__file__).parent.parent.parent
PAGE = (CHECKOUT / "docs" / "commands.md").read_text("utf-8")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # it is a group
COMMON = {"--destination", "--json", "--quiet", "--log-format", "--debug"}
_SECTION = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
SECTIONS = dict(_SECTION.findall(PAGE))


def _options(command: str) -> set[str]:
    parameters = COMMANDS[command].params
    names = {name for parameter in parameters for name in parameter.opts if name.startswith("--")}
    return names - {"--help"}


def _options_in(text: str) -> set[str]:
    """Options that a table explains: those in its first column."""
    return set(re.findall(r"^\| `(--[a-z-]+)", text, re.MULTILINE))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_takes_the_common_options_and_explains_its_own(command: str) -> None:
    assert _options(command) >= COMMON
    assert _options_in(SECTIONS[command]) == _options(command) - COMMON


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_says_in_the_help_what_it_is_for(command: str) -> None:
    assert [p.name for p in COMMANDS[command].params if not getattr(p, "help", "")] == []
    assert COMMANDS[command].help


def test_the_common_options_are_explained() -> None:
    assert _options_in(SECTIONS["Options of every command"]) == COMMON


def test_the_overview_lists_every_command() -> None:
    overview = PAGE.split("\n## ")[0]

    assert set(re.findall(r"^\| `(\w+)` \|", overview, re.MULTILINE)) == set(COMMANDS)


def test_every_exit_code_is_explained() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", SECTIONS["Exit codes"], re.MULTILINE)

    assert {(int(code), name) for code, name in rows} == {
        (int(code), code.name.lower()) for code in ExitCode
    }


# what is served and what is written


def test_every_address_of_the_simulator_is_explained() -> None:
    [mount] = build_control(Simulator(Organization.empty())).routes
    assert isinstance(mount, Mount)
    served = {
        f"{method} {route.path}"
        for route in mount.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }

    told = re.sub(r"`GET`, `POST (/\w+)`", r"`GET \1` `POST \1`", SECTIONS["simulate"])

    assert set(re.findall(r"`((?:GET|POST) /[^`?]+)`", told)) == served


@pytest.mark.usefixtures("configured")
def test_every_table_of_the_runs_is_in_the_data_model(
    zoho_sync: CommandLine, project_dir: Path
) -> None:
    page = (CHECKOUT / "docs" / "data-model.md").read_text("utf-8")
    assert zoho_sync("run", "--quiet").code == 0

    with duckdb.connect(str(project_dir / "zoho.duckdb")) as database:
        sql = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'zoho_crm'"
        tables = {name for (name,) in database.sql(sql).fetchall()}

    described = set(re.findall(r"^\| `(sync_\w+)` \|", page, re.MULTILINE))
    assert described == {name for name in tables if name.startswith("sync_")}


# queries that are printed


def test_no_printed_query_sums_amounts_over_currencies() -> None:
    pages = [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/*.md")]
    queries = [
        q
        for page in pages
        for q in re.findall(r"```sql\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    ]

    assert len(queries) > 10
    assert [q for q in queries if re.search(r"sum\((\w+\.)?(amount|grand_total)\)", q)] == []


# pipelines that are printed


def _printed_python() -> dict[str, str]:
    pages = [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/*.md"), *CHECKOUT.glob("sources/**/*.md")]
    found = {
        f"{page.relative_to(CHECKOUT)} {number}": text
        for page in pages
        for number, text in enumerate(
            re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
        )
    }
    scripts = CHECKOUT.glob("sources/*_pipeline.py")
    return found | {script.name: script.read_text("utf-8") for script in scripts}


def _pipelines_in(text: str) -> list[dict[str, str]]:
    """The names that each call of `dlt.pipeline` gives; a destination of ours is none of them."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return [
        {"pipeline_name": ast.literal_eval(call.args[0])}
        | {
            each.arg: each.value.value
            for each in call.keywords
            if each.arg and isinstance(each.value, ast.Constant)
        }
        for call in calls
        if ast.unparse(call.func) == "dlt.pipeline"
    ]


PIPELINES = [
    pytest.param(names, id=f"{place}: {names['pipeline_name']}")
    for place, text in sorted(_printed_python().items())
    for names in _pipelines_in(text)
    if names.get("destination") == "duckdb"
]


@pytest.mark.parametrize("names", PIPELINES)
def test_a_printed_pipeline_names_its_file_otherwise_than_its_dataset(
    names: dict[str, str],
) -> None:
    # dlt calls the file after the pipeline, and DuckDB the catalog after the file.
    assert names["pipeline_name"] != names["dataset_name"]


def test_the_printed_pipeline_of_the_audit_loads(
    project_dir: Path,
) -> None:
    page = (CHECKOUT / "docs" / "audit.md").read_text("utf-8")
    [text] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    [names] = _pipelines_in(text)
    name, dataset = names["pipeline_name"], names["dataset_name"]
    pipeline = dlt.pipeline(name, destination=names["destination"], dataset_name=dataset)

    pipeline.run([{"id": 1}], table_name="captures")
    pipeline.run([{"id": 2}], table_name="captures")

    with duckdb.connect(str(project_dir / f"{name}.duckdb")) as connection:
        found = connection.sql(f"SELECT id FROM {dataset}.captures ORDER BY 1")
        assert found.fetchall() == [(1,), (2,)]
