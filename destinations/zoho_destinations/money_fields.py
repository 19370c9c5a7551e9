"""Which currency fields a dataset's modules have, under all the names that records know them by.

A record was captured with the names of its day: what was renamed or removed since is told by the
tables `fields` and `schema_changes`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.decoding import decode
from zoho_crm.exceptions import ZohoConfigError

from .case_money import CURRENCY, EXCHANGE_RATE, Money, MoneyFields
from .counted_amounts import KnownField, counted_of
from .existing import read_columns
from .schema_history import SCHEMA_CHANGES
from .statements import select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .statements import Client

_FIELDS: Final = """
SELECT f.module, m.generated_type, f.field_id, f.api_name, f.data_type, f.column_name,
    f.removed_at IS NOT NULL, CAST(f.columns AS text), CAST(f.metadata AS text)
FROM {fields} f LEFT JOIN {modules} m ON m.api_name = f.module
ORDER BY f.module, f.removed_at IS NOT NULL, length(f.field_id), f.field_id
"""
_RENAMES: Final = """
SELECT c.kind, c.field_id, c.before, m.api_name FROM {changes} c
LEFT JOIN {modules} m ON m.id = c.module_id
WHERE c.kind IN ('field_renamed', 'module_renamed') ORDER BY c.number DESC
"""


def read_money(
    client: Client, how: str = "multiply", *, chosen: Mapping[str, str] | None = None
) -> Money:
    """Reads where amounts stand, and the organisation's currency.

    Args:
        client: An open client of the dataset.
        how: What is done with exchange rates.
        chosen: By module the field that counts in sums, where that is not to go by the rule;
            empty for none.

    Raises:
        ZohoConfigError: A chosen field is not known.
    """
    there = read_columns(client)
    modules: dict[str, MoneyFields] = {}
    former: dict[str, str] = {}
    if {"fields", "modules"} <= there.keys():
        field_names, former = _read_renames(client, there)
        wanted = {former.get(name, name): field for name, field in (chosen or {}).items()}
        found = _read_fields(client, field_names)
        for module, field in wanted.items():
            _refuse_unknown(module, field, found.get(module, ("", []))[1])
        for module, (kind, fields) in found.items():
            counted = counted_of(kind, fields, wanted.get(module))
            modules[module] = _money_fields(fields, counted)
    currency, company, is_multi_currency = _read_organization(client, there)
    return Money(modules, former, currency, company, is_multi_currency, how)


def _read_fields(
    client: Client, former_names: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str | None, list[KnownField]]]:
    """By module: its type and its fields, those of today first, the oldest in front."""
    found: dict[str, tuple[str | None, list[KnownField]]] = {}
    for row in select(client, _FIELDS.format(**_names(client))):
        module, kind, field_id, name, data_type, column, is_removed, columns, metadata = row
        details = (_parse(metadata) or {}).get(data_type)
        result = details.get("return_type") if isinstance(details, Mapping) else None
        before = [str(each.get("name")) for each in _parse(columns) or ()]
        field = KnownField(
            name,
            former_names.get(str(field_id), ()),
            list(dict.fromkeys([*([column] if column else []), *reversed(before)])),
            is_amount="currency" in (data_type, result),
            is_entered=data_type == "currency",
            is_removed=bool(is_removed),
        )
        found.setdefault(module, (kind, []))[1].append(field)
    return found


def _parse(text: str | None) -> Any:
    return decode(text.encode()).value if text else None


def _read_renames(
    client: Client, there: Mapping[str, Any]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Former names of fields by their id, the latest first, and modules' names by former ones."""
    fields: defaultdict[str, list[str]] = defaultdict(list)
    modules: dict[str, str] = {}
    rows = select(client, _RENAMES.format(**_names(client))) if SCHEMA_CHANGES in there else []
    for kind, field_id, before, today in rows:
        if kind == "field_renamed":
            fields[str(field_id)].append(before)
        elif today:
            modules.setdefault(before, today)
    return fields, modules


def _read_organization(client: Client, there: Mapping[str, Any]) -> tuple[Any, Any, bool]:
    """Its currency, its name, and whether its records may have currencies of their own."""
    if "organization" not in there:
        return None, None, False
    table = client.make_qualified_table_name("organization")
    sql = f"SELECT iso_code, company_name, is_multi_currency FROM {table} LIMIT 1"
    for currency, company, is_multi_currency in select(client, sql):
        return currency, company, bool(is_multi_currency)
    return None, None, False


def _names(client: Client) -> dict[str, str]:
    tables = {"fields": "fields", "modules": "modules", "changes": SCHEMA_CHANGES}
    return {key: client.make_qualified_table_name(table) for key, table in tables.items()}


def _refuse_unknown(module: str, name: str, fields: Sequence[KnownField]) -> None:
    if not name or any(each.is_called(name) for each in fields):
        return
    known = [each.api_name for each in fields if each.is_amount and not each.is_removed]
    hint = f"its currency fields are {', '.join(known)}." if known else "it has no currency field."
    if not fields:
        hint = "no fields of such a module are known."
    raise ZohoConfigError(
        f"audit_amounts in [sources.zoho_crm] names {name} of {module}, which is not there: {hint}"
    )


def _money_fields(fields: Sequence[KnownField], counted: Sequence[KnownField]) -> MoneyFields:
    money = [each for each in fields if each.is_amount or each in counted]
    names = {each.api_name: each.api_name for each in money}
    columns: dict[str, str] = {}
    for each in money:
        for former in each.former_names:
            names.setdefault(former, each.api_name)
        for column in each.columns:
            columns.setdefault(column, each.api_name)
    latest = {each.api_name: each.columns for each in reversed(fields) if each.columns}
    return MoneyFields(
        names,
        columns,
        tuple(dict.fromkeys(each.api_name for each in counted)),
        has_rates=any(each.api_name == EXCHANGE_RATE and not each.is_removed for each in fields),
        rate_column=next(iter(latest.get(EXCHANGE_RATE, ())), ""),
        currency_column=next(iter(latest.get(CURRENCY, ())), ""),
    )
