"""Others hear how a run ended: a heartbeat service of each, Slack where one needs attention."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from zoho_sync.exit_codes import ExitCode
from zoho_sync.heartbeat import send_heartbeat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.zoho_sync.synced import Synced

HEARTBEAT = "SOURCES__ZOHO_CRM__HEARTBEAT_URL"
SLACK = "RUNTIME__SLACK_INCOMING_HOOK"


class Listener(ThreadingHTTPServer):
    """A service on loopback that keeps what it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told: list[tuple[str, str]] = []
        self.never_ends = False
        self.is_over = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def take(self) -> list[tuple[str, str]]:
        """Gives the paths and bodies that have come since the last time."""
        told, self.told = self.told, []
        return told


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.told.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "9" if self.server.never_ends else "0")
        self.end_headers()
        if self.server.never_ends:
            self.wfile.write(b"x")
            self.server.is_over.wait(5)

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv(HEARTBEAT, f"{server.url}/s3cret-beat")
        monkeypatch.setenv(SLACK, f"{server.url}/s3cret-hook")
        yield server
        server.shutdown()
        thread.join()


def test_each_end_of_a_run_is_told_to_whom_it_concerns(copy: Synced, listener: Listener) -> None:
    report = copy.run("Widgets")
    assert listener.take() == [("/s3cret-beat", report["message"])]

    report = copy.run("--max-calls", "1", code=8)
    assert listener.take() == [("/s3cret-beat", report["message"])]

    copy.crm.org.change_module("Gizmos", refusal="NO_PERMISSION")
    report = copy.run("Gizmos", code=6)
    (beat, slack) = listener.take()
    assert beat == ("/s3cret-beat/fail", report["message"])
    assert slack[0] == "/s3cret-hook"
    assert json.loads(slack[1])["text"] == f"zoho-sync zoho_crm: partial. {report['message']}"


def test_a_run_that_ends_in_an_error_is_told_with_its_sentence(
    either_copy: Synced, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__ZOHO_CRM__CREDENTIALS__REFRESH_TOKEN", "1000.n0.t0ken")
    report = either_copy.run(code=3)

    (beat, slack) = listener.take()
    assert beat == ("/s3cret-beat/fail", report["message"])
    assert report["message"] in json.loads(slack[1])["text"]
    assert "n0.t0ken" not in f"{beat} {slack}"


def test_a_failure_is_told_below_the_address_and_not_in_its_query(listener: Listener) -> None:
    send_heartbeat(f"{listener.url}/beat/?create=1", ExitCode.PARTIAL, "Leads are missing.")
    assert listener.take() == [("/beat/fail?create=1", "Leads are missing.")]


def test_a_reply_that_never_ends_is_not_waited_for(
    listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    listener.never_ends = True
    started = time.monotonic()
    send_heartbeat(f"{listener.url}/beat", ExitCode.DONE, "All is well.")
    assert time.monotonic() - started < 4
    listener.is_over.set()
    assert not caplog.records
    assert listener.take() == [("/beat", "All is well.")]


def test_who_cannot_be_told_changes_nothing_and_stays_unnamed(
    either_copy: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HEARTBEAT, "http://127.0.0.1:9/s3cret-beat")
    monkeypatch.setenv(SLACK, "http://127.0.0.1:9/s3cret-hook")
    either_copy.crm.org.change_module("Gizmos", refusal="NO_PERMISSION")

    ended = either_copy.try_command("run", "Gizmos")

    assert ended.code == 6
    assert "s3cret" not in ended.out + ended.err
    assert "heartbeat could not be sent" in ended.err
