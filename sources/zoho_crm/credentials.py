"""The credentials, as dlt resolves them."""

from __future__ import annotations

from typing import Any

from dlt.common.configuration import configspec
from dlt.common.configuration.specs import CredentialsConfiguration
from dlt.common.typing import TSecretStrValue

from .data_centers import check_environment, find_data_center, trusted_url
from .exceptions import ZohoConfigError
from .token_replies import is_token


@configspec
class ZohoCredentials(CredentialsConfiguration):
    """A client of Zoho's API console with a refresh token, from [sources.zoho_crm.credentials].

    Attributes:
        client_id: The client's id.
        client_secret: The client's secret.
        refresh_token: What `zoho-sync login` gets for a grant code; it lives until revoked.
        data_center: us, eu, in, au, cn, jp, ca or sa.
        environment: production, sandbox or developer.
        accounts_url: Instead of the data centre: an accounts server of Zoho's, or on loopback.
    """

    # Required all the same: dlt wants a default of every key, and takes None for missing.
    client_id: str = None  # type: ignore[assignment]
    client_secret: TSecretStrValue = None  # type: ignore[assignment]
    refresh_token: TSecretStrValue = None  # type: ignore[assignment]
    data_center: str = "us"
    environment: str = "production"
    accounts_url: str | None = None

    def on_resolved(self) -> None:
        """Refuses what can't be right as soon as dlt has read it."""
        build_refresh_form(self)
        accounts_url_of(self)
        check_environment(self.environment)

    def parse_native_representation(self, native_value: Any) -> None:  # noqa: ARG002  # dlt's name
        """Refuses one value in place of the keys, without repeating it."""
        raise ZohoConfigError(
            "[sources.zoho_crm.credentials] takes the keys `client_id`, `client_secret` and "
            "`refresh_token`, not one value for all of them."
        )

    def __repr__(self) -> str:
        """Shows where the credentials are for, and none of them."""
        try:
            place = f"{accounts_url_of(self)}, {check_environment(self.environment)}"
        except ZohoConfigError:
            place = "not valid"
        return f"ZohoCredentials({place})"

    __str__ = __repr__


def accounts_url_of(credentials: ZohoCredentials) -> str:
    """Gives the address of the accounts server that the credentials may be sent to.

    Raises:
        ZohoConfigError: The data centre is unknown, or `accounts_url` is not Zoho's.
    """
    if credentials.accounts_url and credentials.accounts_url.strip():
        return trusted_url(credentials.accounts_url, what="`accounts_url`")
    return find_data_center(credentials.data_center).accounts_url


def build_refresh_form(credentials: ZohoCredentials) -> dict[str, str]:
    """Gives what Zoho wants for an access token.

    Raises:
        ZohoConfigError: A value is missing.
    """
    keys = ("client_id", "client_secret", "refresh_token")
    values = {key: check_value(key, getattr(credentials, key)) for key in keys}
    return {"grant_type": "refresh_token", **values}


def check_value(key: str, value: str | None) -> str:
    """Gives a value without the blanks around it that copying adds.

    Raises:
        ZohoConfigError: It is missing, or can't be what Zoho gave.
    """
    text = (value or "").strip()
    if not is_token(text):
        raise ZohoConfigError(
            f"`{key}` is missing or has blanks in it: set it under [sources.zoho_crm.credentials] "
            f"in .dlt/secrets.toml or as SOURCES__ZOHO_CRM__CREDENTIALS__{key.upper()}, or run "
            "`zoho-sync login`."
        )
    return text
