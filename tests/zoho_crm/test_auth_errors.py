"""What goes wrong at the token endpoint: the error, its sentence, and that it holds no secret."""

from __future__ import annotations

import logging
import re
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import BaseAdapter

from tests.zoho_crm.auth_server import (
    TOKEN_PATH,
    Machine,
    asked,
    build_server,
    credentials_for,
    renew,
)
from zoho_crm.auth import AccessToken, AccessTokens, ZohoCredentials, exchange_grant_code
from zoho_crm.exceptions import (
    ZohoAuthError,
    ZohoConfigError,
    ZohoCrmError,
    ZohoRateLimitError,
    ZohoResponseError,
    ZohoTransientError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zoho_simulator import Server

SECRETS = {
    "client_secret": "justLettersAsACodeOfZohos",
    "refresh_token": "1000.5ecret0f7heRefresh.Token",
    "code": "1000.5ecret0f7heGrant.Code",
    "access_token": "1000.5ecret0f7heAccess.Token",
}
LEAK = re.compile("5ecret|justLetters")
GOOD = b'{"access_token": "1000.5ecret0f7heAccess.Token", "api_domain": "https://www.zohoapis.com"}'


@pytest.fixture(scope="module")
def one_server() -> Iterator[Server]:
    with build_server() as serving:
        yield serving


@pytest.fixture
def server(one_server: Server) -> Server:
    return renew(one_server)


def tokens_for(server: Server, machine: Machine | None = None, **changes: Any) -> AccessTokens:
    machine = machine or Machine()
    values = credentials_for(server, **changes)
    return AccessTokens(values, clock=machine.clock, sleep=machine.sleep)


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

    with pytest.raises(ZohoTransientError, match=rf"accounts server 127.0.0.1 {sentence} \(4 tri"):
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
        ({"client_secret": "x"}, "refuses its secret"),
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


FAULTS: list[dict[str, Any]] = [
    *({"kind": kind} for kind in ("429", "503", "502-html", "not-json", "close", "cut")),
    *(
        {"kind": "body", "status": status, "body": body}
        for status in (200, 400)
        for body in (
            GOOD[:-1],
            GOOD.replace(b"www.zohoapis.com", b"zoho.com.evil.net"),
            GOOD.replace(b"www.zohoapis.com", b"1000.5ecret0f7heAccess.Token@zoho.com"),
            GOOD.replace(b"Token", b"Token\\n"),
            GOOD.replace(b"access_token", b"error"),
            *(f'{{"error": "{code}"}}'.encode() for code in SECRETS.values()),
            *(
                f'{{"error": "{code}", "error_description": "1000.5ecret0f7heRefresh"}}'.encode()
                for code in ("invalid_code", "invalid_client", "general_error", "Access Denied")
            ),
        )
    ),
]


def everything_of(raised: BaseException) -> Iterator[str]:
    """All that a log, dlt's trace or a person may see of an error and of what led to it."""
    error: BaseException | None = raised
    while error is not None:
        yield from (str(error), repr(error), repr(error.args), repr(vars(error)))
        yield from traceback.format_exception(error)
        if isinstance(error, ZohoCrmError):
            yield repr(error.attrs())
        error = error.__cause__ or error.__context__


def ask(call: str, server: Server) -> ZohoCrmError:
    values = credentials_for(
        server, client_secret=SECRETS["client_secret"], refresh_token=SECRETS["refresh_token"]
    )
    tokens = AccessTokens(values, sleep=Machine().sleep)
    with pytest.raises(ZohoCrmError) as caught:  # noqa: PT012  # one of three calls
        if call == "current":
            tokens.current()
        elif call == "replace":
            tokens.replace(AccessToken("1000.a", server.url, Machine().now))
        else:
            exchange_grant_code(
                client_id=server.client_id,
                client_secret=SECRETS["client_secret"],
                code=SECRETS["code"],
                accounts_url=server.accounts_url,
            )
    return caught.value


@pytest.mark.parametrize("call", ["current", "replace", "exchange_grant_code"])
def test_no_secret_is_shown_whatever_goes_wrong(
    call: str,
    server: Server,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging.getLogger("dlt"), "propagate", True)
    for name in (None, "dlt", "urllib3"):
        caplog.set_level(logging.DEBUG, logger=name)

    for fault in FAULTS:
        server.simulator.faults.clear()
        server.simulator.faults.add(path=TOKEN_PATH, times=9, **fault)
        error = ask(call, server)

        assert (error.__cause__, error.__context__) == (None, None), fault
        assert [text for text in everything_of(error) if LEAK.search(text)] == [], fault
        assert len(str(error)) < 280

    assert '"POST /oauth/v2/token HTTP/1.1" 400' in caplog.text  # what is logged was caught
    assert not LEAK.search(caplog.text + "".join(capfd.readouterr()))


@pytest.mark.parametrize("key", ["data_center", "environment", "accounts_url", "client_id"])
def test_a_secret_in_the_wrong_key_is_not_repeated(key: str) -> None:
    values = ZohoCredentials(client_id="id", client_secret="s", refresh_token="r")
    values[key] = "1000.5ecret0f7heClient pasted"

    with pytest.raises(ZohoConfigError) as caught:
        AccessTokens(values)

    seen = [*everything_of(caught.value), repr(values), str(values)]
    # The lines of a traceback are code, which here holds the value itself.
    assert [text for text in seen if "5ecret" in text and "values[key]" not in text] == []


def test_what_holds_a_token_does_not_show_it(server: Server) -> None:
    tokens = tokens_for(server)
    token = tokens.current()
    grant = exchange_grant_code(
        client_id=server.client_id,
        client_secret=server.client_secret,
        code=server.simulator.new_grant_code(),
        accounts_url=server.accounts_url,
    )

    shown = "".join(repr(value) + str(value) for value in (token, grant, tokens))
    assert token.value not in shown
    assert grant.refresh_token not in shown
    assert grant.access_token.value not in shown
    public = {name: value for name, value in vars(tokens).items() if not name.startswith("_")}
    assert public == {}
