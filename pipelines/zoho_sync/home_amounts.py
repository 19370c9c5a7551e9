"""Which columns hold amounts, for the live views' twins in the organisation's currency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from zoho_destinations.existing import read_columns
from zoho_destinations.live_columns import Amounts, RateUse
from zoho_destinations.statements import select

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoho_crm.columns import TableSchema
    from zoho_destinations.statements import Client

RATE_FIELD: Final = "Exchange_Rate"
_OFF: Final = "off"


def find_amounts(
    client: Client, schemas: Mapping[str, TableSchema], *, use: str
) -> dict[str, Amounts]:
    """The columns of amounts of each table whose records have an exchange rate of their own.

    Args:
        client: An open client of the dataset.
        schemas: The module tables by API name.
        use: What is done with the rate, as `home_amounts` says.

    Returns:
        By table; nothing where the organisation has one currency only.
    """
    if use == _OFF or not _has_currencies(client):
        return {}
    found = {}
    for schema in schemas.values():
        plain = [column for column in schema.columns if column.part is None]
        rates = [c.name for c in plain if c.api_name == RATE_FIELD and c.data_type == "decimal"]
        names = tuple(c.name for c in plain if c.is_amount and c.data_type == "decimal")
        if rates and names:
            found[schema.table_name] = Amounts(rates[0], names, cast("RateUse", use))
    return found


def _has_currencies(client: Client) -> bool:
    if "organization" not in read_columns(client):
        return False
    table = client.make_qualified_table_name("organization")
    return any(row[0] for row in select(client, f"SELECT is_multi_currency FROM {table}"))
