"""How fast and how cheap: first load, 1 % changed, nothing changed, against the floor."""

from __future__ import annotations

import json
import math
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .measuring import Measured, measure
from .postgres_server import postgres
from .server import SimulatorProcess, serving

MODULE = "Contacts"
FIELDS = 40
PAGE_SIZE = 200
LATENCY_MS = 50


@dataclass(frozen=True)
class Load:
    """One run of the product and what it asked for."""

    measured: Measured
    record_calls: int
    all_calls: int
    rows: int


def run_product(server: SimulatorProcess, folder: Path, url: str | None = None) -> Load:
    """Runs `zoho-sync run` for the module and counts its calls at the server.

    Args:
        server: The simulated CRM.
        folder: Where the DuckDB file and dlt's folders go.
        url: The Postgres to load into, in place of DuckDB.
    """
    server.control("reset_log", {})
    command = [sys.executable, "-m", "zoho_sync", "run", MODULE, "--json", "--quiet"]
    environment = {**server.environment(), "DLT_DATA_DIR": str(folder / "dlt")}
    if url:
        command += ["--destination", "postgres"]
        environment["DESTINATION__POSTGRES__CREDENTIALS"] = url
    measured = measure(command, cwd=folder, environment=environment)
    if measured.exit_code != 0:
        raise RuntimeError(f"zoho-sync ended with {measured.exit_code}: {measured.stderr}")
    report = json.loads(measured.stdout)
    rows = next(r["rows"] for r in report["resources"] if r["resource"] == MODULE)
    return Load(measured, server.calls(MODULE), len(server.all_calls()), rows)


def run_floor(server: SimulatorProcess, folder: Path, url: str | None = None) -> Measured:
    """Runs the floor for the module, into DuckDB or into a Postgres."""
    keys = ("client_id", "client_secret", "refresh_token")
    command = [sys.executable, str(Path(__file__).with_name("floor.py")), server.url, MODULE]
    command += [url or str(folder / "floor.duckdb"), *(server.credentials[key] for key in keys)]
    measured = measure(command, cwd=folder, environment={})
    if measured.exit_code != 0:
        raise RuntimeError(f"the floor ended with {measured.exit_code}: {measured.stderr}")
    return measured


def bench_first_load(rows: int = 50_000) -> None:
    """Three runs on data where three rows share a second, beside the floor."""
    bulk = f"{MODULE}:{rows}:{FIELDS}:3"
    with (
        serving("--empty", "--bulk", bulk, "--latency-ms", str(LATENCY_MS)) as server,
        tempfile.TemporaryDirectory() as name,
    ):
        folder = Path(name)
        floor = run_floor(server, folder)
        first = run_product(server, folder)
        least = math.ceil(rows / PAGE_SIZE)
        print(f"{rows:,} contacts of {FIELDS} fields, {LATENCY_MS} ms latency")
        print(f"  floor          {floor.wall_s:6.1f} s wall  {floor.cpu_s:5.1f} s CPU")
        _print("first load", first)
        print(f"    wall time {first.measured.wall_s / floor.wall_s:.2f} of the floor (1.5)")
        print(f"    record calls {first.record_calls / least:.3f} of {least} (1.03)")
        _change_one_percent(server, rows)
        _print("1 % changed", run_product(server, folder))
        server.control("clock", {"advance_s": 3600})
        run_product(server, folder)  # the change is now older than the overlap
        idle = run_product(server, folder)
        _print("nothing changed", idle)
        print(f"    calls {idle.all_calls} (one for the module, users and metadata each)")


def bench_postgres(rows: int = 50_000) -> None:
    """A first load into Postgres, and a second one of everything changed, beside the floor."""
    bulk = f"{MODULE}:{rows}:{FIELDS}:3"
    with (
        serving("--empty", "--bulk", bulk, "--latency-ms", str(LATENCY_MS)) as server,
        tempfile.TemporaryDirectory() as name,
        postgres() as url,
    ):
        folder = Path(name)
        floor = run_floor(server, folder, url)
        first = run_product(server, folder, url)
        print(f"{rows:,} contacts of {FIELDS} fields into Postgres, {LATENCY_MS} ms latency")
        print(f"  floor          {floor.wall_s:6.1f} s wall  {floor.cpu_s:5.1f} s CPU")
        _print("first load", first)
        print(f"    wall time {first.measured.wall_s / floor.wall_s:.2f} of the floor (1.5)")


def bench_import(rows: int = 50_000) -> None:
    """A first load of data that was imported at 250 rows a second."""
    with (
        serving("--empty", "--bulk", f"{MODULE}:{rows}:{FIELDS}:250") as server,
        tempfile.TemporaryDirectory() as name,
    ):
        load = run_product(server, Path(name))
        least = math.ceil(rows / PAGE_SIZE)
        print(f"{rows:,} contacts imported at 250 a second")
        _print("first load", load)
        print(f"    record calls {load.record_calls / least:.3f} of {least} (2.3)")


def bench_memory(sizes: tuple[int, ...] = (50_000, 500_000)) -> None:
    """Peak memory does not grow with the module."""
    peaks = []
    for rows in sizes:
        with (
            serving("--empty", "--bulk", f"{MODULE}:{rows}:{FIELDS}:3") as server,
            tempfile.TemporaryDirectory() as name,
        ):
            load = run_product(server, Path(name))
            peaks.append(load.measured.peak_mb)
            _print(f"{rows:,} rows", load)
    print(f"    peak memory {peaks[-1] / peaks[0]:.2f} of the smaller (1.10)")


def _print(name: str, load: Load) -> None:
    measured = load.measured
    print(
        f"  {name:14} {measured.wall_s:6.1f} s wall  {measured.cpu_s:5.1f} s CPU  "
        f"{measured.peak_mb:4.0f} MB  {load.rows:,} rows  {load.record_calls} record calls"
    )


def _change_one_percent(server: SimulatorProcess, rows: int) -> None:
    page = server.control(f"truth/{MODULE}?per_page={rows // 100}")
    update = {"op": "update", "module": MODULE, "values": {"Description": "changed"}}
    server.control("writes", [{**update, "record_id": record["id"]} for record in page["data"]])
