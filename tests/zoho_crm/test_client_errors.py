"""Errors of the client say what happened, where and what to do, and hold no secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.asking_widgets import PASSING, ask, fail
from zoho_crm import settings
from zoho_crm.auth import AccessTokens
from zoho_crm.client import ZohoClient
from zoho_crm.exceptions import (
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
    from tests.zoho_crm.crm import Crm


def _refused(status: int, code: str, **details: Any) -> dict[str, Any]:
    body = {"code": code, "details": details, "message": "no", "status": "error"}
    return {"kind": "body", "status": status, "body": json.dumps(body).encode()}


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        ({"kind": "no-permission"}, ZohoPermissionError, "administrator"),
        (_refused(400, "AUTHORIZATION_FAILED"), ZohoPermissionError, "administrator"),
        (_refused(400, "INVALID_MODULE", resource_path_index=0), ZohoUnsupportedError, "API"),
        (_refused(400, "NOT_SUPPORTED"), ZohoUnsupportedError, "API"),
        (_refused(404, "INVALID_URL_PATTERN"), ZohoUnsupportedError, "address"),
        (_refused(400, "PAGINATION_LIMIT_EXCEEDED"), ZohoUnsupportedError, "100,000"),
        ({"kind": "scope-mismatch"}, ZohoAuthError, "ZohoCRM.modules.custom.READ"),
        (_refused(401, "AUTHENTICATION_FAILURE"), ZohoAuthError, "zoho-sync login"),
        ({"kind": "invalid-token", "times": 9}, ZohoAuthError, "data_center"),
        (_refused(400, "INVALID_HOST"), ZohoConfigError, "data_center"),
        ({"kind": "expired-value"}, ZohoPageTokenError, "expired"),
        (_refused(400, "TOKEN_BOUND_DATA_MISMATCH"), ZohoPageTokenError, "page token"),
        (_refused(400, "INVALID_DATA", param_name="page_token"), ZohoPageTokenError, "page token"),
        (_refused(400, "INVALID_DATA", param_name="fields"), ZohoFieldsError, "INVALID_DATA"),
        (_refused(400, "INVALID_DATA", param_name="ids"), ZohoResponseError, "INVALID_DATA"),
        (_refused(403, "SOMETHING_NEW"), ZohoPermissionError, "SOMETHING_NEW"),
        (_refused(418, "SOMETHING_NEW"), ZohoResponseError, "SOMETHING_NEW"),
        ({"kind": "429", "times": 99}, ZohoRateLimitError, "run again"),
        ({"kind": "500", "times": 99}, ZohoTransientError, "run again"),
        ({"kind": "502-html", "times": 99}, ZohoTransientError, "502"),
        ({"kind": "cut", "times": 99}, ZohoTransientError, "run again"),
        ({"kind": "close", "times": 99}, ZohoTransientError, "run again"),
        ({"kind": "not-json", "times": 99}, ZohoResponseError, "JSON"),
        ({"kind": "body", "body": b"[1]"}, ZohoResponseError, "200"),
    ],
)
def test_an_error_says_what_happened_where_and_what_to_do(
    crm_with_widgets: Crm, fault: dict[str, Any], kind: type[ZohoCrmError], said: str
) -> None:
    fail(crm_with_widgets, **fault)

    with crm_with_widgets.client() as client, pytest.raises(ZohoCrmError) as raised:
        ask(client)

    error = raised.value
    assert type(error) is kind
    assert str(error).startswith("Widgets: ")
    assert said in str(error)
    assert error.module == "Widgets"
    assert error.url is None or "?" not in error.url


def test_an_error_within_data_is_understood_as_one_at_the_top(crm_with_widgets: Crm) -> None:
    body = b'{"data":[{"code":"NO_PERMISSION","details":{},"message":"no","status":"error"}]}'
    fail(crm_with_widgets, "body", status=403, body=body)

    with crm_with_widgets.client() as client, pytest.raises(ZohoPermissionError) as raised:
        ask(client)

    assert raised.value.code == "NO_PERMISSION"
    assert raised.value.status == 403


def test_zoho_that_is_not_there_is_told_as_something_that_passes(crm: Crm) -> None:
    with crm.client() as client:
        token = client.tokens.current()
        gone = type(token)(token.value, "http://127.0.0.1:1", token.expires_at)
        client.tokens = _Given(gone)  # type: ignore[assignment]  # all that is asked of it
        with pytest.raises(ZohoTransientError, match=r"Widgets: .*could not be reached"):
            ask(client)
        assert client.calls == settings.RETRY_ATTEMPTS


class _Given:
    """Access tokens that are always the same."""

    def __init__(self, token: Any) -> None:
        self.token = token

    def current(self) -> Any:
        return self.token


def test_no_error_holds_a_secret(crm_with_widgets: Crm) -> None:
    credentials = crm_with_widgets.credentials()
    tokens = AccessTokens(credentials, sleep=crm_with_widgets.sleep)
    secrets = [credentials.client_secret, credentials.refresh_token, tokens.current().value]
    for fault in (*PASSING, "no-permission", "scope-mismatch", "invalid-token"):
        fail(crm_with_widgets, fault, times=settings.RETRY_ATTEMPTS)
        with (
            ZohoClient(credentials, tokens=tokens, sleep=crm_with_widgets.sleep) as client,
            pytest.raises(ZohoCrmError) as raised,
        ):
            ask(client)
        crm_with_widgets.faults.clear()
        secrets.append(tokens.current().value)
        seen = f"{raised.value!r} {vars(raised.value)} {raised.value.__cause__!r}"
        assert not any(secret in seen for secret in secrets)
