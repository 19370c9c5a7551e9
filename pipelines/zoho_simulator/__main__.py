"""`python -m zoho_simulator`: the simulator as a process of its own."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from dataclasses import fields
from typing import TYPE_CHECKING

from .bulk_module import add_bulk_module
from .demo import build_demo_organization
from .organization import Organization
from .server import run_server
from .settings import EDITIONS, SimulatorSettings
from .simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .server import Server


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves until it is told to stop; prints one line of JSON when it is ready."""
    options = _parse(arguments)
    organization = (
        Organization.empty()
        if options.empty
        else build_demo_organization(seed=options.seed, scale=options.scale)
    )
    for text in options.bulk:
        name, rows, *rest = text.split(":")
        field_count, per_second = (int(part) for part in (rest + ["40", "3"][len(rest) :]))
        add_bulk_module(
            organization, name, rows=int(rows), field_count=field_count, rows_per_second=per_second
        )
    simulator = Simulator(organization, _settings(options))
    # The records live as long as the process: no need to look through them again and again.
    gc.freeze()
    run_server(simulator, options.host, options.port, on_ready=_announce)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="zoho_simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 for any free one")
    parser.add_argument("--scale", type=float, default=1, help="1: about 15,000 records")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--edition", choices=sorted(EDITIONS), default="Enterprise")
    parser.add_argument("--empty", action="store_true", help="no demo organisation")
    parser.add_argument(
        "--bulk",
        action="append",
        default=[],
        metavar="MODULE:ROWS[:FIELDS[:ROWS_PER_SECOND]]",
        help="add a module with many rows; may be repeated",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a switch of SimulatorSettings, the value as JSON or plain text; may be repeated",
    )
    return parser.parse_args(arguments)


def _settings(options: argparse.Namespace) -> SimulatorSettings:
    settings = SimulatorSettings(edition=options.edition, latency_ms=options.latency_ms)
    known = {switch.name for switch in fields(settings)}
    for text in options.set:
        name, _, value = text.partition("=")
        if name not in known:
            sys.exit(f"no such setting: {name}")
        settings.change({name: _parse_value(value)})
    return settings


def _parse_value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _announce(server: Server) -> None:
    sys.stdout.write(json.dumps(server.credentials) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
