"""The types of columns on Postgres, as a load by parquet needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlt.destinations.impl.postgres.factory import PostgresTypeMapper

if TYPE_CHECKING:
    from dlt.common.destination.typing import PreparedTableSchema
    from dlt.common.schema.typing import TColumnSchema


class ParquetTypeMapper(PostgresTypeMapper):
    """dlt's types, with `json` wherever dlt's data type is json, whatever the resource says.

    ADBC cannot copy into `jsonb`. The dataset's own columns become `jsonb` after their creation
    (`jsonb.py`); the staging dataset's stay `json`, and the merge casts between the two.
    """

    def to_destination_type(self, column: TColumnSchema, table: PreparedTableSchema) -> str:
        """Gives the type of a column in SQL."""
        if column["data_type"] == "json":
            return "json"
        return super().to_destination_type(column, table)
