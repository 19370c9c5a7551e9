"""The accounts server answers 200 whatever goes wrong, and is jealous of its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.zoho_simulator.api import Api, Start

THROTTLED = "Access Denied"


def exchange(api: Api, code: str, **more: str) -> dict[str, object]:
    form = {
        "grant_type": "authorization_code",
        "client_id": api.server.client_id,
        "client_secret": api.server.client_secret,
        "code": code,
        **more,
    }
    return dict(api.post("/oauth/v2/token", data=form).json())


def test_a_refresh_token_gives_an_access_token_and_no_refresh_token(api: Api) -> None:
    reply = api.refresh()
    assert reply["expires_in"] == 3600
    assert reply["token_type"] == "Bearer"
    assert reply["api_domain"] == api.server.url
    assert "refresh_token" not in reply


def test_parameters_are_taken_from_the_query_as_well(api: Api) -> None:
    params = {
        "grant_type": "refresh_token",
        "client_id": api.server.client_id,
        "client_secret": api.server.client_secret,
        "refresh_token": api.server.refresh_token,
    }
    assert "access_token" in api.post("/oauth/v2/token", params=params).json()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "1000.OTHER"}, "invalid_client"),
        ({"client_secret": "wrong"}, "invalid_client_secret"),
        ({"refresh_token": "1000.revoked.token"}, "invalid_code"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_errors_are_bodies_of_http_200(api: Api, changes: dict[str, str], error: str) -> None:
    assert api.refresh(**changes) == {"error": error}
    assert api.simulator.log[-1].status == 200


def test_a_grant_code_is_exchanged_once(api: Api) -> None:
    code = api.simulator.new_grant_code(scopes=("ZohoCRM.org.READ",))
    reply = exchange(api, code)
    assert reply["scope"] == "ZohoCRM.org.READ"
    assert "access_token" in api.refresh(refresh_token=str(reply["refresh_token"]))
    assert exchange(api, code) == {"error": "invalid_code"}


def test_a_grant_code_dies_after_three_minutes(api: Api) -> None:
    code = api.simulator.new_grant_code()
    api.simulator.clock.advance(seconds=181)
    assert exchange(api, code) == {"error": "invalid_code"}


def test_without_offline_access_there_is_no_refresh_token(api: Api) -> None:
    code = api.simulator.new_grant_code(is_offline=False)
    assert "refresh_token" not in exchange(api, code)


def test_the_redirect_address_must_match(api: Api) -> None:
    code = api.simulator.new_grant_code(redirect_uri="https://etl.example.test/back")
    assert exchange(api, code) == {"error": "invalid_redirect_uri"}
    assert "access_token" in exchange(api, code, redirect_uri="https://etl.example.test/back")


@pytest.mark.parametrize("status", [200, 400])
def test_the_eleventh_token_in_ten_minutes_is_denied(start: Start, status: int) -> None:
    api = start(token_throttle_status=status)
    assert all("access_token" in api.refresh() for _ in range(9))
    assert api.refresh()["error"] == THROTTLED
    assert api.simulator.log[-1].status == status
    api.simulator.clock.advance(seconds=601)
    assert "access_token" in api.refresh()


def test_the_sixteenth_token_kills_the_oldest_in_silence(api: Api) -> None:
    oldest = api.token
    for _ in range(14):
        api.simulator.clock.advance(seconds=61)
        api.refresh()
    assert api.get("org").status_code == 200
    api.simulator.clock.advance(seconds=61)
    api.refresh()
    assert api.token == oldest
    assert api.get("org").json()["code"] == "INVALID_TOKEN"


def test_an_access_token_dies_after_an_hour_and_says_so_before(api: Api) -> None:
    reply = api.get("org")
    assert reply.headers["X-ACCESSTOKEN-RESET"] == "2026-03-30T10:00:00+02:00"
    api.simulator.clock.advance(seconds=3600)
    assert api.get("org").status_code == 401
    api.token = api.refresh()["access_token"]
    assert api.get("org").status_code == 200


def test_the_twenty_first_refresh_token_pushes_out_the_oldest(api: Api) -> None:
    for _ in range(20):
        api.simulator.clock.advance(seconds=61)
        exchange(api, api.simulator.new_grant_code())
    assert api.refresh() == {"error": "invalid_code"}
    assert api.get("org").json()["code"] == "INVALID_TOKEN"


def test_revoking_ends_the_refresh_token_and_its_access_tokens(api: Api) -> None:
    reply = api.post("/oauth/v2/token/revoke", params={"token": api.server.refresh_token})
    assert reply.json() == {"status": "success"}
    assert api.refresh() == {"error": "invalid_code"}
    assert api.get("org").status_code == 401


def test_the_api_domain_can_be_anything_a_test_wants(start: Start) -> None:
    assert (
        start(api_domain="https://evil.example").refresh()["api_domain"] == "https://evil.example"
    )


def test_no_secret_is_in_the_log(api: Api) -> None:
    api.get("org")
    text = str(api.simulator.log)
    for secret in (api.token, api.server.client_secret, api.server.refresh_token):
        assert secret not in text
