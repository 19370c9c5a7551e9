"""How many records a module has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_simulator.call import Reply, json_reply
from zoho_simulator.errors import ambiguity, invalid_param, pattern_not_matched

from .access import readable_module

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.simulator import Simulator

_EXCLUSIVE = ("cvid", "criteria", "email", "phone", "word")


def count_records(simulator: Simulator, call: Call) -> Reply:
    """`GET /{module}/actions/count` (documented; its lag of minutes is not simulated)."""
    module = readable_module(simulator, call)
    given = [name for name in _EXCLUSIVE if name in call.params]
    if len(given) > 1:
        raise ambiguity(*given)
    if given:
        raise invalid_param(given[0])  # not simulated: refused rather than counted wrongly
    converted = call.params.get("converted", "false")
    if converted not in {"false", "true", "both"}:
        raise pattern_not_matched("converted")
    return json_reply({"count": len(module.visible(converted))})
