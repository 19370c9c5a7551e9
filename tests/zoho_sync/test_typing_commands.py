"""What is printed to be typed runs, whether an environment is activated or not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from zoho_sync.typing_commands import type_command

NAMES = ("python", "zoho-sync")


@pytest.fixture
def environment(project_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment in the current folder, with an interpreter and a command, not activated."""
    folder = project_dir / ".venv" / "bin"
    folder.mkdir(parents=True)
    for name in NAMES:
        (folder / name).write_text(f"#!/bin/sh\necho this {name}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setattr(sys, "prefix", str(folder.parent))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return folder


def typed(command: str, folder: Path) -> str:
    """What a shell says to it."""
    return subprocess.check_output(["/bin/sh", "-c", command], cwd=folder, text=True).strip()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_activated_is_named_by_its_path(
    environment: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Path.cwd()

    assert type_command(name) == f".venv/bin/{name}"
    assert typed(type_command(name), here) == f"this {name}"
    assert typed(type_command(name, is_elsewhere=True), Path("/")) == f"this {name}"
    monkeypatch.chdir(environment)
    assert typed(type_command(name), environment) == f"this {name}"
    monkeypatch.chdir("/")
    assert typed(type_command(name), Path("/")) == f"this {name}"


def test_what_is_activated_needs_no_path_but_in_another_terminal(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{environment}:/usr/bin:/bin")

    assert type_command("zoho-sync") == "zoho-sync"
    assert type_command("zoho-sync", is_elsewhere=True) == str(environment / "zoho-sync")


def test_what_a_link_on_the_path_leads_to_needs_none_anywhere(
    environment: Path, project_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = project_dir / "links"
    links.mkdir()
    (links / "zoho-sync").symlink_to(environment / "zoho-sync")
    monkeypatch.setenv("PATH", f"{links}:/usr/bin:/bin")

    assert type_command("zoho-sync", is_elsewhere=True) == "zoho-sync"
    assert type_command("python") == ".venv/bin/python"


def test_without_a_command_beside_it_the_interpreter_runs_the_module(environment: Path) -> None:
    (environment / "zoho-sync").unlink()

    assert type_command("zoho-sync") == ".venv/bin/python -m zoho_sync"
