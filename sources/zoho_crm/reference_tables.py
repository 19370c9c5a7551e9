"""The tables that are not modules: their columns, which no metadata tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .api_types import Module
from .columns import ARROW_TYPES, Column, TableSchema

if TYPE_CHECKING:
    from collections.abc import Sequence


def _column(spec: str) -> Column:
    """Builds a column from `name type key[.part]`; the key is the name unless given."""
    name, data_type, *source = spec.split()
    key, _, part = (source[0] if source else name).partition(".")
    base = name.partition("__")[0]
    return Column(name, ARROW_TYPES[data_type], data_type, key, part or None, base_name=base)


def build_table(name: str, comment: str, specs: Sequence[str]) -> TableSchema:
    """A table whose columns are given as `name type key[.part]`."""
    module = Module(name, "", "reference", True, "visible", comment, comment, None, None)
    columns = tuple(_column(spec) for spec in specs)
    return TableSchema(module, name, columns, (), has_modified_time=False)


def reference_tables() -> list[TableSchema]:
    """Every table of this module."""
    return [each for each in globals().values() if isinstance(each, TableSchema)]


MODULES: Final = build_table(
    "modules",
    "Modules of the organisation, readable or not",
    (
        "id text",
        "api_name text",
        "singular_label text",
        "plural_label text",
        "generated_type text",
        "status text",
        "is_api_supported bool",
        "is_readable bool",
        "refusal text",
        "table_name text",
        "parent_module text",
        "modified_time timestamp",
        "fields_read_at timestamp",
        "removed_at timestamp",
        "metadata json",
    ),
)

FIELDS: Final = build_table(
    "fields",
    "Fields of the modules, and the column that holds each",
    (
        "id text",
        "module text",
        "field_id text",
        "api_name text",
        "label text",
        "data_type text",
        "json_type text",
        "table_name text",
        "column_name text",
        "columns json",
        "is_loaded bool",
        "is_volatile bool",
        "is_custom bool",
        "length bigint",
        "decimal_place bigint",
        "lookup_module text",
        "removed_at timestamp",
        "metadata json",
    ),
)

USERS: Final = build_table(
    "users",
    "Users of the organisation, deleted ones included",
    (
        "id text",
        "full_name text",
        "first_name text",
        "last_name text",
        "email text",
        "status text",
        "is_confirmed bool confirm",
        "zuid text",
        "type text type__s",
        "role__id text role.id",
        "role__name text role.name",
        "profile__id text profile.id",
        "profile__name text profile.name",
        "reporting_to__id text Reporting_To.id",
        "reporting_to__name text Reporting_To.name",
        "time_zone text",
        "locale text",
        "country text",
        "created_time timestamp",
        "created_by__id text created_by.id",
        "created_by__name text created_by.name",
        "modified_time timestamp Modified_Time",
        "modified_by__id text Modified_By.id",
        "modified_by__name text Modified_By.name",
    ),
)

ORGANIZATION: Final = build_table(
    "organization",
    "The organisation this dataset is a copy of",
    (
        "id text",
        "zgid text",
        "company_name text",
        "time_zone text",
        "currency text",
        "iso_code text",
        "currency_symbol text",
        "is_multi_currency bool mc_status",
        "type text",
        "edition text",
        "user_licences bigint",
        "country_code text",
        "primary_email text",
        "created_time timestamp",
        "user_id text",
        "user_email text",
        "metadata json",
    ),
)

RELATED_LISTS: Final = build_table(
    "related_lists",
    "Related lists of the modules, and how each is read",
    (
        "id text",
        "module text",
        "api_name text",
        "list_id text",
        "label text",
        "class text",
        "child_modules json",
        "lookup_fields json",
        "connected_module text",
        "href text",
        "type text",
        "status text",
        "layouts json",
        "is_readable bool",
        "reason text",
        "read_at timestamp",
        "metadata json",
    ),
)
