"""Credentials as they are configured: what dlt resolves, and what is refused before any call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dlt
import pytest
from dlt.common.configuration.exceptions import ConfigFieldMissingException, InvalidNativeValue
from dlt.common.configuration.resolve import resolve_configuration

from tests.zoho_crm.auth_server import credentials_for, is_accepted
from zoho_crm.auth import AccessTokens, ZohoCredentials
from zoho_crm.exceptions import ZohoConfigError

if TYPE_CHECKING:
    from zoho_simulator import Server


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
