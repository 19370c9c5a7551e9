"""Grant codes, refresh tokens and access tokens."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .settings import GRANT_TOKENS_PER_WINDOW, LIVE_REFRESH_TOKENS, TOKEN_WINDOW_S

if TYPE_CHECKING:
    from .clock import Clock
    from .settings import SimulatorSettings


@dataclass
class GrantCode:
    """Documented: used once, within three minutes unless the console was told otherwise."""

    user_id: int
    scopes: tuple[str, ...] | None
    expires_at: float
    redirect_uri: str | None
    is_offline: bool


@dataclass
class RefreshToken:
    """Documented: lives until it is revoked or pushed out.

    Attributes:
        scopes: None follows the setting `granted_scopes`.
        issued: When access tokens were issued, within the last ten minutes.
        live: Its access tokens, oldest first.
    """

    value: str
    user_id: int
    scopes: tuple[str, ...] | None
    issued: deque[float] = field(default_factory=deque)
    live: deque[str] = field(default_factory=deque)


@dataclass
class AccessToken:
    """Signs API calls until it expires or is pushed out."""

    value: str
    refresh: RefreshToken
    expires_at: float


class ThrottledError(Exception):
    """Documented: too many tokens within ten minutes."""


class UnknownTokenError(Exception):
    """The code or token is unknown, used, revoked, pushed out or expired."""


class RedirectMismatchError(Exception):
    """The redirect address is not the one the code was issued for."""


class TokenStore:
    """Every token of one client."""

    def __init__(self, clock: Clock, settings: SimulatorSettings) -> None:
        self._clock = clock
        self._settings = settings
        self._serial = 0
        self._codes: dict[str, GrantCode] = {}
        self._refresh: dict[str, RefreshToken] = {}
        self._access: dict[str, AccessToken] = {}
        self._refresh_issued: deque[float] = deque()

    @property
    def _now(self) -> float:
        return self._clock.now.timestamp()

    def new_grant_code(
        self,
        user_id: int,
        *,
        scopes: tuple[str, ...] | None = None,
        lifetime_s: float = 180,
        redirect_uri: str | None = None,
        is_offline: bool = True,
    ) -> str:
        """What the API console shows after "generate"."""
        code = self._new_value("grant")
        expires_at = self._now + lifetime_s
        self._codes[code] = GrantCode(user_id, scopes, expires_at, redirect_uri, is_offline)
        return code

    def new_refresh_token(
        self, user_id: int, *, scopes: tuple[str, ...] | None = None, value: str = ""
    ) -> RefreshToken:
        """Documented: of more than 20 alive for a user, the oldest goes with its tokens."""
        token = RefreshToken(value or self._new_value("refresh"), user_id, scopes)
        self._refresh[token.value] = token
        alive = [old for old in self._refresh.values() if old.user_id == user_id]
        for old in alive[:-LIVE_REFRESH_TOKENS]:
            self.revoke(old.value)
        return token

    def exchange(
        self, code: str, redirect_uri: str | None
    ) -> tuple[RefreshToken, AccessToken, bool]:
        """Turns a grant code into tokens; the flag says whether the refresh token is shown."""
        grant = self._codes.get(code)
        if grant is None or grant.expires_at <= self._now:
            raise UnknownTokenError
        if grant.redirect_uri != redirect_uri:
            raise RedirectMismatchError
        _throttle(self._refresh_issued, now=self._now, limit=GRANT_TOKENS_PER_WINDOW)
        del self._codes[code]
        refresh = self.new_refresh_token(grant.user_id, scopes=grant.scopes)
        return refresh, self.issue(refresh.value), grant.is_offline

    def issue(self, refresh_value: str) -> AccessToken:
        """Documented: 10 in ten minutes; of more than 15 alive the oldest goes, in silence."""
        refresh = self._refresh.get(refresh_value)
        if refresh is None:
            raise UnknownTokenError
        _throttle(refresh.issued, now=self._now, limit=self._settings.tokens_per_window)
        expires_at = self._now + self._settings.access_token_lifetime_s
        token = AccessToken(self._new_value("access"), refresh, expires_at)
        self._access[token.value] = token
        self._forget_expired(refresh)
        refresh.live.append(token.value)
        while len(refresh.live) > self._settings.live_tokens:
            self._access.pop(refresh.live.popleft(), None)
        return token

    def find(self, value: str) -> AccessToken | None:
        """A live access token."""
        token = self._access.get(value)
        return token if token and token.expires_at > self._now else None

    def scopes_of(self, token: AccessToken) -> tuple[str, ...]:
        """What a token may be used for."""
        scopes = token.refresh.scopes
        return self._settings.granted_scopes if scopes is None else scopes

    def revoke(self, value: str) -> bool:
        """Ends a refresh token with its access tokens, or one access token."""
        refresh = self._refresh.pop(value, None)
        if refresh is None:
            return self._access.pop(value, None) is not None
        for access in refresh.live:
            self._access.pop(access, None)
        return True

    def expire_all(self) -> None:
        """Ends every access token, as if an hour had passed."""
        self._access.clear()

    def _forget_expired(self, refresh: RefreshToken) -> None:
        while refresh.live and self.find(refresh.live[0]) is None:
            self._access.pop(refresh.live.popleft(), None)

    def _new_value(self, kind: str) -> str:
        self._serial += 1
        digest = hashlib.sha256(f"{kind}/{self._serial}/{self._now}".encode()).hexdigest()
        return f"1000.{digest[:32]}.{digest[32:]}"


def _throttle(issued: deque[float], *, now: float, limit: int) -> None:
    while issued and not now - TOKEN_WINDOW_S < issued[0] <= now:
        issued.popleft()
    if len(issued) >= limit:
        raise ThrottledError
    issued.append(now)
