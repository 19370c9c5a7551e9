"""`zoho-sync simulate`: what it prints works in another terminal."""

from __future__ import annotations

import json
import re
import signal
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.zoho_sync.command_line import start_process

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from tests.zoho_sync.command_line import CommandLine

SMALL = ("simulate", "--port", "0", "--scale", "0.02")


@contextmanager
def _serving(*options: str, until: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Starts the simulator; gives what it printed up to a line."""
    with start_process(*SMALL, *options) as process:
        assert process.stdout
        printed = ""
        for line in process.stdout:
            printed += line
            if line.startswith(until):
                break
        try:
            yield printed, process
        finally:
            process.terminate()


def _post(url: str) -> str:
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=30)
    connection.request("POST", address.path)
    reply = connection.getresponse().read().decode()
    connection.close()
    return reply


def test_the_printed_way_leads_from_login_to_a_second_run(
    zoho_sync: CommandLine, project_dir: Path
) -> None:
    with _serving(until="A code works once") as (guide, _):
        secret, url, client, code = re.findall(
            r"echo '(\S+)' .*--accounts-url (\S+).*--client-id (\S+).*--code (\S+)",
            guide.replace("\n", " "),
        )[0]
        login = ("login", "--client-secret-stdin", "--accounts-url", url, "--client-id", client)
        assert zoho_sync(*login, "--code", code, stdin=f"{secret}\n").code == 0
        assert zoho_sync("check").code == 0
        first = zoho_sync("run", "Leads", "Deals", "--json")
        day = re.findall(r"curl -X POST (\S+change_day)", guide)[0]
        assert json.loads(_post(day))
        second = zoho_sync("run", "Leads", "Deals", "--json")

    assert (first.code, second.code) == (0, 0)
    assert 0 < second.document["calls"] < first.document["calls"]
    assert (project_dir / "zoho.duckdb").exists()


def test_the_printed_variables_work_too(
    zoho_sync: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(until="A code works once") as (guide, _):
        for name, value in re.findall(r"export (\w+)=(\S+)", guide):
            monkeypatch.setenv(name, value)
        ended = zoho_sync("check", "--json")

    assert ended.code == 0


def test_json_says_where_it_listens_before_it_serves() -> None:
    with _serving("--json", "--edition", "Free", until="}") as (printed, process):
        facts = json.loads(printed)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0

    assert facts["exit_code"] == 0
    assert facts["url"].startswith("http://127.0.0.1:")
    assert facts.keys() >= {"client_id", "client_secret", "refresh_token", "grant_code"}
