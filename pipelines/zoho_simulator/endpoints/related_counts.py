"""How many records up to 20 related lists of a record hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.call import Reply, empty_reply, json_reply
from zoho_simulator.errors import ApiError, mandatory, unparsable
from zoho_simulator.related_lists import RelatedList, is_readable
from zoho_simulator.related_rows import related_rows
from zoho_simulator.settings import MAX_RELATED_COUNTS

from .bodies import answer_items, parse_items
from .related_access import ParentIsGoneError, check_rows_are_readable, find_parent

if TYPE_CHECKING:
    from zoho_simulator.call import Call
    from zoho_simulator.simulator import Simulator

    from .related_access import Parent

_NAME = "get_related_records_count"


def count_related(simulator: Simulator, call: Call) -> Reply:
    """`POST /{module}/{id}/actions/get_related_records_count` (documented: new in v8)."""
    if not simulator.settings.related_counts_supported:
        message = "You do not have permission to read related records from the module"
        raise ApiError(403, "NOT_ALLOWED", message)
    try:
        parent = find_parent(simulator, call)
    except ParentIsGoneError:
        return empty_reply()
    items = parse_items(call, _NAME)
    if len(items) > MAX_RELATED_COUNTS:
        details = {"api_name": _NAME, "json_path": f"$.{_NAME}",
                   "maximum_length": MAX_RELATED_COUNTS}  # fmt: skip
        raise ApiError(400, "INVALID_DATA", "invalid data", details)  # assumed
    results: list[dict[str, Any] | ApiError] = []
    for number, item in enumerate(items):
        try:
            results.append(_count(simulator, parent, item, path=f"$.{_NAME}[{number}]"))
        except ApiError as error:
            results.append(error)
    if any(isinstance(result, ApiError) for result in results):
        return answer_items(_NAME, results)
    # Documented both ways: an array of arrays, or an array.
    is_nested = simulator.settings.related_count_shape == "nested"
    shown = [[one] if is_nested else one for one in results]
    return json_reply({_NAME: shown}, rows=len(shown))


def _count(simulator: Simulator, parent: Parent, item: Any, *, path: str) -> dict[str, Any]:
    wanted = item.get("related_list") if isinstance(item, dict) else None
    if not isinstance(wanted, dict):
        raise mandatory("related_list", f"{path}.related_list")
    related_list = _find(simulator, parent, wanted, path=f"{path}.related_list")
    params = item.get("params") or {}
    if not isinstance(params, dict):
        raise unparsable()
    if "filters" in params:
        details = {"api_name": "filters", "json_path": f"{path}.params.filters"}
        message = "Filters are not supported for this modules"
        raise ApiError(400, "NOT_SUPPORTED", message, details)
    rows = related_rows(
        simulator.organization, related_list, parent.reference,
        partition=str(params.get("converted", "false")).lower(), settings=simulator.settings,
    )  # fmt: skip
    shown = {"api_name": related_list.api_name, "id": str(related_list.id)}
    return {"count": sum(1 for _ in rows), "related_list": shown}


def _find(
    simulator: Simulator, parent: Parent, wanted: dict[str, Any], *, path: str
) -> RelatedList:
    """Documented: a list is named by id or API name, and how a wrong one is refused."""
    given = [name for name in ("id", "api_name") if wanted.get(name)]
    if not given:
        expected = [{"api_name": n, "json_path": f"{path}.{n}"} for n in ("api_name", "id")]
        details = {"expected_fields": expected}
        raise ApiError(400, "EXPECTED_FIELD_MISSING", "Specify atleast one field", details)
    organization = simulator.organization
    layout = organization.layouts.name_for(parent.module, parent.module.values_of(parent.record))
    for related_list in organization.related_lists.of(parent.module.api_name).values():
        names = {"id": str(related_list.id), "api_name": related_list.api_name}
        if all(wanted[name] == names[name] for name in given) and is_readable(related_list, layout):
            _check(simulator, related_list)
            return related_list
    wrong = {"api_name": given[0], "json_path": f"{path}.{given[0]}"}
    raise ApiError(400, "INVALID_DATA", "Given related_list is invalid", wrong)


def _check(simulator: Simulator, related_list: RelatedList) -> None:
    try:
        check_rows_are_readable(simulator, related_list)
    except ApiError as error:
        message = "The given related list id is not supported in api"
        raise ApiError(400, "NOT_SUPPORTED", message) from error
