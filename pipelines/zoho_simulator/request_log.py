"""What was asked and what it cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class RequestEntry:
    """One answered request; secrets are left out.

    Attributes:
        started_at, ended_at: Seconds since 1970 by the machine's clock, not the simulator's.
        clock_s: Seconds since 1970 by the simulator's clock, when it answered.
        status: 0 when the connection was closed without an answer.
        fault: The scripted fault that answered, if any.
    """

    number: int
    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    status: int
    rows: int
    credits: int
    started_at: float
    ended_at: float
    clock_s: float = 0
    code: str | None = None
    fault: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The entry as JSON would hold it."""
        return asdict(self)


@dataclass
class Counters:
    """Sums over the log since it was last reset."""

    requests: int = 0
    rows: int = 0
    credits: int = 0
    tokens_issued: int = 0
    by_status: Counter[int] = field(default_factory=Counter)
    by_path: Counter[str] = field(default_factory=Counter)

    def count(self, entry: RequestEntry) -> None:
        """Adds an entry."""
        self.requests += 1
        self.rows += entry.rows
        self.credits += entry.credits
        self.by_status[entry.status] += 1
        self.by_path[f"{entry.method} {entry.path}"] += 1

    def to_dict(self) -> dict[str, Any]:
        """The sums as JSON would hold them."""
        return {
            "requests": self.requests,
            "rows": self.rows,
            "credits": self.credits,
            "tokens_issued": self.tokens_issued,
            "by_status": {str(status): n for status, n in self.by_status.items()},
            "by_path": dict(self.by_path),
        }
