"""The deletions as a source of their own, into a real DuckDB file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dlt

from zoho_crm import zoho_crm_deletions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm

DAY_S = 24 * 3600


def load(crm: Crm, folder: Path) -> list[tuple[Any, ...]]:
    """Runs the source and gives what the table holds."""
    crm.forget_log()
    pipeline = dlt.pipeline(
        "deletions",
        destination=dlt.destinations.duckdb(str(folder / "copy.duckdb")),
        dataset_name="zoho_crm",
        pipelines_dir=str(folder / "pipelines"),
    )
    pipeline.run(zoho_crm_deletions(credentials=crm.credentials()))
    with pipeline.sql_client() as client:
        rows = client.execute_sql(
            "SELECT id, type, deleted_by__name FROM deleted_records ORDER BY deleted_time, id"
        )
    return [tuple(row) for row in rows or ()]


def test_each_deletion_of_a_record_is_a_row_and_a_second_run_asks_for_news(
    crm: Crm, tmp_path: Path
) -> None:
    first, second = crm.add_module(times=[crm.now_s - DAY_S, crm.now_s - DAY_S])
    crm.pass_time(3600)
    crm.org.delete("Widgets", first)
    assert load(crm, tmp_path) == [(first, "recycle", "Ada Field")]

    crm.org.restore("Widgets", first)
    crm.pass_time(3600)
    crm.org.delete("Widgets", first)
    crm.org.delete("Widgets", second)
    expected = [(first, "recycle", "Ada Field")] * 2 + [(second, "recycle", "Ada Field")]
    assert load(crm, tmp_path) == expected
    assert len(crm.log("settings/recycle_bin")) == 1
    assert crm.log("Widgets/deleted") == []

    crm.pass_time(DAY_S)
    crm.org.purge("Widgets", second)
    assert load(crm, tmp_path) == [*expected, (second, "permanent", None)]
