"""dlt's working folder, which serves a pending package and nothing else, lost or damaged."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dlt.common.storages import LoadStorage, NormalizeStorage
from dlt.common.storages.exceptions import LoadPackageNotFound, StorageException

from zoho_destinations.exceptions import WarehouseUnavailableError
from zoho_destinations.explain import causes_of
from zoho_destinations.warehouse import pipeline_name

if TYPE_CHECKING:
    import dlt

    from .target import Target

_STORAGES: Final = {
    "normalize": (NormalizeStorage.EXTRACTED_FOLDER,),
    "load": (
        LoadStorage.NEW_PACKAGES_FOLDER,
        LoadStorage.NORMALIZED_FOLDER,
        LoadStorage.LOADED_FOLDER,
    ),
}


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


def remove_what_was_normalised(pipeline: dlt.Pipeline) -> None:
    """Removes what a pending package was made from.

    dlt does so after it has moved the whole package on by one rename. A kill in between leaves it
    in two places, and dlt would normalise again what is left and fail.
    """
    extracted = Path(pipeline.working_dir, "normalize", NormalizeStorage.EXTRACTED_FOLDER)
    for load_id in pipeline.list_normalized_load_packages():
        shutil.rmtree(extracted / load_id, ignore_errors=True)


def _is_below(error: OSError, folder: str) -> bool:
    return str(error.filename).startswith(folder)
