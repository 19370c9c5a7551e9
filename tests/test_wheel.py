"""The wheel holds the four packages and the command, and works without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest

CHECKOUT = Path(__file__).parent.parent
PACKAGES = {
    "zoho_crm": "sources",
    "zoho_destinations": "destinations",
    "zoho_sync": "pipelines",
    "zoho_simulator": "pipelines",
}
# pip's own settings and cache are the user's; while a test runs, HOME is another folder.
OUTER_HOME = os.environ.get("HOME", "")

pytestmark = pytest.mark.xdist_group("wheel")  # one worker makes the environment, not each


def _run(*command: str | Path, **environment: str) -> str:
    """Runs a command and gives its standard output; fails with all that it wrote."""
    done = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{command} gave {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    build = ["-m", "build", "--wheel", "--no-isolation", "--outdir"]
    _run(sys.executable, *build, folder, CHECKOUT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an empty environment in which only the wheel was installed."""
    environment = tmp_path_factory.mktemp("environment")
    _run(sys.executable, "-m", "venv", environment)
    commands = environment / ("Scripts" if os.name == "nt" else "bin")
    constraints = CHECKOUT / "requirements.txt"
    # Most of what is installed is never imported here, so it need not be compiled.
    install = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile"]
    _run(commands / "python", *install, "--constraint", constraints, wheel, HOME=OUTER_HOME)
    return commands


def test_the_wheel_holds_the_packages_with_their_data_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    in_packages = {
        path.relative_to(CHECKOUT / root).as_posix()
        for package, root in PACKAGES.items()
        for path in (CHECKOUT / root / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    information = {name for name in names if ".dist-info/" in name}

    assert names - information == in_packages
    assert {name.split("/", 1)[1] for name in information} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }


def test_the_installed_command_explains_itself(installed: Path, project_dir: Path) -> None:
    assert "run" in _run(installed / "zoho-sync", "--help")
    assert list(project_dir.iterdir()) == []


def test_the_installed_demo_loads_a_database(installed: Path, project_dir: Path) -> None:
    _run(installed / "zoho-sync", "demo", "--scale", "0.02")

    with duckdb.connect(str(project_dir / "zoho_crm_demo.duckdb"), read_only=True) as connection:
        leads = connection.sql("SELECT count(*) FROM zoho_crm.leads").fetchall()
    assert leads[0][0] > 0
