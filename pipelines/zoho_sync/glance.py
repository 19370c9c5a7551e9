"""Looking into the dataset without getting into the way of a run."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import dlt

from zoho_destinations.opening import open_dataset
from zoho_destinations.warehouse import duckdb_settings

from .target import Target, open_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoho_destinations.settings import Kind
    from zoho_destinations.statements import Client

    from .configuration import SyncConfiguration


@contextmanager
def glance_at(target: Target) -> Iterator[Client]:
    """Opens a client of the dataset; a run's working folder is not touched."""
    with TemporaryDirectory(prefix="zoho-sync-") as folder:
        pipeline = replace(target, pipelines_dir=folder).pipeline()
        with open_dataset(pipeline) as client:
            yield client


def readable_target(config: SyncConfiguration, kind: Kind) -> Target:
    """Where the dataset can be read: the published copy where there is one.

    Raises:
        WarehouseConfigError: A key is missing or wrong.
    """
    published = duckdb_settings().publish if kind == "duckdb" else None
    if published:
        file = Path(dlt.current.run_context().local_dir) / Path(published).expanduser()
        if file.exists():
            return open_target(config, kind, path=str(file))
    return open_target(config, kind)


def is_there(target: Target) -> bool:
    """Whether there is a database to open; a DuckDB file would be created by looking for it."""
    return target.kind != "duckdb" or Path(target.location).exists()
