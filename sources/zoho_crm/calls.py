"""One call of Zoho's API, as the client sends it; pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .api_types import JsonObject
    from .replies import Subject

Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call: what to send, and how its refusals are wanted.

    The client repeats a call whose reply was lost. So a call that writes must be one that comes to
    the same when it is made twice, as removing or setting something is and adding is not.
    """

    path: str
    """After the version, such as `Leads`; its parts quoted where they may hold a slash."""
    subject: Subject
    params: Mapping[str, str] = field(default_factory=dict)
    method: Method = "GET"
    since: datetime | None = None
    """Sent as `If-Modified-Since`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: JsonObject | None = None
    """Sent as JSON."""
    is_question: bool = False
    """It changes nothing in Zoho although it is no GET."""
    keeps_refusals: bool = False
    """Refusals of what was asked for (4xx, but for the token and the limits) are given as replies,
    for callers that read them item by item."""

    @property
    def may_change(self) -> bool:
        """The call may change something in Zoho."""
        return self.method != "GET" and not self.is_question
