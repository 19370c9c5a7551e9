"""`dlt init zoho_crm duckdb --location <repository>` gives a script that loads a Zoho CRM."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from zoho_simulator import Simulator, SimulatorSettings, build_demo_organization

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).parent.parent
SOURCE = CHECKOUT / "sources" / "zoho_crm"
NOT_COPIED = {"py.typed", "requirements.txt"}


def _run(*arguments: str, **environment: str) -> str:
    """Runs Python and gives its standard output; fails with all that it wrote."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{arguments} gave {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def initialized(project_dir: Path) -> Path:
    """A folder that was empty before `dlt init` ran in it."""
    arguments = ["init", "zoho_crm", "duckdb", "--location", str(CHECKOUT)]
    # dlt asks git about the checkout, which may belong to another user here.
    any_owner = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory"}
    _run("-m", "dlt", "--non-interactive", *arguments, **any_owner, GIT_CONFIG_VALUE_0="*")
    return project_dir


def _requirements() -> dict[str, Requirement]:
    lines = (SOURCE / "requirements.txt").read_text("utf-8").splitlines()
    return {canonicalize_name(found.name): found for found in map(Requirement, filter(None, lines))}


def test_init_copies_the_whole_source_and_asks_for_its_secrets(initialized: Path) -> None:
    source_files = {
        path.relative_to(SOURCE): path.read_bytes()
        for path in SOURCE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name not in NOT_COPIED
    }
    copied = initialized / "zoho_crm"

    assert {
        path.relative_to(copied): path.read_bytes() for path in copied.rglob("*") if path.is_file()
    } == source_files
    secrets = (initialized / ".dlt" / "secrets.toml").read_text("utf-8")
    assert "[sources.zoho_crm.credentials]" in secrets
    assert {"client_id", "client_secret", "refresh_token"} <= {
        line.split(" = ")[0] for line in secrets.splitlines()
    }
    assert "dlt[duckdb]" in (initialized / "requirements.txt").read_text("utf-8")


@contextmanager
def _serving() -> Iterator[dict[str, str]]:
    """A simulated CRM; gives the variables that lead to it."""
    organization = build_demo_organization(scale=0.05)
    with Simulator(organization, SimulatorSettings()).serve(port=0) as server:
        keys = ("client_id", "client_secret", "refresh_token", "accounts_url")
        prefix = "SOURCES__ZOHO_CRM__CREDENTIALS__"
        yield {prefix + key.upper(): getattr(server, key) for key in keys}


def test_the_copied_script_loads_a_crm(initialized: Path) -> None:
    with _serving() as variables:
        _run("zoho_crm_pipeline.py", **variables)

    (database,) = initialized.glob("*.duckdb")
    with duckdb.connect(str(database), read_only=True) as connection:
        leads = connection.sql("SELECT count(*) FROM zoho_crm.leads").fetchall()
    assert leads[0][0] > 0


def test_the_lines_of_the_readme_load_into_a_destination_that_is_none_of_ours(
    project_dir: Path,
) -> None:
    [lines] = re.findall(r"```python\n(.*?)```", (SOURCE / "README.md").read_text("utf-8"), re.S)
    assert lines.count('"duckdb"') == 1
    script = lines.replace('"duckdb"', '"filesystem"')
    folder = project_dir / "out"
    with _serving() as variables:
        _run("-c", script, **variables, DESTINATION__FILESYSTEM__BUCKET_URL=str(folder))

    read = f"SELECT count(DISTINCT id), count(*) FROM '{folder}/zoho_crm/leads/*.parquet'"
    leads = len(build_demo_organization(scale=0.05).records("Leads"))
    assert duckdb.sql(read).fetchall() == [(leads, leads)]


def test_the_copy_is_what_the_script_imports(initialized: Path) -> None:
    found = _run("-c", "import zoho_crm; print(zoho_crm.__file__)")

    assert Path(found.strip()) == initialized / "zoho_crm" / "__init__.py"


def test_the_source_requires_all_that_it_imports() -> None:
    of_dlt = {Requirement(line).name for line in requires("dlt") or [] if "extra ==" not in line}
    provided = set(_requirements()) | {canonicalize_name(name) for name in of_dlt}
    imported = {
        name.split(".")[0]
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    providers = packages_distributions()

    assert {
        name
        for name in imported - sys.stdlib_module_names
        if not provided & {canonicalize_name(provider) for provider in providers.get(name, ())}
    } == set()
