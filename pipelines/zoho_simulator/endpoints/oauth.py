"""The accounts server: tokens for codes, tokens for refresh tokens, and their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from zoho_simulator.call import Reply, json_reply
from zoho_simulator.tokens import RedirectMismatchError, ThrottledError, UnknownTokenError

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.simulator import Simulator
    from zoho_simulator.tokens import AccessToken

_THROTTLED = {
    "error": "Access Denied",
    "error_description": (
        "You have made too many requests continuously. Please try again after some time."
    ),
    "status": "failure",
}


def issue_token(simulator: Simulator, call: Call) -> Reply:
    """`POST /oauth/v2/token` (documented: errors are HTTP 200 with an `error` member)."""
    params = call.params | dict(parse_qsl(call.body.decode()))
    if params.get("client_id") != simulator.client_id:
        return _error("invalid_client")
    if params.get("client_secret") != simulator.client_secret:
        return _error("invalid_client_secret")
    try:
        tokens = _tokens_for(simulator, params)
    except UnknownTokenError:
        return _error("invalid_code")
    except RedirectMismatchError:
        return _error("invalid_redirect_uri")
    except ThrottledError:
        return json_reply(_THROTTLED, status=simulator.settings.token_throttle_status)
    if tokens is None:
        return _error("unsupported_grant_type")  # assumed
    simulator.counters.tokens_issued += 1
    return json_reply(tokens)


def revoke_token(simulator: Simulator, call: Call) -> Reply:
    """`POST /oauth/v2/token/revoke` (documented; assumed: the bodies)."""
    params = call.params | dict(parse_qsl(call.body.decode()))
    if simulator.tokens.revoke(params.get("token", "")):
        return json_reply({"status": "success"})
    return json_reply({"status": "failure", "error": "invalid_code"})


def _tokens_for(simulator: Simulator, params: dict[str, str]) -> dict[str, Any] | None:
    grant_type = params.get("grant_type")
    if grant_type == "refresh_token":
        access = simulator.tokens.issue(params.get("refresh_token", ""))
        return _show(simulator, access)
    if grant_type == "authorization_code":
        refresh, access, is_offline = simulator.tokens.exchange(
            params.get("code", ""), params.get("redirect_uri")
        )
        shown = _show(simulator, access)
        return {**shown, "refresh_token": refresh.value} if is_offline else shown
    return None


def _show(simulator: Simulator, access: AccessToken) -> dict[str, Any]:
    return {
        "access_token": access.value,
        "scope": " ".join(simulator.tokens.scopes_of(access)),
        "api_domain": simulator.settings.api_domain or simulator.url,
        "token_type": "Bearer",
        "expires_in": simulator.settings.access_token_lifetime_s,
    }


def _error(code: str) -> Reply:
    return json_reply({"error": code})
