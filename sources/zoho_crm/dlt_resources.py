"""How every resource of the source is declared to dlt."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import dlt

from .names import LOAD_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlt.common.schema.typing import TDeleteInsertStrategyDict, TTableSchemaColumns
    from dlt.extract import DltResource

    from .columns import TableSchema

MERGE: Final[TDeleteInsertStrategyDict] = {"disposition": "merge", "strategy": "delete-insert"}
"""After a kill dlt repeats a committed job; only this strategy then holds no row twice."""

_ADDS_LOAD_ID: Final = "normalize.parquet_normalizer.add_dlt_load_id"
"""Key of dlt's configuration: whether Arrow pages get `_dlt_load_id`. Off by default."""
_HINTS_DIFFER: Final = "several column hints were different"


def _is_news(record: logging.LogRecord) -> bool:
    return _HINTS_DIFFER not in record.getMessage()


def quiet_known_warnings() -> None:
    """Drops dlt's warning that json columns arrive as text in Arrow: meant so, on every run."""
    logger = logging.getLogger("dlt")
    if _is_news not in logger.filters:
        logger.addFilter(_is_news)


def build_resource(
    read: Callable[[], Iterator[Any]],
    schema: TableSchema,
    *,
    name: str,
    columns: TTableSchemaColumns,
    parallelized: bool = False,
) -> DltResource:
    """Declares a resource of Arrow pages, merged by `id`.

    Args:
        read: Yields the pages.
        schema: The table.
        name: The resource's name.
        columns: The table's columns, as hints.
        parallelized: dlt asks for its pages in a thread of their own.
    """
    quiet_known_warnings()
    if not dlt.config.get(_ADDS_LOAD_ID, bool):
        columns = {name: hints for name, hints in columns.items() if name != LOAD_ID}
    resource: DltResource = dlt.resource(
        read,
        name=name,
        table_name=schema.table_name,
        write_disposition=MERGE,
        primary_key="id",
        columns=columns,
        file_format="parquet",
        parallelized=parallelized,
    )
    # Without it dlt adds a NOT NULL `_dlt_id`, which Arrow pages do not carry, to tables that are
    # created empty.
    resource.apply_hints(additional_table_hints={"x-normalizer": {"seen-data": True}})
    return resource
