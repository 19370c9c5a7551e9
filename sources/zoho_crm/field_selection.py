"""Which fields are left out: `Contacts.Fax`, `Site_Surveys.Answer_*`, `*.Photo`."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from .columns import MODIFIED_TIME, SE_MODULE, to_slices
from .exceptions import ZohoConfigError
from .names import ID

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from .api_types import Field
    from .columns import TableSchema

NEEDED: Final = frozenset({ID, MODIFIED_TIME})
"""Fields that reading itself depends on: no pattern leaves them out."""


def leave_out_fields(schema: TableSchema, patterns: Sequence[str]) -> TableSchema:
    """Gives the table without the fields that the patterns leave out; case does not matter.

    The lookup to the parent of a subform's rows stays, too.

    Raises:
        ZohoConfigError: A pattern is no `Module.Field`, or names a field that reading needs.
    """
    names = excluded_names(
        schema.module.api_name, {column.api_name for column in schema.columns}, patterns
    ) - {schema.parent_field}
    if not names:
        return schema
    gone = [column for column in schema.columns if column.api_name in names]
    columns = tuple(column for column in schema.columns if column.api_name not in names)
    return replace(
        schema,
        columns=columns,
        slices=_without(schema.slices, names, has_se_module=any(c.module_key for c in columns)),
        cut_fields=tuple(name for name in schema.cut_fields if name not in names),
        excluded={column.field_id: column.base_name for column in gone},
    )


def excluded_names(module: str, fields: Iterable[str], patterns: Sequence[str]) -> set[str]:
    """Those of a module's fields that the patterns leave out."""
    pairs = [_split(pattern) for pattern in patterns]
    wanted = [field for of, field in pairs if fnmatchcase(module.lower(), of)]
    return {
        name
        for name in fields
        if name not in NEEDED and any(fnmatchcase(name.lower(), pattern) for pattern in wanted)
    }


def idle_patterns(patterns: Sequence[str], fields: Mapping[str, Collection[Field]]) -> list[str]:
    """The patterns that leave nothing out: misspelt, or the field is gone."""
    return [
        pattern
        for pattern in patterns
        if not any(
            excluded_names(module, [field.api_name for field in found], [pattern])
            for module, found in fields.items()
        )
    ]


def _without(
    slices: Sequence[Sequence[str]], names: Collection[str], *, has_se_module: bool
) -> tuple[tuple[str, ...], ...]:
    """Fills the calls anew, so that fields less are calls less."""
    shared = (MODIFIED_TIME,) if MODIFIED_TIME in slices[0] else ()
    gone = {*names, *shared, *(() if has_se_module else (SE_MODULE,))}
    return to_slices([name for each in slices for name in each if name not in gone], shared)


def _split(pattern: str) -> tuple[str, str]:
    module, dot, field = pattern.partition(".")
    if not (module and dot and field):
        raise ZohoConfigError(
            f"exclude_fields in [sources.zoho_crm] (SOURCES__ZOHO_CRM__EXCLUDE_FIELDS) holds "
            f"{pattern!r}, but takes Module.Field, such as Contacts.Fax or 'Contacts.Custom_*'."
        )
    if field in NEEDED:
        raise ZohoConfigError(
            f"exclude_fields in [sources.zoho_crm] (SOURCES__ZOHO_CRM__EXCLUDE_FIELDS) names "
            f"{pattern}, which reading needs: take it out."
        )
    return module.lower(), field.lower()
