"""Roles and profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import Reply, empty_reply, json_reply
from zoho_simulator.errors import ApiError
from zoho_simulator.rendering import format_time

from .access import caller_id
from .deletions import show_person

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.reference import Role, UserProfile
    from zoho_simulator.simulator import Simulator


def list_roles(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/roles` (documented; no paging)."""
    roles = list(simulator.organization.reference.roles.values())
    shown = [_show_role(simulator, call, role) for role in roles]
    return json_reply({"roles": shown}, rows=len(shown)) if shown else empty_reply()


def read_role(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/roles/{id}`."""
    for role in simulator.organization.reference.roles.values():
        if str(role.id) == call.segments["role"]:
            return json_reply({"roles": [_show_role(simulator, call, role)]}, rows=1)
    raise _unknown()


def list_profiles(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/profiles` (specification: with an `info`)."""
    profiles = list(simulator.organization.reference.profiles.values())
    shown = [_show_profile(simulator, call, profile) for profile in profiles]
    info = {"page": 1, "per_page": 200, "count": len(shown), "more_records": False,
            "license_limit": 200}  # fmt: skip
    return json_reply({"profiles": shown, "info": info}, rows=len(shown))


def read_profile(simulator: Simulator, call: Call) -> Reply:
    """`GET /settings/profiles/{id}` (its permissions are not simulated)."""
    for profile in simulator.organization.reference.profiles.values():
        if str(profile.id) == call.segments["profile"]:
            return json_reply({"profiles": [_show_profile(simulator, call, profile)]}, rows=1)
    raise _unknown()


def _unknown() -> ApiError:
    """Specification, for profiles; assumed: for roles too."""
    message = "the id given seems to be invalid or already deleted"
    return ApiError(400, "INVALID_DATA", message, {"resource_path_index": 2})


def _show_role(simulator: Simulator, call: Call, role: Role) -> dict[str, Any]:
    organization = simulator.organization
    admin = next(iter(organization.users)).id
    zone = simulator.view(caller_id(call)).time_zone
    above = role.reporting_to
    return {
        "id": str(role.id),
        "name": role.name,
        "display_label": role.name,
        "api_name": role.name.replace(" ", "_"),
        "description": role.description,
        "reporting_to": above and {"name": above, "id": organization.reference.role_id(above)},
        "share_with_peers": role.share_with_peers,
        "admin_user": role.reporting_to is None,
        "forecast_manager": None,
        "created_by__s": show_person(simulator, admin),
        "modified_by__s": show_person(simulator, admin),
        "created_time__s": format_time(organization.created_at, zone),
        "modified_time__s": format_time(role.modified, zone),
    }


def _show_profile(simulator: Simulator, call: Call, profile: UserProfile) -> dict[str, Any]:
    """Documented: nobody has created those that Zoho brings along."""
    organization = simulator.organization
    admin = show_person(simulator, next(iter(organization.users)).id)
    zone = simulator.view(caller_id(call)).time_zone
    return {
        "id": str(profile.id),
        "name": profile.name,
        "display_label": profile.name,
        "api_name": profile.name.replace(" ", "_"),
        "description": profile.description,
        "custom": profile.custom,
        "type": profile.type,
        "created_by": admin if profile.custom else None,
        "created_time": format_time(profile.modified, zone) if profile.custom else None,
        "modified_by": admin,
        "modified_time": format_time(profile.modified, zone),
    }
