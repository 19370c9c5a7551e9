"""Runs `zoho-sync` as its users do, and keeps what it printed."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from zoho_sync.cli import main
from zoho_sync.logs import LOGGERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHECKOUT = Path(__file__).parent.parent.parent
ROOTS = [CHECKOUT / "sources", CHECKOUT / "destinations", CHECKOUT / "pipelines"]
ASKING = ("check", "modules", "run")
"""Commands that ask Zoho with the configured credentials."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def sentence(self) -> str:
        """What a failed command says: the last line on standard error."""
        return self.err.strip().splitlines()[-1].removeprefix("zoho-sync: ")


class _Person(io.StringIO):
    """A terminal's standard input."""

    def __init__(self, answer: str) -> None:
        super().__init__(f"{answer}\n" * 9)

    def isatty(self) -> bool:
        return True


class CommandLine:
    """Runs commands in this process: everything is real but the process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str, stdin: str = "", answer: str | None = None) -> Ended:
        """Runs one, with something on standard input or somebody who answers every question."""
        self._capsys.readouterr()
        given = io.StringIO(stdin) if answer is None else _Person(answer)
        self._monkeypatch.setattr(sys, "stdin", given)
        with _untouched(), pytest.raises(SystemExit) as ended:
            main(list(arguments))
        printed = self._capsys.readouterr()
        return Ended(int(ended.value.code or 0), printed.out, printed.err)


def start_process(
    *arguments: str,
    stderr: int = subprocess.PIPE,
    env_changes: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """Starts a command as a process of its own."""
    path = os.pathsep.join(str(root) for root in ROOTS)
    return subprocess.Popen(
        [sys.executable, "-m", "zoho_sync", *arguments],
        env={**os.environ, "PYTHONPATH": path, **(env_changes or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def run_process(*arguments: str) -> Ended:
    """Runs a command as a process of its own."""
    with start_process(*arguments) as process:
        out, err = process.communicate(timeout=120)
    return Ended(process.returncode, out, err)


@contextmanager
def _untouched() -> Iterator[None]:
    """Puts back what a process of its own would have taken with it."""
    variables = dict(os.environ)
    handlers = {name: logging.getLogger(name).handlers for name in LOGGERS}
    if PluggableRunContext in Container():
        del Container()[PluggableRunContext]  # the files may have changed since
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(variables)
        for name, kept in handlers.items():
            logging.getLogger(name).handlers = kept
