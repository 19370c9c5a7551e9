"""Options that every command takes, declared once."""

# No `from __future__ import annotations`: typer reads annotations when the program runs.

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Annotated, Any, Concatenate, Literal, ParamSpec

import typer

from .durations import parse_duration

_PANEL = "Common options"
Given = ParamSpec("Given")


class Destination(StrEnum):
    """Where the copy is kept."""

    DUCKDB = "duckdb"
    POSTGRES = "postgres"


class LogFormat(StrEnum):
    """How progress and logs look."""

    TEXT = "text"
    JSON = "json"


class Edition(StrEnum):
    """Editions of Zoho CRM that can be simulated."""

    FREE = "Free"
    STANDARD = "Standard"
    PROFESSIONAL = "Professional"
    ENTERPRISE = "Enterprise"
    ULTIMATE = "Ultimate"


class InterruptedByUserError(Exception):
    """Ctrl-C, in a form that typer makes nothing else of."""


@dataclass(frozen=True, slots=True)
class CommonOptions:
    """What every command takes."""

    destination: Annotated[
        Destination, typer.Option(help="Where the copy is kept.", rich_help_panel=_PANEL)
    ] = Destination.DUCKDB
    json: Annotated[
        bool,
        typer.Option("--json", help="Print one JSON document instead.", rich_help_panel=_PANEL),
    ] = False
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet",
            help="No progress, and no report of a run that went well.",
            rich_help_panel=_PANEL,
        ),
    ] = False
    log_format: Annotated[
        LogFormat,
        typer.Option(help="How progress and logs look on stderr.", rich_help_panel=_PANEL),
    ] = LogFormat.TEXT
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show tracebacks and what dlt does.", rich_help_panel=_PANEL),
    ] = False

    @property
    def kind(self) -> Literal["duckdb", "postgres"]:
        """The destination as the warehouse calls it."""
        return "postgres" if self.destination is Destination.POSTGRES else "duckdb"


def with_common_options(
    command: Callable[Concatenate[CommonOptions, Given], int],
) -> Callable[..., int]:
    """Gives a command the common options; it gets them together as its first argument."""

    def run(**given: Any) -> int:
        shared = {f.name: given.pop(f.name) for f in fields(CommonOptions)}
        try:
            return command(CommonOptions(**shared), **given)  # type: ignore[call-arg]  # Given
        except KeyboardInterrupt as error:
            raise InterruptedByUserError from error

    _, *own = inspect.signature(command).parameters.values()
    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in (*own, *inspect.signature(CommonOptions).parameters.values())
    ]
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    # What typer reads: it takes both, one or the other by its version.
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def read_duration(text: str) -> float:
    """Reads a duration option, in seconds."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
