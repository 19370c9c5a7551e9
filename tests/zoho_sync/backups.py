"""A backup of a dataset as it is, and its restore, with what each database has for it."""

from __future__ import annotations

import shutil
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import psycopg2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.zoho_sync.crm_copies import SyncedCopy


@contextmanager
def backup(synced: SyncedCopy) -> Iterator[Callable[[], object]]:
    """Takes a backup; gives what puts it back, over whatever the dataset holds by then."""
    if synced.path is not None:
        file = synced.path
        kept = file.with_name("backup.duckdb")
        shutil.copy(file, kept)
        yield partial(shutil.copyfile, kept, file)
        return
    server, _, name = str(synced.url).rpartition("/")
    _execute(server, f"CREATE DATABASE {name}_backup TEMPLATE {name}")

    def restore() -> None:
        _execute(
            server,
            f"DROP DATABASE {name}",
            f"CREATE DATABASE {name} TEMPLATE {name}_backup",
        )

    yield restore
    _execute(server, f"DROP DATABASE {name}_backup")


def _execute(server: str, *statements: str) -> None:
    with closing(psycopg2.connect(f"{server}/postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
