"""Tables that somebody has dropped, or columns of them: their resources are read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoho_destinations.existing import read_columns
from zoho_destinations.opening import open_dataset
from zoho_destinations.statements import run_update
from zoho_destinations.sync_progress import (
    Progress,
    create_sync_progress,
    forget_part,
    read_progress,
    write_progress,
)

from .recovery import SOURCE_NAME, resource_states

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import dlt
    from dlt.common.schema.typing import TSchemaTables

    from zoho_destinations.statements import Client

READ_AGAIN = "read again"
"""The task under which `sync_progress` keeps resources that have to start anew."""


def forget_missing_tables(pipeline: dlt.Pipeline, table_of: Mapping[str, str]) -> Collection[str]:
    """Finds resources whose table, or a column of it, is gone although their progress is known.

    dlt trusts its record of the schema and would not create them again, so that record is dropped
    with them. What is found is kept in the dataset until a package has begun it anew: by then the
    tables are there again, whatever became of this run.

    Args:
        pipeline: The pipeline, its state restored.
        table_of: The table of each resource.

    Returns:
        The resources to be read again from the start.
    """
    # Once: dlt reads it from its file whenever it is asked for it.
    known: TSchemaTables = pipeline.default_schema.tables if pipeline.schema_names else {}
    with open_dataset(pipeline) as client:
        tables = read_columns(client)
        missing = {
            name
            for name, state in resource_states(pipeline).items()
            if state.get("is_created") and _is_damaged(table_of.get(name), known, tables)
        }
        left = read_progress(client, READ_AGAIN).keys() & table_of.keys()
        if missing:
            create_sync_progress(client)
        for name in missing:
            write_progress(client, READ_AGAIN, name, Progress())
        _renew_staging(client, known)
    if missing:
        _drop_schema_record(pipeline)
    return missing | left


def note_begun_again(pipeline: dlt.Pipeline, resources: Collection[str]) -> None:
    """A package that starts these resources anew is loaded: its state says how far it came."""
    if resources:
        with open_dataset(pipeline) as client:
            for name in resources:
                forget_part(client, READ_AGAIN, name)


def _is_damaged(
    table: str | None, known: TSchemaTables, tables: Mapping[str, Mapping[str, str]]
) -> bool:
    """Whether a table is not there, or lacks a column that dlt has created."""
    if table is None:
        return False
    if table not in tables:
        return True
    columns = known[table]["columns"] if table in known else {}
    return any("data_type" in each and name not in tables[table] for name, each in columns.items())


def _renew_staging(client: Client, known: TSchemaTables) -> None:
    """Has dlt look again at its staging tables, where one is gone: every load goes through them."""
    there = read_columns(client, client.staging_dataset_name)
    merged = [name for name, each in known.items() if each.get("write_disposition") == "merge"]
    if "_dlt_version" in there and any(_is_damaged(name, known, there) for name in merged):
        with client.with_staging_dataset():
            _forget_schema(client)


def _forget_schema(client: Client) -> None:
    version = client.make_qualified_table_name("_dlt_version")
    run_update(client, f"DELETE FROM {version} WHERE schema_name = %s", SOURCE_NAME)


def _drop_schema_record(pipeline: dlt.Pipeline) -> None:
    with open_dataset(pipeline) as client:
        if "_dlt_version" in read_columns(client):
            _forget_schema(client)
