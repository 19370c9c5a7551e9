"""What related lists cost: accounts with eight lists, loaded first and after a day's work."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .measuring import Measured, measure
from .server import SimulatorProcess, serving_by

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTS: Final = 8
LATENCY_MS: Final = 50
CONCURRENCY: Final = 10
TOUCHED: Final = 50
"""One account in so many is touched in a day: 2 %."""
MEMORY_CALLS: Final = 1_000
LISTS_ASKED: Final = (
    "Accounts.Attachments",
    "Accounts.Activities_Chronological_View",
    "!Deals.*",
)


def bench_relations(accounts: int = 2_000) -> None:
    """Calls against the plain way of accounts x lists; they scale with the accounts.

    Args:
        accounts: 20,000 for the whole of it, which takes some minutes.
    """
    server_file = str(Path(__file__).with_name("related_server.py"))
    with (
        serving_by(server_file, str(accounts), str(LATENCY_MS)) as server,
        tempfile.TemporaryDirectory() as name,
    ):
        naive = accounts * LISTS
        print(f"{accounts:,} accounts, {LISTS} lists each: the plain way takes {naive:,} calls")
        _run(server, Path(name), max_calls=0)  # the modules
        first = _run(server, Path(name))
        _print("first load", first, naive, 4)
        page = server.control(f"truth/Accounts?per_page={accounts // TOUCHED}")
        touch = {"op": "update", "module": "Accounts", "values": {"Account_Name": "touched"}}
        server.control("writes", [{**touch, "record_id": row["id"]} for row in page["data"]])
        _print("a day's run", _run(server, Path(name)), naive, 50)


def bench_related_memory(sizes: tuple[int, ...] = (2_000, 200_000)) -> None:
    """Peak memory does not grow with the parents; the same calls for lists of the same lengths."""
    peaks = []
    for accounts in sizes:
        server_file = str(Path(__file__).with_name("related_server.py"))
        with (
            serving_by(server_file, str(accounts), "0") as server,
            tempfile.TemporaryDirectory() as name,
        ):
            # By the accounts: a product's list has the more members the more accounts there are.
            lists = (*LISTS_ASKED, "!Products.*")
            _run(server, Path(name), max_calls=0, lists=lists)
            measured, calls = _run(server, Path(name), max_calls=MEMORY_CALLS, lists=lists)
            peaks.append(measured.peak_mb)
            print(f"  {accounts:,} parents  {measured.peak_mb:4.0f} MB  {calls:,} calls")
    print(f"    peak memory {peaks[-1] / peaks[0]:.2f} of the smaller (1.10)")


def _run(
    server: SimulatorProcess,
    folder: Path,
    *,
    max_calls: int = 1_000_000,
    lists: Sequence[str] = LISTS_ASKED,
) -> tuple[Measured, int]:
    """One run, and its calls for related lists: those with a record and a list in their path."""
    server.control("reset_log", {})
    environment = server.environment() | {
        "SOURCES__ZOHO_CRM__RELATED__MAX_CALLS": str(max_calls),
        "SOURCES__ZOHO_CRM__RELATED__LISTS": json.dumps(lists),
    }
    command = [sys.executable, "-m", "zoho_sync", "run", "--json", "--quiet"]
    measured = measure(command, cwd=folder, environment=environment)
    if measured.exit_code != 0:
        raise RuntimeError(f"zoho-sync ended with {measured.exit_code}: {measured.stdout}")
    return measured, sum(map(_is_of_a_list, server.all_calls()))


def _is_of_a_list(path: str) -> bool:
    parts: list[Any] = path.split("/")[3:]
    return len(parts) > 2 and parts[1].isdigit()


def _print(name: str, run: tuple[Measured, int], naive: int, share: int) -> None:
    measured, calls = run
    floor_s = calls * LATENCY_MS / 1000 / CONCURRENCY
    print(
        f"  {name:12} {calls:,} calls, one in {naive / calls:.1f} (one in {share})  "
        f"{measured.wall_s:6.1f} s wall, {floor_s:.1f} s of it calls x latency / concurrency  "
        f"{measured.cpu_s:5.1f} s CPU  {measured.peak_mb:4.0f} MB"
    )
