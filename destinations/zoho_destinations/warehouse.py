"""Builds dlt's destinations the way this product loads them, from dlt's own configuration.

`[destination.duckdb]`, `[destination.postgres]` or the same as environment variables.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import dlt
from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    ConfigurationException,
    LookupTraces,
    ValueNotSecretException,
)
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from .capabilities import remember_capabilities
from .duckdb_limits import limits_of
from .duckdb_memory import duckdb
from .exceptions import WarehouseConfigError
from .postgres_options import OptionsConfiguration, postgres
from .postgres_types import ParquetTypeMapper
from .settings import (
    CHECKPOINT_THRESHOLD,
    DEFAULT_DATABASE_FILE,
    MAX_IDENTIFIER_LENGTH,
    MAX_POSTGRES_LOAD_JOBS,
    DuckDbSettings,
    Kind,
)

if TYPE_CHECKING:
    from dlt.common.destination import Destination
    from dlt.destinations.impl.postgres.configuration import PostgresClientConfiguration

Spec = TypeVar("Spec", DuckDbSettings, DuckDbCredentials)

POSTGRES_KEYS: Final = frozenset({"database", "host", "password", "username"})
POSTGRES_HINT: Final = (
    "[destination.postgres] credentials in .dlt/secrets.toml, or the variable "
    "DESTINATION__POSTGRES__CREDENTIALS, as postgresql://user:password@host:5432/database"
)
DUCKDB_HINT: Final = (
    "[destination.duckdb] credentials in .dlt/secrets.toml, or the variable "
    "DESTINATION__DUCKDB__CREDENTIALS, as the path of a file"
)
KNOBS_HINT: Final = (
    "memory_limit and publish are text, threads is a number, in [destination.duckdb] of "
    ".dlt/config.toml or as DESTINATION__DUCKDB__THREADS and the like"
)


def build_destination(kind: Kind, *, path: Path | str | None = None) -> Destination[Any, Any]:
    """Builds the destination that `[destination.<kind>]` describes.

    Args:
        kind: `duckdb` or `postgres`.
        path: The DuckDB file, when it is not the configured one.

    Raises:
        WarehouseConfigError: A key is missing or wrong; the message names file and variable.
    """
    return remember_capabilities(_build_postgres() if kind == "postgres" else _build_duckdb(path))


def location_of(destination: Destination[Any, Any]) -> str:
    """Gives where a destination's data lies: DuckDB's absolute path, or host:port/database."""
    credentials = destination.config_params["credentials"]
    if isinstance(credentials, DuckDbCredentials):
        return str(credentials.database)
    return str(postgres_configuration(destination).data_location())


def pipeline_name(kind: Kind, dataset: str) -> str:
    """Names the pipeline after its destination and dataset, and after nothing else.

    The dataset keeps its state under this name: with the location in it, a moved file or a server
    reached by another host name would start again from nothing.
    """
    return f"zoho_sync_{kind}_{re.sub(r'[^0-9A-Za-z_]', '_', dataset)}"


def pipelines_dir(base: Path, location: str) -> Path:
    """Gives the folder for the working folders of one location's pipelines, below `base`."""
    return base / hashlib.sha256(location.encode()).hexdigest()[:8]


def check_file_name(file: Path, dataset: str) -> None:
    """Makes sure that names such as `zoho_crm.contacts` mean one thing in a DuckDB file.

    DuckDB names a database after its file, and finds a schema of the same name ambiguous.

    Raises:
        WarehouseConfigError: File and dataset have one name.
    """
    if file.name.split(".")[0].lower() == dataset.lower():
        raise WarehouseConfigError(
            f"The DuckDB file {file} has the name of its dataset, so that {dataset}.contacts would "
            "be ambiguous in SQL; give the file another name."
        )


def duckdb_settings() -> DuckDbSettings:
    """Reads what `[destination.duckdb]` holds beyond dlt's own keys.

    Raises:
        WarehouseConfigError: A value is not of its type.
    """
    return _resolve(DuckDbSettings(), KNOBS_HINT)


def postgres_configuration(destination: Destination[Any, Any]) -> PostgresClientConfiguration:
    """Resolves the configuration of a Postgres destination, credentials included.

    Raises:
        WarehouseConfigError: A key is missing, or the URL is not one.
    """
    initial = OptionsConfiguration()._bind_dataset_name("unused")
    try:
        return cast("PostgresClientConfiguration", destination.configuration(initial))
    except ConfigurationException as error:
        # Not chained: dlt's message names every place it looked in, over thirty lines.
        raise WarehouseConfigError(_postgres_sentence(error)) from None


def _build_duckdb(path: Path | str | None) -> Destination[Any, Any]:
    settings = duckdb_settings()
    configured = _resolve(DuckDbCredentials(), f"set {DUCKDB_HINT}")
    file = Path(path or configured.database or DEFAULT_DATABASE_FILE).expanduser()
    file = (Path(dlt.current.run_context().local_dir) / file).resolve()
    if not file.parent.is_dir():
        raise WarehouseConfigError(
            f"The folder {file.parent} of the DuckDB file does not exist; create it, or set "
            f"{DUCKDB_HINT}."
        )
    limits = limits_of(settings) | {"preserve_insertion_order": False}
    credentials = DuckDbCredentials(
        str(file),
        extensions=configured.extensions,
        global_config={**limits, **(configured.global_config or {})},
        # As a pragma, because dlt's own threshold of 1 GB wins over `global_config`.
        pragmas=[f"checkpoint_threshold='{CHECKPOINT_THRESHOLD}'", *(configured.pragmas or [])],
        statements=configured.statements,
        local_config=configured.local_config,
    )
    return duckdb(
        credentials,
        max_identifier_length=MAX_IDENTIFIER_LENGTH,
        max_column_identifier_length=MAX_IDENTIFIER_LENGTH,
        preferred_loader_file_format="parquet",
        # One writer anyway: side by side, two tables' inserts only share out the memory.
        loader_parallelism_strategy="sequential",
    )


def _build_postgres() -> Destination[Any, Any]:
    destination = postgres(
        # The rest comes from the configuration. In UTC, as times read back from DuckDB are.
        credentials={"session_timezone": "UTC"},
        # dlt repeats a job that was committed before a kill: with its own unique constraint on
        # `_dlt_id`, the repeated row of the state would make the package fail for ever.
        create_indexes=False,
        preferred_loader_file_format="parquet",
        type_mapper=ParquetTypeMapper,
        max_parallel_load_jobs=MAX_POSTGRES_LOAD_JOBS,
    )
    postgres_configuration(destination)
    return destination


def _resolve(spec: Spec, advice: str) -> Spec:
    try:
        return resolve_configuration(spec, sections=("destination", "duckdb"), accept_partial=True)
    except ValueNotSecretException:
        # dlt takes credentials of any kind for secrets, the path of a file included.
        raise WarehouseConfigError(
            f"[destination.duckdb] credentials can't be in .dlt/config.toml: set {DUCKDB_HINT}."
        ) from None
    except ConfigurationException as error:
        raise WarehouseConfigError(
            f"[destination.duckdb] holds a value that can't be read ({type(error).__name__}): "
            f"{advice}."
        ) from None


def _postgres_sentence(error: ConfigurationException) -> str:
    if isinstance(error, ValueNotSecretException):
        return f"Credentials can't be in .dlt/config.toml: set {POSTGRES_HINT}."
    missing = _missing_keys(error) if isinstance(error, ConfigFieldMissingException) else set()
    if not missing:
        return f"The credentials of Postgres can't be read: set {POSTGRES_HINT}."
    if missing >= POSTGRES_KEYS:
        return f"Postgres is not configured: set {POSTGRES_HINT}."
    keys = " and ".join(sorted(missing))
    variables = " and ".join(
        f"DESTINATION__POSTGRES__CREDENTIALS__{key.upper()}" for key in sorted(missing)
    )
    return (
        f"The credentials of Postgres lack {keys}: set it in [destination.postgres.credentials] "
        f"of .dlt/secrets.toml, or as {variables}."
    )


def _missing_keys(error: ConfigFieldMissingException) -> set[str]:
    return {
        key
        for traces in error.traces.values()
        for trace in traces
        if isinstance(trace, LookupTraces)
        for key in trace.traces
    }
