"""What becomes of standard output and standard error decides nothing about a run."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.zoho_sync.command_line import ROOTS
from tests.zoho_sync.crm_copies import SyncedCopy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm


@pytest.mark.parametrize(
    ("redirections", "code"),
    [
        ("<&- >&- 2>&-", 0),
        pytest.param("2>/dev/full", 0, marks=pytest.mark.soak),
        pytest.param(">/dev/full", 4, marks=pytest.mark.soak),
        pytest.param("2>&-", 0, marks=pytest.mark.soak),
        pytest.param("--json >&-", 0, marks=pytest.mark.soak),
        pytest.param("--json --quiet >/dev/full", 4, marks=pytest.mark.soak),
        pytest.param("2>&1 | true", 0, marks=pytest.mark.soak),
        pytest.param("Leads Salaries | true", 6, marks=pytest.mark.soak),
    ],
)
@pytest.mark.usefixtures("configured")
def test_a_run_is_made_whoever_listens(
    crm: Crm, project_dir: Path, redirections: str, code: int
) -> None:
    line = f"set -o pipefail; '{sys.executable}' -m zoho_sync run {redirections}"
    path = os.pathsep.join(str(root) for root in ROOTS)
    ended = subprocess.run(
        ["bash", "-c", line],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr
    if code == 4:
        assert ended.stderr.splitlines()[-1] == (
            "zoho-sync: The result could not be written to standard output (No space left on "
            "device)."
        )
    copy = SyncedCopy(crm, path=project_dir / "zoho.duckdb")
    copy.assert_equals_crm(["Leads"])
    assert copy.query("SELECT exit_code FROM zoho_crm.sync_runs") == [
        {"exit_code": 0 if code == 4 else code}
    ]
