"""The work of `zoho-sync login`: a grant code becomes a refresh token in `.dlt/secrets.toml`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoho_crm.auth import exchange_grant_code

from .exit_codes import ExitCode
from .login_questions import SECTION, LoginAnswers, LoginOptions, ask_for_login
from .results import ending
from .scopes import missing_scopes
from .secrets_file import check_writable, secrets_path, write_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .terminal import Output


@dataclass(frozen=True, slots=True)
class LoginReport:
    """What was saved, and where."""

    path: Path
    accounts_url: str
    api_domain: str
    scopes: Sequence[str]
    """What Zoho granted; empty where it does not say."""
    missing_scopes: Sequence[str]
    overridden_by: Sequence[str]
    """Variables that are set and go before the file."""
    exit_code: ExitCode = ExitCode.DONE

    @property
    def message(self) -> str:
        """One sentence on what was done."""
        return f"Saved the refresh token to {self.path}, which only you can read."

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            **ending(self.exit_code, self.message),
            "path": str(self.path),
            "accounts_url": self.accounts_url,
            "api_domain": self.api_domain,
            "scopes": list(self.scopes),
            "missing_scopes": list(self.missing_scopes),
            "overridden_by": list(self.overridden_by),
        }


def log_in(options: LoginOptions, say: Callable[[str], None]) -> LoginReport:
    """Asks for what is missing, exchanges the grant code, and saves what it gives.

    Args:
        options: What the user gave.
        say: Shows a person how to come by the rest.

    Raises:
        ZohoConfigError: Something is missing or wrong, or the file cannot be written.
        ZohoAuthError: Zoho refuses the client or the code.
        ZohoTransientError: Zoho could not be asked.
    """
    path = secrets_path()
    check_writable(path)  # a code works once: it must not be spent on a file that takes nothing
    answers = ask_for_login(options, say)
    grant = exchange_grant_code(
        client_id=answers.client_id,
        client_secret=answers.client_secret,
        code=answers.code,
        accounts_url=answers.accounts_url,
    )
    write_secrets(path, SECTION.split("."), _values(answers, grant.refresh_token))
    missing = missing_scopes(options.scopes, grant.scopes) if grant.scopes else []
    return LoginReport(
        path=path,
        accounts_url=answers.accounts_url,
        api_domain=grant.api_domain,
        scopes=grant.scopes,
        missing_scopes=missing,
        overridden_by=_variables_set(),
    )


def show_login(report: LoginReport, output: Output) -> None:
    """Prints what was done and what comes next."""
    output.say(report.message, style="bold green")
    if report.missing_scopes:
        output.say(
            "Not granted, so what needs them will be skipped: "
            f"{', '.join(report.missing_scopes)}. Log in again with them if you want it."
        )
    if report.overridden_by:
        output.say(
            f"Set in the environment, where they go before the file: "
            f"{', '.join(report.overridden_by)}. Unset them.",
            style="yellow",
        )
    output.say("Next: `zoho-sync check`, then `zoho-sync run`.")


def _values(answers: LoginAnswers, refresh_token: str) -> dict[str, str | None]:
    return {
        "client_id": answers.client_id,
        "client_secret": answers.client_secret,
        "refresh_token": refresh_token,
        "data_center": answers.data_center,
        "accounts_url": None if answers.data_center else answers.accounts_url,
    }


def _variables_set() -> list[str]:
    prefix = SECTION.replace(".", "__").upper() + "__"
    return sorted(name for name in os.environ if name.startswith(prefix))
