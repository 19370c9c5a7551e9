"""The warehouse's own knobs and constants: the one place that knows them, each with its unit."""

from __future__ import annotations

from typing import Final, Literal

from dlt.common.configuration import configspec
from dlt.common.configuration.specs import BaseConfiguration

Kind = Literal["duckdb", "postgres"]

DEFAULT_DATASET: Final = "zoho_crm"
DEFAULT_DATABASE_FILE: Final = "zoho.duckdb"
"""Not the dataset's name: DuckDB then finds `zoho_crm.contacts` ambiguous."""
MAX_IDENTIFIER_LENGTH: Final = 63
"""Bytes in a name on Postgres; held on DuckDB too, so that names are the same."""

MIN_MEMORY_MB: Final = 64
"""DuckDB's memory limit for tables of up to 40 columns, while it loads."""
MIN_MEMORY_FOR_SQL_MB: Final = 96
"""The same for our own SQL, which joins several tables; nothing of a package is in memory then."""
MEMORY_BASE_MB: Final = 16
MEMORY_PER_COLUMN_MB: Final = 1.3
"""What a merge pins for each column of the table, however many rows a package has (measured with
one thread, 50,000 and 100,000 rows: 41 columns fail at 56 MB, 118 at 140, 313 at 370)."""
CHECKPOINT_THRESHOLD: Final = "32MB"
"""How much DuckDB's write-ahead log may hold: what it holds is replayed in memory after a kill."""

MAX_POSTGRES_LOAD_JOBS: Final = 4
"""Connections that a load opens to Postgres at a time."""

INTERNAL_COLUMNS: Final = ("_read_no",)
"""Columns of module tables that serve the loading and say nothing about a record."""
LIVE_SUFFIX: Final = "_live"
"""What the schema of the live views is called after its dataset."""


@configspec
class DuckDbSettings(BaseConfiguration):
    """What `[destination.duckdb]` holds beyond dlt's own keys."""

    memory_limit: str | None = None
    """DuckDB's memory, such as "200MB"; by default in proportion to the widest table."""
    threads: int = 1
    """DuckDB's threads; a second one costs memory and made loads slower (measured)."""
    publish: str | None = None
    """File that a consistent copy replaces after each run, for readers."""
