"""Rows that name relations to remove: read, judged, and put into one order; pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.exceptions import ZohoConfigError
from zoho_crm.relation_calls import ListRef, RecordRef
from zoho_crm.removable_relations import find_removable, removable_relations

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from zoho_crm.removable_relations import RemovableRelation

REQUIRED: Final = ("module", "record", "related_list", "related_record")
OPTIONAL: Final = ("record_field", "related_field")
_OF_DLT: Final = "_dlt_"
_API_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


@dataclass(frozen=True, slots=True, order=True)
class RelationRow:
    """One relation: a record, one of its related lists, and a record in that list."""

    module: str
    record: str
    """The record's id, or the value of `record_field`."""
    related_list: str
    related_record: str
    """The related record's id, or the value of `related_field`."""
    record_field: str = ""
    """An external field of the module; empty where `record` is an id."""
    related_field: str = ""

    @property
    def relation(self) -> RemovableRelation | None:
        """What Zoho documents of the relation."""
        return find_removable(self.module, self.related_list)

    @property
    def is_external(self) -> bool:
        """One of its sides is named by an external field, so it needs a call of its own."""
        return bool(self.record_field or self.related_field)

    @property
    def list(self) -> ListRef:
        """The list it is in."""
        parent = RecordRef(self.module, self.record, self.record_field)
        return ListRef(parent, self.related_list)

    @property
    def related(self) -> RecordRef:
        """The record in the list."""
        relation = self.relation
        module = relation.related_module if relation else self.related_list
        return RecordRef(module, self.related_record, self.related_field)

    def to_json(self) -> dict[str, str]:
        """The row as JSON values; fields that are not used are left out."""
        names = (*REQUIRED, *OPTIONAL)
        facts = {name: getattr(self, name) for name in names}
        return {name: value for name, value in facts.items() if value or name in REQUIRED}

    def __str__(self) -> str:
        """Says it as part of a sentence."""
        record = f"{self.record_field}={self.record}" if self.record_field else self.record
        related = (
            f"{self.related_field}={self.related_record}"
            if self.related_field
            else self.related_record
        )
        return f"{self.module} {record} {self.related_list} {related}"


def read_rows(raw_rows: Iterable[Mapping[str, Any]]) -> list[RelationRow]:
    """Reads rows as a query, a file or a pipeline gives them, in the order given.

    Ids may be texts or whole numbers. What is null becomes empty, and is refused later, alone.

    Raises:
        ZohoConfigError: A column is missing or means nothing, or an id came as a float, which has
            lost its last digits.
    """
    rows = [_without_dlts(raw) for raw in raw_rows]
    _check_columns({name for row in rows for name in row} if rows else set(REQUIRED))
    return [_read_row(raw, number) for number, raw in enumerate(rows, 1)]


def distinct(rows: Iterable[RelationRow]) -> list[RelationRow]:
    """Leaves out relations named before, from the other side as well, and puts rows in order."""
    found: dict[object, RelationRow] = {}
    for row in rows:
        found.setdefault(_identity(row), row)
    return sorted(found.values())


def refusal_of(row: RelationRow) -> str | None:
    """Why no call may be made for a row; None where one may."""
    relation = row.relation
    if relation is None:
        lists = sorted(r.name for r in removable_relations() if r.module == row.module)
        known = f"only {', '.join(lists)}" if lists else f"no list of {row.module or 'no module'}"
        return f"Zoho documents no removing from {row.module}.{row.related_list}, {known}."
    if relation.is_lookup and not (row.record_field and row.related_field):
        return f"{relation.name} is a lookup, which Zoho empties by external ids alone."
    for ref, field in ((row.list.parent, row.record_field), (row.related, row.related_field)):
        if field and not _API_NAME.fullmatch(field):
            return f"{field!r} is no API name of a field."
        if not ref.is_safe:
            return _key_refusal(ref)
    return None


def digest_of(value: object) -> str:
    """A fingerprint of JSON values, the same wherever they were written."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_rows(rows: Sequence[RelationRow]) -> str:
    """A fingerprint of the relations named, whatever their order."""
    return digest_of([list(astuple(row)) for row in distinct(rows)])


def _key_refusal(ref: RecordRef) -> str:
    if ref.external_field:
        return f"{ref.key!r} cannot stand in an address as a value of {ref.external_field}."
    return (
        f"{ref.key!r} is no record id of {ref.module}, which has digits only; where it is the "
        "value of an external field, name that in record_field or related_field."
    )


def _identity(row: RelationRow) -> object:
    if row.is_external or row.relation is None:
        return row
    return frozenset({(row.module, row.record), (row.related.module, row.related_record)})


def _without_dlts(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if not name.startswith(_OF_DLT)}


def _check_columns(given: Collection[str]) -> None:
    missing = [name for name in REQUIRED if name not in given]
    unknown = sorted(set(given) - {*REQUIRED, *OPTIONAL})
    if missing or unknown:
        wrong = [f"lack {', '.join(missing)}"] if missing else []
        wrong += [f"hold {', '.join(unknown)}, which means nothing"] if unknown else []
        raise ZohoConfigError(
            f"The rows {' and '.join(wrong)}: they need the columns {', '.join(REQUIRED)} and take "
            f"{' and '.join(OPTIONAL)}."
        )


def _read_row(raw: Mapping[str, Any], number: int) -> RelationRow:
    # dlt leaves nulls out of a row.
    given = {name: raw.get(name) for name in (*REQUIRED, *OPTIONAL)}
    return RelationRow(**{name: _to_text(value, name, number) for name, value in given.items()})


def _to_text(value: Any, name: str, number: int) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ZohoConfigError(
        f"Row {number}: `{name}` is a {type(value).__name__}, but must be a text or a whole "
        "number: cast it to text where it is made, before digits are lost."
    )
