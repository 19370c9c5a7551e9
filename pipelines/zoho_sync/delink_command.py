"""`zoho-sync delink`: one delink with what the command line and the configuration say."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from zoho_crm.exceptions import ZohoConfigError

from .configuration import read_configuration
from .delink import run_delink
from .target import open_target
from .terminal import remarks

if TYPE_CHECKING:
    from collections.abc import Callable

    from .delink_options import DelinkOptions
    from .delink_report import DelinkReport
    from .options import CommonOptions


def delink_relations(common: CommonOptions, options: DelinkOptions) -> DelinkReport:
    """Plans, applies or undoes the removal of relations in Zoho.

    Raises:
        ZohoConfigError: The configuration or the options can't be right, or the user said no.
        WarehouseError: The destination cannot be used, or somebody else holds it.
        ZohoCrmError: Zoho could not be asked, and nothing was done.
    """
    options.check()
    config = read_configuration()
    target = open_target(config, common.kind)
    say: Callable[[str], None] = (lambda _: None) if common.quiet else remarks().say
    return run_delink(config, target, options, confirm=_build_confirm(options), say=say)


def _build_confirm(options: DelinkOptions) -> Callable[[str], None]:
    def confirm(question: str) -> None:
        if options.is_confirmed:
            return
        if not sys.stdin.isatty():
            raise ZohoConfigError(f"{question} Nobody is there to answer: give --yes.")
        if not typer.confirm(question, err=True):
            raise ZohoConfigError("You did not confirm: nothing was changed in Zoho.")

    return confirm
