"""Territories, which not every edition has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import Reply, empty_reply, json_reply
from zoho_simulator.errors import feature_off
from zoho_simulator.list_query import parse_ids, parse_page
from zoho_simulator.rendering import format_time

from .access import caller_id
from .deletions import show_person
from .pages import number_pages

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.reference import Territory
    from zoho_simulator.simulator import Simulator


def list_territories(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/territories` (documented: with pages and `ids`)."""
    if not simulator.settings.territories_on:
        return _refuse(simulator)
    wanted = parse_ids(call.params, settings=simulator.settings)
    territories = _all(simulator)
    if wanted is not None:
        territories = [one for one in territories if one.id in wanted]
    return _answer(simulator, call, territories)


def list_child_territories(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/territories/{id}/__child_territories` (documented)."""
    if not simulator.settings.territories_on:
        return _refuse(simulator)
    parent = call.segments["territory"]
    return _answer(simulator, call, [t for t in _all(simulator) if str(t.reporting_to) == parent])


def read_territory(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/territories/{id}`."""
    if not simulator.settings.territories_on:
        return _refuse(simulator)
    found = [one for one in _all(simulator) if str(one.id) == call.segments["territory"]]
    if not found:
        return empty_reply()
    return json_reply({"territories": [_show(simulator, call, found[0])]}, rows=1)


def _all(simulator: Simulator) -> list[Territory]:
    return list(simulator.organization.reference.territories.values())


def _answer(simulator: Simulator, call: Call, territories: list[Territory]) -> Reply:
    per_page, page = parse_page(call.params)
    shown, info = number_pages(territories, per_page=per_page, page=page)
    if not shown:
        return empty_reply()
    rows = [_show(simulator, call, territory) for territory in shown]
    return json_reply({"territories": rows, "info": info}, rows=len(rows))


def _refuse(simulator: Simulator) -> Reply:
    """The specification has an error; assumed, with a switch: or nothing."""
    if simulator.settings.feature_off == "empty":
        return empty_reply()
    raise feature_off("Territory Management is not enabled")


def _show(simulator: Simulator, call: Call, territory: Territory) -> dict[str, Any]:
    organization = simulator.organization
    admin = show_person(simulator, next(iter(organization.users)).id)
    zone = simulator.view(caller_id(call)).time_zone
    above = organization.reference.territories.get(territory.reporting_to or 0)
    return {
        "id": str(territory.id),
        "name": territory.name,
        "api_name": territory.name.replace(" ", "_"),
        "description": territory.description,
        "manager": show_person(simulator, territory.manager) if territory.manager else None,
        "reporting_to": {"name": above.name, "id": str(above.id)} if above else None,
        "permission_type": territory.permission_type,
        "created_by": admin,
        "created_time": format_time(territory.created, zone),
        "modified_by": admin,
        "modified_time": format_time(territory.modified, zone),
    }
