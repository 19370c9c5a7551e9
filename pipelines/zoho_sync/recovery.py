"""What a run does before it reads: finish what was left, then start from the dataset's state."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dlt.common.storages import LoadStorage, NormalizeStorage
from dlt.common.storages.exceptions import LoadPackageNotFound, StorageException

from zoho_destinations.exceptions import WarehouseUnavailableError
from zoho_destinations.existing import read_columns
from zoho_destinations.explain import causes_of
from zoho_destinations.opening import open_dataset
from zoho_destinations.repeated_rows import drop_repeated_rows
from zoho_destinations.statements import run_update
from zoho_destinations.sync_progress import (
    Progress,
    create_sync_progress,
    forget_part,
    read_progress,
    write_progress,
)
from zoho_destinations.warehouse import pipeline_name

from .poison import load_or_set_aside

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import dlt
    from dlt.common.schema.typing import TSchemaTables

    from zoho_destinations.statements import Client

    from .target import Target

SOURCE_NAME = "zoho_crm"
_STORAGES: Final = {
    "normalize": (NormalizeStorage.EXTRACTED_FOLDER,),
    "load": (
        LoadStorage.NEW_PACKAGES_FOLDER,
        LoadStorage.NORMALIZED_FOLDER,
        LoadStorage.LOADED_FOLDER,
    ),
}
READ_AGAIN = "read again"
"""The task under which `sync_progress` keeps resources that have to start anew."""


def open_pipeline(target: Target) -> tuple[dlt.Pipeline, str | None]:
    """Opens the pipeline with its working folder, or with a new one where that was damaged.

    dlt removes and writes the folder file by file: a kill may leave a state without its schema,
    half a file, or some folders of several. All that counts is in the dataset.

    Returns:
        The pipeline, and what was done, as a sentence; None where all was well.
    """
    folder = Path(target.pipelines_dir, pipeline_name(target.kind, target.dataset))
    _complete(folder)
    try:
        pipeline = target.pipeline()
        if pipeline.state.get("default_schema_name"):
            _ = pipeline.default_schema
        _ = pipeline.has_pending_data
    except (StorageException, FileNotFoundError, ValueError):
        shutil.rmtree(folder)
        return target.pipeline(), f"The working folder {folder} was damaged and was made anew."
    return pipeline, None


def _complete(folder: Path) -> None:
    """Makes the folders that dlt takes to be there once the one that they are in is."""
    for name, parts in _STORAGES.items():
        if (folder / name).is_dir():
            for part in parts:
                (folder / name / part).mkdir(exist_ok=True)


def explain_lost_folder(error: BaseException, target: Target) -> WarehouseUnavailableError | None:
    """Tells an error whose reason is that somebody removed the working folder amid a run."""
    for cause in causes_of(error):
        if isinstance(cause, LoadPackageNotFound):
            break
        if isinstance(cause, FileNotFoundError) and _is_below(cause, target.pipelines_dir):
            break
    else:
        return None
    return WarehouseUnavailableError(
        f"Somebody removed the working folder {target.pipelines_dir}, or a part of it, while this "
        "run used it; run again."
    )


def finish_pending(pipeline: dlt.Pipeline) -> str | None:
    """Loads the packages that an interrupted run left behind, or sets aside what can't be loaded.

    A pending package goes first: restoring the state could wipe it.

    Returns:
        What was done, as a sentence; None where nothing was pending.
    """
    if not pipeline.has_pending_data:
        return None
    pipeline.activate()
    _remove_what_was_normalised(pipeline)
    _, poisoned = load_or_set_aside(pipeline)
    with open_dataset(pipeline) as client:
        drop_repeated_rows(client)
    if poisoned is not None:
        return poisoned.sentence
    return "A package that an interrupted run left behind was loaded first."


def _is_below(error: OSError, folder: str) -> bool:
    return str(error.filename).startswith(folder)


def _remove_what_was_normalised(pipeline: dlt.Pipeline) -> None:
    """Removes what a pending package was made from.

    dlt does so after it has moved the whole package on by one rename. A kill in between leaves it
    in two places, and dlt would normalise again what is left and fail.
    """
    extracted = Path(pipeline.working_dir, "normalize", NormalizeStorage.EXTRACTED_FOLDER)
    for load_id in pipeline.list_normalized_load_packages():
        shutil.rmtree(extracted / load_id, ignore_errors=True)


def restore_state(pipeline: dlt.Pipeline) -> dlt.Pipeline:
    """Drops the local copy of the state and takes the dataset's: progress lives nowhere else."""
    restored = pipeline.drop()
    restored.activate()
    restored.sync_destination()
    return restored


def resource_states(pipeline: dlt.Pipeline) -> Mapping[str, Mapping[str, Any]]:
    """What the dataset's state says of each resource."""
    sources = pipeline.state.get("sources", {})
    found: Mapping[str, Mapping[str, Any]] = sources.get(SOURCE_NAME, {}).get("resources", {})
    return found


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
