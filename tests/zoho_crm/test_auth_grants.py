"""Where a refresh token comes from, what it may do, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.auth_server import credentials_for, is_accepted
from zoho_crm.auth import AccessTokens, exchange_grant_code, revoke
from zoho_crm.exceptions import ZohoAuthError
from zoho_crm.settings import READ_SCOPES, WRITE_SCOPES

if TYPE_CHECKING:
    from zoho_simulator import Server


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
