"""A delink killed at any instant: what was removed is on record, and the next apply settles it."""

from __future__ import annotations

import os
import random
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.crm import Crm
from tests.zoho_sync.crm_copies import copy_on
from tests.zoho_sync.delinking import Delinking
from tests.zoho_sync.processes import KILLED, Processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.zoho_sync.command_line import CommandLine
    from tests.zoho_sync.processes import Ended
    from zoho_simulator import Server

KINDS = ("http", "sql", "sql-after", "file")
KILLS_IN_SOAK = 100


class Killing:
    """Processes of the command over one CRM and one dataset."""

    def __init__(self, delinking: Delinking, processes: Processes) -> None:
        self.delinking, self.crm = delinking, delinking.crm
        self._processes = processes

    def run(self, *arguments: str, kill: tuple[str, int] | None = None) -> Ended:
        return self._processes.run("delink", *self._common(*arguments), kill=kill)

    def signal_at_delete(self, number: int, *arguments: str) -> Ended:
        """Sends a signal to the command while Zoho is about to answer its first DELETE."""
        pids: list[int] = []
        has_started = threading.Event()

        def kill(_: Any) -> None:
            has_started.wait(30)
            os.kill(pids[0], number)

        self.crm.hooks.before(lambda call: call.method == "DELETE", kill)
        # One call at a time, so that the signal meets the first.
        command = ("delink", *self._common(*arguments))
        pids.append(self._processes.start(*command, SOURCES__ZOHO_CRM__CONCURRENCY="1"))
        has_started.set()
        return self._processes.wait()

    def _common(self, *arguments: str) -> tuple[str, ...]:
        return (*arguments, "--json", "--quiet", "--destination", self.delinking.copy.destination)


@pytest.fixture(params=["duckdb", "postgres"])
def killing(
    request: pytest.FixtureRequest,
    simulator_server: Server,
    zoho_sync: CommandLine,
    tmp_path: Path,
) -> Iterator[Killing]:
    crm = Delinking.build_crm(Crm(simulator_server))
    copy = copy_on(request.param, request, crm, tmp_path)
    with Processes(tmp_path / "work", copy.environment()) as processes:
        yield Killing(Delinking(crm, copy, zoho_sync, tmp_path / "rows.csv"), processes)


def test_killed_between_intent_and_call_and_between_call_and_record(killing: Killing) -> None:
    delinking = killing.delinking
    rows = delinking.add_members(3, status="Opened")
    before = delinking.members(rows)
    delinking.write(rows)
    named = ("--from-file", str(delinking.file))
    for was_removed in (False, True):
        plan = killing.run(*named).report["plan"]
        if not was_removed:
            killing.crm.faults.add(kind="503", method="DELETE")  # the call never arrives

        killed = killing.signal_at_delete(signal.SIGKILL, *named, "--apply", "--yes")

        assert killed.code == KILLED
        assert delinking.members(rows) == ({} if was_removed else before)
        assert [r["state"] for r in delinking.records_of(plan)] == ["intended"] * 3
        settled = killing.run("--plan", plan, "--apply", "--yes")
        assert settled.code == 0, settled.stderr + settled.stdout
        assert delinking.members(rows) == {}
        code = "INVALID_DATA" if was_removed else "SUCCESS"
        replies = {(r["state"], r["reply_code"]) for r in delinking.records_of(plan)}
        assert replies == {("removed", code)}
        undone = killing.run("--undo", plan, "--yes")
        assert undone.code == 0, undone.stderr + undone.stdout
        assert delinking.members(rows) == before


@pytest.mark.parametrize("killing", ["duckdb"], indirect=True)
def test_a_signal_ends_an_apply_after_the_calls_under_way(killing: Killing) -> None:
    delinking = killing.delinking
    rows = [row for _ in range(3) for row in delinking.add_members(2)]
    delinking.write(rows)
    named = ("--from-file", str(delinking.file))
    assert killing.run(*named).code == 0

    stopped = killing.signal_at_delete(signal.SIGTERM, *named, "--apply", "--yes")

    assert stopped.code == 8, stopped.stderr
    assert "2 relations removed, 4 left; apply it again." in stopped.report["message"]
    assert killing.run(*named, "--apply", "--yes").code == 0
    assert delinking.members(rows) == {}


def kill_and_settle(killing: Killing, *, kills: int, seed: int) -> None:
    """Every kill meets a plan, an apply or an undo; then one ordinary command of each."""
    chance = random.Random(seed)
    delinking = killing.delinking
    rows = [row for _ in range(3) for row in delinking.add_members(4)]
    before = delinking.members(rows)
    delinking.write(rows)
    named = ("--from-file", str(delinking.file))
    counts = dict.fromkeys(KINDS, 40)
    killed = 0
    for number in range(kills):
        kind = KINDS[number % len(KINDS)]
        plan = killing.run(*named).report["plan"]
        action = ("--plan", plan, "--apply") if number % 3 else ("--undo", plan)
        if not number % 3:
            assert killing.run("--plan", plan, "--apply", "--yes").code == 0
        at = 1 + chance.randrange(counts[kind])
        killed += killing.run(*action, "--yes", kill=(kind, at)).code == KILLED
        known = {r["related_record"] for r in delinking.records_of(plan)}
        assert set(before) - set(delinking.members(rows)) <= known, (number, kind, at)
        settled = killing.run(*action, "--yes")
        assert settled.code == 0, (number, kind, at, settled.stdout, settled.stderr)
        counts = {kind: max(5, settled.counts.get(kind, 1)) for kind in KINDS}
        if number % 3:
            assert delinking.members(rows) == {}, (number, kind, at)
        undone = killing.run("--undo", plan, "--yes")
        assert undone.code == 0, (number, kind, at, undone.stdout, undone.stderr)
        assert delinking.members(rows) == before, (number, kind, at)
    delinking.copy.assert_no_row_twice()
    assert killed >= kills // 2


@pytest.mark.parametrize("killing", ["duckdb"], indirect=True)
def test_after_a_kill_at_any_instant_nothing_is_lost_or_unknown(killing: Killing) -> None:
    kill_and_settle(killing, kills=2, seed=3)


@pytest.mark.soak
def test_after_a_hundred_kills_nothing_is_lost_or_unknown(killing: Killing) -> None:
    kill_and_settle(killing, kills=KILLS_IN_SOAK, seed=5)
