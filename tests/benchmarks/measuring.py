"""Runs a command and tells its wall time, CPU time and peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Measured:
    """One process."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    exit_code: int
    stdout: str
    stderr: str


def measure(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]) -> Measured:
    """Runs a command to its end."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        started = time.monotonic()
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                command, cwd=cwd, env={**os.environ, **environment}, stdout=stdout, stderr=stderr
            )
            _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
        return Measured(
            wall_s,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss * unit / 1e6,
            process.returncode,
            out.read_text(),
            err.read_text(),
        )
