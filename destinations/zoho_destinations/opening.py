"""Opens a pipeline's dataset for our own SQL, and lets dlt build few clients for it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Iterator

    import dlt

    from .statements import Client

_Idle = tuple["Client", int]
_IDLE: WeakKeyDictionary[dlt.Pipeline, _Idle] = WeakKeyDictionary()
"""A client that nobody uses now, and the schema's version that it was built for."""


@contextmanager
def open_dataset(pipeline: dlt.Pipeline) -> Iterator[Client]:
    """Connects to the dataset and disconnects at the end, as `pipeline.sql_client()` does.

    dlt resolves its configuration and reads the whole schema for each client that it builds, which
    was a tenth of what a quiet run costs: a client is used again until the schema changes, because
    the memory that DuckDB gets depends on it.

    Raises:
        Exception: Whatever the driver raises, when the dataset can't be reached.
    """
    version = _version_of_schemas(pipeline)
    # Taken out while it is used: whoever comes meanwhile gets a client of their own.
    client, built_for = _IDLE.pop(pipeline, (None, version))
    if client is None or built_for != version:
        client = pipeline.sql_client()
    with client:
        yield client
    _IDLE[pipeline] = client, version


def _version_of_schemas(pipeline: dlt.Pipeline) -> int:
    files = Path(pipeline.working_dir, "schemas").glob("*.json")
    return max((file.stat().st_mtime_ns for file in files), default=0)
