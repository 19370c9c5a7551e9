"""The versions of dlt's state do not pile up, and the newest of a completed load always stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.zoho_destinations.loading import load
from zoho_destinations.old_states import KEPT, drop_old_states
from zoho_destinations.statements import select

if TYPE_CHECKING:
    from collections.abc import Callable

    import dlt

    from zoho_destinations.settings import Kind
    from zoho_destinations.statements import Client

STATES = "zoho_crm._dlt_pipeline_state"


def versions(client: Client) -> list[int]:
    return [v for (v,) in select(client, f"SELECT version FROM {STATES} ORDER BY _dlt_load_id")]


def add_versions(client: Client, name: str, load_ids: list[str], *, status: int | None = 0) -> None:
    """Rows as dlt leaves them; without a status, those of a load that was never completed."""
    for number, load_id in enumerate(load_ids, start=100):
        client.execute_sql(
            f"INSERT INTO {STATES} (version, engine_version, pipeline_name, state, created_at,"
            " _dlt_load_id, _dlt_id) VALUES (%s, 4, %s, 'x', now(), %s, %s)",
            number, name, load_id, load_id,
        )  # fmt: skip
        if status is not None:
            client.execute_sql(
                "INSERT INTO zoho_crm._dlt_loads (load_id, schema_name, status, inserted_at)"
                " VALUES (%s, 'zoho_crm', %s, now())",
                load_id, status,
            )  # fmt: skip


def test_the_newest_versions_stay_and_dlt_restores_the_last(
    kind: Kind, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    pipeline = new_pipeline(kind)
    load(pipeline, {}, [{"id": "1"}], anchor=1)
    name = pipeline.pipeline_name
    with pipeline.sql_client() as client:
        add_versions(client, name, [f"0{number:03d}.5" for number in range(40)])
        add_versions(client, "somebody_else", ["0000.1", "0000.2"])
        assert drop_old_states(client, name) == 41 - KEPT
        assert drop_old_states(client, name) == 0
        assert len(versions(client)) == KEPT + 2
    load(pipeline, {}, [{"id": "1"}], anchor=2)
    with pipeline.sql_client() as client:
        assert drop_old_states(client, name) == 1
    restored = pipeline.drop()
    restored.sync_destination()
    assert restored.state["sources"]["zoho_crm"]["resources"]["leads"] == {"anchor": 2}


def test_versions_of_loads_that_were_not_completed_do_not_count(pipeline: dlt.Pipeline) -> None:
    load(pipeline, {}, [{"id": "1"}], anchor=1)
    name = pipeline.pipeline_name
    with pipeline.sql_client() as client:
        before = versions(client)
        add_versions(client, name, [f"9{n:03d}.5" for n in range(KEPT)], status=None)
        assert drop_old_states(client, name) == 0
        assert set(before) < set(versions(client))


def test_a_dataset_without_states_has_none_to_drop(client: Client) -> None:
    assert drop_old_states(client, "any") == 0
