"""What goes wrong at the token endpoint: the error and its sentence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import BaseAdapter

from tests.zoho_crm.auth_server import (
    TOKEN_PATH,
    Machine,
    asked,
    tokens_for,
)
from zoho_crm.auth import AccessTokens, ZohoCredentials, exchange_grant_code
from zoho_crm.exceptions import (
    ZohoAuthError,
    ZohoCrmError,
    ZohoRateLimitError,
    ZohoResponseError,
    ZohoTransientError,
)

if TYPE_CHECKING:
    from pathlib import Path

    from zoho_simulator import Server


@pytest.mark.parametrize(
    ("changes", "code", "sentence"),
    [
        ({"client_secret": "x"}, "invalid_client_secret", "refuses its secret: copy `client_sec"),
        ({"client_id": "x"}, "invalid_client", "check `client_id`, and set `data_center`"),
        ({"refresh_token": "x"}, "invalid_code", "revoked, pushed out by newer ones, or belongs"),
        ({"refresh_token": "x"}, "invalid_code", "get a new one with `zoho-sync login`"),
    ],
)
def test_refused_credentials_are_told_apart(
    server: Server, changes: dict[str, Any], code: str, sentence: str
) -> None:
    with pytest.raises(ZohoAuthError) as caught:
        tokens_for(server, **changes).current()

    assert sentence in str(caught.value)
    assert "127.0.0.1" in str(caught.value)
    assert (caught.value.code, caught.value.url) == (code, server.url + TOKEN_PATH)
    assert asked(server) == 1


@pytest.mark.parametrize("status", [200, 400])
def test_a_throttled_client_waits_instead_of_asking_again(server: Server, status: Any) -> None:
    server.simulator.settings.tokens_per_window = 0
    server.simulator.settings.token_throttle_status = status
    machine = Machine()
    tokens = tokens_for(server, machine)

    for _ in range(3):
        with pytest.raises(ZohoRateLimitError, match="wait up to 10 minutes"):
            tokens.current()
        machine.pass_time(199)
    assert (asked(server), machine.waits) == (1, [])

    server.simulator.settings.tokens_per_window = 10
    machine.pass_time(10)
    assert tokens.current().value


def test_a_token_in_its_last_minutes_is_used_while_zoho_gives_no_other(server: Server) -> None:
    machine = Machine()
    tokens = tokens_for(server, machine)
    last = tokens.current()
    server.simulator.settings.tokens_per_window = 0

    machine.pass_time(3400)
    assert tokens.current() == last
    machine.pass_time(201)
    with pytest.raises(ZohoRateLimitError):
        tokens.current()


def test_a_token_that_zoho_rejected_is_not_given_out_again(server: Server) -> None:
    tokens = tokens_for(server)
    rejected = tokens.current()
    server.simulator.settings.tokens_per_window = 0

    for _ in range(2):
        with pytest.raises(ZohoRateLimitError):
            tokens.replace(rejected)
        with pytest.raises(ZohoRateLimitError):
            tokens.current()


@pytest.mark.parametrize("kind", ["500", "503", "502-html", "close"])
def test_a_fault_that_passes_is_waited_for(server: Server, kind: Any) -> None:
    server.simulator.faults.add(kind=kind, path=TOKEN_PATH, times=3)
    machine = Machine()

    assert tokens_for(server, machine).current().value
    assert machine.waits == [1, 2, 4]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"kind": "503"}, "failed with HTTP 503"),
        ({"kind": "502-html"}, "failed with HTTP 502"),
        ({"kind": "body", "body": b"\n<!doctype html>"}, "shows a web page in place of a token"),
        ({"kind": "close"}, "could not be reached"),
        ({"kind": "cut"}, "could not be reached"),
    ],
)
def test_a_fault_that_stays_is_transient_and_names_the_host(
    server: Server, fault: dict[str, Any], sentence: str
) -> None:
    server.simulator.faults.add(path=TOKEN_PATH, times=9, **fault)

    with pytest.raises(ZohoTransientError, match=rf"server 127.0.0.1:\d+ {sentence} \(4 tri"):
        tokens_for(server).current()

    assert asked(server) == 4


def test_all_threads_get_the_failure_of_the_first_and_zoho_is_spared(server: Server) -> None:
    server.simulator.faults.add(kind="503", path=TOKEN_PATH, times=99)
    machine = Machine()
    tokens = tokens_for(server, machine)

    with ThreadPoolExecutor(8) as pool:
        errors = [future.exception() for future in [pool.submit(tokens.current) for _ in range(8)]]

    assert {type(error) for error in errors} == {ZohoTransientError}
    assert len({id(error) for error in errors}) == 8
    assert asked(server) == 4

    server.simulator.faults.clear()
    machine.pass_time(61)
    assert tokens.current().value


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"Zoho will be back soon {", "HTTP 200 without the JSON of a token"),
        (b"", "HTTP 200 without the JSON of a token"),
        (b"[]", "HTTP 200 without the JSON of a token"),
        (b"[" * 100_000, "HTTP 200 without the JSON of a token"),
        (b"\xff\xfe", "HTTP 200 without the JSON of a token"),
        (b"{}", "no usable `access_token`"),
        (b'{"access_token": null, "error": null}', "no usable `access_token`"),
        (b'{"access_token": 12}', "no usable `access_token`"),
        (b'{"access_token": "1000.a\\r\\nX: y"}', "no usable `access_token`"),
        (b'{"access_token": "a"}', "no `api_domain`"),
        (b'{"access_token": "a", "api_domain": 1}', "no `api_domain`"),
    ],
)
def test_a_reply_that_is_not_as_documented_says_so(
    server: Server, body: bytes, sentence: str
) -> None:
    server.simulator.faults.add(kind="body", path=TOKEN_PATH, body=body)

    with pytest.raises(ZohoResponseError, match=sentence) as caught:
        tokens_for(server).current()

    assert "check `data_center`, `accounts_url`" in str(caught.value)
    assert asked(server) == 1


@pytest.mark.parametrize("domain", ["https://zoho.com.evil.net", "http://www.zohoapis.com", "x"])
def test_a_token_is_not_kept_for_a_host_that_is_not_zohos(
    server: Server, domain: str, tmp_path: Path
) -> None:
    server.simulator.settings.api_domain = domain

    with pytest.raises(ZohoAuthError, match=r"The `api_domain` sent by 127\.0\.0\.1"):
        tokens_for(server).current()

    assert list(tmp_path.glob("dlt/**/*.json")) == []


class ScriptedAdapter(BaseAdapter):
    """Answers every request alike, without a network."""

    def __init__(self, status: int, **headers: str) -> None:
        super().__init__()
        self.status, self.headers = status, headers
        self.requests: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.requests.append(request)
        if self.status == 0:
            raise requests.exceptions.SSLError(request=request)
        if self.status == 1:
            raise requests.ReadTimeout(request=request)
        response = requests.Response()
        response.status_code, response.request = self.status, request
        response.url = str(request.url)
        response.headers.update(self.headers)
        response._content = b""
        return response

    def close(self) -> None:
        """Nothing to close."""


def scripted(adapter: ScriptedAdapter) -> AccessTokens:
    values = ZohoCredentials(client_id="id", client_secret="s", refresh_token="r")
    session = requests.Session()
    session.mount("https://", adapter)
    return AccessTokens(values, session=session, sleep=Machine().sleep)


def test_a_redirect_is_not_followed() -> None:
    adapter = ScriptedAdapter(307, Location="https://accounts.zoho.com.evil.net/")

    with pytest.raises(ZohoResponseError, match=r"accounts\.zoho\.com answered HTTP 307"):
        scripted(adapter).current()

    assert [request.url for request in adapter.requests] == [
        f"https://accounts.zoho.com{TOKEN_PATH}"
    ]


@pytest.mark.parametrize(
    ("status", "kind", "sentence", "times"),
    [
        (0, ZohoTransientError, "has no certificate that this machine trusts", 4),
        (1, ZohoTransientError, "did not answer in time", 4),
        (404, ZohoResponseError, "answered HTTP 404 without the JSON", 1),
        (429, ZohoRateLimitError, "wait up to 10 minutes", 1),
    ],
)
def test_the_network_and_proxies_have_sentences_of_their_own(
    status: int, kind: type[ZohoCrmError], sentence: str, times: int
) -> None:
    adapter = ScriptedAdapter(status)

    with pytest.raises(kind, match=rf"accounts\.zoho\.com .*{sentence}"):
        scripted(adapter).current()

    assert len(adapter.requests) == times


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": "1000.used"}, r"grant code: it was used before.*make a new one for `zoho-sync"),
        ({"redirect_uri": "https://app.example"}, "refuses the redirect address"),
        (
            {"client_secret": "x"},
            "its secret: copy it again .* `zoho-sync login`, with --cl",
        ),
        ({"client_id": "x"}, "does not know this client"),
    ],
)
def test_a_refused_grant_code_is_told_apart_from_a_refresh_token(
    server: Server, changes: dict[str, Any], sentence: str
) -> None:
    given: dict[str, Any] = {
        "client_id": server.client_id,
        "client_secret": server.client_secret,
        "code": server.simulator.new_grant_code(),
        "accounts_url": server.accounts_url,
        **changes,
    }
    with pytest.raises(ZohoAuthError, match=sentence):
        exchange_grant_code(**given)


def test_a_grant_code_is_sent_once_as_it_may_be_used_up(server: Server) -> None:
    server.simulator.faults.add(kind="503", path=TOKEN_PATH)

    with pytest.raises(ZohoTransientError, match="failed with HTTP 503: check"):
        exchange_grant_code(
            client_id=server.client_id,
            client_secret=server.client_secret,
            code=server.simulator.new_grant_code(),
            accounts_url=server.accounts_url,
        )

    assert asked(server) == 1
