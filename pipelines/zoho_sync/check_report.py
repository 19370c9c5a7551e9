"""What `zoho-sync check` found out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from rich.text import Text

from .exit_codes import ExitCode, exit_code_of
from .results import ending
from .wording import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoho_crm.api_types import Module
    from zoho_crm.exceptions import ZohoCrmError
    from zoho_destinations.exceptions import WarehouseError

    from .editions import Licence
    from .terminal import Output

State = Literal["ok", "warning", "failed"]
_MARKS: Final = {"ok": ("ok", "green"), "warning": ("!", "yellow"), "failed": ("FAILED", "red")}
_GRAVEST_FIRST: Final = (ExitCode.CONFIGURATION, ExitCode.CREDENTIALS, ExitCode.UNAVAILABLE)


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
    missing_scopes: list[str] = field(default_factory=list)
    """Scopes without which a run works and something is missing."""
    modules: Sequence[Module] | None = None
    """The modules that Zoho lists; None where it does not tell."""
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
        if worst is not None and self.exit_code is not ExitCode.DONE:
            return worst.sentence
        if self.missing_scopes:
            return (
                f"Ready for `zoho-sync run`, but {count_of(len(self.missing_scopes), 'scope')} "
                f"that it uses {'was' if len(self.missing_scopes) == 1 else 'were'} not granted: "
                f"{', '.join(self.missing_scopes)}."
            )
        return "Everything is ready for `zoho-sync run`."

    def add(self, subject: str, sentence: str, state: State = "ok") -> None:
        """Notes what was found."""
        self.findings.append(Finding(subject, state, sentence))

    def add_failure(self, subject: str, error: ZohoCrmError | WarehouseError) -> None:
        """Notes what failed."""
        self.findings.append(Finding(subject, "failed", str(error), exit_code_of(error)))

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        licence = self.licence
        return {
            **ending(self.exit_code, self.message),
            "missing_scopes": self.missing_scopes,
            "checks": [finding.to_json() for finding in self.findings],
            "edition": licence.edition if licence else None,
            "user_licences": licence.users if licence else None,
            "credits_per_day": licence.credits_per_day if licence else None,
            "credits_remaining": self.credits_remaining,
            "calls": self.calls,
        }


def show_check(report: CheckReport, output: Output) -> None:
    """Prints what was looked at, then the conclusion."""
    rows = [
        (
            Text(_MARKS[finding.state][0], style=_MARKS[finding.state][1]),
            finding.subject,
            finding.sentence,
        )
        for finding in report.findings
    ]
    output.show_table(("", "what", "found"), rows)
    output.say("")
    is_well = report.exit_code is ExitCode.DONE
    said = report.message if is_well else f"Not ready: {_what_failed(report)}."
    calls = f"{report.calls} API call{'' if report.calls == 1 else 's'} made"
    style = "bold yellow" if report.missing_scopes else "bold green"
    output.say(f"{said} ({calls}.)", style=style if is_well else "bold red")


def _what_failed(report: CheckReport) -> str:
    """The subjects alone: their sentences stand above."""
    failed = [finding.subject for finding in report.findings if finding.state == "failed"]
    return f"{', '.join(failed)} failed, see above"
