"""Load packages that can't be loaded: which table and column is to blame, and why.

dlt keeps a package whose job failed and tries it again in every run. It tells apart failures
that stay from those that pass, but not on Postgres, where ADBC's are all the same to it: here
a failure stays unless it is the warehouse's (see `explain`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from dlt.common.destination.exceptions import SchemaUpdateError
from dlt.load.exceptions import LoadClientJobException

from .explain import DRIVER_ERRORS, causes_of, explain

COLUMN_PATTERNS: Final = (
    r"from source column (\w+)",  # DuckDB, a type that does not fit
    r"COPY \w+, line \d+, column (\w+)",  # Postgres, a value or a type
    r"column \"?(\w+)\"? of relation",  # Postgres, null or missing
    r"constraint failed: \w+\.(\w+)",  # DuckDB, null
)
QUOTED: Final = re.compile(r"\s(?:DETAIL: +Failing row contains|LINE \d+: )")
"""Where a database begins to quote a whole row, which nobody wants in Slack, or the statement."""


@dataclass(frozen=True, slots=True)
class FailedLoad:
    """Why a package can't be loaded."""

    load_id: str
    table: str
    column: str | None
    """Where the database names one."""
    reason: str
    """What the database said, one line."""


def failed_load(error: BaseException) -> FailedLoad | None:
    """Tells what of a package failed for a reason that will not pass by itself.

    Args:
        error: What `pipeline.load` raised.

    Returns:
        None where the warehouse is to blame, or where it was no load that failed.
    """
    if explain(error) is not None:
        return None
    causes = list(causes_of(error))
    load_id = next((str(i) for c in causes if (i := getattr(c, "load_id", None))), "")
    reason = next((str(c) for c in reversed(causes) if isinstance(c, DRIVER_ERRORS)), "")
    for cause in causes:
        if isinstance(cause, LoadClientJobException):
            table = str(cause.job_id).partition(".")[0]
            return _describe(load_id, table, reason or cause.failed_message)
        if isinstance(cause, SchemaUpdateError):
            return _describe(load_id, ", ".join(sorted(cause.table_names)), reason or str(cause))
    return None


def _describe(load_id: str, table: str, reason: str) -> FailedLoad:
    said = QUOTED.split(reason)[0]
    matches = (re.search(pattern, said) for pattern in COLUMN_PATTERNS)
    column = next((match.group(1) for match in matches if match), None)
    return FailedLoad(load_id, table, column, " ".join(said.split()))
