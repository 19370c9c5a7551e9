"""What the process tells its caller: one number for each thing a caller may want to do next."""

from __future__ import annotations

from enum import IntEnum

from zoho_crm.exceptions import (
    ZohoAuthError,
    ZohoBudgetError,
    ZohoConfigError,
    ZohoCrmError,
    ZohoPageTokenError,
    ZohoResponseError,
    ZohoSkippableError,
    ZohoStoppedError,
    ZohoTransientError,
)
from zoho_destinations.exceptions import WarehouseError


class ExitCode(IntEnum):
    """The documented exit codes."""

    DONE = 0
    UNEXPECTED = 1
    CONFIGURATION = 2
    CREDENTIALS = 3
    UNAVAILABLE = 4
    """Zoho, the network or the database; safe to run again."""
    RESPONSE = 5
    """A reply not as documented."""
    PARTIAL = 6
    """Something that a reader of the dataset counts on was not loaded."""
    BUSY = 7
    """Another run or reader holds the lock."""
    LIMIT = 8
    """Stopped at the limit of calls."""
    DIFFERENCE = 9
    """A comparison found a difference."""
    INTERRUPTED = 130
    """Ctrl-C, as shells count it."""


_BY_ERROR: tuple[tuple[type[ZohoCrmError], ExitCode], ...] = (
    (ZohoConfigError, ExitCode.CONFIGURATION),
    (ZohoAuthError, ExitCode.CREDENTIALS),
    (ZohoTransientError, ExitCode.UNAVAILABLE),
    (ZohoSkippableError, ExitCode.PARTIAL),
    (ZohoBudgetError, ExitCode.LIMIT),
    (ZohoStoppedError, ExitCode.LIMIT),
    (ZohoPageTokenError, ExitCode.RESPONSE),  # no call that reached the caller had a token
    (ZohoResponseError, ExitCode.RESPONSE),
)


def exit_code_of(error: ZohoCrmError | WarehouseError) -> ExitCode:
    """The exit code that an error of the source or of the warehouse stands for."""
    if isinstance(error, WarehouseError):
        return ExitCode(error.exit_code)
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.UNEXPECTED)
