"""The work of `zoho-sync simulate`: a Zoho CRM on this machine, to try everything against."""

from __future__ import annotations

import json
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.exceptions import ZohoConfigError
from zoho_simulator import Simulator, SimulatorSettings, build_demo_organization, run_server

from .exit_codes import ExitCode
from .results import ending
from .terminal import remarks, results
from .typing_commands import type_command

if TYPE_CHECKING:
    from zoho_simulator import Server
    from zoho_simulator.settings import EditionName

_CODE_LIFETIME_S: Final = 24 * 3600
"""Longer than Zoho's minutes: whoever reads a README should not have to hurry."""
_HOST: Final = "127.0.0.1"
_CONTROL: Final = "/_simulator"
_GUIDE: Final = """\
A simulated Zoho CRM listens at {url} until you press Ctrl-C.

In another terminal, in an empty folder, log in as with a real account:

  echo '{client_secret}' | {command} login --client-secret-stdin \\
    --accounts-url {url} \\
    --client-id {client_id} \\
    --code {grant_code}

or set the same as variables:

  export SOURCES__ZOHO_CRM__CREDENTIALS__ACCOUNTS_URL={url}
  export SOURCES__ZOHO_CRM__CREDENTIALS__CLIENT_ID={client_id}
  export SOURCES__ZOHO_CRM__CREDENTIALS__CLIENT_SECRET={client_secret}
  export SOURCES__ZOHO_CRM__CREDENTIALS__REFRESH_TOKEN={refresh_token}

Then:

  {command} check
  {command} run
  curl -X POST {url}{control}/change_day    # a working day passes
  {command} run
  {command} status

A code works once; another one: curl -X POST {url}{control}/grant_code
"""


@dataclass(frozen=True, slots=True)
class SimulateOptions:
    """What is simulated, and where."""

    port: int
    scale: float
    seed: int
    latency_ms: float
    edition: EditionName


def serve_simulator(options: SimulateOptions, *, is_json: bool, is_quiet: bool) -> int:
    """Serves until it is told to stop.

    Raises:
        ZohoConfigError: The port is taken.
    """
    _require_free(options.port)
    if not is_quiet:
        remarks().say("Making the demo organisation ...")
    organization = build_demo_organization(seed=options.seed, scale=options.scale)
    settings = SimulatorSettings(edition=options.edition, latency_ms=options.latency_ms)
    simulator = Simulator(organization, settings)

    def announce(server: Server) -> None:
        facts = _facts(server)
        if is_json:
            sys.stdout.write(json.dumps(facts, indent=2) + "\n")
            sys.stdout.flush()
        else:
            command = type_command("zoho-sync", is_elsewhere=True)
            results().say(_GUIDE.format(**facts, control=_CONTROL, command=command))

    with suppress(KeyboardInterrupt):
        run_server(simulator, _HOST, options.port, on_ready=announce)
    return ExitCode.DONE


def _require_free(port: int) -> None:
    """Looks before the organisation is made, which takes seconds."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((_HOST, port))
        except OSError as error:
            raise ZohoConfigError(
                f"Port {port} cannot be used ({error.strerror}): give another one with --port."
            ) from None


def _facts(server: Server) -> dict[str, Any]:
    code = server.simulator.new_grant_code(lifetime_s=_CODE_LIFETIME_S)
    message = f"A simulated Zoho CRM listens at {server.url}."
    return {**ending(ExitCode.DONE, message), **server.credentials, "grant_code": code}
