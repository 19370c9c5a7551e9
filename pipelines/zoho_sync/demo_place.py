"""Where the demo lives: apart from what the user has configured, and empty when it starts."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from zoho_crm.exceptions import ZohoConfigError
from zoho_destinations.opening import open_dataset
from zoho_destinations.statements import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .target import Target

_OF_OTHERS: Final = ("SOURCES__ZOHO_CRM__", "DESTINATION__DUCKDB__")
"""Variables that configure real runs; nothing of theirs, `publish` for one, is the demo's."""
FIRST_RELATED_CALLS: Final = 600
"""Calls that the demo's first sync makes for related lists: all that are derived were compared
then, and some of the others are complete."""
LATER_RELATED_CALLS: Final = 120
_SCHEMAS: Final = ("{dataset}", "{dataset}_staging", "{dataset}_live")


@contextmanager
def demo_place(*, reads_files: bool) -> Iterator[Path]:
    """Gives dlt a working folder that is gone afterwards, and hides the user's configuration.

    Comes before dlt reads anything.

    Args:
        reads_files: Whether `.dlt` is read all the same: it tells where Postgres is.
    """
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="zoho-sync-demo-") as name:
        for variable in before:
            if variable.startswith(_OF_OTHERS):
                del os.environ[variable]
        os.environ["DLT_DATA_DIR"] = name
        if not reads_files:
            os.environ["DLT_PROJECT_DIR"] = name
        try:
            yield Path(name)
        finally:
            os.environ.clear()
            os.environ.update(before)


def allow_related_calls(calls: int) -> None:
    """Limits the calls for related lists of the next sync; within the demo's place."""
    os.environ["SOURCES__ZOHO_CRM__RELATED__MAX_CALLS"] = str(calls)


def clear_place(target: Target) -> None:
    """Removes what an earlier demo left.

    Raises:
        ZohoConfigError: A file cannot be removed, or the folder may not be written.
    """
    if target.kind == "postgres":
        with open_dataset(target.pipeline()) as client:
            for schema in (name.format(dataset=target.dataset) for name in _SCHEMAS):
                client.execute_sql(f"DROP SCHEMA IF EXISTS {quote(client, schema)} CASCADE")
        return
    file = Path(target.location)
    try:
        file.unlink(missing_ok=True)
        remove_traces(target)
    except OSError as error:
        if not file.exists():  # a folder that may not be written says so of what is not there, too
            raise ZohoConfigError(
                f"The demo can't write {file} ({error.strerror}): run it in another folder."
            ) from None
        raise ZohoConfigError(
            f"{file.name} of an earlier demo cannot be replaced ({error.strerror}): close what "
            "has it open, or run the demo in another folder."
        ) from None


def remove_traces(target: Target) -> None:
    """Removes what lies beside the DuckDB file: its locks, and the log of one that is gone."""
    file = Path(target.location)
    if target.kind == "duckdb":
        for trace in file.parent.glob(f"{file.name}.*"):
            if trace.suffix != ".wal" or not file.exists():
                trace.unlink(missing_ok=True)
