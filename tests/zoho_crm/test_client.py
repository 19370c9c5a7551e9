"""The client: retries, the token, the limits and the counting, over a real socket."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tests.zoho_crm.crm import API
from zoho_crm import settings
from zoho_crm.auth import AccessTokens, ZohoCredentials
from zoho_crm.client import ZohoClient
from zoho_crm.exceptions import (
    ZohoAuthError,
    ZohoBudgetError,
    ZohoConfigError,
    ZohoCrmError,
    ZohoPageTokenError,
    ZohoPermissionError,
    ZohoRateLimitError,
    ZohoResponseError,
    ZohoStoppedError,
    ZohoTransientError,
    ZohoUnsupportedError,
)
from zoho_crm.replies import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.zoho_crm.crm import Crm
    from zoho_crm.replies import Reply

WIDGETS = Subject("Widgets", "ZohoCRM.modules.custom.READ", "Widgets")
PARAMS = {"fields": "Name,Modified_Time"}
PASSING = ("429", "500", "503", "502-html", "cut", "not-json", "close")


@pytest.fixture
def crm_with_widgets(crm: Crm) -> Crm:
    crm.add_module(times=[crm.now_s - 100, crm.now_s - 50])
    return crm


def ask(client: ZohoClient, params: Mapping[str, str] = PARAMS) -> Reply:
    return client.get("Widgets", params, subject=WIDGETS)


def fail(crm: Crm, kind: Any, times: int = 1, **more: Any) -> None:
    crm.faults.add(kind=kind, path=API + "*", times=times, **more)


# retries


@pytest.mark.parametrize("fault", PASSING)
def test_a_failure_that_passes_is_tried_again(crm_with_widgets: Crm, fault: str) -> None:
    fail(crm_with_widgets, fault, times=2)

    with crm_with_widgets.client() as client:
        reply = ask(client)

        assert [row["Name"] for row in reply.body["data"]] == ["Widgets 1", "Widgets 0"]
        assert client.calls == 3
        assert client.usage("Widgets").retries == 2
    assert len(crm_with_widgets.log("Widgets")) == 3


def test_a_reply_that_does_not_come_in_time_is_asked_for_again(
    crm_with_widgets: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "READ_TIMEOUT_S", 0.2)
    fail(crm_with_widgets, "slow", seconds=1)

    with crm_with_widgets.client() as client:
        assert len(ask(client).body["data"]) == 2
        assert client.calls == 2


@pytest.mark.parametrize("fault", PASSING)
def test_a_failure_that_stays_ends_after_as_many_tries_as_settings_say(
    crm_with_widgets: Crm, fault: str
) -> None:
    fail(crm_with_widgets, fault, times=100)

    with crm_with_widgets.client() as client, pytest.raises(ZohoCrmError):
        ask(client)

    assert len(crm_with_widgets.log("Widgets")) == settings.RETRY_ATTEMPTS


def test_each_wait_is_about_twice_the_one_before_and_none_too_long(
    crm_with_widgets: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "RETRY_ATTEMPTS", 9)
    fail(crm_with_widgets, "429", times=100)

    with crm_with_widgets.client() as client, pytest.raises(ZohoRateLimitError):
        ask(client)

    most = [1, 2, 4, 8, 16, 30, 30, 30]
    assert len(crm_with_widgets.waits) == len(most)
    for waited_s, most_s in zip(crm_with_widgets.waits, most, strict=True):
        assert most_s / 2 <= waited_s <= most_s


@pytest.mark.parametrize("fault", ["no-permission", "scope-mismatch", "expired-value"])
def test_a_refusal_that_will_not_change_is_not_tried_again(
    crm_with_widgets: Crm, fault: str
) -> None:
    fail(crm_with_widgets, fault, times=100)

    with crm_with_widgets.client() as client, pytest.raises(ZohoCrmError):
        ask(client)

    assert len(crm_with_widgets.log("Widgets")) == 1
    assert crm_with_widgets.waits == []


def test_stopping_ends_a_wait_between_tries(crm_with_widgets: Crm) -> None:
    fail(crm_with_widgets, "500", times=100)
    credentials = crm_with_widgets.credentials()
    with ZohoClient(credentials) as client:  # waits for real
        asked = client.submit("Widgets", PARAMS, subject=WIDGETS)
        while not crm_with_widgets.log("Widgets"):
            pass
        client.stopping.set()

        with pytest.raises(ZohoStoppedError):
            asked.result(timeout=5)
    assert len(crm_with_widgets.log("Widgets")) == 1


# the token


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
    heard: ClassVar[list[tuple[str, str | None]]]

    def do_POST(self) -> None:
        body = {"access_token": "1000.a.b", "api_domain": self.zoho, "expires_in": 3600}
        self._answer(200, json.dumps(body).encode())

    def do_GET(self) -> None:
        self.heard.append((self.path, self.headers.get("Authorization")))
        self._answer(302, b"{}", location=self.stranger)

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


def test_no_redirect_is_followed_with_the_token(redirecting: str) -> None:
    credentials = ZohoCredentials(
        client_id="1000.C", client_secret="s3cr3t", refresh_token="1000.r", accounts_url=redirecting
    )
    with (
        ZohoClient(credentials, sleep=lambda _: None) as client,
        pytest.raises(ZohoResponseError, match="Widgets"),
    ):
        ask(client)

    assert [path.split("?")[0] for path, _ in _Elsewhere.heard] == [API + "Widgets"]


def test_the_token_goes_nowhere_else_than_to_zoho(crm_with_widgets: Crm) -> None:
    crm_with_widgets.settings.api_domain = "https://www.zohoapis.example"

    with crm_with_widgets.client() as client, pytest.raises(ZohoCrmError) as raised:
        ask(client)

    assert "www.zohoapis.example" in str(raised.value)
    assert crm_with_widgets.log() == []


# what errors say


def _refused(status: int, code: str, **details: Any) -> dict[str, Any]:
    body = {"code": code, "details": details, "message": "no", "status": "error"}
    return {"kind": "body", "status": status, "body": json.dumps(body).encode()}


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        ({"kind": "no-permission"}, ZohoPermissionError, "administrator"),
        (_refused(400, "AUTHORIZATION_FAILED"), ZohoPermissionError, "administrator"),
        (_refused(400, "INVALID_MODULE", resource_path_index=0), ZohoUnsupportedError, "API"),
        (_refused(400, "NOT_SUPPORTED"), ZohoUnsupportedError, "API"),
        (_refused(404, "INVALID_URL_PATTERN"), ZohoUnsupportedError, "address"),
        (_refused(400, "PAGINATION_LIMIT_EXCEEDED"), ZohoUnsupportedError, "100,000"),
        ({"kind": "scope-mismatch"}, ZohoAuthError, "ZohoCRM.modules.custom.READ"),
        (_refused(401, "AUTHENTICATION_FAILURE"), ZohoAuthError, "zoho-sync login"),
        ({"kind": "invalid-token", "times": 9}, ZohoAuthError, "data_center"),
        (_refused(400, "INVALID_HOST"), ZohoConfigError, "data_center"),
        ({"kind": "expired-value"}, ZohoPageTokenError, "expired"),
        (_refused(400, "TOKEN_BOUND_DATA_MISMATCH"), ZohoPageTokenError, "page token"),
        (_refused(400, "INVALID_DATA", param_name="page_token"), ZohoPageTokenError, "page token"),
        (_refused(400, "INVALID_DATA", param_name="fields"), ZohoResponseError, "INVALID_DATA"),
        (_refused(403, "SOMETHING_NEW"), ZohoPermissionError, "SOMETHING_NEW"),
        (_refused(418, "SOMETHING_NEW"), ZohoResponseError, "SOMETHING_NEW"),
        ({"kind": "429", "times": 99}, ZohoRateLimitError, "run again"),
        ({"kind": "500", "times": 99}, ZohoTransientError, "run again"),
        ({"kind": "502-html", "times": 99}, ZohoTransientError, "502"),
        ({"kind": "cut", "times": 99}, ZohoTransientError, "run again"),
        ({"kind": "close", "times": 99}, ZohoTransientError, "run again"),
        ({"kind": "not-json", "times": 99}, ZohoResponseError, "JSON"),
        ({"kind": "body", "body": b"[1]"}, ZohoResponseError, "200"),
    ],
)
def test_an_error_says_what_happened_where_and_what_to_do(
    crm_with_widgets: Crm, fault: dict[str, Any], kind: type[ZohoCrmError], said: str
) -> None:
    fail(crm_with_widgets, **fault)

    with crm_with_widgets.client() as client, pytest.raises(ZohoCrmError) as raised:
        ask(client)

    error = raised.value
    assert type(error) is kind
    assert str(error).startswith("Widgets: ")
    assert said in str(error)
    assert error.module == "Widgets"
    assert error.url is None or "?" not in error.url


def test_an_error_within_data_is_understood_as_one_at_the_top(crm_with_widgets: Crm) -> None:
    body = b'{"data":[{"code":"NO_PERMISSION","details":{},"message":"no","status":"error"}]}'
    fail(crm_with_widgets, "body", status=403, body=body)

    with crm_with_widgets.client() as client, pytest.raises(ZohoPermissionError) as raised:
        ask(client)

    assert raised.value.code == "NO_PERMISSION"
    assert raised.value.status == 403


def test_zoho_that_is_not_there_is_told_as_something_that_passes(crm: Crm) -> None:
    with crm.client() as client:
        token = client.tokens.current()
        gone = type(token)(token.value, "http://127.0.0.1:1", token.expires_at)
        client.tokens = _Given(gone)  # type: ignore[assignment]  # all that is asked of it
        with pytest.raises(ZohoTransientError, match=r"Widgets: .*could not be reached"):
            ask(client)
        assert client.calls == settings.RETRY_ATTEMPTS


class _Given:
    """Access tokens that are always the same."""

    def __init__(self, token: Any) -> None:
        self.token = token

    def current(self) -> Any:
        return self.token


# counting and limits


def test_every_call_is_counted_for_its_resource_retries_included(crm_with_widgets: Crm) -> None:
    fail(crm_with_widgets, "500", times=3)
    with crm_with_widgets.client() as client:
        for _ in range(2):
            ask(client)
        client.get("org", subject=Subject("organization", "ZohoCRM.org.READ"))

        assert client.usage("Widgets").calls == client.usage("Widgets").credits == 5
        assert client.usage("organization").calls == 1
        assert client.usage("users").calls == 0
        assert client.calls == len(crm_with_widgets.log()) == 6


@pytest.mark.parametrize("faults", [0, settings.RETRY_ATTEMPTS - 1])
def test_no_more_calls_are_made_than_allowed(crm_with_widgets: Crm, faults: int) -> None:
    if faults:
        fail(crm_with_widgets, "500", times=faults)
    with crm_with_widgets.client(max_calls=12) as client:
        futures = [client.submit("Widgets", PARAMS, subject=WIDGETS) for _ in range(30)]
        wait(futures)

        errors = [error for future in futures if (error := future.exception())]
        assert {type(error) for error in errors} == {ZohoBudgetError}
        assert "12 calls" in str(errors[0])
        assert client.calls == 12
    assert len(crm_with_widgets.log()) == 12
    assert len(errors) == 30 - 12 + faults


def test_no_more_calls_are_in_flight_than_allowed(crm_with_widgets: Crm) -> None:
    crm_with_widgets.settings.latency_ms = 5
    with crm_with_widgets.client(concurrency=3) as client, ThreadPoolExecutor(12) as threads:
        wait([threads.submit(ask, client) for _ in range(30)])

    assert crm_with_widgets.simulator.slots.most_in_flight == 3


def test_the_concurrency_of_the_edition_is_found_by_being_refused(crm_with_widgets: Crm) -> None:
    crm_with_widgets.settings.concurrency = 2
    crm_with_widgets.settings.latency_ms = 5
    with crm_with_widgets.client() as client:
        futures = [client.submit("Widgets", PARAMS, subject=WIDGETS) for _ in range(60)]

        assert all(len(future.result().body["data"]) == 2 for future in futures)
        assert client.gate.limit < 10


def test_concurrency_grows_back_with_success(crm_with_widgets: Crm) -> None:
    fail(crm_with_widgets, "429")
    with crm_with_widgets.client() as client:
        ask(client)
        assert client.gate.limit == 5
        for _ in range(120):
            ask(client)
        assert client.gate.limit == 10


def test_remaining_credits_are_known_once_zoho_tells_them(crm_with_widgets: Crm) -> None:
    crm_with_widgets.settings.daily_credits = 100
    with crm_with_widgets.client() as client:
        ask(client)
        assert client.credits_remaining is None
        crm_with_widgets.simulator.change_settings({"credits_used": 60})
        ask(client)
        assert client.credits_remaining == 39


def test_replies_are_numbered_upwards(crm_with_widgets: Crm) -> None:
    with crm_with_widgets.client() as client:
        numbers = [ask(client).number for _ in range(3)]
    assert numbers == sorted(set(numbers))


def test_a_reply_tells_the_time_of_zoho_not_of_this_machine(crm_with_widgets: Crm) -> None:
    with crm_with_widgets.client() as client:
        assert ask(client).date == crm_with_widgets.now


def test_nothing_newer_is_a_reply_without_rows(crm_with_widgets: Crm) -> None:
    with crm_with_widgets.client() as client:
        reply = client.get(
            "Widgets",
            {**PARAMS, "sort_by": "Modified_Time"},
            subject=WIDGETS,
            since=crm_with_widgets.now,
        )
    assert (reply.status, reply.body) == (304, {})
    (entry,) = crm_with_widgets.log("Widgets")
    assert entry.headers["if-modified-since"] == "2026-03-30T07:00:00+00:00"


def test_no_error_holds_a_secret(crm_with_widgets: Crm) -> None:
    credentials = crm_with_widgets.credentials()
    tokens = AccessTokens(credentials, sleep=crm_with_widgets.sleep)
    secrets = [credentials.client_secret, credentials.refresh_token, tokens.current().value]
    for fault in (*PASSING, "no-permission", "scope-mismatch", "invalid-token"):
        fail(crm_with_widgets, fault, times=settings.RETRY_ATTEMPTS)
        with (
            ZohoClient(credentials, tokens=tokens, sleep=crm_with_widgets.sleep) as client,
            pytest.raises(ZohoCrmError) as raised,
        ):
            ask(client)
        crm_with_widgets.faults.clear()
        secrets.append(tokens.current().value)
        seen = f"{raised.value!r} {vars(raised.value)} {raised.value.__cause__!r}"
        assert not any(secret in seen for secret in secrets)
