"""A consistent copy of the DuckDB file for readers, put in place by one rename.

A process that opens the file itself, even to read, makes the next load fail. Readers of the copy
keep the one they have opened, and find the new one when they open it again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import dlt
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from .exceptions import WarehouseConfigError, WarehouseUnavailableError
from .opening import open_dataset
from .warehouse import check_file_name, duckdb_settings

if TYPE_CHECKING:
    from dlt.common.destination import AnyDestination

    from .lock import Lock

COPY: Final = """
import os, shutil, sys
source, copy, target = sys.argv[1:]
shutil.copyfile(source, copy)
with open(copy, "rb+") as file:
    os.fsync(file.fileno())
os.replace(copy, target)
folder = os.open(os.path.dirname(target), os.O_RDONLY)
os.fsync(folder)
"""
# A process of its own: when this one closes any handle on the DuckDB file, the system drops the
# lock by which DuckDB keeps other processes out.


def publish(pipeline: dlt.Pipeline, lock: Lock) -> Path | None:
    """Replaces the file that `[destination.duckdb] publish` names by a copy of the database.

    Args:
        pipeline: Says which file.
        lock: The lock that is held on its dataset; while it is, nobody else opens the file.

    Returns:
        The file replaced; None where none is configured, or on Postgres.

    Raises:
        WarehouseConfigError: What is named can't be written.
        WarehouseUnavailableError: It could not be written; the one before is still there.
    """
    file = published_file(pipeline.destination, pipeline.dataset_name)
    if file is None:
        return None
    source = Path(pipeline.destination.config_params["credentials"].database)
    lock.check()
    with open_dataset(pipeline) as client:
        client.execute_sql("CHECKPOINT")
        _copy(source, file)
    return file


def published_file(destination: AnyDestination, dataset: str) -> Path | None:
    """Finds out where the copy goes; looked at before a run, so that none is made in vain.

    Args:
        destination: Where the database is.
        dataset: Its dataset, which the copy may not be named after.

    Returns:
        The file; None where none is configured, or on Postgres.

    Raises:
        WarehouseConfigError: It is a folder or the database itself, or its folder does not exist or
            can't be written.
    """
    credentials = destination.config_params["credentials"]
    target = duckdb_settings().publish
    if not target or not isinstance(credentials, DuckDbCredentials):
        return None
    file = (Path(dlt.current.run_context().local_dir) / Path(target).expanduser()).resolve()
    why = _why_unfit(file, Path(credentials.database))
    if why:
        raise WarehouseConfigError(
            f"[destination.duckdb] publish names {file}, which {why}: it must be another file than "
            "the database, in a folder that exists."
        )
    check_file_name(file, dataset)
    return file


def _why_unfit(file: Path, database: Path) -> str:
    if file == database or (file.exists() and database.exists() and file.samefile(database)):
        return "is the database itself"
    if file.is_dir():
        return "is a folder"
    if not file.parent.is_dir():
        return f"can't be written, because there is no folder {file.parent}"
    if not os.access(file.parent, os.W_OK):
        return f"can't be written, because nothing can be written into the folder {file.parent}"
    return ""


def _copy(source: Path, target: Path) -> None:
    copy = target.with_name(f"{target.name}.new")
    done = subprocess.run(  # noqa: S603  # this Python, with arguments of our own
        [sys.executable, "-c", COPY, str(source), str(copy), str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        with suppress(OSError):
            copy.unlink()
        reason = (done.stderr.strip().splitlines() or ["the process was killed"])[-1]
        raise WarehouseUnavailableError(f"The copy {target} can't be written ({reason}).")
