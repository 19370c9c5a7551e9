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

KILLED = -9


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    stdout: str
    stderr: str
    counts: dict[str, int] = field(default_factory=dict)
    """Events of each kind, for processes that were not killed."""

    @property
    def report(self) -> dict[str, Any]:
        """The document that `--json` printed."""
        found: dict[str, Any] = json.loads(self.stdout)
        return found


class Processes:
    """A server that forks a process for each command, see `forking_server`."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        home = {"HOME": str(folder), "DLT_DATA_DIR": str(folder / "dlt")}
        self.environment = {"PATH": os.environ["PATH"], **home, **environment}
        self._number = 0

    def __enter__(self) -> Self:
        server = Path(__file__).with_name("forking_server.py")
        self._server = subprocess.Popen(
            [sys.executable, str(server)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.environment},
            cwd=self.folder,
        )
        self._read()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(timeout=60)
        assert self._server.stdout is not None
        self._server.stdout.close()

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
            job["kill"] = kill
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(job) + "\n")
        self._server.stdin.flush()
        return int(self._read()["pid"])

    def wait(self) -> Ended:
        """Waits for the command started last."""
        code = int(self._read()["exit"])
        counts = Path(f"{self._base}.counts")
        return Ended(
            code,
            Path(f"{self._base}.out").read_text(),
            Path(f"{self._base}.err").read_text(),
            json.loads(counts.read_text()) if counts.exists() else {},
        )

    def _read(self) -> dict[str, Any]:
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        if not line:
            raise RuntimeError("the forking server ended")
        found: dict[str, Any] = json.loads(line)
        return found
