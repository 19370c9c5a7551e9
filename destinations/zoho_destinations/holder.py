"""Who holds a dataset, in words and in the two forms in which a lock keeps it."""

from __future__ import annotations

import json
import os
import re
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

APPLICATION: Final = "zoho-sync"
MAX_HOST_LENGTH: Final = 24
"""Postgres cuts an `application_name` after 63 bytes; the time comes last."""
TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds a dataset."""

    pid: int
    host: str
    started_at: datetime

    @classmethod
    def current(cls) -> Holder:
        """Describes this process, as of now."""
        return cls(os.getpid(), socket.gethostname(), datetime.now(UTC))

    def __str__(self) -> str:
        """Says it as part of a sentence."""
        return f"process {self.pid} on {self.host}, since {self.started_at:%Y-%m-%d %H:%M:%S} UTC"

    def to_json(self) -> str:
        """Writes it as the content of a file."""
        facts = {"pid": self.pid, "host": self.host}
        return json.dumps({**facts, "started_at": self.started_at.strftime(TIME_FORMAT)})

    def to_application_name(self) -> str:
        """Writes it as the name of a connection to Postgres."""
        host = re.sub(r"\s", "_", self.host)[:MAX_HOST_LENGTH]
        return f"{APPLICATION} {self.pid}@{host} {self.started_at.strftime(TIME_FORMAT)}"


def parse_holder(text: str) -> Holder | None:
    """Reads what one of the two forms says; None where it says nothing."""
    try:
        facts = json.loads(text)
    except ValueError:
        match = re.fullmatch(rf"{APPLICATION} (?P<pid>\d+)@(?P<host>\S*) (?P<started_at>\S+)", text)
        facts = match.groupdict() if match else {}
    try:
        started_at = datetime.strptime(facts["started_at"], TIME_FORMAT).replace(tzinfo=UTC)
        return Holder(int(facts["pid"]), str(facts["host"]), started_at)
    except (KeyError, TypeError, ValueError):
        return None
