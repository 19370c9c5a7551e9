"""What is told while a run works."""

from __future__ import annotations

import io
import json
import os
import pty
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console

from tests.zoho_sync.command_line import start_process
from zoho_crm.outcomes import ResourceOutcome
from zoho_sync.live_progress import LiveProgress
from zoho_sync.progress import LineProgress, Silence, build_progress
from zoho_sync.run_report import RunReport

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from zoho_crm.outcomes import OutcomeName
    from zoho_sync.progress import RunListener

REPORT = RunReport("r", "zoho_crm", "duckdb", "zoho.duckdb", datetime(2026, 3, 30, tzinfo=UTC))


def _outcome(name: str, rows: int, outcome: OutcomeName) -> ResourceOutcome:
    return ResourceOutcome(name, name.lower(), rows=rows, pages=-(-rows // 200), outcome=outcome)


def _tell_a_run(listener: RunListener) -> None:
    listener.started(REPORT)
    listener.phase("Reading metadata.")
    listener.progressed([_outcome("Leads", 400, "reading"), _outcome("Deals", 0, "reading")], 3)
    listener.progressed([_outcome("Leads", 500, "done"), _outcome("Deals", 0, "done")], 6)
    listener.progressed([_outcome("Leads", 500, "done"), _outcome("Notes", 0, "skipped")], 7)
    listener.phase("Loading package 1.")


def test_lines_tell_each_end_once_and_nothing_of_what_is_unchanged() -> None:
    lines: list[str] = []

    _tell_a_run(LineProgress(lambda sentence, **_: lines.append(sentence), clock=lambda: 0.0))

    assert lines == [
        "Syncing into duckdb zoho.duckdb, dataset zoho_crm.",
        "Reading metadata.",
        "Leads: 500 rows.",
        "Notes: skipped.",
        "Loading package 1.",
    ]


def test_a_long_read_is_told_now_and_then() -> None:
    lines: list[str] = []
    times = iter([0.0, *([4.0] * 1), *([6.0] * 2), 7.0])
    progress = LineProgress(lambda sentence, **_: lines.append(sentence), clock=lambda: next(times))

    for rows in (200, 400, 600):
        progress.progressed([_outcome("Leads", rows, "reading")], rows // 200)

    assert lines == ["400 rows, 2 calls, 0 of 1 resources read."]


def test_json_lines_carry_the_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    with build_progress(is_quiet=False, is_json=True) as progress:
        _tell_a_run(progress)

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    leads = next(line for line in lines if line.get("resource") == "Leads")
    assert (leads["rows"], leads["pages"], leads["outcome"]) == (500, 3, "done")
    assert (leads["level"], leads["message"]) == ("info", "Leads: 500 rows.")


def test_quiet_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with build_progress(is_quiet=True, is_json=True) as progress:
        _tell_a_run(progress)

    assert isinstance(progress, Silence)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_what_is_being_read_and_how_much_is_done() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100, height=20, color_system=None)

    with LiveProgress(console, clock=lambda: 0.0) as progress:
        progress.started(REPORT)
        progress.progressed(
            [_outcome("Leads", 400, "reading"), _outcome("Deals", 9, "done")], calls=3
        )
        progress._live.refresh()

    shown = stream.getvalue()
    assert "Syncing into duckdb zoho.duckdb, dataset zoho_crm." in shown
    assert "Leads  400 rows  2 pages" in shown
    assert "1 of 2 resources, 409 rows, 3 calls" in shown


def test_a_process_on_a_terminal_keeps_its_results_apart(configured: Path) -> None:
    ours, theirs = pty.openpty()
    with start_process("run", "Leads", stderr=theirs, env_changes={"TERM": "xterm"}) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
        out, _ = process.communicate(timeout=60)
    os.close(ours)

    assert process.returncode == 0
    assert configured.exists()
    assert out.startswith("resource")
    assert b"resources" in shown
    assert b"\x1b[?25h" in shown  # the cursor is back


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux' way to say that the other end is closed
        return b""
