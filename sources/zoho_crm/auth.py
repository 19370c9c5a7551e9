"""Access tokens, made from credentials and shared by all that need them.

A token's life is counted by this machine's clock. Should that be wrong, a dead token may be taken
for a live one: Zoho then answers `INVALID_TOKEN`, and `AccessTokens.replace` fetches another
whatever the clock says. A live one taken for dead costs one token.
"""

from __future__ import annotations

import copy
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dlt.common.runtime.run_context import active

from .credentials import ZohoCredentials, accounts_url_of, build_refresh_form, check_value
from .data_centers import api_domain_in, check_environment, trusted_url
from .exceptions import (
    ZohoAuthError,
    ZohoCrmError,
    ZohoRateLimitError,
    ZohoTransientError,
)
from .settings import TOKEN_FAILURE_KEPT_S, TOKEN_THROTTLE_WINDOW_S
from .token_cache import IssuedToken, TokenCache
from .token_endpoint import TokenEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

__all__ = [
    "AccessToken",
    "AccessTokens",
    "Grant",
    "ZohoCredentials",
    "accounts_url_of",
    "exchange_grant_code",
    "revoke",
    "trusted_url",
]

CACHE_FOLDER = "zoho_crm_tokens"
"""Name of the folder of access tokens in dlt's data folder."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class AccessToken:
    """What signs a call, where it may be sent, and until when (UTC)."""

    value: str = field(repr=False)
    api_domain: str
    expires_at: datetime


@dataclass(frozen=True)
class Grant:
    """What a grant code is exchanged for."""

    refresh_token: str = field(repr=False)
    access_token: AccessToken
    scopes: tuple[str, ...]
    """What was granted; empty where Zoho does not say."""

    @property
    def api_domain(self) -> str:
        """The API's address, as Zoho sent it."""
        return self.access_token.api_domain


class AccessTokens:
    """Gives the access token of one set of credentials to all threads and processes that need it.

    Args:
        credentials: What tokens are fetched with.
        session: Asks for them; it must not raise for a status. By default one for each call.
        cache_dir: Where processes share them; by default in dlt's data folder.
        clock: Gives the time, in UTC.
        sleep: Waits that many seconds.

    Raises:
        ZohoConfigError: The credentials are incomplete, or would be sent to somebody else.
    """

    def __init__(
        self,
        credentials: ZohoCredentials,
        *,
        session: requests.Session | None = None,
        cache_dir: Path | None = None,
        clock: Callable[[], datetime] = _now,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._form = build_refresh_form(credentials)
        self._environment = check_environment(credentials.environment)
        self._endpoint = TokenEndpoint(accounts_url_of(credentials), session=session, sleep=sleep)
        # With the secret among them, a wrong one is noticed at once, not when the token expires.
        identity = [self._form[key] for key in ("client_id", "client_secret", "refresh_token")]
        folder = cache_dir or Path(active().data_dir) / CACHE_FOLDER
        self._cache = TokenCache(folder, *identity, self._endpoint.accounts_url)
        self._clock = clock
        self._lock = threading.Lock()
        self._held: IssuedToken | None = None
        self._rejected: str | None = None
        self._failure: tuple[ZohoCrmError, datetime] | None = None

    def current(self) -> AccessToken:
        """Gives a token to use: the one at hand, another process's, or a new one.

        Raises:
            ZohoAuthError: Zoho refuses the credentials.
            ZohoTransientError: Zoho gives none for now, and the one at hand has expired.
            ZohoResponseError: Zoho's reply is not as documented.
        """
        held = self._held
        if held and held.is_fresh(self._clock()):
            return self._publish(held)
        with self._lock:
            try:
                return self._publish(self._renew())
            except ZohoTransientError:
                # Its last minutes are as good as the others.
                if self._held and self._held.is_alive(self._clock()):
                    return self._publish(self._held)
                raise

    def replace(self, rejected: AccessToken) -> AccessToken:
        """Gives another token for one that Zoho no longer accepts; raises as `current`.

        However many threads and processes report the same one, it is replaced once.
        """
        with self._lock:
            if self._held is None or self._held.value == rejected.value:
                self._held, self._rejected = None, rejected.value
            return self._publish(self._renew())

    def _publish(self, issued: IssuedToken) -> AccessToken:
        api_domain = api_domain_in(self._environment, issued.api_domain)
        return AccessToken(issued.value, api_domain, issued.expires_at)

    def _renew(self) -> IssuedToken:
        """Gives a fresh token to the thread that holds the lock."""
        if self._held and self._held.is_fresh(self._clock()):
            return self._held
        with self._cache.locked():
            issued = self._cache.read()
            is_usable = issued and issued.is_fresh(self._clock()) and issued.value != self._rejected
            if not issued or not is_usable:
                issued = self._fetch()
                self._cache.write(issued)
        self._held, self._rejected, self._failure = issued, None, None
        return issued

    def _fetch(self) -> IssuedToken:
        issued_at = self._clock()
        self._raise_recent_failure(issued_at)
        try:
            reply = self._endpoint.give_token(self._form)
        except ZohoCrmError as error:
            # A copy holds no frames, in whose variables the secrets are.
            self._failure = copy.copy(error), self._clock()
            raise
        return IssuedToken(reply.access_token, reply.api_domain, issued_at, reply.lifetime_s)

    def _raise_recent_failure(self, now: datetime) -> None:
        """Spares Zoho, and the user the waiting, when all threads ask after one has failed."""
        if self._failure is None:
            return
        error, failed_at = self._failure
        is_throttled = isinstance(error, ZohoRateLimitError)
        kept_s = TOKEN_THROTTLE_WINDOW_S if is_throttled else TOKEN_FAILURE_KEPT_S
        if timedelta() <= now - failed_at < timedelta(seconds=kept_s):
            raise copy.copy(error)


def exchange_grant_code(
    *,
    client_id: str,
    client_secret: str,
    code: str,
    accounts_url: str,
    redirect_uri: str | None = None,
    session: requests.Session | None = None,
) -> Grant:
    """Exchanges a grant code, which lives for minutes and works once, for a refresh token.

    It is asked once: after a broken connection nobody knows whether the code is used up.

    Args:
        client_id: The client's id.
        client_secret: The client's secret.
        code: The grant code, from Zoho's API console or a redirect.
        accounts_url: The accounts server, of Zoho's or on loopback.
        redirect_uri: The one registered, for a client with redirects; None for a Self Client.
        session: Asks; it must not raise for a status.

    Raises:
        ZohoConfigError: A value is missing, or would be sent to somebody else.
        ZohoAuthError: Zoho refuses the client or the code, or gives no refresh token.
        ZohoTransientError: Zoho could not be asked.
        ZohoResponseError: Zoho's reply is not as documented.
    """
    given = {"client_id": client_id, "client_secret": client_secret, "code": code}
    form = {key: check_value(key, value) for key, value in given.items()}
    if redirect_uri:
        form["redirect_uri"] = redirect_uri
    url = trusted_url(accounts_url, what="`accounts_url`")
    asked_at = _now()
    reply = TokenEndpoint(url, session=session, attempts=1).give_token(
        {"grant_type": "authorization_code", **form}
    )
    if reply.refresh_token is None:
        raise ZohoAuthError(
            f"{urlsplit(url).netloc} gave no refresh token for the grant code: make one with a "
            "Self Client, or with `access_type=offline` and `prompt=consent`."
        )
    expires_at = asked_at + timedelta(seconds=reply.lifetime_s)
    access_token = AccessToken(reply.access_token, reply.api_domain, expires_at)
    return Grant(reply.refresh_token, access_token, reply.scopes)


def revoke(
    refresh_token: str, *, accounts_url: str, session: requests.Session | None = None
) -> None:
    """Ends a refresh token for good, and the access tokens made from it; raises as the exchange."""
    url = trusted_url(accounts_url, what="`accounts_url`")
    TokenEndpoint(url, session=session).revoke(check_value("refresh_token", refresh_token))
