"""Access tokens: one for all threads and processes, replaced in time and once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.zoho_crm.auth_server import (
    TOKEN_PATH,
    Machine,
    credentials_for,
    entries,
    is_accepted,
    issued,
)
from zoho_crm.auth import AccessTokens
from zoho_crm.exceptions import ZohoAuthError
from zoho_crm.token_replies import parse_token

if TYPE_CHECKING:
    from zoho_simulator import Server

SOURCES = str(Path(__file__).parent.parent.parent / "sources")


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
