"""How a run ended: from the outcomes of its resources to one exit code and one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_crm.exceptions import ZohoAuthError

from .exit_codes import ExitCode, exit_code_of
from .wording import count_of, list_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoho_crm.outcomes import ResourceOutcome

_GRAVEST_FIRST = (ExitCode.CREDENTIALS, ExitCode.UNAVAILABLE, ExitCode.RESPONSE)


def verdict_on(outcomes: Sequence[ResourceOutcome]) -> tuple[ExitCode, str]:
    """The exit code and the sentence for a run whose resources ended like this."""
    failed = [each for each in outcomes if each.outcome == "failed" and each.error]
    codes = {exit_code_of(each.error) for each in failed if each.error}
    if _all_refused(outcomes):
        return ExitCode.CREDENTIALS, _reason_of_first(outcomes, "skipped")
    for code in _GRAVEST_FIRST:
        if code in codes:
            return code, _reason_of_first(failed, "failed")
    lost = [each for each in outcomes if each.is_loss]
    if lost:
        names = ", ".join(each.resource for each in lost)
        return ExitCode.PARTIAL, f"Not everything was loaded: {names}."
    if any(each.outcome == "limit" for each in outcomes):
        left = [each.resource for each in outcomes if each.outcome == "limit"]
        return ExitCode.LIMIT, (
            f"The limit of calls is reached; the next run goes on with {list_names(left)}."
        )
    if any(each.outcome in ("stopped", "reading") for each in outcomes):
        return ExitCode.LIMIT, "Reading was stopped; the next run goes on from here."
    behind = [each.resource for each in outcomes if each.outcome == "behind"]
    if behind:
        return ExitCode.DONE, (
            f"Up to date, but for {count_of(len(behind), 'related list')} that the next run goes "
            f"on with: {list_names(behind)}."
        )
    return ExitCode.DONE, "Everything that was selected is up to date."


def _all_refused(outcomes: Sequence[ResourceOutcome]) -> bool:
    modules = [each for each in outcomes if each.module]
    return bool(modules) and all(isinstance(each.error, ZohoAuthError) for each in modules)


def _reason_of_first(outcomes: Sequence[ResourceOutcome], outcome: str) -> str:
    return next((e.reason for e in outcomes if e.outcome == outcome and e.reason), "")
