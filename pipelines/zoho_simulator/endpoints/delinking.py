"""Removing records from a related list, and adding them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoho_simulator.errors import (
    ApiError,
    limit_exceeded,
    mandatory,
    no_permission,
    unparsable,
    unsupported_relation,
)
from zoho_simulator.external_ids import external_field, find_external, parse_external_header
from zoho_simulator.settings import MAX_RELATED_IDS

from .bodies import answer_items, parse_items, success
from .related_access import find_list, find_parent

if TYPE_CHECKING:
    from zoho_simulator.call import Call, Reply
    from zoho_simulator.module import Module
    from zoho_simulator.simulator import Simulator

    from .related_access import Parent

# Documented: the sample of "Delete Related Records Using External ID" removes this lookup, which
# the list of supported relations does not name.
_LOOKUPS_BY_EXTERNAL_ID = frozenset({("Contacts", "Deals")})


def delink_many(simulator: Simulator, call: Call) -> Reply:
    """`DELETE /{module}/{id}/{list}?ids=` (documented: "Delink", v8, up to 100)."""
    change = _Change(simulator, call, operation="Delete")
    if not call.params.get("ids"):
        raise mandatory("ids")
    texts = [text.strip() for text in call.params["ids"].split(",") if text.strip()]
    if len(texts) > MAX_RELATED_IDS:
        refusal = limit_exceeded("ids", MAX_RELATED_IDS)
        refusal.details["limit"] = str(MAX_RELATED_IDS)  # the specification shows a text
        raise refusal
    ids = list(dict.fromkeys(change.find_id(text) for text in texts))
    return answer_items("data", [change.remove(related_id) for related_id in ids])


def delink_one(simulator: Simulator, call: Call) -> Reply:
    """`DELETE /{module}/{id}/{list}/{related}`, by ids or external ids (documented)."""
    change = _Change(simulator, call, operation="Delete")
    result = change.remove(change.find_id(call.segments["related"]))
    gone_status = simulator.settings.relation_gone_status
    if isinstance(result, ApiError) and gone_status == 404:
        raise ApiError(404, "INVALID_DATA", "The record does not exist")
    return answer_items("data", [result])


def relate_many(simulator: Simulator, call: Call) -> Reply:
    """`PUT /{module}/{id}/{list}` (documented: "Update Related Records", v8, up to 100).

    Adds what is not in the list, and changes what is.
    """
    change = _Change(simulator, call, operation="Edit")
    items = parse_items(call, "data")
    if len(items) > MAX_RELATED_IDS:
        raise limit_exceeded("data", MAX_RELATED_IDS)  # assumed: how more are refused
    results = [change.put(item, number, None) for number, item in enumerate(items)]
    return answer_items("data", results)


def relate_one(simulator: Simulator, call: Call) -> Reply:
    """`PUT /{module}/{id}/{list}/{related}` (documented)."""
    change = _Change(simulator, call, operation="Edit")
    item = parse_items(call, "data")[0]
    return answer_items("data", [change.put(item, 0, call.segments["related"])])


class _Change:
    """Writes to one list of one parent, both of which are checked first."""

    def __init__(self, simulator: Simulator, call: Call, *, operation: str) -> None:
        self._simulator = simulator
        self._organization = simulator.organization
        self._fields = parse_external_header(call.headers)
        self._parent = find_parent(simulator, call, is_write=True)
        self._list = find_list(simulator, call, self._parent)
        self._check_list()
        self._other: Module = self._organization.module(self._list.modules[0])
        _check_permission(self._parent, operation)

    def find_id(self, text: str) -> int:
        """The related record's id.

        Raises:
            ApiError: Documented: UNABLE_TO_PARSE_DATA_TYPE for what is no number, and INVALID_DATA
                for an unknown external id.
        """
        field = external_field(self._other, self._fields, self._simulator.settings)
        if field is not None:
            return find_external(self._other, field, text).id
        if not text.isascii() or not text.isdigit():
            raise unparsable()
        return int(text)

    def remove(self, related_id: int) -> dict[str, Any] | ApiError:
        """Removes one record from the list (documented: both replies)."""
        parent, name = self._parent.reference, self._list.api_name
        not_found = ApiError(400, "INVALID_DATA", "relation not found", {"id": str(related_id)})
        if not self._is_there(related_id):
            return not_found
        try:
            self._organization.unlink(parent.module, parent.id, name, related_id)
        except KeyError:
            return not_found
        return success("relation removed", {"id": str(related_id)})

    def put(self, item: Any, number: int, text: str | None) -> dict[str, Any] | ApiError:
        """Adds one record to the list, or changes how it stands there."""
        path = f"$.data[{number}]"
        item = item if isinstance(item, dict) else {}
        wanted = item.get("id") if text is None else text
        if wanted is None:
            return mandatory("id", f"{path}.id")
        try:
            related_id = self.find_id(str(wanted))
        except ApiError as error:
            if error.code == "INVALID_DATA":
                return error
            return _invalid_id(path)
        if not self._is_there(related_id):
            return _invalid_id(path)
        relation = self._list.relation
        names = relation.member_fields if relation else ()
        # Documented: a price book's product needs its price.
        if "list_price" in names and item.get("list_price") is None:
            return mandatory("list_price", f"{path}.list_price")
        values = {name: item[name] for name in names if name in item}
        parent, name = self._parent.reference, self._list.api_name
        self._organization.link(parent.module, parent.id, name, related_id, values=values)
        return success("relation updated", {"id": str(related_id)})

    def _is_there(self, related_id: int) -> bool:
        record = self._other.records.get(related_id)
        return record is not None and self._other.is_visible(record)

    def _check_list(self) -> None:
        """Documented: which relations can be removed and added."""
        relation = self._list.relation
        if relation is not None and relation.is_removable:
            return
        ends = (self._parent.module.api_name, *self._list.modules)
        if not (self._fields and self._list.kind == "lookup" and ends in _LOOKUPS_BY_EXTERNAL_ID):
            raise unsupported_relation()


def _invalid_id(path: str) -> ApiError:
    details = {"api_name": "id", "json_path": f"{path}.id"}
    return ApiError(400, "INVALID_DATA", "the id given seems to be invalid", details)


def _check_permission(parent: Parent, operation: str) -> None:
    """Documented: 403 NO_PERMISSION, or 400 AUTHORIZATION_FAILED."""
    traits = parent.module.traits
    if traits.write_refusal == "NO_PERMISSION":
        refusal = no_permission(parent.module.api_name)
        refusal.details = {"permissions": [f"Crm_Implied_{operation}_{parent.module.api_name}"]}
        raise refusal
    if traits.write_refusal == "AUTHORIZATION_FAILED":
        message = "user does not have sufficient privilege to delete"
        raise ApiError(400, "AUTHORIZATION_FAILED", message)
