"""What came over the network for a call: the reply that it is, or the error that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .decoding import decode
from .exceptions import (
    ZohoCrmError,
    ZohoResponseError,
    ZohoSkippableError,
    ZohoTransientError,
)
from .replies import TRANSIENT_STATUSES, Reply, error_of, parse_date, redirect_error

if TYPE_CHECKING:
    import requests

    from .calls import Call
    from .replies import Subject


def to_reply(response: requests.Response, call: Call, *, number: int, url: str) -> Reply:
    """Decodes a response, unless Zoho refused the call.

    Args:
        response: What came, of any status.
        call: What was asked for.
        number: The reply's number in this run.
        url: The address without its query.

    Returns:
        The reply; with an empty body for 204 and 304.

    Raises:
        ZohoCrmError: The call was refused, or the body is not as documented.
    """
    date = parse_date(response.headers.get("Date"))
    if response.status_code in (204, 304):
        return Reply(number, response.status_code, {}, date)
    if response.is_redirect:
        host = urlsplit(response.headers["Location"]).hostname
        raise redirect_error(host, subject=call.subject, url=url)
    try:
        decoded = decode(response.content)
    except ZohoResponseError:
        raise _unreadable(response, call.subject, url) from None
    if response.status_code >= 300 or not isinstance(decoded.value, dict):
        error = _refusal(response, decoded.value, call.subject, url)
        if not (call.keeps_refusals and _is_about_the_call(error)):
            raise error
    return Reply(number, response.status_code, decoded.value, date, decoded.replaced)


def _refusal(response: requests.Response, body: object, subject: Subject, url: str) -> ZohoCrmError:
    error = error_of(response.status_code, body, subject=subject, url=url)
    asked_s = response.headers.get("Retry-After", "")
    if isinstance(error, ZohoTransientError) and asked_s.isdigit():
        error.retry_after_s = float(asked_s)
    return error


def _unreadable(response: requests.Response, subject: Subject, url: str) -> ZohoCrmError:
    """A body that is no JSON: an error page of a 5xx, or a reply not as documented."""
    if response.status_code in TRANSIENT_STATUSES:
        return _refusal(response, None, subject, url)
    kind = (response.headers.get("Content-Type") or "no type").split(";")[0]
    return ZohoResponseError(
        f"{subject.name}: Zoho sent {kind} of {len(response.content)} bytes where JSON was "
        "expected; if it persists, a proxy may be answering in Zoho's place.",
        code="NOT_JSON",
        status=response.status_code,
        url=url,
        module=subject.module,
    )


def _is_about_the_call(error: ZohoCrmError) -> bool:
    """Zoho refuses what was asked for, not who asks or how often."""
    kinds = ZohoSkippableError | ZohoResponseError
    return error.code is not None and error.status in (400, 403, 404) and isinstance(error, kinds)
