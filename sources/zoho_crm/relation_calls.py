"""The calls that remove relations, add them again, and read how they stand; pure.

A call that removes may be made twice: removing what is gone changes nothing, and Zoho says
`INVALID_DATA` for it. Adding sets the fields of a membership, which comes to the same twice, too.
The client may therefore repeat any of these whose reply was lost.

Source: Zoho CRM API v8, "Delink Related Records", "Delink Related Records Using External ID",
"Update Related Records", "Get Related Records".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from . import settings
from .calls import Call
from .page_marks import mark_params
from .replies import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RESOURCE = "delink"
"""What these calls are counted for."""
_ID = re.compile(r"[0-9]{1,19}")
_SAFE_VALUE = re.compile(r"(?!\.+$)[^/\\%;?#\x00-\x1f\x7f]{1,255}")


@dataclass(frozen=True, slots=True, order=True)
class RecordRef:
    """A record by its id, or by the value of an external field."""

    module: str
    key: str
    external_field: str = ""
    """The field that `key` is a value of; empty where it is the id."""

    @property
    def is_safe(self) -> bool:
        """The key can stand in a path and still mean this record.

        Dots, slashes and what may become some would make another path, and `DELETE` of another path
        may remove a record in place of a relation.
        """
        pattern = _SAFE_VALUE if self.external_field else _ID
        return pattern.fullmatch(self.key) is not None


@dataclass(frozen=True, slots=True, order=True)
class ListRef:
    """One related list of one record."""

    parent: RecordRef
    related_list: str


def build_remove_call(of: ListRef, related: Sequence[RecordRef]) -> Call:
    """Takes up to 100 records out of a list, or one that is named by an external field.

    Raises:
        ValueError: A key that cannot stand in a path; several records, and not all of them by id.
    """
    _check_keys(of, related)
    scope = write_scope(of.parent.module, "DELETE")
    if len(related) == 1:
        path, headers = _single(of, related[0])
        return _build(path, of, scope, method="DELETE", headers=headers)
    if any(record.external_field for record in (of.parent, *related)):
        raise ValueError("records named by external fields are removed one by one")
    ids = ",".join(record.key for record in related)
    return _build(_path(of), of, scope, method="DELETE", params={"ids": ids})


def build_add_call(of: ListRef, members: Sequence[tuple[RecordRef, Mapping[str, Any]]]) -> Call:
    """Adds up to 100 records to a list with the fields of their memberships, or sets the fields.

    Args:
        of: The list.
        members: Records with the fields of each; one only where an external field names it.

    Raises:
        ValueError: A key that cannot stand in a path; several records, and not all of them by id.
    """
    scope = write_scope(of.parent.module, "UPDATE")
    records = [record for record, _ in members]
    _check_keys(of, records)
    if any(record.external_field for record in (of.parent, *records)):
        if len(records) > 1:
            raise ValueError("records named by external fields are added one by one")
        path, headers = _single(of, records[0])
        body = {"data": [dict(members[0][1])]}
        return _build(path, of, scope, method="PUT", headers=headers, body=body)
    body = {"data": [{"id": record.key, **fields} for record, fields in members]}
    return _build(_path(of), of, scope, method="PUT", body=body)


def build_members_call(
    of: ListRef,
    related: Sequence[RecordRef],
    fields: Sequence[str],
    *,
    page_token: str | None = None,
) -> Call:
    """Asks how records stand in a list: up to 100 by their ids, or one by an external field.

    Raises:
        ValueError: A key that cannot stand in a path; several records, and not all of them by id.
    """
    _check_keys(of, related)
    scope = write_scope(of.parent.module, "READ")
    params = {"fields": ",".join(("id", *fields))}
    if any(record.external_field for record in (of.parent, *related)):
        if len(related) > 1:
            raise ValueError("records named by external fields are read one by one")
        path, headers = _single(of, related[0])
        return _build(path, of, scope, params=params, headers=headers)
    params["ids"] = ",".join(record.key for record in related)
    params["per_page"] = str(settings.PAGE_SIZE)
    if of.related_list == "Leads":  # converted leads stay members, and are left out of the list
        params["converted"] = "both"
    params |= mark_params(page_token)
    return _build(_path(of), of, scope, params=params)


def write_scope(module: str, operation: str) -> str:
    """The narrowest scope for an operation on a module's relations."""
    name = module.lower().removesuffix("__s").replace("_", "")
    return f"ZohoCRM.modules.{name}.{operation}"


def _build(path: str, of: ListRef, scope: str, **more: Any) -> Call:
    subject = Subject(RESOURCE, scope, of.parent.module)
    return Call(path, subject, keeps_refusals=True, **more)


def _path(of: ListRef) -> str:
    return f"{of.parent.module}/{of.parent.key}/{of.related_list}"


def _single(of: ListRef, related: RecordRef) -> tuple[str, dict[str, str]]:
    """The path of one relation, and the header that names external fields.

    Whether two fields go into two headers or, as here, into one with a comma is not documented;
    HTTP takes both for the same.
    """
    parent, key = quote(of.parent.key, safe=""), quote(related.key, safe="")
    named = [r for r in (of.parent, related) if r.external_field]
    fields = ",".join(f"{record.module}.{record.external_field}" for record in named)
    headers = {settings.EXTERNAL_HEADER: fields} if fields else {}
    return f"{of.parent.module}/{parent}/{of.related_list}/{key}", headers


def _check_keys(of: ListRef, related: Sequence[RecordRef]) -> None:
    for record in (of.parent, *related):
        if not record.is_safe:
            raise ValueError(f"{record.key!r} cannot stand in a path for a {record.module}")
