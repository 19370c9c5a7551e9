"""A request as the endpoints see it, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .rendering import encode

if TYPE_CHECKING:
    from .errors import ApiError
    from .tokens import AccessToken

_SECRET_HEADERS = frozenset({"authorization", "cookie"})
SECRET_PARAMS = frozenset({"client_secret", "refresh_token", "code", "token", "client_id"})


@dataclass
class Call:
    """One request.

    Attributes:
        number: Position in the log, from 1.
        params: Query parameters; of several with one name the last.
        headers: By lower-case name.
        segments: What the path's placeholders stand for.
        token: The access token, once it was checked.
    """

    number: int
    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    segments: dict[str, str] = field(default_factory=dict)
    token: AccessToken | None = None

    @property
    def shown_headers(self) -> dict[str, str]:
        """The headers without secrets."""
        return {k: v for k, v in self.headers.items() if k not in _SECRET_HEADERS}

    @property
    def shown_params(self) -> dict[str, str]:
        """The parameters without secrets."""
        return {k: v for k, v in self.params.items() if k not in SECRET_PARAMS}


@dataclass
class Reply:
    """One answer; `rows` counts its records for the log."""

    status: int
    body: bytes = b""
    rows: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=UTF-8"


def json_reply(value: Any, *, status: int = 200, rows: int = 0) -> Reply:
    """A reply holding JSON."""
    return Reply(status, encode(value), rows)


def error_reply(error: ApiError) -> Reply:
    """A refusal."""
    return json_reply(error.body, status=error.status)


NO_CONTENT = 204
NOT_MODIFIED = 304


def empty_reply(status: int = NO_CONTENT) -> Reply:
    """Documented: nothing found is 204, nothing newer 304, both without a body."""
    return Reply(status)
