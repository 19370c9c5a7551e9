"""Errors of the warehouse, by what the caller should do.

::

    WarehouseError
    ├── WarehouseConfigError        fix the configuration            exit 2
    │   └── WarehousePermissionError   grant the role what it lacks  exit 2
    ├── WarehouseUnavailableError   safe to run again                exit 4
    └── WarehouseBusyError          somebody else holds it           exit 7

Public attributes of dlt's exceptions land in its trace: none of these may hold a password.
"""

from __future__ import annotations

from typing import ClassVar

from dlt.common.exceptions import DltException


class WarehouseError(DltException):
    """What the warehouse raises; the message is one sentence for a person."""

    exit_code: ClassVar[int] = 1


class WarehouseConfigError(WarehouseError, ValueError):
    """The configuration is missing, wrong, or names something that is no database."""

    exit_code = 2


class WarehousePermissionError(WarehouseConfigError):
    """The role or the user may not do what a load needs; the message says what to grant."""


class WarehouseUnavailableError(WarehouseError):
    """The server is gone, the disk is full, the connection broke; safe to run again."""

    exit_code = 4


class WarehouseBusyError(WarehouseError):
    """Another run or a reader holds the dataset; the message says who, and since when."""

    exit_code = 7
    waited_s: float | None = None
    """How long it was waited for, by a caller that can wait."""
