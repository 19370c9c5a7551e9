"""The commands and their options; the work of each is in a module of its own."""

# No `from __future__ import annotations`: typer reads annotations when the program runs. The
# modules that do the work are imported by the command that needs them: dlt takes a second.

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from .failures import FailureStyle, tell_failure
from .options import CommonOptions, duration, with_common_options

app = typer.Typer(
    name="zoho-sync",
    help="Keeps an exact SQL copy of a Zoho CRM organisation in DuckDB or Postgres.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Patterns = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SELECT]...", help="Modules such as Leads, 'Deals*' or '!Notes'; all by default."
    ),
]
