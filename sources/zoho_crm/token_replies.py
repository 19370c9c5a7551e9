"""What Zoho's token endpoint answers, and what each of its refusals means; pure.

Errors come as HTTP 200 with an `error` key, so a status says little here. Nothing that is raised
holds what was sent or received.

Source: Zoho CRM API v8, "Token Validity", "Generate Access Token" and "Refresh Access Tokens".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from .data_centers import api_domain_of, trusted_url
from .exceptions import ZohoAuthError, ZohoCrmError, ZohoRateLimitError, ZohoResponseError
from .settings import ACCESS_TOKEN_LIFETIME_S

if TYPE_CHECKING:
    from collections.abc import Mapping

_Refusal = tuple[type[ZohoCrmError], str]
_THROTTLED: _Refusal = (
    ZohoRateLimitError,
    "{host} gives no more tokens for now (ten in ten minutes is all Zoho allows): wait up to "
    "10 minutes, then run again; runs on one machine share their token.",
)
_REFUSALS: Final[dict[str, _Refusal]] = {
    "invalid_client_secret": (
        ZohoAuthError,
        "{host} knows the client and refuses its secret: copy `client_secret` again from Zoho's "
        "API console into [sources.zoho_crm.credentials].",
    ),
    "invalid_client": (
        ZohoAuthError,
        "{host} does not know this client: check `client_id`, and set `data_center` to the one "
        "whose API console registered it.",
    ),
    "invalid_code": (
        ZohoAuthError,
        "{host} does not accept the refresh token: it was revoked, pushed out by newer ones, or "
        "belongs to another client or data centre; get a new one with `zoho-sync login`.",
    ),
    "invalid_redirect_uri": (
        ZohoAuthError,
        "{host} refuses the redirect address: give exactly the one registered for the client in "
        "Zoho's API console, and none for a Self Client.",
    ),
    # Kaizen #43 and field reports write it "Access Denied".
    "access_denied": _THROTTLED,
}
_GRANT_REFUSALS: Final[dict[str, _Refusal]] = {
    **_REFUSALS,
    "invalid_client_secret": (
        ZohoAuthError,
        "{host} knows the client and refuses its secret: copy it again from Zoho's API console and "
        "give it to `zoho-sync login`, with --client-secret-stdin where a wrong one is configured.",
    ),
    "invalid_code": (
        ZohoAuthError,
        "{host} does not accept the grant code: it was used before, is older than its few minutes, "
        "or belongs to another client or data centre; make a new one for `zoho-sync login`.",
    ),
}
_UNKNOWN_REFUSAL: _Refusal = (
    ZohoAuthError,
    "{host} refuses the credentials with {code}; check [sources.zoho_crm.credentials], or get a "
    "new refresh token with `zoho-sync login`.",
)
_SECRET_KEYS: Final = ("client_secret", "refresh_token", "code", "token")
_CODE = re.compile(r"[A-Za-z][A-Za-z_ ]{0,39}")
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class TokenReply:
    """What Zoho answers when it gives a token."""

    access_token: str = field(repr=False)
    api_domain: str
    lifetime_s: int
    refresh_token: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ()


def is_token(value: object) -> bool:
    """Whether a value can be sent as a token; `requests` would print one with a line break."""
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def parse_reply(
    status: int, content: bytes, *, url: str, form: Mapping[str, str]
) -> Mapping[str, Any]:
    """Gives the body of a reply that is none of Zoho's refusals.

    Args:
        status: The HTTP status.
        content: The body as it came.
        url: The address asked.
        form: What was sent: decides what a refusal means, and what must not be shown of it.

    Raises:
        ZohoAuthError: Zoho refuses the credentials.
        ZohoRateLimitError: Zoho gives no more tokens for some minutes.
        ZohoResponseError: The reply is not as documented.
    """
    body = _parse_object(content)
    if status == 429:
        raise _build_refusal("access_denied", status, url=url, form=form)
    if body is not None and body.get("error"):
        raise _build_refusal(str(body["error"]), status, url=url, form=form)
    if body is None or not 200 <= status < 300:
        raise _build_surprise(f"answered HTTP {status} without the JSON of a token", url, status)
    return body


def parse_token(body: Mapping[str, Any], *, url: str) -> TokenReply:
    """Reads the reply to a refresh or to the exchange of a grant code.

    Raises:
        ZohoAuthError: The API's address in it is not Zoho's: its token must not be used.
        ZohoResponseError: The reply is not as documented.
    """
    access_token, refresh_token = body.get("access_token"), body.get("refresh_token")
    if not is_token(access_token):
        raise _build_surprise("sent no usable `access_token`", url)
    return TokenReply(
        access_token=str(access_token),
        api_domain=_parse_api_domain(body.get("api_domain"), url),
        lifetime_s=_parse_lifetime_s(body),
        refresh_token=str(refresh_token) if is_token(refresh_token) else None,
        scopes=tuple(str(body.get("scope") or "").replace(",", " ").split()),
    )


def _build_refusal(code: str, status: int, *, url: str, form: Mapping[str, str]) -> ZohoCrmError:
    is_grant = form.get("grant_type") == "authorization_code"
    refusals = _GRANT_REFUSALS if is_grant else _REFUSALS
    kind, sentence = refusals.get(code.lower().replace(" ", "_"), _UNKNOWN_REFUSAL)
    # A code is Zoho's word. What could be one of our secrets sent back is not shown.
    is_secret = any(form[key] in code for key in _SECRET_KEYS if form.get(key))
    shown = code if _CODE.fullmatch(code) and not is_secret else None
    message = sentence.format(
        host=urlsplit(url).netloc, code=f"`{shown}`" if shown else "an unknown code"
    )
    return kind(message, code=shown, status=status, url=url)


def _build_surprise(what: str, url: str, status: int | None = None) -> ZohoResponseError:
    return ZohoResponseError(
        f"The accounts server {urlsplit(url).netloc} {what}; check `data_center`, `accounts_url` "
        "and any proxy in between, then run again.",
        status=status,
        url=url,
    )


def _parse_object(content: bytes) -> Mapping[str, Any] | None:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):  # the error would carry the body along
        return None
    return body if isinstance(body, dict) else None


def _parse_api_domain(value: object, url: str) -> str:
    """Gives the reply's `api_domain`, or the data centre's where an old reply has none."""
    parts = urlsplit(url)
    if not value and (known := api_domain_of(f"{parts.scheme}://{parts.netloc}")):
        return known
    if not isinstance(value, str) or not value:
        raise _build_surprise("sent no `api_domain`", url)
    return trusted_url(value, what=f"The `api_domain` sent by {parts.netloc}", error=ZohoAuthError)


def _parse_lifetime_s(body: Mapping[str, Any]) -> int:
    """Gives the seconds a token lives; `expires_in` is milliseconds beside `expires_in_sec`."""
    value = body.get("expires_in_sec", body.get("expires_in"))
    try:
        lifetime_s = int(float(value))
    except (TypeError, ValueError, OverflowError):
        return ACCESS_TOKEN_LIFETIME_S
    # None is documented to live longer; asking early costs little, a dead token a failed call.
    return min(lifetime_s, ACCESS_TOKEN_LIFETIME_S) if lifetime_s > 0 else ACCESS_TOKEN_LIFETIME_S
