"""What `zoho-sync audit` is asked for: to capture, to prove, to report, or to forget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zoho_crm.exceptions import ZohoConfigError

from .audit import AuditOptions, run_audit
from .audit_report import show_audit
from .case_page import write_page
from .case_report import parse_since, read_report, show_cases
from .configuration import read_configuration
from .evidence_commands import forget, parse_anchor, prove, show_erasure, show_proof
from .glance import readable_target
from .results import present
from .run_results import present_run
from .target import open_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .options import CommonOptions


@dataclass(frozen=True, slots=True)
class AuditArguments:
    """The command's own options, as given."""

    modules: Sequence[str] = ()
    is_recapture: bool = False
    is_check: bool = False
    anchor: str | None = None
    is_report: bool = False
    since: str | None = None
    html: str | None = None
    erase: str | None = None
    reason: str | None = None
    max_calls: int | None = None
    max_runtime_s: float | None = None
    wait_s: float = 0.0


def audit_with(common: CommonOptions, given: AuditArguments) -> int:
    """Does the one thing that is asked for and gives the exit code.

    Raises:
        ZohoConfigError: Options that do not go together.
        WarehouseError: The database cannot be used, or somebody else holds it.
    """
    _refuse_contradictions(given)
    if given.is_check:
        return _check(common, given)
    if given.erase is not None:
        return _erase(common, given)
    if given.is_report:
        return _report(common, given)
    options = AuditOptions(
        modules=given.modules,
        is_recapture=given.is_recapture,
        max_calls=given.max_calls,
        max_runtime_s=given.max_runtime_s,
        wait_s=given.wait_s,
    )
    report = run_audit(common, options)
    return present_run(common, report.run, report, show_audit)


def _refuse_contradictions(given: AuditArguments) -> None:
    asked = {
        "--recapture": given.is_recapture,
        "--check": given.is_check,
        "--report": given.is_report,
        "--erase": given.erase is not None,
    }
    chosen = [option for option, is_given in asked.items() if is_given]
    if len(chosen) > 1:
        raise ZohoConfigError(f"{' and '.join(chosen)} do not go together: give one of them.")
    needs = {
        "--anchor": ("--check", given.anchor),
        "--since": ("--report", given.since),
        "--html": ("--report", given.html),
        "--reason": ("--erase", given.reason),
    }
    for option, (other, value) in needs.items():
        if value is not None and other not in chosen:
            raise ZohoConfigError(f"{option} goes with {other} only.")
    if given.erase is not None and not (given.reason or "").strip():
        raise ZohoConfigError("--erase needs --reason: it is kept for ever in place of what goes.")


def _check(common: CommonOptions, given: AuditArguments) -> int:
    anchor = None if given.anchor is None else parse_anchor(given.anchor)
    target = open_target(read_configuration(needs_credentials=False), common.kind)
    report = prove(target, anchor=anchor, wait_s=given.wait_s)
    return present(report, show_proof, is_json=common.json)


def _erase(common: CommonOptions, given: AuditArguments) -> int:
    target = open_target(read_configuration(needs_credentials=False), common.kind)
    report = forget(target, str(given.erase), reason=str(given.reason).strip(), wait_s=given.wait_s)
    return present(report, show_erasure, is_json=common.json)


def _report(common: CommonOptions, given: AuditArguments) -> int:
    since = None if given.since is None else parse_since(given.since)
    config = read_configuration(needs_credentials=False)
    report = read_report(
        readable_target(config, common.kind),
        modules=given.modules,
        since=since,
        home_amounts=config.home_amounts,
        audit_amounts=config.audit_amounts,
    )
    if given.html is not None:
        write_page(report, given.html)
        report = replace(report, written_to=given.html)
    return present(report, show_cases, is_json=common.json)
