"""The last known image of a record: its row as the dataset has it, as JSON values."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.decoding import decode
from zoho_crm.evidence import to_utc_text

from .existing import read_columns
from .live_columns import is_shown
from .statements import quote, select

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from zoho_crm.api_types import JsonObject

    from .statements import Client

_JSON_TYPES: Final = frozenset({"json", "jsonb"})
_IDS_A_QUERY: Final = 200


class LastImages:
    """Reads rows of module tables; knows the dataset's columns from when it was made."""

    def __init__(self, client: Client, tables: Mapping[str, str]) -> None:
        """Looks at the dataset's columns.

        Args:
            client: An open client of the dataset.
            tables: The table of each module.
        """
        self._client = client
        there = read_columns(client)
        self._columns = {
            module: (table, there[table]) for module, table in tables.items() if table in there
        }

    def read(self, module: str, ids: Collection[str]) -> dict[str, JsonObject]:
        """The rows of records by id, columns as in the live view; records not held are left out."""
        if module not in self._columns:
            return {}
        table, types = self._columns[module]
        names = [name for name in types if is_shown(name)]
        wanted = sorted(set(ids))
        images: dict[str, JsonObject] = {}
        for start in range(0, len(wanted), _IDS_A_QUERY):
            some = wanted[start : start + _IDS_A_QUERY]
            for row in select(self._client, self._query(table, types, len(some)), *some):
                image = {
                    name: _to_json(value, types[name].lower() in _JSON_TYPES)
                    for name, value in zip(names, row, strict=True)
                }
                images[str(image["id"])] = image
        return images

    def _query(self, table: str, types: Mapping[str, str], ids: int) -> str:
        shown = ", ".join(
            f"CAST({quote(self._client, name)} AS text)"
            if kind.lower() in _JSON_TYPES
            else quote(self._client, name)
            for name, kind in types.items()
            if is_shown(name)
        )
        places = ", ".join(["%s"] * ids)
        table = self._client.make_qualified_table_name(table)
        return f"SELECT {shown} FROM {table} WHERE id IN ({places})"


def _to_json(value: Any, is_json: bool) -> Any:
    if value is None:
        return None
    if is_json:
        return decode(str(value).encode()).value
    if isinstance(value, datetime):
        return to_utc_text(value) if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else str(value)
    return value if isinstance(value, bool | int | str | Decimal) else str(value)
