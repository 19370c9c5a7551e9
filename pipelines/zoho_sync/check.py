"""The work of `zoho-sync check`: would a run work? Loads nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from rich.text import Text

from zoho_crm.api_types import parse_module
from zoho_crm.auth import AccessTokens, accounts_url_of
from zoho_crm.client import ZohoClient
from zoho_crm.exceptions import ZohoCrmError
from zoho_crm.metadata import is_candidate

from .editions import Licence, parse_licence
from .exit_codes import ExitCode, exit_code_of
from .probes import MODULES, ORGANIZATION, PROBES, SCOPE_MISSING, Probe
from .results import ending

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoho_crm.auth import ZohoCredentials

    from .terminal import Output

State = Literal["ok", "warning", "failed"]
_MARKS: Final = {"ok": ("ok", "green"), "warning": ("!", "yellow"), "failed": ("FAILED", "red")}
_LONGEST_WAIT_S: Final = 1.0
"""A person is watching: a retry waits no longer than this."""
_GRAVEST_FIRST: Final = (ExitCode.CONFIGURATION, ExitCode.CREDENTIALS, ExitCode.UNAVAILABLE)
_PREFERRED: Final = ("Leads", "Contacts", "Accounts", "Deals")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    subject: str
    state: State
    sentence: str
    exit_code: ExitCode = ExitCode.DONE

    def to_json(self) -> dict[str, Any]:
        """The finding as JSON values."""
        return {"subject": self.subject, "state": self.state, "sentence": self.sentence}


@dataclass(slots=True)
class CheckReport:
    """Everything looked at."""

    findings: list[Finding] = field(default_factory=list)
    licence: Licence | None = None
    credits_remaining: int | None = None
    calls: int = 0

    @property
    def exit_code(self) -> ExitCode:
        """The gravest of what failed."""
        codes = {finding.exit_code for finding in self.findings if finding.state == "failed"}
        for code in (*_GRAVEST_FIRST, *codes):
            if code in codes:
                return code
        return ExitCode.DONE

    @property
    def message(self) -> str:
        """What is wrong first of all, or that nothing is."""
        worst = next((f for f in self.findings if f.exit_code is self.exit_code), None)
        if worst is None or self.exit_code is ExitCode.DONE:
            return "Everything is ready for `zoho-sync run`."
        return worst.sentence

    def add(self, subject: str, sentence: str, state: State = "ok") -> None:
        """Notes what was found."""
        self.findings.append(Finding(subject, state, sentence))

    def add_failure(self, subject: str, error: Exception) -> None:
        """Notes what failed."""
        self.findings.append(Finding(subject, "failed", str(error), exit_code_of(error)))

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        licence = self.licence
        return {
            **ending(self.exit_code, self.message),
            "checks": [finding.to_json() for finding in self.findings],
            "edition": licence.edition if licence else None,
            "user_licences": licence.users if licence else None,
            "credits_per_day": licence.credits_per_day if licence else None,
            "credits_remaining": self.credits_remaining,
            "calls": self.calls,
        }
