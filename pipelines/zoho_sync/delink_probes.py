"""Whether relations may be removed and added: calls that name a record that can't be there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zoho_crm.exceptions import ZohoCrmError
from zoho_crm.relation_calls import ListRef, RecordRef, build_add_call, build_remove_call
from zoho_destinations.delink_replies import SENTENCES

from .probes import SCOPE_MISSING

if TYPE_CHECKING:
    from zoho_crm.calls import Call
    from zoho_crm.client import ZohoClient

    from .check_report import CheckReport

_NOBODY: Final = "0"
"""No record has this id, so nothing can be changed; a missing scope is told all the same."""
_PARENTS: Final = ("Campaigns", "Products")
"""The modules that most relations hang on; a scope may be for one of them alone."""
_REFUSED: Final = ("NO_PERMISSION", "AUTHORIZATION_FAILED")


@dataclass(frozen=True, slots=True)
class _Probe:
    call: Call
    purpose: str
    is_needed: bool


def check_delink(client: ZohoClient, report: CheckReport) -> None:
    """Looks at what `zoho-sync delink` needs beside what reading needs; changes nothing."""
    for probe in _probes():
        subject = f"scope {probe.call.subject.scope}"
        try:
            reply = client.send(probe.call)
        except ZohoCrmError as error:
            if error.code == SCOPE_MISSING and not probe.is_needed:
                report.add(subject, f"not granted, so without {probe.purpose}", "warning")
                continue
            report.add_failure(subject, error)
            if error.code != SCOPE_MISSING:
                return  # the next would fail alike
            continue
        code = str(reply.body.get("code") or "")
        if code in _REFUSED:
            report.add(subject, SENTENCES[code], "warning")
        else:
            report.add(subject, f"granted: {probe.purpose}")


def _probes() -> list[_Probe]:
    probes = []
    for module in _PARENTS:
        of = ListRef(RecordRef(module, _NOBODY), "Leads")
        lead = RecordRef("Leads", _NOBODY)
        remove, add = build_remove_call(of, [lead]), build_add_call(of, [(lead, {})])
        probes += [
            _Probe(remove, f"removing relations of {module}", is_needed=True),
            _Probe(add, f"undoing that for {module}", is_needed=False),
        ]
    return probes
