"""Access tokens: one for all threads and processes, replaced in time and once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlt
import pytest
import requests
from dlt.common.configuration.exceptions import ConfigFieldMissingException, InvalidNativeValue
from dlt.common.configuration.resolve import resolve_configuration
from requests.adapters import HTTPAdapter

from tests.zoho_crm.auth_server import (
    TOKEN_PATH,
    Machine,
    credentials_for,
    entries,
    issued,
)
from zoho_crm.auth import (
    AccessToken,
    AccessTokens,
    ZohoCredentials,
    exchange_grant_code,
    revoke,
)
from zoho_crm.exceptions import ZohoAuthError, ZohoConfigError
from zoho_crm.settings import READ_SCOPES, WRITE_SCOPES
from zoho_crm.token_replies import parse_token

if TYPE_CHECKING:
    from zoho_simulator import Server

SOURCES = str(Path(__file__).parent.parent.parent / "sources")


def is_accepted(token: AccessToken) -> bool:
    headers = {"Authorization": f"Zoho-oauthtoken {token.value}"}
    status = requests.get(f"{token.api_domain}/crm/v8/org", headers=headers, timeout=5).status_code
    return status == 200


def test_a_refresh_token_gives_an_access_token_that_the_api_accepts(server: Server) -> None:
    machine = Machine()

    token = AccessTokens(credentials_for(server), clock=machine.clock).current()

    assert is_accepted(token)
    assert token.api_domain == server.url
    assert token.expires_at == machine.now + timedelta(hours=1)


def test_secrets_travel_in_the_body_and_never_in_the_address(server: Server) -> None:
    AccessTokens(credentials_for(server)).current()

    (entry,) = entries(server)
    assert (entry.method, entry.path, entry.params) == ("POST", TOKEN_PATH, {})
    assert entry.headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_token_is_used_until_five_minutes_before_it_expires(server: Server) -> None:
    machine = Machine()
    tokens = AccessTokens(credentials_for(server), clock=machine.clock)
    first = tokens.current()

    machine.pass_time(3600 - 301)
    assert tokens.current() == first
    machine.pass_time(2)
    assert tokens.current() != first
    assert issued(server) == 2


def test_a_token_of_a_short_life_is_not_replaced_at_each_use(server: Server) -> None:
    server.simulator.settings.access_token_lifetime_s = 240
    machine = Machine()
    tokens = AccessTokens(credentials_for(server), clock=machine.clock)
    first = tokens.current()

    machine.pass_time(119)
    assert tokens.current() == first
    machine.pass_time(2)
    assert tokens.current() != first


def test_many_threads_ask_for_one_token(server: Server) -> None:
    server.simulator.settings.latency_ms = 20
    tokens = AccessTokens(credentials_for(server))

    with ThreadPoolExecutor(16) as pool:
        values = {future.result() for future in [pool.submit(tokens.current) for _ in range(64)]}

    assert len(values) == 1
    assert issued(server) == 1


def test_a_rejected_token_is_replaced_once_however_many_threads_report_it(server: Server) -> None:
    server.simulator.settings.latency_ms = 20
    tokens = AccessTokens(credentials_for(server))
    rejected = tokens.current()
    server.simulator.tokens.expire_all()

    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(tokens.replace, rejected) for _ in range(64)]
        values = {future.result() for future in futures}

    assert values == {tokens.current()}
    assert rejected not in values
    assert is_accepted(tokens.current())
    assert issued(server) == 2


def test_a_token_reported_late_does_not_cost_the_new_one(server: Server) -> None:
    tokens = AccessTokens(credentials_for(server))
    rejected = tokens.current()
    renewed = tokens.replace(rejected)

    assert tokens.replace(rejected) == renewed
    assert issued(server) == 2


def test_a_token_that_another_process_has_replaced_is_taken_from_it(server: Server) -> None:
    ours, theirs = (AccessTokens(credentials_for(server)) for _ in range(2))
    rejected = ours.current()
    assert theirs.current() == rejected
    server.simulator.tokens.expire_all()

    renewed = theirs.replace(rejected)

    assert ours.replace(rejected) == renewed
    assert issued(server) == 2


def test_processes_that_start_together_share_one_token(server: Server) -> None:
    server.simulator.settings.latency_ms = 300
    code = (
        "import json, sys; from zoho_crm.auth import AccessTokens, ZohoCredentials\n"
        "print(AccessTokens(ZohoCredentials(**json.load(sys.stdin))).current().value)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": SOURCES},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    given = json.dumps(dict(credentials_for(server)))

    values = {process.communicate(given, timeout=60)[0].strip() for process in processes}

    assert values == {AccessTokens(credentials_for(server)).current().value}
    assert issued(server) == 1


@pytest.mark.parametrize("hours", [-24, 24])
def test_a_clock_that_is_a_day_wrong_costs_a_token_and_nothing_else(
    server: Server, hours: int
) -> None:
    machine = Machine()
    AccessTokens(credentials_for(server), clock=machine.clock).current()

    machine.pass_time(hours * 3600)
    tokens = AccessTokens(credentials_for(server), clock=machine.clock)

    assert is_accepted(tokens.current())
    assert tokens.current() == tokens.current()
    assert issued(server) == 2


def test_a_token_that_died_while_the_clock_stood_still_is_replaced(server: Server) -> None:
    machine = Machine()
    tokens = AccessTokens(credentials_for(server), clock=machine.clock)
    dead = tokens.current()
    server.simulator.clock.advance(hours=2)
    assert not is_accepted(tokens.current())

    assert is_accepted(tokens.replace(dead))
    # The next run must not find the dead one in the cache.
    assert is_accepted(AccessTokens(credentials_for(server), clock=machine.clock).current())
    assert issued(server) == 2


def test_other_credentials_do_not_find_the_token(server: Server) -> None:
    AccessTokens(credentials_for(server)).current()

    with pytest.raises(ZohoAuthError, match="refuses its secret"):
        AccessTokens(credentials_for(server, client_secret="another")).current()
    with pytest.raises(ZohoAuthError, match="zoho-sync login"):
        AccessTokens(credentials_for(server, refresh_token="another")).current()


def test_the_environment_decides_which_host_is_called(server: Server) -> None:
    server.simulator.settings.api_domain = "https://www.zohoapis.eu"
    values = credentials_for(server, environment="Sandbox")

    assert AccessTokens(values).current().api_domain == "https://sandbox.zohoapis.eu"
    # Shared through the cache, as the refresh token decides what a token is good for.
    assert AccessTokens(credentials_for(server)).current().api_domain == "https://www.zohoapis.eu"
    assert issued(server) == 1


@pytest.mark.parametrize(
    ("life", "seconds"),
    [
        ({"expires_in": 1800}, 1800),
        ({"expires_in": "1800"}, 1800),
        ({"expires_in_sec": 1800, "expires_in": 1_800_000}, 1800),
        ({"expires_in": 3_600_000}, 3600),
        ({"expires_in": 0}, 3600),
        ({"expires_in": None}, 3600),
        ({"expires_in": 1e999}, 3600),
        ({}, 3600),
    ],
)
def test_the_life_of_a_token_is_read_in_seconds(life: dict[str, Any], seconds: int) -> None:
    body = {"access_token": "a", **life}

    assert parse_token(body, url=f"https://accounts.zoho.eu{TOKEN_PATH}").lifetime_s == seconds


def test_an_old_reply_without_api_domain_belongs_to_the_data_centre_asked() -> None:
    reply = parse_token({"access_token": "a"}, url=f"https://accounts.zohocloud.ca{TOKEN_PATH}")

    assert reply.api_domain == "https://www.zohoapis.ca"


class RecordingAdapter(HTTPAdapter):
    """Keeps how each request was to be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **how: Any) -> requests.Response:
        self.sent.append(how)
        return super().send(request, *args, **how)


def test_certificates_are_verified_and_loopback_needs_no_proxy(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    adapter = RecordingAdapter()
    with requests.Session() as session:
        session.verify = False
        session.mount("http://", adapter)
        AccessTokens(credentials_for(server), session=session).current()

    (how,) = adapter.sent
    assert how["verify"] is True
    assert not any(how["proxies"].values())
    assert how["timeout"] == (10, 60)


def test_dlt_resolves_the_credentials_from_the_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = "SOURCES__ZOHO_CRM__CREDENTIALS__"
    monkeypatch.setenv(f"{prefix}CLIENT_ID", f" {server.client_id}\n")
    monkeypatch.setenv(f"{prefix}CLIENT_SECRET", server.client_secret)
    monkeypatch.setenv(f"{prefix}REFRESH_TOKEN", f"{server.refresh_token}\n")
    monkeypatch.setenv(f"{prefix}ACCOUNTS_URL", server.accounts_url)

    values = resolve_configuration(ZohoCredentials(), sections=("sources", "zoho_crm"))

    assert is_accepted(AccessTokens(values).current())
    assert str(values) == repr(values) == f"ZohoCredentials({server.url}, production)"


def test_dlt_hands_the_credentials_to_a_source(server: Server) -> None:
    @dlt.resource
    def tokens(credentials: ZohoCredentials = dlt.secrets.value) -> Iterator[dict[str, str]]:
        yield {"token": AccessTokens(credentials).current().value}

    (row,) = tokens(credentials_for(server))

    assert row["token"].startswith("1000.")


@pytest.mark.parametrize("key", ["client_id", "client_secret", "refresh_token"])
@pytest.mark.parametrize("value", ["", "  ", "<configure me>", "1000.with\nline", None])
def test_a_key_without_a_value_is_named_with_where_it_is_set(key: str, value: str | None) -> None:
    values = ZohoCredentials(client_id="id", client_secret="s", refresh_token="r")
    values[key] = value

    with pytest.raises(ZohoConfigError) as caught:
        AccessTokens(values)

    assert f"`{key}` is missing" in str(caught.value)
    assert "secrets.toml" in str(caught.value)
    assert f"SOURCES__ZOHO_CRM__CREDENTIALS__{key.upper()}" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("data_center", "mars", "none of us, eu"),
        ("environment", "staging", "none of production, sandbox, developer"),
        ("accounts_url", "https://zoho.com.evil.net", "not Zoho"),
        ("client_secret", " ", "`client_secret` is missing"),
    ],
)
def test_what_cannot_be_right_is_refused_while_dlt_resolves_it(
    key: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"client_id": "id", "client_secret": "s", "refresh_token": "r", key: value}
    for name, text in given.items():
        monkeypatch.setenv(f"CREDENTIALS__{name.upper()}", text)

    with pytest.raises(ZohoConfigError, match=message):
        resolve_configuration(ZohoCredentials())


def test_missing_keys_are_left_to_dlt_to_name() -> None:
    with pytest.raises(ConfigFieldMissingException, match="refresh_token"):
        resolve_configuration(ZohoCredentials(), explicit_value={"client_id": "id"})


def test_one_value_for_all_keys_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidNativeValue, match="takes the keys `client_id`") as caught:
        resolve_configuration(ZohoCredentials(), explicit_value="1000.a.secret")

    assert "1000.a" not in str(caught.value)


def test_a_grant_code_is_exchanged_for_a_refresh_token_that_works(server: Server) -> None:
    grant = exchange_grant_code(
        client_id=server.client_id,
        client_secret=server.client_secret,
        code=f" {server.simulator.new_grant_code(scopes=READ_SCOPES)}\n",
        accounts_url=server.accounts_url,
    )

    assert grant.scopes == READ_SCOPES
    assert grant.api_domain == server.url
    assert is_accepted(grant.access_token)
    values = credentials_for(server, refresh_token=grant.refresh_token)
    assert is_accepted(AccessTokens(values).current())


def test_a_grant_code_without_offline_access_gives_no_refresh_token(server: Server) -> None:
    redirect: dict[str, Any] = {"redirect_uri": "https://app.example/callback"}
    code = server.simulator.new_grant_code(is_offline=False, **redirect)

    with pytest.raises(ZohoAuthError, match="Self Client, or with `access_type=offline`"):
        exchange_grant_code(
            client_id=server.client_id,
            client_secret=server.client_secret,
            code=code,
            accounts_url=server.accounts_url,
            **redirect,
        )


def test_a_revoked_refresh_token_gives_no_more_tokens(server: Server) -> None:
    tokens = AccessTokens(credentials_for(server))
    token = tokens.current()

    revoke(server.refresh_token, accounts_url=server.accounts_url)

    assert not is_accepted(token)
    with pytest.raises(ZohoAuthError, match=r"revoked.*`zoho-sync login`"):
        tokens.replace(token)


def test_scopes_for_reading_only_read() -> None:
    assert {scope.rpartition(".")[2] for scope in READ_SCOPES} == {"READ"}
    assert not set(READ_SCOPES) & set(WRITE_SCOPES)
