"""Which path is served by what, and what it needs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .endpoints import (
    counts,
    currencies,
    deleted_related,
    deletions,
    delinking,
    fields,
    layouts,
    modules,
    oauth,
    organization,
    people,
    pipelines,
    records,
    recycle_bin,
    related_counts,
    related_lists,
    related_records,
    rich_text,
    territories,
    users,
)
from .errors import invalid_method, invalid_url
from .scopes import is_granted, list_scopes, module_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .call import Call, Reply
    from .simulator import Simulator

    Handler = Callable[[Simulator, Call], Reply]

MODULE_SCOPE = "module"
"""Stands for the scope of the module in the path, and of the list where there is one."""

_SEARCH_SCOPE = "ZohoSearch.securesearch.READ"
_BIN_SCOPE = "ZohoCRM.settings.recycle_bin.READ"


@dataclass(frozen=True)
class Route:
    """A method and path with placeholders.

    Attributes:
        scopes: All of them are needed. A route without scopes is open to everybody and costs
            nothing.
        cost: API credits.
        heavy_params: Parameters that put a call among those with 10 slots (documented).
        operations: Any of them does, in the scope of the module.
    """

    method: str
    template: str
    handler: Handler
    scopes: tuple[str, ...]
    cost: int = 1
    heavy_params: tuple[str, ...] = ()
    operations: tuple[str, ...] = ("READ",)

    def is_allowed(self, call: Call, granted: Iterable[str]) -> bool:
        """Whether the scopes granted are enough for a call."""
        granted = tuple(granted)
        return all(
            any(is_granted(scope, granted) for scope in alternatives)
            for alternatives in self._needs(call)
        )

    def _needs(self, call: Call) -> list[tuple[str, ...]]:
        module = call.segments.get("module", "")
        needs: list[tuple[str, ...]] = [(s,) for s in self.scopes if s != MODULE_SCOPE]
        if MODULE_SCOPE in self.scopes:
            needs.append(tuple(module_scope(module, one) for one in self.operations))
            if self.method == "GET":
                needs.extend((scope,) for scope in list_scopes(call.segments.get("list", "")))
        return needs

    def is_heavy(self, call: Call) -> bool:
        """Whether a call is one of those with 10 slots."""
        return any(name in call.params for name in self.heavy_params)


def _get(path: str, handler: Handler, *scopes: str, heavy_params: tuple[str, ...] = ()) -> Route:
    return Route("GET", f"/crm/v8/{path}", handler, scopes, heavy_params=heavy_params)


def _settings(path: str, handler: Handler) -> Route:
    """Documented: each kind of metadata has a scope of its own name."""
    area = path.split("/")[0]
    return _get(f"settings/{path}", handler, f"ZohoCRM.settings.{area}.READ")


def _write(method: str, path: str, handler: Handler, *operations: str) -> Route:
    return Route(method, f"/crm/v8/{path}", handler, (MODULE_SCOPE,), operations=operations)


ROUTES = (
    Route("POST", "/oauth/v2/token", oauth.issue_token, (), cost=0),
    Route("POST", "/oauth/v2/token/revoke", oauth.revoke_token, (), cost=0),
    _get("org", organization.read_organization, "ZohoCRM.org.READ"),
    _get("org/currencies", currencies.list_currencies, "ZohoCRM.settings.currencies.READ"),
    _get("org/currencies/{currency}", currencies.read_currency, "ZohoCRM.settings.currencies.READ"),
    _get("users", users.list_users, "ZohoCRM.users.READ"),
    _get("users/{user}", users.read_user, "ZohoCRM.users.READ"),
    _settings("modules", modules.list_modules),
    _settings("modules/{name}", modules.read_module),
    _settings("fields", fields.list_fields),
    _settings("fields/{field}", fields.read_field),
    _settings("related_lists", related_lists.list_related_lists),
    _settings("related_lists/{related_list}", related_lists.read_related_list),
    _settings("layouts", layouts.list_layouts),
    _settings("layouts/{layout}", layouts.read_layout),
    _settings("pipeline", pipelines.list_pipelines),
    _settings("pipeline/{pipeline}", pipelines.read_pipeline),
    _settings("roles", people.list_roles),
    _settings("roles/{role}", people.read_role),
    _settings("profiles", people.list_profiles),
    _settings("profiles/{profile}", people.read_profile),
    _settings("territories", territories.list_territories),
    _settings("territories/{territory}", territories.read_territory),
    _settings("territories/{territory}/__child_territories", territories.list_child_territories),
    _get("settings/recycle_bin", recycle_bin.list_recycle_bin, _BIN_SCOPE),
    _get("settings/recycle_bin/actions/count", recycle_bin.count_recycle_bin, _BIN_SCOPE),
    _get("settings/recycle_bin/{record}", recycle_bin.read_recycle_bin_record, _BIN_SCOPE),
    _get("{module}/actions/count", counts.count_records, MODULE_SCOPE, _SEARCH_SCOPE),
    _get("{module}/actions/fetch_full_data", rich_text.read_full_texts, MODULE_SCOPE),
    _get("{module}/{id}/actions/fetch_full_data", rich_text.read_full_text, MODULE_SCOPE),
    _write(
        "POST",
        "{module}/{id}/actions/get_related_records_count",
        related_counts.count_related,
        "READ",
    ),
    _get("{module}/deleted", deletions.list_deletions, MODULE_SCOPE),
    _get("{module}/deleted/{id}/{list}", deleted_related.list_related_of_deleted, MODULE_SCOPE),
    _get("{module}", records.list_records, MODULE_SCOPE, heavy_params=("sort_by", "cvid")),
    _get("{module}/{id}", records.read_record, MODULE_SCOPE),
    # Assumed: the order by which related records are asked for makes no call heavy.
    _get("{module}/{id}/{list}", related_records.list_related, MODULE_SCOPE),
    _get("{module}/{id}/{list}/{related}", related_records.read_related, MODULE_SCOPE),
    # The specification asks for DELETE and UPDATE; documented as well: WRITE for the latter.
    _write("DELETE", "{module}/{id}/{list}", delinking.delink_many, "DELETE"),
    _write("DELETE", "{module}/{id}/{list}/{related}", delinking.delink_one, "DELETE"),
    _write("PUT", "{module}/{id}/{list}", delinking.relate_many, "UPDATE", "WRITE"),
    _write("PUT", "{module}/{id}/{list}/{related}", delinking.relate_one, "UPDATE", "WRITE"),
)
_BY_LENGTH: dict[int, list[tuple[Route, list[str]]]] = defaultdict(list)
for _route in ROUTES:
    _parts = _route.template.strip("/").split("/")
    _BY_LENGTH[len(_parts)].append((_route, _parts))
# First segments that never are a module's name, and second ones that never are a record's id.
_RESERVED = {
    "module": frozenset({"settings", "users", "org", "coql", "actions"}),
    "id": frozenset({"actions", "deleted"}),
    "list": frozenset({"actions"}),
    "record": frozenset({"actions"}),
}


def find_route(call: Call) -> Route:
    """The route of a call, whose placeholders are filled in.

    Raises:
        ApiError: Documented: 404 INVALID_URL_PATTERN for a path that nothing serves (another
            version of the API among them), 400 INVALID_REQUEST_METHOD for the wrong verb.
    """
    parts = call.path.strip("/").split("/")
    is_known_path = False
    for route, template in _BY_LENGTH.get(len(parts), ()):
        segments = _match(template, parts)
        if segments is None:
            continue
        if route.method == call.method:
            call.segments = segments
            return route
        is_known_path = True
    raise invalid_method() if is_known_path else invalid_url()


def _match(template: list[str], parts: list[str]) -> dict[str, str] | None:
    segments = {}
    for wanted, part in zip(template, parts, strict=True):
        if wanted.startswith("{"):
            name = wanted[1:-1]
            if part in _RESERVED.get(name, ()):
                return None
            segments[name] = part
        elif wanted != part:
            return None
    return segments
