"""What a refused reply stands for; a table of Zoho's codes."""

from __future__ import annotations

import copy
import pickle
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from zoho_crm import exceptions
from zoho_crm.exceptions import ZohoCrmError
from zoho_crm.replies import Subject, error_of, parse_date

DEALS = Subject("Deals", "ZohoCRM.modules.deals.READ", "Deals")
URL = "https://www.zohoapis.eu/crm/v8/Deals"


def refusal(code: str, **details: Any) -> dict[str, Any]:
    return {"code": code, "details": details, "message": "SAID BY ZOHO", "status": "error"}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, refusal("INVALID_MODULE", resource_path_index=0), "ZohoUnsupportedError"),
        (400, refusal("NOT_SUPPORTED"), "ZohoUnsupportedError"),
        (403, refusal("NOT_SUPPORTED", resource_path_index=0), "ZohoUnsupportedError"),
        (404, refusal("INVALID_URL_PATTERN"), "ZohoUnsupportedError"),
        (400, refusal("PAGINATION_LIMIT_EXCEEDED"), "ZohoUnsupportedError"),
        (403, refusal("NO_PERMISSION", permissions=["View_Deals"]), "ZohoPermissionError"),
        (400, refusal("AUTHORIZATION_FAILED"), "ZohoPermissionError"),
        (403, None, "ZohoPermissionError"),
        (401, refusal("OAUTH_SCOPE_MISMATCH"), "ZohoAuthError"),
        (401, refusal("INVALID_TOKEN"), "ZohoAuthError"),
        (401, refusal("AUTHENTICATION_FAILURE"), "ZohoAuthError"),
        (401, None, "ZohoAuthError"),
        (400, refusal("INVALID_HOST"), "ZohoConfigError"),
        (400, refusal("EXPIRED_VALUE", api_name="page_token"), "ZohoPageTokenError"),
        (400, refusal("TOKEN_BOUND_DATA_MISMATCH", param_name="page_token"), "ZohoPageTokenError"),
        (400, refusal("INVALID_DATA", param_name="page_token"), "ZohoPageTokenError"),
        (400, refusal("INVALID_DATA", param_name="sort_by"), "ZohoResponseError"),
        (400, refusal("LIMIT_EXCEEDED", limit=50, param_name="fields"), "ZohoResponseError"),
        (400, refusal("REQUIRED_PARAM_MISSING", param="fields"), "ZohoResponseError"),
        (429, refusal("TOO_MANY_REQUESTS"), "ZohoRateLimitError"),
        (429, None, "ZohoRateLimitError"),
        (500, refusal("INTERNAL_ERROR"), "ZohoTransientError"),
        (500, refusal("INTERNAL_SERVER_ERROR"), "ZohoTransientError"),
        (502, None, "ZohoTransientError"),
        (503, None, "ZohoTransientError"),
        (504, [], "ZohoTransientError"),
        (418, "tea", "ZohoResponseError"),
    ],
)  # fmt: skip
def test_each_refusal_says_what_the_caller_should_do(status: int, body: Any, kind: str) -> None:
    error = error_of(status, body, subject=DEALS, url=URL)

    assert type(error) is getattr(exceptions, kind)
    code = body.get("code") if isinstance(body, dict) else None
    assert (error.status, error.code, error.url, error.module) == (status, code, URL, "Deals")
    assert str(error).startswith("Deals: ")
    assert str(code or status) in str(error)


@pytest.mark.parametrize(
    "body",
    [
        {"data": [refusal("NO_PERMISSION")]},
        {"data": [{**refusal("NO_PERMISSION"), "details": None}]},
        {**refusal("NO_PERMISSION"), "details": []},
    ],
)
def test_the_refusal_is_found_wherever_zoho_puts_it(body: Any) -> None:
    assert error_of(403, body, subject=DEALS, url=URL).code == "NO_PERMISSION"


def test_a_missing_scope_is_named() -> None:
    error = error_of(401, refusal("OAUTH_SCOPE_MISMATCH"), subject=DEALS, url=URL)
    assert "ZohoCRM.modules.deals.READ" in str(error)
    assert "zoho-sync login" in str(error)


def test_the_words_of_zoho_and_the_body_are_not_repeated() -> None:
    body = {**refusal("NEW_CODE", secret="1000.abc.def"), "access_token": "1000.abc.def"}
    error = error_of(400, body, subject=DEALS, url=URL)
    assert "1000.abc" not in f"{error} {vars(error)}"
    assert "SAID BY ZOHO" not in str(error)


def test_an_error_survives_copying_and_pickling_with_its_facts() -> None:
    error = error_of(403, refusal("NO_PERMISSION"), subject=DEALS, url=URL)
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301  # our own
        assert isinstance(twin, ZohoCrmError)
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert (twin.code, twin.status, twin.url, twin.module) == (
            "NO_PERMISSION", 403, URL, "Deals",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("header", "instant"),
    [
        ("Mon, 30 Mar 2026 07:00:00 GMT", datetime(2026, 3, 30, 7, tzinfo=UTC)),
        ("Mon, 30 Mar 2026 09:00:00 +0200", datetime(2026, 3, 30, 7, tzinfo=UTC)),
        ("Mon, 30 Mar 2026 07:00:00 -0000", datetime(2026, 3, 30, 7, tzinfo=UTC)),
        ("Mon, 30 Mar 2026 07:00:00", datetime(2026, 3, 30, 7, tzinfo=UTC)),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("Mon, 99 Mar 2026 07:00:00 GMT", None),
    ],
)
def test_a_date_header_is_an_instant_or_nothing(
    header: str | None, instant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")  # the machine's zone decides nothing
    time.tzset()
    try:
        assert parse_date(header) == instant
    finally:
        monkeypatch.undo()
        time.tzset()
