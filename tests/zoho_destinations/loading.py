"""Loads as the product makes them: Arrow tables, merged by delete-insert, newest reading kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dlt
import pyarrow as pa

from tests.zoho_destinations.tables import ARROW
from zoho_destinations.lock import dataset_lock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from dlt.common.pipeline import LoadInfo
    from dlt.extract import DltSource

    from zoho_destinations.lock import Lock


def source(
    columns: Mapping[str, str], rows: list[dict[str, Any]], *, table: str = "leads", anchor: int = 0
) -> DltSource:
    """One table of rows; `id` and `_read_no` come of themselves, `anchor` goes to the state."""
    kinds = {"id": "text", **columns, "_read_no": "bigint"}
    hints: dict[str, Any] = {name: {"name": name, "data_type": kinds[name]} for name in kinds}
    hints["id"] |= {"primary_key": True, "nullable": False}
    hints["_read_no"]["dedup_sort"] = "desc"
    for name, kind in kinds.items():
        if kind == "decimal":
            hints[name] |= {"precision": 38, "scale": 9}

    def read() -> Any:
        dlt.current.resource_state()["anchor"] = anchor
        complete = [{"_read_no": 0, **row} for row in rows]
        yield pa.Table.from_pylist(
            complete, schema=pa.schema([(name, ARROW[kind]) for name, kind in kinds.items()])
        )

    resource = dlt.resource(
        read,
        name=table,
        columns=hints,
        primary_key="id",
        write_disposition={"disposition": "merge", "strategy": "delete-insert"},
    )
    return dlt.source(lambda: resource, name="zoho_crm", section="zoho_crm")()


def load(
    pipeline: dlt.Pipeline, columns: Mapping[str, str], rows: list[dict[str, Any]], **facts: Any
) -> LoadInfo:
    """Extracts, normalises and loads one package."""
    return pipeline.run(source(columns, rows, **facts))


def lock_on(pipeline: dlt.Pipeline, **options: Any) -> AbstractContextManager[Lock]:
    """The lock of a pipeline's dataset."""
    return dataset_lock(pipeline.destination, pipeline.dataset_name, **options)
