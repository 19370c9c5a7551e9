"""A kill between the database's commit and dlt's note of it leaves no row twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_destinations.loading import load, source
from tests.zoho_destinations.other_process import run_other
from zoho_destinations.repeated_rows import drop_repeated_rows
from zoho_destinations.statements import select

if TYPE_CHECKING:
    import dlt

    from zoho_destinations.settings import Kind
    from zoho_destinations.statements import Client


def count(client: Client, table: str) -> int:
    [(rows,)] = select(client, f"SELECT count(*) FROM zoho_crm.{table}")
    return int(rows)


def test_rows_that_are_there_twice_are_left_once(pipeline: dlt.Pipeline) -> None:
    for anchor in (1, 2):
        load(pipeline, {}, [{"id": "1"}], anchor=anchor)
    with pipeline.sql_client() as client:
        assert drop_repeated_rows(client) == 0
        for table in ("_dlt_loads", "_dlt_pipeline_state"):
            before = select(client, f"SELECT * FROM zoho_crm.{table} ORDER BY 1, 2")
            client.execute_sql(f"INSERT INTO zoho_crm.{table} SELECT * FROM zoho_crm.{table}")
            client.execute_sql(f"INSERT INTO zoho_crm.{table} SELECT * FROM zoho_crm.{table}")
            assert count(client, table) == 8
            assert drop_repeated_rows(client) == 6
            assert select(client, f"SELECT * FROM zoho_crm.{table} ORDER BY 1, 2") == before
        assert drop_repeated_rows(client) == 0


def test_a_dataset_without_loads_has_nothing_to_drop(client: Client) -> None:
    assert drop_repeated_rows(client) == 0


KILL = """
import os
import dlt
from dlt.common.storages.load_package import PackageStorage
from zoho_destinations.warehouse import build_destination
pipeline = dlt.pipeline(
    {name!r}, destination=build_destination({kind!r}), dataset_name="zoho_crm",
    pipelines_dir={folder!r},
)
note = PackageStorage.save_pending_transition

def note_or_die(self, load_id, file_name, *args, **kwargs):
    if file_name.startswith({table!r}):
        os.kill(os.getpid(), 9)
    note(self, load_id, file_name, *args, **kwargs)

PackageStorage.save_pending_transition = note_or_die
pipeline.activate()
pipeline.load()
"""


@pytest.mark.parametrize("table", ["leads", "_dlt_pipeline_state"])
def test_a_job_repeated_after_a_kill_leaves_every_row_once(
    table: str, kind: Kind, pipeline: dlt.Pipeline
) -> None:
    load(pipeline, {}, [{"id": "1"}], anchor=1)
    pipeline.extract(source({}, [{"id": "2"}, {"id": "3"}], anchor=2))
    pipeline.normalize()
    code = KILL.format(
        kind=kind, table=table, name=pipeline.pipeline_name, folder=pipeline.pipelines_dir
    )
    assert run_other(code) == -9
    pipeline.load()
    with pipeline.sql_client() as client:
        dropped = drop_repeated_rows(client)
        # Files are loaded side by side: the state's may have been done beside the other one.
        assert dropped == 1 or (dropped, table) == (0, "leads")
        assert select(client, "SELECT id FROM zoho_crm.leads ORDER BY id") == [
            ("1",),
            ("2",),
            ("3",),
        ]
        assert [count(client, name) for name in ("_dlt_loads", "_dlt_pipeline_state")] == [2, 2]
