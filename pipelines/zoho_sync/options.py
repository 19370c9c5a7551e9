"""Options that every command takes, declared once."""

# No `from __future__ import annotations`: typer reads annotations when the program runs.

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Annotated, Any, Concatenate, ParamSpec

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
        typer.Option(
            "--debug", help="Show tracebacks and what dlt does.", rich_help_panel=_PANEL
        ),
    ] = False


def with_common_options(
    command: Callable[Concatenate[CommonOptions, Given], int],
) -> Callable[..., int]:
    """Gives a command the common options; it gets them together as its first argument."""

    @functools.wraps(command)
    def run(**given: Any) -> int:
        common = CommonOptions(**{f.name: given.pop(f.name) for f in fields(CommonOptions)})
        return command(common, **given)

    _, *own = inspect.signature(command).parameters.values()
    keyword_only = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    shared = inspect.signature(CommonOptions).parameters.values()
    shared_only = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in shared]
    parameters = [*keyword_only, *shared_only]
    # What typer reads, now and in the releases before it read `__signature__` alone.
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    del run.__wrapped__  # type: ignore[attr-defined]  # its annotations would be read instead
    return run


def read_duration(text: str) -> float:
    """Reads a duration option, in seconds."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
