"""Packages that cannot be loaded: tried twice, then set aside, so that the rest goes on."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dlt.common.storages import LoadStorage

from zoho_destinations.duckdb_memory import memory_of_a_load
from zoho_destinations.explain import causes_of, explain
from zoho_destinations.poison import failed_load

if TYPE_CHECKING:
    from collections.abc import Iterable

    import dlt
    from dlt.common.pipeline import LoadInfo

_TRIES: Final = 2
_FOLDER: Final = "set_aside"
_KEPT: Final = 5
"""Packages that are kept set aside; older ones are deleted."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A package that failed twice and was moved out of the way."""

    tables: frozenset[str]
    """The tables that could not be loaded; empty where dlt does not say which."""
    column: str | None
    """Where the database names one."""
    reason: str
    folder: Path
    """Where the package lies now, for whoever wants to know why."""

    @property
    def sentence(self) -> str:
        """What happened, where, and what to look at."""
        which = ", ".join(sorted(self.tables)) or "its tables"
        which += f" (column {self.column})" if self.column else ""
        return (
            f"A package could not be loaded into {which} and was set aside in {self.folder}: "
            f"{self.reason}"
        )


def load_or_set_aside(pipeline: dlt.Pipeline) -> tuple[list[str], SetAside | None]:
    """Normalises and loads what is pending; a package that fails twice is set aside.

    The pipeline's local state goes with the package: the caller restores it from the dataset.

    Returns:
        The ids of the packages loaded, and the package set aside, if there was one.

    Raises:
        PipelineStepFailed: The destination is not available; the package stays pending.
        KeyboardInterrupt: So does it where somebody wants the run to end at once.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            return _load(pipeline), None
        except Exception as error:  # whatever dlt or a driver finds wrong with the package
            if any(isinstance(cause, KeyboardInterrupt) for cause in causes_of(error)):
                raise KeyboardInterrupt from error  # dlt takes it for a failure of its step
            if explain(error) is not None:
                raise
            if attempt == _TRIES:
                return [], _set_aside(pipeline, error)
    raise AssertionError("unreachable")


def _load(pipeline: dlt.Pipeline) -> list[str]:
    pipeline.normalize()
    with memory_of_a_load():
        info: LoadInfo | None = pipeline.load()
    if info is None:  # killed before dlt kept the package's schema: it is read again
        return []
    info.raise_on_failed_jobs()
    _remove_loaded(pipeline, info.loads_ids)
    return list(info.loads_ids)


def _remove_loaded(pipeline: dlt.Pipeline, load_ids: Iterable[str]) -> None:
    """Removes what dlt keeps of loaded packages: the schema, twice, of each package of a long run.

    The working folder serves a pending package and nothing else.
    """
    loaded = Path(pipeline.working_dir, "load", LoadStorage.LOADED_FOLDER)
    for load_id in load_ids:
        shutil.rmtree(loaded / load_id, ignore_errors=True)


def _set_aside(pipeline: dlt.Pipeline, error: BaseException) -> SetAside:
    base = Path(pipeline.pipelines_dir) / _FOLDER
    packages = [
        *pipeline.list_normalized_load_packages(),
        *pipeline.list_extracted_load_packages(),
    ]
    folder = base / f"{pipeline.pipeline_name}-{packages[0] if packages else 'unknown'}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(pipeline.working_dir, folder)
    pipeline.drop()
    for old in sorted(base.iterdir(), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    failed = failed_load(error)
    if failed is None:  # not a job of dlt's: the package itself is broken
        return SetAside(frozenset(), None, " ".join(str(error).split()), folder)
    return SetAside(frozenset(failed.table.split(", ")), failed.column, failed.reason, folder)
