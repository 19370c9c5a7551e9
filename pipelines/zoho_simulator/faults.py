"""Scripted faults: what the next replies of an endpoint do instead of answering."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, get_args

from .call import Reply, error_reply
from .errors import ApiError, invalid_token, scope_mismatch, too_many_requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from .call import Call

Kind = Literal[
    "429", "500", "503", "502-html", "cut", "slow", "not-json", "expired-value", "invalid-token",
    "scope-mismatch", "no-permission", "close", "body", "edit", "no-date",
]  # fmt: skip

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>zgs</body></html>"
_EXPIRED = ApiError(
    400,
    "EXPIRED_VALUE",
    "Page token expired",
    {"api_name": "page_token", "json_path": "$.query.page_token"},
)


@dataclass
class Fault:
    """A fault and how often it still strikes.

    Attributes:
        path: Exact, or a pattern with `*`; None for every path.
        after: Matching requests that are spared first.
        seconds: How long a slow reply takes.
        status, body: What a scripted body is answered with.
        edit: Changes the body of the true reply.
        params: Query parameters that a request must carry; None as a value means absent.
    """

    kind: Kind
    path: str | None = None
    times: int = 1
    after: int = 0
    seconds: float = 1.0
    status: int = 200
    body: bytes = b""
    edit: Callable[[bytes], bytes] | None = None
    params: dict[str, str | None] | None = None
    method: str | None = None

    def matches(self, call: Call) -> bool:
        """Whether it is about a request."""
        if self.method is not None and call.method != self.method:
            return False
        if self.path is not None and not fnmatchcase(call.path, self.path):
            return False
        wanted = (self.params or {}).items()
        return all(call.params.get(name) == value for name, value in wanted)


class Faults:
    """The faults still to come, in the order they were added."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: list[Fault] = []

    def add(self, *, kind: Kind, path: str | None = None, **more: Any) -> Fault:
        """Scripts a fault; `more` are attributes of `Fault`."""
        if kind not in get_args(Kind):
            raise ValueError(f"no such fault: {kind}")
        fault = Fault(kind, path, **more)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Drops all faults."""
        with self._lock:
            self._faults.clear()

    def next_for(self, call: Call) -> Fault | None:
        """The fault that strikes a request, used up by one."""
        with self._lock:
            struck = None
            for fault in self._faults:
                if struck is not None or not fault.matches(call):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                else:
                    fault.times -= 1
                    struck = fault
            self._faults = [fault for fault in self._faults if fault.times > 0]
            return struck


def reply_instead(fault: Fault) -> Reply | None:
    """The reply that takes the place of the true one; None where that one is only damaged."""
    errors = {
        "429": too_many_requests("Too many requests"),
        "500": ApiError(500, "INTERNAL_ERROR", "Internal server error"),
        "503": ApiError(503, "INTERNAL_ERROR", "Service unavailable"),
        "expired-value": _EXPIRED,
        "invalid-token": invalid_token(),
        "scope-mismatch": scope_mismatch(),
        "no-permission": ApiError(403, "NO_PERMISSION", "permission denied"),
    }
    if error := errors.get(fault.kind):
        return error_reply(error)
    if fault.kind == "502-html":
        return Reply(502, _HTML, content_type="text/html")
    if fault.kind == "not-json":
        return Reply(200, b"Zoho will be back soon {", content_type="text/html")
    if fault.kind == "body":
        return Reply(fault.status, fault.body)
    return None
