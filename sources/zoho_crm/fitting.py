"""The seam for a destination that holds less of a row, or fewer columns, than Zoho gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    from dlt.common.schema.typing import TTableSchemaColumns

    from .columns import TableSchema
    from .outcomes import ResourceOutcome


class Fitting(Protocol):
    """Knows what a destination can't hold, before it is loaded."""

    def refusal(self, schema: TableSchema) -> str | None:
        """Says why the table can't exist there, and what to do; None where it can."""
        ...

    def columns(self, schema: TableSchema) -> TTableSchemaColumns:
        """Gives the hints of columns that the table needs there beside its own."""
        ...

    def fit(self, schema: TableSchema, table: pa.Table, outcome: ResourceOutcome) -> pa.Table:
        """Changes rows that do not fit so that they do, and says so in `outcome.overflow`."""
        ...


def fitted(
    fitting: Fitting | None,
    schema: TableSchema,
    tables: Iterable[pa.Table],
    outcome: ResourceOutcome,
) -> Iterator[pa.Table]:
    """Yields the tables as the destination can hold them."""
    for table in tables:
        yield table if fitting is None else fitting.fit(schema, table, outcome)
