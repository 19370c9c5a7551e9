"""A consistent copy of the DuckDB file for readers, put in place by one rename.

A process that opens the file itself, even to read, makes the next load fail. Readers of the copy
keep the one they have opened, and find the new one when they open it again.
"""

from __future__ import annotations

import os
import signal
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
import contextlib, os, sys
source, copy, target, parent = sys.argv[1:]

def require_parent():
    # Without it nobody holds the database any more: what is read may be of two states.
    if os.getppid() != int(parent):
        os.unlink(copy)
        sys.exit("the run was killed")

with open(source, "rb") as database, open(copy, "wb") as file:
    while chunk := database.read(4 * 1024 * 1024):
        require_parent()
        file.write(chunk)
    file.flush()
    os.fsync(file.fileno())
with contextlib.suppress(OSError):  # whoever may read the one before may read this one
    before = os.stat(target)
    os.chmod(copy, before.st_mode & 0o777)
    os.chown(copy, -1, before.st_gid)
require_parent()
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
        copy_over(source, file)
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


def copy_over(source: Path, target: Path) -> None:
    """Replaces a file by a copy of another one, by one rename.

    Raises:
        WarehouseUnavailableError: It could not be written; the one before is still there.
    """
    copy = target.with_name(f"{target.name}.new")
    files = (str(source), str(copy), str(target))
    process = _start([sys.executable, "-c", COPY, *files, str(os.getpid())])
    try:
        _, said = process.communicate()
    except BaseException:  # a second Ctrl-C
        process.kill()
        process.wait()
        raise
    if process.returncode:
        with suppress(OSError):
            copy.unlink()
        reason = (said.strip().splitlines() or ["the process was killed"])[-1]
        raise WarehouseUnavailableError(f"The copy {target} can't be written ({reason}).")


def _start(command: list[str]) -> subprocess.Popen[str]:
    """Starts a process that lives on when all of a service or a terminal is asked to end.

    A run that is asked does what it has begun, and this is the last of it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        return subprocess.Popen(  # noqa: S603  # this Python, with arguments of our own
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
