"""Which path is served by what, and what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .endpoints import counts, fields, modules, oauth, organization, records, users
from .errors import invalid_method, invalid_url
from .scopes import module_scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from .call import Call, Reply
    from .simulator import Simulator

    Handler = Callable[[Simulator, Call], Reply]

MODULE_SCOPE = "module"
"""Stands for the scope of the module in the path."""

_SEARCH_SCOPE = "ZohoSearch.securesearch.READ"


@dataclass(frozen=True)
class Route:
    """A method and path with placeholders.

    Attributes:
        scopes: All of them are needed. A route without scopes is open to everybody and costs
            nothing.
        cost: API credits.
        heavy_params: Parameters that put a call among those with 10 slots (documented).
    """

    method: str
    template: str
    handler: Handler
    scopes: tuple[str, ...]
    cost: int = 1
    heavy_params: tuple[str, ...] = ()

    def scopes_for(self, call: Call) -> list[str]:
        """The scopes that a call needs."""
        module = call.segments.get("module", "")
        return [module_scope(module) if s == MODULE_SCOPE else s for s in self.scopes]

    def is_heavy(self, call: Call) -> bool:
        """Whether a call is one of those with 10 slots."""
        return any(name in call.params for name in self.heavy_params)


ROUTES = (
    Route("POST", "/oauth/v2/token", oauth.issue_token, (), cost=0),
    Route("POST", "/oauth/v2/token/revoke", oauth.revoke_token, (), cost=0),
    Route("GET", "/crm/v8/org", organization.read_organization, ("ZohoCRM.org.READ",)),
    Route("GET", "/crm/v8/users", users.list_users, ("ZohoCRM.users.READ",)),
    Route("GET", "/crm/v8/users/{user}", users.read_user, ("ZohoCRM.users.READ",)),
    Route(
        "GET",
        "/crm/v8/settings/modules",
        modules.list_modules,
        ("ZohoCRM.settings.modules.READ",),
    ),
    Route(
        "GET",
        "/crm/v8/settings/modules/{name}",
        modules.read_module,
        ("ZohoCRM.settings.modules.READ",),
    ),
    Route("GET", "/crm/v8/settings/fields", fields.list_fields, ("ZohoCRM.settings.fields.READ",)),
    Route(
        "GET",
        "/crm/v8/settings/fields/{field}",
        fields.read_field,
        ("ZohoCRM.settings.fields.READ",),
    ),
    Route(
        "GET",
        "/crm/v8/{module}/actions/count",
        counts.count_records,
        (MODULE_SCOPE, _SEARCH_SCOPE),
    ),
    Route(
        "GET",
        "/crm/v8/{module}",
        records.list_records,
        (MODULE_SCOPE,),
        heavy_params=("sort_by", "cvid"),
    ),
    Route("GET", "/crm/v8/{module}/{id}", records.read_record, (MODULE_SCOPE,)),
)
_PARTS = [(route, route.template.strip("/").split("/")) for route in ROUTES]
_RESERVED = frozenset({"settings", "users", "org", "coql", "actions"})
"""First segments that never are a module's name."""


def find_route(call: Call) -> Route:
    """The route of a call, whose placeholders are filled in.

    Raises:
        ApiError: Documented: 404 INVALID_URL_PATTERN for a path that nothing serves (another
            version of the API among them), 400 INVALID_REQUEST_METHOD for the wrong verb.
    """
    parts = call.path.strip("/").split("/")
    is_known_path = False
    for route, template in _PARTS:
        segments = _match(template, parts)
        if segments is None or segments.get("module") in _RESERVED:
            continue
        if route.method == call.method:
            call.segments = segments
            return route
        is_known_path = True
    raise invalid_method() if is_known_path else invalid_url()


def _match(template: list[str], parts: list[str]) -> dict[str, str] | None:
    if len(template) != len(parts):
        return None
    segments = {}
    for wanted, part in zip(template, parts, strict=True):
        if wanted.startswith("{"):
            segments[wanted[1:-1]] = part
        elif wanted != part:
            return None
    return segments
