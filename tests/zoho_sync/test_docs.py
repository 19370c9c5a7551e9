"""docs/commands.md names every command, option and exit code, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from zoho_sync.cli import app
from zoho_sync.exit_codes import ExitCode

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
