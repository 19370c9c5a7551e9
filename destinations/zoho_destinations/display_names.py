"""The names of records and users wherever they are referred to, refreshed by SQL at no call.

Zoho gives a lookup's name as of the record's last read; a renamed account does not move the
`Modified_Time` of its contacts. After each load the names are taken from the account's own row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .existing import read_columns
from .statements import quote, run_update

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from zoho_crm.api_types import Field
    from zoho_crm.columns import Column, TableSchema

    from .statements import Client

USERS: Final = "users"
USER_PARTS: Final = {"name": "full_name", "email": "email"}
"""Parts of a reference to a user, and the columns of `users` that hold them."""
USER_TYPES: Final = frozenset({"ownerlookup", "userlookup"})

DISPLAY_FIELDS: Final = {
    "Accounts": "Account_Name",
    "Calls": "Subject",
    "Campaigns": "Campaign_Name",
    "Cases": "Subject",
    "Contacts": "Full_Name",
    "Deals": "Deal_Name",
    "Events": "Event_Title",
    "Invoices": "Subject",
    "Leads": "Full_Name",
    "Notes": "Note_Title",
    "Price_Books": "Price_Book_Name",
    "Products": "Product_Name",
    "Purchase_Orders": "Subject",
    "Quotes": "Subject",
    "Sales_Orders": "Subject",
    "Services": "Service_Name",
    "Solutions": "Solution_Title",
    "Tasks": "Subject",
    "Vendors": "Vendor_Name",
}
"""The field that Zoho shows as a record's name, by standard module; all others have `Name`."""
OTHER_DISPLAY_FIELD: Final = "Name"


@dataclass(frozen=True, slots=True)
class _Refresh:
    """Columns of one table that repeat what another says of the record that `id_column` names."""

    table: str
    id_column: str
    pairs: tuple[tuple[str, str], ...]
    """Columns, and the columns of `target` that they repeat."""
    target: str
    module_column: str | None = None
    module: str | None = None


def display_column(schema: TableSchema) -> str | None:
    """Gives the column that holds the name of a module's records; None where there is none."""
    field = DISPLAY_FIELDS.get(schema.module.api_name, OTHER_DISPLAY_FIELD)
    return next((c.name for c in schema.columns if c.api_name == field and c.part is None), None)


def refresh_display_names(
    client: Client,
    schemas: Sequence[TableSchema],
    fields: Mapping[str, Field],
    *,
    changed: Collection[str] | None = None,
) -> dict[str, int]:
    """Brings the names of referred records and users in line with those records' own rows.

    Args:
        client: An open client of the dataset.
        schemas: The module tables.
        fields: The fields of all modules by their id: they say where a lookup points.
        changed: The tables loaded since the last refresh that was finished; names are taken from
            these only. All tables by default.

    Returns:
        For each table the number of references mended, where there were any.
    """
    there = read_columns(client)
    touched: dict[str, int] = {}
    for refresh in _plan(schemas, fields):
        if changed is not None and refresh.target not in changed:
            continue
        columns, sources = zip(*refresh.pairs, strict=True)
        if {refresh.id_column, *columns} <= there.get(refresh.table, {}).keys() and (
            {"id", *sources} <= there.get(refresh.target, {}).keys()
        ):
            rows = _run(client, refresh)
            touched[refresh.table] = touched.get(refresh.table, 0) + rows
    return {table: rows for table, rows in touched.items() if rows}


def _plan(schemas: Sequence[TableSchema], fields: Mapping[str, Field]) -> Iterator[_Refresh]:
    targets = {
        schema.module.api_name: (schema.table_name, name)
        for schema in schemas
        if (name := display_column(schema))
    }
    for schema in schemas:
        parts: dict[str, dict[str, Column]] = {}
        for column in schema.columns:
            if column.part is not None:
                parts.setdefault(column.field_id, {})[column.part] = column
        for field_id, columns in parts.items():
            field = fields.get(field_id)
            if field is not None and "id" in columns:
                yield from _plan_field(schema.table_name, field, columns, targets)


def _plan_field(
    table: str,
    field: Field,
    columns: Mapping[str, Column],
    targets: Mapping[str, tuple[str, str]],
) -> Iterator[_Refresh]:
    id_column = columns["id"].name
    if field.data_type in USER_TYPES:
        pairs = [(columns[part].name, s) for part, s in USER_PARTS.items() if part in columns]
        if pairs:
            yield _Refresh(table, id_column, tuple(pairs), USERS)
        return
    if "name" not in columns:
        return
    name = columns["name"].name
    if "module" in columns:
        for module, (target, source) in targets.items():
            module_column = columns["module"].name
            pair = (name, source)
            yield _Refresh(table, id_column, (pair,), target, module_column, module)
    elif found := targets.get(_lookup_target(field)):
        target, source = found
        yield _Refresh(table, id_column, ((name, source),), target)


def _lookup_target(field: Field) -> str:
    """Gives the API name of the module that a lookup points to; empty where Zoho does not say."""
    lookup = field.raw.get("lookup") or {}
    module = lookup.get("module") or {}
    return str(module.get("api_name") or "")


def _run(client: Client, refresh: _Refresh) -> int:
    pairs = [(quote(client, column), quote(client, source)) for column, source in refresh.pairs]
    # A record without a name, such as one whose module is only read in part, takes none away.
    values = ", ".join(f"{c} = coalesce(s.{source}, t.{c})" for c, source in pairs)
    differs = " OR ".join(
        f"s.{source} IS NOT NULL AND t.{c} IS DISTINCT FROM s.{source}" for c, source in pairs
    )
    only = f" AND t.{quote(client, refresh.module_column)} = %s" if refresh.module_column else ""
    return run_update(
        client,
        f"UPDATE {client.make_qualified_table_name(refresh.table)} AS t SET {values}"
        f" FROM {client.make_qualified_table_name(refresh.target)} s"
        f" WHERE t.{quote(client, refresh.id_column)} = s.id AND ({differs}){only}",
        *([refresh.module] if refresh.module_column else []),
    )
