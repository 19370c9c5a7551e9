"""No secret of authentication is shown, whatever goes wrong."""

from __future__ import annotations

import logging
import re
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.auth_server import (
    TOKEN_PATH,
    Machine,
    credentials_for,
    tokens_for,
)
from zoho_crm.auth import AccessToken, AccessTokens, ZohoCredentials, exchange_grant_code
from zoho_crm.exceptions import (
    ZohoConfigError,
    ZohoCrmError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoho_simulator import Server


SECRETS = {
    "client_secret": "justLettersAsACodeOfZohos",
    "refresh_token": "1000.5ecret0f7heRefresh.Token",
    "code": "1000.5ecret0f7heGrant.Code",
    "access_token": "1000.5ecret0f7heAccess.Token",
}
LEAK = re.compile("5ecret|justLetters")
GOOD = b'{"access_token": "1000.5ecret0f7heAccess.Token", "api_domain": "https://www.zohoapis.com"}'
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
