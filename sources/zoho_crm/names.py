"""Names in SQL for fields and modules: given once, the same on every destination, never shared."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING, Final

from dlt.common.normalizers.naming.snake_case import NamingConvention

from .settings import MAX_IDENTIFIER_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .api_types import Field, Module

PARTS: Final = ("id", "name", "email", "module", "raw")
"""What may follow a field's name, after two underscores."""
MAX_BASE_LENGTH: Final = MAX_IDENTIFIER_LENGTH - len("__") - max(map(len, PARTS))
"""Bytes in a field's own name: every part fits behind it, whatever type the field takes later."""

ID: Final = "id"
READ_NO: Final = "_read_no"
LOAD_ID: Final = "_dlt_load_id"
PARENT_ID: Final = "parent_id"
"""In tables of subforms and of linking modules, the id of the record that a row belongs to."""
OVERFLOW: Final = "_overflow"
"""Column of values that a destination has no room for in columns of their own."""
_OUR_PREFIXES: Final = (READ_NO, OVERFLOW, "_deleted_", "_dlt_", "_backfill_", "_carried")
_SUFFIX_DIGITS: Final = 6

RESERVED_TABLES: Final = frozenset(
    {
        "modules", "fields", "picklist_values", "related_lists", "layouts", "pipelines",
        "currencies", "users", "roles", "profiles", "territories", "organization",
        "deleted_records", "recycle_bin_captures", "recycle_bin_chain",
        "recycle_bin_related_records",
        "related_sweeps", "related_list_ways", "schema_changes", "field_backfills", "sync_runs",
        "sync_run_resources", "delink_plans", "delinked_relations", "row_sets",
    }
)  # fmt: skip
"""Tables of the dataset that are not a module's."""


def part_name(base: str, part: str | None) -> str:
    """The column that holds a part of a field's value; the field's own column for no part."""
    if part is None:
        return base
    return NamingConvention(MAX_IDENTIFIER_LENGTH).shorten_fragments(base, part)


def shorten_name(name: str) -> str:
    """A name of ours as every destination takes it: normalised, shortened where it is too long."""
    return NamingConvention(MAX_IDENTIFIER_LENGTH).normalize_identifier(name)


def to_base_names(fields: Sequence[Field], *, known: Mapping[str, str]) -> dict[str, str]:
    """Names the columns of a module's fields.

    Where names are alike once normalised, the lower field id gets the plain one and the others
    the last digits of their ids behind it.

    Args:
        fields: The module's fields, in any order.
        known: Names given in earlier runs by field id, those of fields now gone included: they
            stay, and no other field gets one of them.

    Returns:
        The name by field id; for the field `id` and for known ones too.
    """
    wanted = [(field.id or field.api_name, field.api_name) for field in fields]
    record_id = {key: ID for key, api_name in wanted if api_name == ID}
    return _assign(
        [(key, name) for key, name in wanted if key not in record_id],
        known={**known, **record_id},
        taken={ID},
        max_length=MAX_BASE_LENGTH,
    )


def to_table_names(
    modules: Sequence[Module], *, known: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Names the tables of modules, by module id; the rules are those of `to_base_names`."""
    return _assign(
        [(module.id or module.api_name, module.api_name) for module in modules],
        known=known or {},
        taken=RESERVED_TABLES,
        max_length=MAX_IDENTIFIER_LENGTH,
    )


def _assign(
    wanted: Iterable[tuple[str, str]],
    *,
    known: Mapping[str, str],
    taken: Iterable[str],
    max_length: int,
) -> dict[str, str]:
    names = dict(known)
    occupied = set(chain(taken, *map(_family, names.values())))
    for key, api_name in sorted(wanted, key=lambda pair: _by_number(pair[0])):
        if key not in names:
            candidates = _candidates(api_name, key, max_length=max_length)
            names[key] = next(c for c in candidates if occupied.isdisjoint(_family(c)))
            occupied.update(_family(names[key]))
    return names


def _family(base: str) -> list[str]:
    return [base, *(part_name(base, part) for part in PARTS)]


def _by_number(key: str) -> tuple[bool, int, str]:
    is_number = key.isascii() and key.isdigit()
    return (not is_number, int(key) if is_number else 0, key)


def _candidates(api_name: str, key: str, *, max_length: int) -> Iterator[str]:
    """The plain name, then names that say whose they are; the last are never needed twice."""
    yield _normalize(api_name, max_length)
    tag = _normalize(key, max_length // 2).strip("_")
    for suffix in chain(
        (f"_{tag[-_SUFFIX_DIGITS:].strip('_')}", f"_{tag}"), (f"_{tag}_{n}" for n in count(2))
    ):
        yield _normalize(api_name, max_length - len(suffix)) + suffix


def _normalize(api_name: str, max_length: int) -> str:
    # dlt keeps digits of other scripts, which take more than a byte each.
    ascii_name = api_name.strip().encode("ascii", errors="replace").decode() or "x"
    name = NamingConvention(max_length).normalize_identifier(ascii_name)
    if name.startswith(_OUR_PREFIXES):
        name = NamingConvention(max_length).normalize_identifier(f"x{name}")
    return name
