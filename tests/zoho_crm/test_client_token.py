"""The access token: replaced once however many use it, and shown to Zoho only."""

from __future__ import annotations

import json
import threading
from concurrent.futures import wait
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tests.zoho_crm.asking_widgets import PARAMS, WIDGETS, ask, fail
from tests.zoho_crm.crm import API
from zoho_crm.auth import ZohoCredentials
from zoho_crm.client import ZohoClient
from zoho_crm.exceptions import (
    ZohoAuthError,
    ZohoCrmError,
    ZohoResponseError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.zoho_crm.crm import Crm


def test_a_dead_access_token_is_replaced_once_however_many_threads_use_it(
    crm_with_widgets: Crm,
) -> None:
    with crm_with_widgets.client() as client:
        ask(client)
        crm_with_widgets.simulator.tokens.expire_all()

        futures = [client.submit("Widgets", PARAMS, subject=WIDGETS) for _ in range(40)]

        assert all(len(future.result().body["data"]) == 2 for future in futures)
    assert crm_with_widgets.tokens_issued == 2


def test_a_token_that_dies_again_and_again_is_replaced_once_a_call(crm_with_widgets: Crm) -> None:
    fail(crm_with_widgets, "invalid-token", times=100)

    with crm_with_widgets.client() as client, pytest.raises(ZohoAuthError, match="INVALID_TOKEN"):
        ask(client)

    assert crm_with_widgets.tokens_issued == 2
    assert len(crm_with_widgets.log("Widgets")) == 2


def test_a_dead_token_beside_other_failures_is_still_replaced(crm_with_widgets: Crm) -> None:
    fail(crm_with_widgets, "500")
    fail(crm_with_widgets, "invalid-token")
    fail(crm_with_widgets, "429")

    with crm_with_widgets.client() as client:
        assert len(ask(client).body["data"]) == 2


def test_a_missing_scope_fetches_no_other_token(crm_with_widgets: Crm) -> None:
    crm_with_widgets.settings.granted_scopes = ("ZohoCRM.users.READ",)

    with crm_with_widgets.client() as client:
        futures = [client.submit("Widgets", PARAMS, subject=WIDGETS) for _ in range(5)]
        wait(futures)

    assert all(isinstance(future.exception(), ZohoAuthError) for future in futures)
    assert crm_with_widgets.tokens_issued == 1
    assert len(crm_with_widgets.log("Widgets")) == 5


class _Elsewhere(BaseHTTPRequestHandler):
    """Plays Zoho and a stranger: gives a token, redirects the API, notes who hears the token."""

    zoho = stranger = ""
    page = b"{}"
    heard: ClassVar[list[tuple[str, str | None]]]

    def do_POST(self) -> None:
        body = {"access_token": "1000.a.b", "api_domain": self.zoho, "expires_in": 3600}
        self._answer(200, json.dumps(body).encode())

    def do_GET(self) -> None:
        self.heard.append((self.path, self.headers.get("Authorization")))
        self._answer(302, self.page, location=self.stranger)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def _answer(self, status: int, body: bytes, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def redirecting() -> Iterator[str]:
    """Address of a server that redirects to another of its kind."""
    _Elsewhere.heard = []
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) for _ in range(2)]
    zoho, stranger = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    _Elsewhere.zoho, _Elsewhere.stranger = zoho, f"{stranger}/stolen"
    threads = [threading.Thread(target=server.serve_forever, args=[0.01]) for server in servers]
    for thread in threads:
        thread.start()
    yield zoho
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("page", [b"{}", b"", b"<html>Moved</html>"])
def test_no_redirect_is_followed_with_the_token_nor_asked_for_again(
    redirecting: str, page: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Elsewhere, "page", page)
    credentials = ZohoCredentials(
        client_id="1000.C", client_secret="s3cr3t", refresh_token="1000.r", accounts_url=redirecting
    )
    with (
        ZohoClient(credentials, sleep=lambda _: None) as client,
        pytest.raises(ZohoResponseError, match=r"^Widgets: the reply redirects to 127\.0\.0\.1"),
    ):
        ask(client)

    assert [path.split("?")[0] for path, _ in _Elsewhere.heard] == [API + "Widgets"]


def test_the_token_goes_nowhere_else_than_to_zoho(crm_with_widgets: Crm) -> None:
    crm_with_widgets.settings.api_domain = "https://www.zohoapis.example"

    with crm_with_widgets.client() as client, pytest.raises(ZohoCrmError) as raised:
        ask(client)

    assert "www.zohoapis.example" in str(raised.value)
    assert crm_with_widgets.log() == []
