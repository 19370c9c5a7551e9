"""What `zoho-sync login` needs to know, and whom it asks: options, configuration, the person."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import dlt
import typer

from zoho_crm import settings
from zoho_crm.data_centers import DATA_CENTERS, find_data_center, trusted_url
from zoho_crm.exceptions import ZohoConfigError
from zoho_crm.token_replies import is_token

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SECTION: Final = "sources.zoho_crm.credentials"
_GUIDE: Final = """\
1. Open {console} and choose "Self Client".
2. Its tab "Client Secret" shows the client id and the client secret.
3. On its tab "Generate Code" paste these scopes, choose 10 minutes, write any description:
   {scopes}
4. Press "Create", choose the organisation, and copy the code: it works once, for those minutes.
"""
_PROMPTS: Final = {
    "client_id": "Client id",
    "client_secret": "Client secret (not shown)",
    "code": "Grant code (not shown)",
}
_OTHER_WAYS: Final = {
    "client_id": "--client-id",
    "client_secret": "--client-secret-stdin",
    "code": "--code, or a second line to --client-secret-stdin",
}


@dataclass(frozen=True, slots=True)
class LoginOptions:
    """What the user gave on the command line; the rest is found or asked for."""

    client_id: str | None = None
    has_secret_on_stdin: bool = False
    code: str | None = field(default=None, repr=False)
    data_center: str | None = None
    accounts_url: str | None = None
    includes_delink: bool = False
    """Also what `zoho-sync delink` needs."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes to ask for."""
        return settings.READ_SCOPES + (settings.WRITE_SCOPES if self.includes_delink else ())


@dataclass(frozen=True, slots=True)
class LoginAnswers:
    """Everything that is needed to ask Zoho for a refresh token."""

    client_id: str
    client_secret: str = field(repr=False)
    code: str = field(repr=False)
    accounts_url: str
    data_center: str | None
    """None where an accounts server was named instead."""


def ask_for_login(options: LoginOptions, say: Callable[[str], None]) -> LoginAnswers:
    """Gathers what the login needs.

    Args:
        options: What was given.
        say: Shows a person how to come by the rest.

    Raises:
        ZohoConfigError: Something is missing and nobody is there to ask, or it can't be right.
    """
    has_person = sys.stdin.isatty() and not options.has_secret_on_stdin
    data_center, accounts_url = _choose_server(options, has_person=has_person)
    if has_person and options.code is None:
        say(_build_guide(accounts_url, options.scopes))
    known_id = _configured("client_id")
    client_id = options.client_id or known_id or _ask("client_id", has_person=has_person)
    secret, code = _read_lines() if options.has_secret_on_stdin else ("", "")
    if not secret and client_id == known_id:  # the secret of another client is of no use
        secret = _configured("client_secret") or ""
    return LoginAnswers(
        client_id=client_id,
        client_secret=secret or _ask("client_secret", has_person=has_person),
        code=options.code or code or _ask("code", has_person=has_person),
        accounts_url=accounts_url,
        data_center=data_center,
    )


def _choose_server(options: LoginOptions, *, has_person: bool) -> tuple[str | None, str]:
    """Gives the data centre, and its accounts server or the one named in its place."""
    is_open = options.data_center is None
    accounts_url = options.accounts_url or (_configured("accounts_url") if is_open else None)
    if accounts_url:
        return None, trusted_url(accounts_url, what="The accounts URL")
    name = options.data_center or _configured("data_center")
    if not name and has_person:
        choices = ", ".join(DATA_CENTERS)
        name = str(typer.prompt(f"Data centre ({choices})", default="us", err=True))
    center = find_data_center(name or "us")
    return center.name, center.accounts_url


def _read_lines() -> tuple[str, str]:
    """The client secret, and the grant code where there is a second line."""
    return sys.stdin.readline().strip(), sys.stdin.readline().strip()


def _build_guide(accounts_url: str, scopes: Sequence[str]) -> str:
    host = urlsplit(accounts_url).hostname or ""
    domain = host.removeprefix("accounts.")
    console = f"https://api-console.{domain}" if domain != host else "your API console"
    return _GUIDE.format(console=console, scopes=",".join(scopes))


def _configured(key: str) -> str | None:
    """What dlt finds in its files and in the environment; None for what can't be a value."""
    value: object = dlt.secrets.get(f"{SECTION}.{key}")
    return value.strip() if isinstance(value, str) and is_token(value.strip()) else None


def _ask(key: str, *, has_person: bool) -> str:
    if not has_person:
        variable = f"{SECTION}.{key}".replace(".", "__").upper()
        where = _OTHER_WAYS[key] if key == "code" else f"{_OTHER_WAYS[key]} or {variable}"
        raise ZohoConfigError(f"`{key}` is missing and nobody is there to ask: give {where}.")
    answer = typer.prompt(_PROMPTS[key], hide_input=key != "client_id", err=True)
    return str(answer).strip()
