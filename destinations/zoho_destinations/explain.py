"""Errors of the drivers and of dlt, told as one of the warehouse's own.

The one place that knows what DuckDB, psycopg2 and ADBC call things.
"""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, Any, Final

import adbc_driver_manager
import duckdb
import psycopg2
from psycopg2.extensions import parse_dsn

from .exceptions import (
    WarehouseBusyError,
    WarehouseConfigError,
    WarehouseError,
    WarehousePermissionError,
    WarehouseUnavailableError,
)
from .warehouse import DUCKDB_HINT, POSTGRES_HINT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CAUSES: Final = ("__cause__", "exception", "client_exception", "dbapi_exception")
"""Where Python, dlt's pipeline, dlt's loader and dlt's clients keep the error behind an error."""

DRIVER_ERRORS: Final = (duckdb.Error, psycopg2.Error, adbc_driver_manager.Error)

DUCKDB_MESSAGES: Final[tuple[tuple[str, type[WarehouseError], str], ...]] = (
    (
        r'lock on file "(?P<file>.*?)".*?\(PID (?P<pid>\d+)\)',
        WarehouseBusyError,
        "The DuckDB file {file} is held by process {pid}; wait for it to end, or let readers open "
        "the copy that [destination.duckdb] publish names.",
    ),
    (
        r'lock on file "(?P<file>.*?)"',
        WarehouseBusyError,
        "The DuckDB file {file} is held by another process.",
    ),
    (
        r'file "(?P<file>.*?)" exists, but it is not a valid DuckDB',
        WarehouseConfigError,
        "{file} is no DuckDB database; set " + DUCKDB_HINT + ".",
    ),
    (
        r"database file with version number",
        WarehouseConfigError,
        "The DuckDB file was written by another version of DuckDB; install that version, or name "
        "a new file in " + DUCKDB_HINT + ".",
    ),
    (
        r"No space left on device|not enough disk space|max_temp_directory_size",
        WarehouseUnavailableError,
        "The disk that holds the DuckDB file or its temporary folder is full; free some space and "
        "run again.",
    ),
    (
        r'"(?P<file>[^"]*)": (Permission denied|Read-only file system)|in read-only mode',
        WarehousePermissionError,
        "The DuckDB file {file} or its folder may not be written; let the user of this process "
        "write both.",
    ),
    (
        r'"(?P<file>[^"]*)": (Is a directory|No such file or directory|Not a directory)',
        WarehouseConfigError,
        "{file} can't be opened as a DuckDB file; set " + DUCKDB_HINT + ".",
    ),
    (
        r"Out of Memory|Failed to change memory limit",
        WarehouseConfigError,
        "DuckDB needs more memory than it may use; raise [destination.duckdb] memory_limit, or the "
        "variable DESTINATION__DUCKDB__MEMORY_LIMIT.",
    ),
    (
        r"^(IO|FATAL|TransactionContext) Error",
        WarehouseUnavailableError,
        "DuckDB could not read or write its file; run again, and check the disk if it stays so.",
    ),
)

DATA_STATES: Final = ("22", "23", "08P01")
"""Starts of SQLSTATEs that blame the data: the last is a value of another type, by ADBC."""
POSTGRES_STATES: Final[tuple[tuple[str, type[WarehouseError], str], ...]] = (
    ("42501", WarehousePermissionError, ""),  # told by _grant_sentence
    (
        "25006",
        WarehouseConfigError,
        "This Postgres takes no writes: it is a replica, or default_transaction_read_only is on "
        "for the role or the database; let an owner RESET that, or name the primary server in "
        + POSTGRES_HINT
        + ".",
    ),
    (
        "2BP01",
        WarehouseConfigError,
        "Something that others have made stands in the way ({detail}); drop or rename it, and run "
        "again.",
    ),
    (
        "53100",
        WarehouseUnavailableError,
        "The disk of Postgres is full ({}); free some space there and run again.",
    ),
    ("53300", WarehouseUnavailableError, "Postgres has no connection left ({}); run again later."),
    ("28|3D", WarehouseConfigError, "Postgres refused the connection ({}); check {hint}."),
    (
        "55P03",
        WarehouseUnavailableError,
        "Another transaction holds a table or a view of the dataset ({}): end what "
        "pg_stat_activity shows as idle in transaction, or wait, and run again.",
    ),
    (
        "08|53|57|58|40|25P03|25P04",
        WarehouseUnavailableError,
        "Postgres ended the connection or the statement ({}); run again.",
    ),
)
"""Starts of SQLSTATEs, the most special first; what Postgres said goes between the braces."""

REFUSED: Final = re.compile(
    r"password authentication failed|no pg_hba\.conf entry|(database|role|user) \".*\" does not "
    r"exist|does not support SSL|sslmode|certificate|no password supplied|"
    r"invalid (connection option|URI)|unrecognized configuration parameter",
)
"""What libpq says of a connection that no second try will open."""
LOST: Final = re.compile(r"closed|EOF detected|no connection to the server|reset by peer|cursor")
"""What the drivers say of a connection that was open."""


def explain(error: BaseException) -> WarehouseError | None:
    """Tells what an error means for the one who runs this, however deep its cause lies.

    What is wrong with the data, such as a value that does not fit its column, is not explained.

    Returns:
        The warehouse's own error, not yet raised; None where the warehouse is not the cause.
    """
    for cause in causes_of(error):
        if isinstance(cause, WarehouseError):
            return cause
        if isinstance(cause, duckdb.Error):
            found = _explain_duckdb(cause)
        elif isinstance(cause, psycopg2.Error | adbc_driver_manager.Error):
            found = _explain_postgres(cause)
        elif isinstance(cause, OSError):
            found = _explain_file(cause)
        else:
            continue
        if found is not None:
            return found
    return None


def is_row_too_wide(error: BaseException) -> bool:
    """Tells whether Postgres found a row to be larger than a page."""
    found = causes_of(error)
    return any(isinstance(cause, psycopg2.errors.ProgramLimitExceeded) for cause in found)


def has_other_columns(error: BaseException) -> bool:
    """Tells whether Postgres can't replace a view by one whose columns are other ones."""
    found = causes_of(error)
    return any(isinstance(cause, psycopg2.errors.InvalidTableDefinition) for cause in found)


def objects_in_the_way(error: BaseException) -> list[str]:
    """Gives what depends on what Postgres was to drop; empty where that is not the reason."""
    for cause in causes_of(error):
        if isinstance(cause, psycopg2.errors.DependentObjectsStillExist):
            lines = (cause.diag.message_detail or str(cause)).splitlines()
            return [line.partition(" depends on ")[0] for line in lines]
    return []


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """Yields an error and everything behind it, nearest first."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        behind = [getattr(current, name, None) for name in CAUSES]
        if not current.__suppress_context__:
            behind.append(current.__context__)
        waiting.extend(cause for cause in behind if isinstance(cause, BaseException))


def _explain_file(error: OSError) -> WarehouseError | None:
    place = error.filename or "the working folder"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return WarehouseUnavailableError(
            f"The disk is full ({place}); free some space and run again."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return WarehousePermissionError(
            f"{place} can't be written or read ({error.strerror}); let the user of this process do "
            "both, or name another folder (pipelines_dir for dlt's working folder)."
        )
    return None


def _explain_duckdb(error: duckdb.Error) -> WarehouseError | None:
    for pattern, kind, sentence in DUCKDB_MESSAGES:
        if match := re.search(pattern, str(error), re.DOTALL):
            facts = {name: value or "" for name, value in match.groupdict().items()}
            return kind(sentence.format(**{"file": "", **facts}).replace("  ", " "))
    return None


def _explain_postgres(error: Any) -> WarehouseError | None:
    state = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None) or ""
    if state.startswith(DATA_STATES):
        return None
    for start, kind, sentence in POSTGRES_STATES:
        if state and state.startswith(tuple(start.split("|"))):
            facts = {"hint": POSTGRES_HINT, "detail": _detail(error)}
            return kind(sentence.format(_said(error), **facts) or _grant_sentence(error))
    if str(error).startswith("invalid dsn"):
        return WarehouseConfigError(f"The URL of Postgres can't be read; check {POSTGRES_HINT}.")
    if state or not _is_of_connection(error):
        return None
    return _explain_connection(_said(error), is_refusal=bool(REFUSED.search(str(error))))


def _explain_connection(reason: str, *, is_refusal: bool) -> WarehouseError:
    _, is_server, said = reason.rpartition("FATAL: ")
    if is_refusal:
        return WarehouseConfigError(
            f"Postgres refused the connection ({said.strip()}); check {POSTGRES_HINT}."
        )
    if is_server:  # it is starting, stopping, or has enough of us
        return WarehouseUnavailableError(
            f"Postgres takes no connection now ({said.strip()}); run again."
        )
    if LOST.search(reason):
        return WarehouseUnavailableError(f"The connection to Postgres broke ({reason}); run again.")
    return WarehouseUnavailableError(f"Postgres can't be reached ({reason}); run again.")


def _said(error: BaseException) -> str:
    """The first line of what a driver says, without ADBC's words before it."""
    first = next(iter(str(error).strip().splitlines()), "no reason given")
    return re.sub(r"^(?:[A-Z_]+: (?:\[libpq\] )?)?(?:.*?ERROR:\s+)?", "", first).strip()


def _detail(error: BaseException) -> str:
    """What Postgres adds to what it says, in one line."""
    found = re.search(r"DETAIL:\s+(.*?)(?:\nHINT:|\Z)", str(error), re.DOTALL)
    return "; ".join(found[1].strip().splitlines()) if found else _said(error)


def _is_of_connection(error: Any) -> bool:
    kinds = psycopg2.OperationalError, psycopg2.InterfaceError, adbc_driver_manager.OperationalError
    # What psycopg2 raises where a COMMIT finds nobody at the other end has no class of its own.
    return isinstance(error, kinds) or type(error) is psycopg2.DatabaseError


GRANTS: Final[tuple[tuple[str, Callable[[str, str], str]], ...]] = (
    (
        r"permission denied for database (\S+)",
        lambda name, role: f"GRANT CREATE ON DATABASE {name} TO {role}",
    ),
    (
        r"permission denied for schema (\S+)",
        lambda name, role: f"GRANT USAGE, CREATE ON SCHEMA {name} TO {role}",
    ),
    (
        r"permission denied for (?:table|relation|view) (\S+)",
        lambda name, role: f"GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON {name} TO {role}",
    ),
    (
        r"must be owner of (?:table|relation|view|materialized view) (\S+)",
        lambda name, role: f"ALTER TABLE {name} OWNER TO {role}",
    ),
    (
        r"must be owner of schema (\S+)",
        lambda name, role: f"ALTER SCHEMA {name} OWNER TO {role}",
    ),
)


def _grant_sentence(error: Any) -> str:
    role = _role_of(error)
    for pattern, to_grant in GRANTS:
        if match := re.search(pattern, str(error)):
            return (
                f"The role {role} may not do what a load needs ({match.group(0)}); let an owner "
                f"run: {to_grant(match.group(1), role)};"
            )
    return f"The role {role} may not do what a load needs: {str(error).splitlines()[0]}."


def _role_of(error: Any) -> str:
    try:
        # Not `info.user`, which a closed connection forgets.
        return str(parse_dsn(error.cursor.connection.dsn)["user"])
    except (AttributeError, KeyError, psycopg2.Error):
        return "<role>"  # ADBC does not tell
