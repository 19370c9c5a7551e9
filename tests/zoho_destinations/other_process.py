"""Another process of the test's own: it does something, says so, and waits to be ended."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
PATHS = [str(ROOT / folder) for folder in ("", "sources", "destinations", "pipelines")]
START = (
    "import sys, time; sys.path[:0] = {paths!r}\n{code}\nprint('ready', flush=True)\ntime.sleep(99)"
)


@contextmanager
def other_process(code: str) -> Iterator[subprocess.Popen[str]]:
    """Runs code in another process and holds it there; ends it in the end, however it is."""
    process = subprocess.Popen(
        [sys.executable, "-c", START.format(paths=PATHS, code=code)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert "ready" in (line.strip() for line in lines), "the other process died"
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def run_other(code: str) -> int:
    """Runs code in another process to its end, and gives its exit code."""
    start = f"import sys; sys.path[:0] = {PATHS!r}\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", start], capture_output=True, text=True, check=False
    )
    return done.returncode
