"""The work of `zoho-sync check`: would a run work? Loads nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from zoho_crm.api_types import parse_module
from zoho_crm.auth import AccessTokens, accounts_url_of
from zoho_crm.client import ZohoClient
from zoho_crm.exceptions import ZohoCrmError
from zoho_crm.metadata import is_candidate

from .check_destination import check_destination
from .check_report import CheckReport
from .check_selection import check_selection
from .configuration import read_configuration
from .delink_probes import check_delink
from .editions import parse_licence
from .probes import (
    LAYOUTS,
    MODULES,
    ORGANIZATION,
    RECORDS,
    SCOPE_MISSING,
    Places,
    Probe,
    probes_for,
)
from .related_configuration import read_related_configuration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoho_crm.auth import ZohoCredentials
    from zoho_destinations.settings import Kind

_LONGEST_WAIT_S: Final = 1.0
"""A person is watching: no retry waits longer than this."""
_USUAL_MODULES: Final = ("Leads", "Contacts", "Accounts", "Deals")
_WITH_PIPELINES: Final = "Deals"
_NOTES: Final = "Notes"


def check_everything(kind: Kind, *, includes_delink: bool = False) -> CheckReport:
    """Looks at all that a run needs.

    Args:
        kind: `duckdb` or `postgres`.
        includes_delink: Also at what removing relations needs.

    Raises:
        ZohoConfigError: The configuration is incomplete.
    """
    config = read_configuration()
    lists = [*config.modules, *read_related_configuration().lists]
    report = CheckReport()
    check_zoho(config.credentials, report, lists=lists, includes_delink=includes_delink)
    check_destination(config, kind, report)
    if report.modules is not None:
        check_selection(config, kind, report.modules, report)
    return report


def check_zoho(
    credentials: ZohoCredentials,
    report: CheckReport,
    *,
    lists: Sequence[str] = (),
    includes_delink: bool = False,
) -> None:
    """Looks at the credentials, the data centre, the scopes, the edition and its credits.

    Args:
        credentials: Whose eyes to look with.
        report: Is told what was found.
        lists: Patterns that may name related lists, which need scopes of their own.
        includes_delink: Also at what removing relations needs.
    """
    tokens = AccessTokens(credentials, sleep=_wait_a_little)
    with ZohoClient(
        credentials, tokens=tokens, sleep=_wait_a_little, may_write=includes_delink
    ) as client:
        try:
            token = tokens.current()
        except ZohoCrmError as error:
            report.add_failure("credentials", error)
            return
        accounts = urlsplit(accounts_url_of(credentials)).netloc
        api = urlsplit(token.api_domain).netloc
        report.add("credentials", f"{accounts} gives access tokens")
        report.add("data centre", f"the API is at {api}")
        _check_scopes(client, report, lists)
        if includes_delink:
            check_delink(client, report)
        report.calls = client.calls
        report.credits_remaining = client.credits_remaining
    _judge_credits(report)


def _check_scopes(client: ZohoClient, report: CheckReport, lists: Sequence[str]) -> None:
    places: Places = {"module": _USUAL_MODULES[0], "layouts_of": _USUAL_MODULES[0]}
    for probe in probes_for(lists):
        if not probe.can_be_asked(places):
            continue
        try:
            body = probe.ask(client, places)
        except ZohoCrmError as error:
            if error.code != SCOPE_MISSING:
                report.add_failure(f"scope {probe.scope}", error)
                return  # the next would fail alike
            _note_missing(probe, error, report)
            continue
        report.add(f"scope {probe.scope}", f"granted: {probe.purpose}")
        if probe is MODULES:
            places |= _judge_modules(body, report)
        elif probe is RECORDS:
            places |= _first_id(body, "data", "record")
        elif probe is LAYOUTS and places["layouts_of"] == _WITH_PIPELINES:
            places |= _first_id(body, "layouts", "layout")
        elif probe is ORGANIZATION:
            _judge_organization(body, report)


def _note_missing(probe: Probe, error: ZohoCrmError, report: CheckReport) -> None:
    if probe.is_needed:
        report.add_failure(f"scope {probe.scope}", error)
    else:
        report.missing_scopes.append(probe.scope)
        report.add(
            f"scope {probe.scope}",
            f"not granted, so without {probe.purpose}; `zoho-sync login` can ask for it",
            "warning",
        )


def _judge_modules(body: Mapping[str, Any], report: CheckReport) -> Places:
    """Notes how many modules there are; gives those to try the other calls with."""
    modules = report.modules = [parse_module(raw) for raw in body.get("modules") or ()]
    names = [module.api_name for module in modules if is_candidate(module)]
    report.add("modules", f"{len(names)} of {len(modules)} should hold records that can be read")
    usual = (name for name in _USUAL_MODULES if name in names)
    module = next(usual, names[0] if names else _USUAL_MODULES[0])
    places = {"module": module, "layouts_of": module}
    if _WITH_PIPELINES in names:
        places["layouts_of"] = _WITH_PIPELINES
    return places | ({"notes": _NOTES} if _NOTES in names else {})


def _first_id(body: Mapping[str, Any], key: str, place: str) -> Places:
    """The id of the first element, where there is one."""
    found: Sequence[Mapping[str, Any]] = body.get(key) or ()
    return {place: str(found[0]["id"])} if found and found[0].get("id") else {}


def _judge_organization(body: Mapping[str, Any], report: CheckReport) -> None:
    found: Sequence[Mapping[str, Any]] = body.get("org") or ()
    if not found:
        report.add("organisation", "Zoho does not tell which one it is", "warning")
        return
    licence = report.licence = parse_licence(found[0])
    facts = [f"edition {licence.edition}" if licence.edition else "edition unknown"]
    if licence.users is not None:
        facts.append(f"{licence.users} user licences")
    if licence.concurrency is not None:
        facts.append(f"{licence.concurrency} calls in flight")
    report.add("organisation", f"{licence.company}: {', '.join(facts)}")


def _judge_credits(report: CheckReport) -> None:
    if report.licence is None:
        return
    per_day = report.licence.credits_per_day
    in_all = f"{per_day:,} in 24 hours" if per_day else "an unknown number in 24 hours"
    remaining = report.credits_remaining
    # Zoho tells what remains only once half of it is used.
    left = "more than half left" if remaining is None else f"{remaining:,} left"
    is_low = remaining is not None and per_day is not None and remaining < per_day / 10
    report.add("API credits", f"{in_all}, {left}", "warning" if is_low else "ok")


def _wait_a_little(seconds: float) -> None:
    time.sleep(min(seconds, _LONGEST_WAIT_S))
