"""How far work has come that dlt does not know of: deletions and reconciling.

In the dataset, like all progress, and written in one transaction with the rows it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from .existing import read_columns
from .statements import run_update, select

if TYPE_CHECKING:
    from .statements import Client

SYNC_PROGRESS: Final = "sync_progress"


@dataclass(frozen=True, slots=True)
class Progress:
    """One part of one kind of work; what is not known yet is None."""

    anchor: datetime | None = None
    """Where it goes on."""
    done_at: datetime | None = None
    """When it was done last, by Zoho's clock."""
    number: int | None = None


def create_sync_progress(client: Client) -> None:
    """Creates the table where it is missing."""
    client.execute_sql(
        f"CREATE TABLE IF NOT EXISTS {client.make_qualified_table_name(SYNC_PROGRESS)}"
        " (task text NOT NULL, part text NOT NULL, anchor timestamptz, done_at timestamptz,"
        " number bigint, PRIMARY KEY (task, part))"
    )


def read_progress(client: Client, task: str) -> dict[str, Progress]:
    """Gives the progress of a kind of work by its parts; times in UTC."""
    if SYNC_PROGRESS not in read_columns(client):
        return {}
    rows = select(
        client,
        "SELECT part, anchor, done_at, number"
        f" FROM {client.make_qualified_table_name(SYNC_PROGRESS)} WHERE task = %s",
        task,
    )
    return {part: Progress(_utc(anchor), _utc(done), number) for part, anchor, done, number in rows}


def write_progress(client: Client, task: str, part: str, progress: Progress) -> None:
    """Writes the progress of one part of a kind of work."""
    table = client.make_qualified_table_name(SYNC_PROGRESS)
    values = (progress.anchor, progress.done_at, progress.number, task, part)
    touched = run_update(
        client,
        f"UPDATE {table} SET anchor = %s, done_at = %s, number = %s WHERE task = %s AND part = %s",
        *values,
    )
    if not touched:
        run_update(
            client,
            f"INSERT INTO {table} (anchor, done_at, number, task, part)"
            " VALUES (%s, %s, %s, %s, %s)",
            *values,
        )


def forget_progress(client: Client, *tasks: str) -> None:
    """Lets kinds of work start from the beginning."""
    table = client.make_qualified_table_name(SYNC_PROGRESS)
    for task in tasks:
        run_update(client, f"DELETE FROM {table} WHERE task = %s", task)


def forget_part(client: Client, task: str, part: str) -> None:
    """Lets one part of a kind of work start from the beginning."""
    table = client.make_qualified_table_name(SYNC_PROGRESS)
    run_update(client, f"DELETE FROM {table} WHERE task = %s AND part = %s", task, part)


def _utc(value: Any) -> datetime | None:
    return value.astimezone(UTC) if isinstance(value, datetime) else None
