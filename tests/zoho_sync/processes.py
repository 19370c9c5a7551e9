"""Starting `zoho-sync` as a process, to its end or to a kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.postgres_server import Program
    from tests.zoho_sync.crm_copies import SyncedCopy

KILLED = -9


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    stdout: str
    stderr: str
    counts: dict[str, int] = field(default_factory=dict)
    """Events of each kind and the peak of memory, for processes that were not killed."""

    @property
    def report(self) -> dict[str, Any]:
        """The document that `--json` printed."""
        found: dict[str, Any] = json.loads(self.stdout)
        return found


class ForkingServer:
    """A process of `forking_server.py`, which takes a second to start and may serve many tests."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("forking_server.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.read()

    def send(self, job: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()

    def read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the forking server ended")
        found: dict[str, Any] = json.loads(line)
        return found

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


IDLE: list[ForkingServer] = []
"""Servers that no test uses now."""


class Processes:
    """Commands as processes of their own, each forked by a server, see `forking_server`.

    Attributes:
        clock_off_s: How wrong the local clock of processes is that are started from now on.
        program: What they run at the event at which they would kill themselves.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        home = {"HOME": str(folder), "DLT_DATA_DIR": str(folder / "dlt")}
        self.environment = {"PATH": os.environ["PATH"], **home, **environment}
        self.clock_off_s = 0
        self.program: Program | None = None
        self._number = 0

    def __enter__(self) -> Self:
        self._server = IDLE.pop() if IDLE else ForkingServer()
        return self

    def __exit__(self, *_: object) -> None:
        IDLE.append(self._server)

    def run(
        self, *arguments: str, kill: tuple[str, int] | None = None, **environment: str
    ) -> Ended:
        """Runs a command to its end, or until it kills itself at an event."""
        pid = self.start(*arguments, kill=kill, **environment)
        assert pid
        return self.wait()

    def start(
        self, *arguments: str, kill: tuple[str, int] | None = None, **environment: str
    ) -> int:
        """Starts a command and gives its process id; `wait` must follow."""
        self._number += 1
        self._base = self.folder / f"process-{self._number}"
        job: dict[str, Any] = {
            "argv": arguments,
            "cwd": str(self.folder),
            "env": {**self.environment, **environment},
            "stdout": f"{self._base}.out",
            "stderr": f"{self._base}.err",
            "counts": f"{self._base}.counts",
        }
        if kill is not None:
            job |= {"kill": kill, "program": self.program}
        if self.clock_off_s:
            job["clock_off_s"] = self.clock_off_s
        self._server.send(job)
        return int(self._server.read()["pid"])

    def wait(self) -> Ended:
        """Waits for the command started last."""
        code = int(self._server.read()["exit"])
        counts = Path(f"{self._base}.counts")
        return Ended(
            code,
            Path(f"{self._base}.out").read_text(),
            Path(f"{self._base}.err").read_text(),
            json.loads(counts.read_text()) if counts.exists() else {},
        )


def sync(processes: Processes, synced: SyncedCopy, *options: str) -> Ended:
    """One run, however it ends."""
    command = ("run", "--destination", synced.destination, "--json", "--quiet", *options)
    return processes.run(*command)
