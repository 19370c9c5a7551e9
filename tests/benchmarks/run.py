"""`make bench`: prints figures, and ratios of figures taken in the same run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.first_load import (
    bench_first_load,
    bench_import,
    bench_memory,
)

BENCHMARKS: dict[str, Callable[[], None]] = {
    "first_load": bench_first_load,
    "import": bench_import,
    "memory": bench_memory,
}


def main() -> None:
    """Runs the benchmarks named, or all."""
    for name in sys.argv[1:] or BENCHMARKS:
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
