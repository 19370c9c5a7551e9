"""What is said of tables and rows that Postgres can't hold, with the fields to leave out."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.names import ID, OVERFLOW

from .postgres_rows import MAX_COLUMNS, MAX_ROW_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zoho_crm.columns import TableSchema

MAX_FIELDS_NAMED: Final = 8
WHERE: Final = "exclude_fields of [sources.zoho_crm] (SOURCES__ZOHO_CRM__EXCLUDE_FIELDS)"


@dataclass(slots=True)
class Unfitting:
    """The rows of one module that did not fit, over a run."""

    schema: TableSchema
    rows: int = 0
    widest: int = 0
    columns: Counter[str] = field(default_factory=Counter)
    """How often a value left each column."""

    def add(self, moved: Mapping[int, Mapping[str, Any]], widest: int) -> None:
        """Counts the rows of another table."""
        self.rows += len(moved)
        self.widest = max(self.widest, widest)
        self.columns.update(name for values in moved.values() for name in values)

    @property
    def sentence(self) -> str:
        """What happened, where the values are, and what to do."""
        module = self.schema.module.api_name
        many = self.rows > 1
        fields = [c.api_name for c in self.schema.columns if c.name in self.columns]
        return (
            f"{module}: {self.rows:,} {'records take' if many else 'record takes'} more room than "
            f"the {MAX_ROW_BYTES:,} bytes of a row in Postgres ({self.widest:,} at the most), so "
            f"values of {len(dict.fromkeys(fields))} fields are kept as json in the column "
            f"{OVERFLOW}; {_advice(module, fields)}"
        )


def too_many_columns(schema: TableSchema, surplus: int) -> str:
    """Says that a table has more columns than Postgres takes."""
    module = schema.module.api_name
    last = [column.api_name for column in schema.columns if column.api_name != ID][-surplus:]
    return (
        f"{module}: its table would have {surplus + MAX_COLUMNS:,} columns, and Postgres takes "
        f"{MAX_COLUMNS:,}, so it is not loaded; {_advice(module, last)}"
    )


def _advice(module: str, fields: Iterable[str]) -> str:
    names = [f"{module}.{name}" for name in dict.fromkeys(fields)]
    more = len(names) - MAX_FIELDS_NAMED
    rest = f" and {more} more like these" if more > 0 else ""
    shown = json.dumps(names[:MAX_FIELDS_NAMED], ensure_ascii=False)
    return f"leave out fields that nobody needs by {WHERE}, for instance {shown}{rest}."
