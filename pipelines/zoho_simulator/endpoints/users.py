"""Users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_simulator.call import NOT_MODIFIED, Reply, empty_reply, json_reply
from zoho_simulator.errors import invalid_param, limit_exceeded, pattern_not_matched
from zoho_simulator.list_query import parse_page, parse_since
from zoho_simulator.users import USER_TYPES

from .access import caller_id
from .pages import number_pages

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.simulator import Simulator
    from zoho_simulator.users import User

_MAX_IDS = 100


def list_users(simulator: Simulator, call: Call) -> Reply:
    """`GET /users` (documented; assumed: without `type` it is AllUsers)."""
    user_type = call.params.get("type", "AllUsers")
    if user_type not in USER_TYPES:
        raise pattern_not_matched("type")
    per_page, page = parse_page(call.params)
    users = _chosen(simulator, call, user_type=user_type)
    since = parse_since(call.headers)
    if since is not None:
        users = [user for user in users if _is_newer(simulator, user, since)]
        if not users:
            return empty_reply(NOT_MODIFIED)
    shown, info = number_pages(users, per_page=per_page, page=page)
    if not shown:
        return empty_reply()
    zone = simulator.view(caller_id(call)).time_zone
    directory = simulator.organization.users
    return json_reply(
        {"users": [directory.show(user, zone=zone) for user in shown], "info": info},
        rows=len(shown),
    )


def read_user(simulator: Simulator, call: Call) -> Reply:
    """`GET /users/{id}`."""
    text = call.segments["user"]
    if not text.isascii() or not text.isdigit():
        raise invalid_param("id")  # assumed
    user = simulator.organization.users.get(int(text))
    if user is None:
        return empty_reply()
    since = parse_since(call.headers)
    if since is not None and not _is_newer(simulator, user, since):
        return empty_reply(NOT_MODIFIED)
    zone = simulator.view(caller_id(call)).time_zone
    return json_reply({"users": [simulator.organization.users.show(user, zone=zone)]}, rows=1)


def _chosen(simulator: Simulator, call: Call, *, user_type: str) -> list[User]:
    directory = simulator.organization.users
    users = [directory.get(caller_id(call))] if user_type == "CurrentUser" else None
    chosen = directory.of_type(user_type) if users is None else [u for u in users if u]
    if "ids" not in call.params:
        return chosen
    wanted = set(call.params["ids"].split(","))
    if len(wanted) > _MAX_IDS:
        raise limit_exceeded("ids", _MAX_IDS)
    return [user for user in chosen if str(user.id) in wanted]


def _is_newer(simulator: Simulator, user: User, since: int) -> bool:
    is_exclusive = simulator.settings.if_modified_since == "exclusive"
    return user.modified > since or (user.modified == since and not is_exclusive)
