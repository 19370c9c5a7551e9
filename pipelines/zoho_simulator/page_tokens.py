"""Page tokens: opaque, bound to a user and to the parameters of their chain."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .errors import ApiError, invalid_param

if TYPE_CHECKING:
    from .clock import Clock

# Not a secret worth keeping: it only makes a made-up token recognisable.
_KEY = b"zoho-simulator page tokens"


@dataclass(frozen=True)
class PagePosition:
    """Where a chain of pages goes on.

    Attributes:
        offset: Into the list as it will be by then.
        key: Of the last row shown, where the server pages by cursor.
        served: Rows that the chain has shown so far.
    """

    offset: int = 0
    key: tuple[int, int, int] | None = None
    served: int = 0


class PageTokens:
    """Issues and opens page tokens; nothing is kept, so a restarted server still knows them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def issue(
        self, position: PagePosition, *, user_id: int, question: dict[str, Any], expires_at: int
    ) -> str:
        """Makes the token for the page that starts at a position."""
        content = {
            "u": user_id,
            "q": _digest(question),
            "e": expires_at,
            "p": asdict(position),
        }
        payload = json.dumps(content, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(_sign(payload) + payload).decode().rstrip("=")

    def open(self, token: str, *, user_id: int, question: dict[str, Any]) -> PagePosition:
        """Where the page of a token starts.

        Raises:
            ApiError: Documented: 400 INVALID_DATA for another user's token or none at all,
                EXPIRED_VALUE after 24 hours, TOKEN_BOUND_DATA_MISMATCH when the question changed.
        """
        content = _decode(token)
        if content is None or content["u"] != user_id:
            raise invalid_param("page_token")
        if content["e"] <= self._clock.epoch_s:
            details = {"api_name": "page_token", "json_path": "$.query.page_token"}
            raise ApiError(400, "EXPIRED_VALUE", "Page token expired", details)
        if content["q"] != _digest(question):
            raise ApiError(
                400,
                "TOKEN_BOUND_DATA_MISMATCH",
                "the request does not match the page token",
                {"param_name": "page_token"},
            )
        position = content["p"]
        key = tuple(position["key"]) if position["key"] else None
        return PagePosition(**{**position, "key": key})


def _sign(payload: bytes) -> bytes:
    return hmac.new(_KEY, payload, hashlib.sha256).digest()[:9]


def _digest(question: dict[str, Any]) -> str:
    text = json.dumps(question, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _decode(token: str) -> Any:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    signature, payload = raw[:9], raw[9:]
    if not hmac.compare_digest(signature, _sign(payload)):
        return None
    return json.loads(payload)
