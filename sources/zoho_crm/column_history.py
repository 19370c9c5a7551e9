"""Which columns a field has had, and which one holds it now.

A column's type never changes. A field whose values become of another kind gets a second column,
named after the first and the kind: `code`, then `code__bigint`. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from dlt.common.normalizers.naming.snake_case import NamingConvention

from .field_types import kind_of
from .names import MAX_BASE_LENGTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .api_types import Field


@dataclass(frozen=True, slots=True)
class KnownColumn:
    """A column that holds a field's values, or held them once."""

    name: str
    """The field's name in SQL, which the names of its columns start with."""
    kind: str
    """What the values are: see `field_types`."""
    api_name: str
    """The field's API name when the column was made."""


ColumnHistory: TypeAlias = Mapping[str, tuple[KnownColumn, ...]]
"""By field id: the columns in the order they were made."""


def settle_names(
    fields: Sequence[Field], history: ColumnHistory, *, carries_renames: bool
) -> dict[str, str]:
    """The names that fields keep or get from their history, by field id.

    Fields without a history are left out. So are renamed ones that do not carry their column on:
    they are named like new fields. No other field may get a name of the history.

    Args:
        fields: The fields as they are now.
        history: The columns of earlier runs.
        carries_renames: A field with a new API name keeps its column.
    """
    names = {
        f"{key} {column.name}": column.name for key, found in history.items() for column in found
    }
    for field in fields:
        key = field.id or field.api_name
        name = _settle(field, history.get(key, ()), carries_renames=carries_renames)
        if name is not None:
            names[key] = name
    return names


def columns_with_history(
    fields: Sequence[Field], names: Mapping[str, str], history: ColumnHistory
) -> ColumnHistory:
    """All columns of each field that has had several, by the name of the one that holds it now.

    That one comes last; of a field that is gone or hidden, it is the one that held it then.

    Args:
        fields: The fields that have columns now.
        names: Their names by id.
        history: The columns of earlier runs by field id.
    """
    keys = {field.id or field.api_name: field for field in fields}
    now = {key: KnownColumn(names[key], kind_of(each), each.api_name) for key, each in keys.items()}
    found = {}
    for key, known in history.items():
        last = now.get(key, known[-1])
        found[last.name] = (*(column for column in known if column.name != last.name), last)
    return {name: columns for name, columns in found.items() if len(columns) > 1}


def plain_name(column: KnownColumn, known: Sequence[KnownColumn]) -> str:
    """The name that a column's was made from when its field took another type; else its own.

    Args:
        column: A column.
        known: All columns of its field.
    """
    others = (each.name for each in known if each.name != column.name)
    return next((each for each in others if _second_name(each, column.kind) == column.name),
                column.name)  # fmt: skip


def parse_history(rows: Any) -> tuple[KnownColumn, ...]:
    """Reads what `show_history` wrote; empty for anything else."""
    if not isinstance(rows, list):
        return ()
    return tuple(KnownColumn(**row) for row in rows if isinstance(row, Mapping))


def show_history(
    known: Sequence[KnownColumn], field: Field, name: str | None
) -> list[dict[str, str]]:
    """The columns that a field has had, with the one that holds it now at the end."""
    kept = [column for column in known if column.name != name]
    if name is not None:
        kept.append(KnownColumn(name, kind_of(field), field.api_name))
    return [asdict(column) for column in kept]


def _settle(field: Field, known: Sequence[KnownColumn], *, carries_renames: bool) -> str | None:
    kind = kind_of(field)
    usable = [c for c in known if carries_renames or c.api_name == field.api_name]
    if not usable or kind == "absent":
        return None
    for column in reversed(usable):
        if column.kind == kind:
            return column.name
    return _second_name(plain_name(usable[-1], usable), kind)


def _second_name(plain: str, kind: str) -> str:
    return NamingConvention(MAX_BASE_LENGTH).shorten_fragments(plain, kind)
