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
    bench_postgres,
)
from tests.benchmarks.relations import bench_related_memory, bench_relations
from tests.benchmarks.simulator_speed import bench_simulator

BENCHMARKS: dict[str, Callable[..., None]] = {
    "first_load": bench_first_load,
    "import": bench_import,
    "memory": bench_memory,
    "postgres": bench_postgres,
    "relations": bench_relations,
    "related_memory": bench_related_memory,
    "simulator": bench_simulator,
}


def main() -> None:
    """Runs the benchmarks named, or all; `postgres=10000` runs one with so many rows."""
    for given in sys.argv[1:] or BENCHMARKS:
        name, _, rows = given.partition("=")
        BENCHMARKS[name](*([int(rows)] if rows else []))


if __name__ == "__main__":
    main()
