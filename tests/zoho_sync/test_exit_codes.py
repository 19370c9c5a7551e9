"""One mistake per command: a sentence, the documented exit code, no traceback, nothing secret."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.zoho_sync.command_line import ASKING
from tests.zoho_sync.conftest import write_credentials
from zoho_simulator import SimulatorSettings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine


@pytest.mark.parametrize("command", ASKING)
def test_a_wrong_secret_is_told_from_a_wrong_client(
    zoho_sync: CommandLine, crm: Crm, configured: Path, command: str
) -> None:
    write_credentials(configured, crm, client_secret="not-the-secret-at-all")

    ended = zoho_sync(command)

    assert ended.code == 3
    assert "refuses its secret" in ended.err + ended.out
    assert "not-the-secret-at-all" not in ended.err + ended.out


@pytest.mark.parametrize("command", ASKING)
def test_a_client_of_another_data_centre_is_told_to_look_at_data_center(
    zoho_sync: CommandLine, crm: Crm, configured: Path, command: str
) -> None:
    write_credentials(configured, crm, client_id="1000.REGISTEREDELSEWHERE")

    ended = zoho_sync(command)

    assert ended.code == 3
    assert "data_center" in ended.err + ended.out


@pytest.mark.parametrize("command", ASKING)
@pytest.mark.usefixtures("configured")
def test_a_revoked_refresh_token_sends_to_login(
    zoho_sync: CommandLine, crm: Crm, command: str
) -> None:
    assert crm.simulator.tokens.revoke(crm.server.refresh_token)

    ended = zoho_sync(command)

    assert ended.code == 3
    assert "`zoho-sync login`" in ended.err + ended.out


@pytest.mark.parametrize("command", ASKING)
@pytest.mark.usefixtures("configured")
def test_a_missing_scope_is_named(zoho_sync: CommandLine, crm: Crm, command: str) -> None:
    scopes = SimulatorSettings().granted_scopes
    crm.settings.granted_scopes = tuple(s for s in scopes if "settings" not in s)

    ended = zoho_sync(command)

    assert ended.code == 3
    assert "ZohoCRM.settings.modules.READ" in ended.err + ended.out


@pytest.mark.parametrize("arguments", [("modules",), ("run",), ("audit", "--module")])
@pytest.mark.usefixtures("configured")
def test_an_unknown_module_suggests_the_nearest(
    zoho_sync: CommandLine, crm: Crm, arguments: tuple[str, ...]
) -> None:
    ended = zoho_sync(*arguments, "Leeds")

    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.splitlines()[-1] == "zoho-sync: No module matches 'Leeds': did you mean Leads?"
    assert not any("recycle_bin" in call.path for call in crm.log())


@pytest.mark.parametrize("command", ["check", "run"])
def test_zoho_out_of_reach_may_be_tried_again(
    zoho_sync: CommandLine, crm: Crm, configured: Path, command: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}"
        write_credentials(configured, crm, accounts_url=closed)

        ended = zoho_sync(command)

    assert ended.code == 4
    assert "could not be reached" in ended.err + ended.out


@pytest.mark.usefixtures("configured")
def test_a_reply_that_is_no_json_is_zohos_fault(zoho_sync: CommandLine, crm: Crm) -> None:
    crm.faults.add(kind="not-json", path="/crm/v8/settings/modules", times=99)

    ended = zoho_sync("check")

    assert ended.code == 5
    assert "where JSON was expected" in ended.out


@pytest.mark.usefixtures("configured")
def test_a_module_asked_for_by_name_and_refused_makes_a_run_partial(zoho_sync: CommandLine) -> None:
    ended = zoho_sync("run", "Leads", "Salaries")

    assert ended.code == 6
    assert "NO_PERMISSION" in ended.out


@pytest.mark.usefixtures("configured")
def test_a_reader_that_holds_the_file_ends_a_run_at_once_or_is_waited_for(
    zoho_sync: CommandLine, project_dir: Path
) -> None:
    hold = (
        "import duckdb, sys; c = duckdb.connect('zoho.duckdb'); print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=project_dir
    ) as reader:
        assert reader.stdout
        assert reader.stdout.readline().strip() == b"held"

        busy = [zoho_sync(command) for command in ("run", "check", "status")]
        in_vain = zoho_sync("run", "--wait", "0.1s")

        assert reader.stdin
        threading.Timer(1, reader.stdin.close).start()
        waited = zoho_sync("run", "--wait", "1m")
    assert (waited.code, reader.returncode) == (0, 1)  # it was there first, and has gone
    assert [ended.code for ended in busy] == [7, 7, 7]
    assert all(f"process {reader.pid}" in ended.err + ended.out for ended in busy)
    assert ["`--wait 10m`" in ended.err + ended.out for ended in busy] == [True, False, False]
    assert in_vain.code == 7
    assert in_vain.sentence.endswith("It was waited for, 0.1 s: run it again later.")


@pytest.mark.usefixtures("configured")
def test_a_limit_of_calls_stops_a_run_and_the_next_goes_on(
    zoho_sync: CommandLine, crm: Crm
) -> None:
    crm.add_module("Visits", times=range(crm.now_s - 9000, crm.now_s - 6000))

    limited = zoho_sync("run", "Visits", "--max-calls", "14")
    finished = zoho_sync("run", "Visits")

    assert limited.code == 8
    assert "Visits" in limited.out
    others = ("related_lists", "layouts", "recycle_bin", "/deleted")
    calls = [call for call in crm.log() if not any(name in call.path for name in others)]
    assert len(calls) <= 14 + 16 + 4
    assert finished.code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["runn"], "No such command 'runn'"),
        (["run", "--max-cals", "5"], "No such option: --max-cals"),
        (["run", "--max-calls", "many"], "'--max-calls'"),
        (["run", "--wait", "soon"], "'soon' is no duration"),
        (["status", "--max-age", "2 fortnights"], "'2 fortnights' is no duration"),
        (["check", "--destination", "oracle"], "'oracle'"),
        (["modules", "--log-format", "xml"], "'xml'"),
        (["simulate", "--edition", "Mega"], "'Mega'"),
        (["login", "surplus"], "surplus"),
        (["demo", "--port", "1"], "No such option: --port"),
    ],
)
def test_a_bad_option_is_named_and_the_help_with_it(
    zoho_sync: CommandLine, arguments: list[str], said: str
) -> None:
    ended = zoho_sync(*arguments)

    assert ended.code == 2
    assert ended.out == ""
    assert said in ended.sentence
    assert "--help" in ended.sentence
    assert len(ended.err.splitlines()) == 1


def test_a_taken_port_is_named(zoho_sync: CommandLine, crm: Crm) -> None:
    ended = zoho_sync("simulate", "--port", str(crm.server.port), "--scale", "0.02")

    assert ended.code == 2
    assert f"Port {crm.server.port}" in ended.sentence


@pytest.mark.usefixtures("configured")
def test_an_organisation_that_may_not_be_read_is_told_and_stops_nothing(
    zoho_sync: CommandLine, crm: Crm
) -> None:
    crm.faults.add(kind="no-permission", path="/crm/v8/org", times=99)

    ended = zoho_sync("run", "--json")

    assert ended.code == 0
    assert "The organisation cannot be told: " in ended.document["notes"][0]
    assert {r["resource"]: r["outcome"] for r in ended.document["resources"]}["Widgets"] == "done"
    assert zoho_sync("reconcile", "--check").code == 0


def test_an_option_that_cannot_be_is_told_with_what_can(zoho_sync: CommandLine) -> None:
    ended = zoho_sync("run", "--destination", "mysql")

    assert ended.code == 2
    assert ended.sentence == (
        "Invalid value for '--destination': 'mysql' is not one of 'duckdb', 'postgres'. "
        "See `zoho-sync run --help`."
    )
