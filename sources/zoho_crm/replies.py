"""A reply of Zoho's API, and the one place that maps a refused one to an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from .exceptions import (
    ZohoAuthError,
    ZohoConfigError,
    ZohoCrmError,
    ZohoFieldsError,
    ZohoPageTokenError,
    ZohoPermissionError,
    ZohoRateLimitError,
    ZohoResponseError,
    ZohoTransientError,
    ZohoUnsupportedError,
)

if TYPE_CHECKING:
    from .api_types import JsonObject


@dataclass(frozen=True, slots=True)
class Subject:
    """What a call is about: for counting it and for naming it in errors."""

    resource: str
    """The resource that the call is counted for, such as `Leads` or `settings`."""
    scope: str
    """The OAuth scope that the call needs."""
    module: str | None = None

    @property
    def name(self) -> str:
        """What was asked for, for a person: `Leads`, `fields of Leads`."""
        if self.module is None or self.module in self.resource:
            return self.resource
        return f"{self.resource} of {self.module}"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that was not refused; `body` is empty for 204 and 304."""

    number: int
    """Grows with every reply of the run."""
    status: int
    body: JsonObject
    date: datetime | None
    """The server's `Date` header, in UTC."""
    replaced_characters: int = 0
    """NULs and broken surrogates that became U+FFFD."""
    is_repeated: bool = False
    """The call was made before, and that time may have been carried out: its reply was lost."""

    @property
    def is_unchanged(self) -> bool:
        """Nothing is newer than the `If-Modified-Since` sent."""
        return self.status == 304


TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

FEATURE_OFF = "the organisation's edition or settings do not have it, so there is nothing to read"

_ERRORS_BY_CODE: Mapping[str, tuple[type[ZohoCrmError], str]] = {
    "INVALID_MODULE": (ZohoUnsupportedError, "the API does not offer it to this user"),
    "NOT_SUPPORTED": (ZohoUnsupportedError, "the API does not support reading it for this user"),
    "INVALID_URL_PATTERN": (ZohoUnsupportedError, "the API has no such address"),
    "API_NOT_SUPPORTED": (ZohoUnsupportedError, "the API does not support it"),
    "FEATURE_NOT_ENABLED": (ZohoUnsupportedError, FEATURE_OFF),
    "FEATURE_NOT_SUPPORTED": (ZohoUnsupportedError, FEATURE_OFF),
    "CURRENCIES_NOT_ENABLED": (ZohoUnsupportedError, FEATURE_OFF),
    "PAGINATION_LIMIT_EXCEEDED": (
        ZohoUnsupportedError,
        "more records than page tokens reach (100,000) cannot be told apart by time",
    ),
    "NO_PERMISSION": (
        ZohoPermissionError,
        "the user's profile may not read it; an administrator can allow it",
    ),
    "AUTHORIZATION_FAILED": (
        ZohoPermissionError,
        "the user lacks the privilege to read it; an administrator can allow it",
    ),
    "OAUTH_SCOPE_MISMATCH": (
        ZohoAuthError,
        "the refresh token lacks the scope {scope}; run `zoho-sync login` with it",
    ),
    "INVALID_TOKEN": (
        ZohoAuthError,
        "Zoho refuses even a fresh access token; check data_center, then run `zoho-sync login`",
    ),
    "AUTHENTICATION_FAILURE": (
        ZohoAuthError,
        "Zoho saw no usable access token; run `zoho-sync login`",
    ),
    "INVALID_HOST": (ZohoConfigError, "this organisation lives elsewhere; check data_center"),
    "EXPIRED_VALUE": (ZohoPageTokenError, "the page token expired"),
    "TOKEN_BOUND_DATA_MISMATCH": (ZohoPageTokenError, "the page token no longer fits"),
    "TOO_MANY_REQUESTS": (
        ZohoRateLimitError,
        "API credits or concurrency are used up; run again later",
    ),
}

_ERRORS_BY_STATUS: Mapping[int, tuple[type[ZohoCrmError], str]] = {
    401: (ZohoAuthError, "Zoho refuses the access token; run `zoho-sync login`"),
    403: (ZohoPermissionError, "the user may not read it"),
    429: (ZohoRateLimitError, "API credits or concurrency are used up; run again later"),
}


def error_of(status: int, body: object, *, subject: Subject, url: str) -> ZohoCrmError:
    """The error that a refused reply stands for.

    Args:
        status: The HTTP status, 400 or more.
        body: The decoded body, or None when it was no JSON.
        subject: What the call was about.
        url: The address without its query.
    """
    refusal = refusal_of(body)
    code = str(refusal.get("code") or "") or None
    kind, sentence = _kind_of(status, code, refusal)
    where = subject.module or subject.resource
    said = f"{status} {code}" if code else f"HTTP {status}"
    return kind(
        f"{where}: {sentence.format(scope=subject.scope)} (Zoho said {said}).",
        code=code,
        status=status,
        url=url,
        module=subject.module,
    )


def redirect_error(host: str | None, *, subject: Subject, url: str) -> ZohoCrmError:
    """The error that a redirect stands for: it is not followed, or others hear the token.

    Args:
        host: Where it leads.
        subject: What the call was about.
        url: The address without its query.
    """
    return ZohoResponseError(
        f"{subject.resource}: the reply redirects to {host or 'another path'}, of which Zoho's "
        "documentation knows nothing; check data_center, and whether a proxy answers for Zoho.",
        code="REDIRECTED",
        url=url,
        module=subject.module,
    )


def _kind_of(
    status: int, code: str | None, refusal: Mapping[str, Any]
) -> tuple[type[ZohoCrmError], str]:
    details = refusal.get("details")
    about = details.get("param_name") if isinstance(details, Mapping) else None
    if code == "INVALID_DATA" and about == "page_token":
        return ZohoPageTokenError, "the page token is not known any more"
    if code == "INVALID_DATA" and about == "fields":
        return ZohoFieldsError, "Zoho refuses a field that its own metadata lists"
    if code is not None and code in _ERRORS_BY_CODE:
        return _ERRORS_BY_CODE[code]
    if status in _ERRORS_BY_STATUS:
        return _ERRORS_BY_STATUS[status]
    if status in TRANSIENT_STATUSES:
        return ZohoTransientError, "Zoho failed and kept failing; run again later"
    return ZohoResponseError, "Zoho refused the call in a way that is not expected here"


def refusal_of(body: object) -> Mapping[str, Any]:
    """The error object: at the top, or (some editions) the first element of `data`."""
    if isinstance(body, Mapping):
        data = body.get("data")
        if "code" not in body and isinstance(data, list) and data and isinstance(data[0], Mapping):
            return data[0]
        return body
    return {}


def parse_date(header: str | None) -> datetime | None:
    """The `Date` header as an instant in UTC; None when it is missing or unreadable."""
    if not header:
        return None
    try:
        instant = parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None
    if instant.tzinfo is None:  # no zone, or `-0000`: never that of this machine
        return instant.replace(tzinfo=UTC)
    return instant.astimezone(UTC)
