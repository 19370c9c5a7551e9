"""Where a run loads to: the destination, its dataset, and dlt's pipeline between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlt

from zoho_destinations.warehouse import (
    build_destination,
    location_of,
    pipeline_name,
    pipelines_dir,
)

if TYPE_CHECKING:
    from dlt.common.destination import AnyDestination

    from zoho_destinations.settings import Kind

    from .configuration import SyncConfiguration


@dataclass(frozen=True, slots=True)
class Target:
    """A dataset in a destination."""

    kind: Kind
    dataset: str
    destination: AnyDestination
    location: str
    """DuckDB's absolute path, or Postgres' host, port and database."""
    pipelines_dir: str
    """dlt's working folder; serves a pending package and nothing else."""

    def passing_pipeline(self, folder: str) -> dlt.Pipeline:
        """Gives a pipeline that only says where the dataset is, with a working folder of its own.

        dlt may erase a working folder when it makes a pipeline: not one that another run is using.
        """
        return replace(self, pipelines_dir=folder).pipeline()

    def pipeline(self, progress: Any = None) -> dlt.Pipeline:
        """Gives dlt's pipeline into the dataset.

        Args:
            progress: A collector that dlt tells its progress.
        """
        return dlt.pipeline(
            pipeline_name(self.kind, self.dataset),
            destination=self.destination,
            dataset_name=self.dataset,
            pipelines_dir=self.pipelines_dir,
            progress=progress,
        )


def open_target(config: SyncConfiguration, kind: Kind, *, path: str | None = None) -> Target:
    """Builds the destination that the configuration describes; connects to nothing yet.

    Args:
        config: Names the dataset and the working folder.
        kind: `duckdb` or `postgres`.
        path: The DuckDB file, when it is not the configured one.

    Raises:
        WarehouseConfigError: A key is missing or wrong.
    """
    destination = build_destination(kind, path=path)
    location = location_of(destination)
    base = Path(config.pipelines_dir or dlt.current.run_context().get_data_entity("pipelines"))
    return Target(
        kind, config.dataset_name, destination, location, str(pipelines_dir(base, location))
    )
