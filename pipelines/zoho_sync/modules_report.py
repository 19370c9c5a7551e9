"""What `zoho-sync modules` found out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoho_crm.settings import PAGE_SIZE

from .exit_codes import ExitCode
from .results import ending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .terminal import Output


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """One module, readable or not."""

    api_name: str
    label: str
    generated_type: str
    table_name: str | None = None
    field_count: int = 0
    slices: int = 0
    """Calls that one page of records takes: one for each 50 fields."""
    records: int | None = None
    """As Zoho counts them, some minutes late; None where it was not asked or does not tell."""
    reason: str | None = None
    """Why it can't be read."""

    @property
    def first_load_calls(self) -> int | None:
        """Calls that a first load takes at least."""
        if self.records is None:
            return None
        return max(-(-self.records // PAGE_SIZE), 1) * self.slices

    def to_json(self) -> dict[str, Any]:
        """The facts as JSON values."""
        return {
            "module": self.api_name,
            "label": self.label,
            "type": self.generated_type,
            "is_readable": self.reason is None,
            "table": self.table_name,
            "fields": self.field_count,
            "calls_per_page": self.slices,
            "records": self.records,
            "first_load_calls": self.first_load_calls,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class ModulesReport:
    """The modules that were asked for."""

    modules: Sequence[ModuleFacts]
    is_counted: bool
    notes: Sequence[str]
    calls: int
    exit_code: ExitCode = ExitCode.DONE

    @property
    def readable(self) -> list[ModuleFacts]:
        """Modules whose records Zoho gives."""
        return [module for module in self.modules if module.reason is None]

    @property
    def message(self) -> str:
        """One sentence."""
        return f"{len(self.readable)} of {len(self.modules)} modules can be read."

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            **ending(self.exit_code, self.message),
            "modules": [module.to_json() for module in self.modules],
            "notes": list(self.notes),
            "calls": self.calls,
        }


def show_modules(report: ModulesReport, output: Output) -> None:
    """Prints what can be read as a table, and why the rest can't in sentences."""
    headings = ["module", "label", "type", ">fields", ">calls a page"]
    headings += [">records", ">first load"] if report.is_counted else []
    if report.readable:
        rows = (_row(module, is_counted=report.is_counted) for module in report.readable)
        output.show_table([*headings, "table"], rows)
        output.say("")
    refused = [module for module in report.modules if module.reason is not None]
    if refused:
        output.say("Cannot be read:", style="bold")
        for module in refused:
            output.say(f"- {_with_name(module)}")
        output.say("")
    for note in report.notes:
        output.say(note)
    output.say(f"{report.message} ({report.calls} API calls made.)")


def _row(module: ModuleFacts, *, is_counted: bool) -> list[object]:
    counted: list[object] = [module.records, module.first_load_calls] if is_counted else []
    return [
        module.api_name,
        module.label,
        module.generated_type,
        module.field_count,
        module.slices,
        *counted,
        module.table_name,
    ]


def _with_name(module: ModuleFacts) -> str:
    reason = str(module.reason)
    return reason if reason.startswith(module.api_name) else f"{module.api_name}: {reason}"
