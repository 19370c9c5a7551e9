"""What the command line is told by dlt's configuration: `.dlt/*.toml` and the environment."""

from __future__ import annotations

from typing import Any

from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    ConfigurationException,
)
from dlt.common.configuration.specs import BaseConfiguration

from zoho_crm import settings
from zoho_crm.auth import ZohoCredentials
from zoho_crm.exceptions import ZohoConfigError

SECTIONS = ("sources", "zoho_crm")


@configspec
class SyncConfiguration(BaseConfiguration):
    """The keys of `[sources.zoho_crm]`."""

    credentials: ZohoCredentials = None  # type: ignore[assignment]  # dlt resolves it
    modules: list[str] = ["*"]  # noqa: RUF012  # dlt's way to give a default
    """Which modules to read where the command does not say."""
    dataset_name: str = "zoho_crm"
    overlap_s: float = float(settings.OVERLAP_S)
    """Seconds that a next read goes back behind the server's clock."""
    max_calls: int | None = None
    """Calls a run makes at the most."""
    concurrency: int = settings.SORTED_READ_CONCURRENCY
    """Calls in flight at the most."""
    max_package_rows: int = settings.MAX_PACKAGE_ROWS
    """Rows a load package holds at most."""
    max_package_seconds: float = float(settings.MAX_PACKAGE_SECONDS)
    """Seconds of reading a load package holds at most."""
    pipelines_dir: str | None = None
    """dlt's working folder; serves a pending package and nothing else."""


def read_configuration() -> SyncConfiguration:
    """Resolves the configuration, or says in one sentence what is missing and where to set it.

    Raises:
        ZohoConfigError: A key is missing or wrong.
    """
    try:
        return resolve_configuration(SyncConfiguration(), sections=SECTIONS)
    except ConfigFieldMissingException as error:
        raise ZohoConfigError(_missing_sentence(error)) from None
    except ConfigurationException as error:
        raise ZohoConfigError(
            f"[sources.zoho_crm] cannot be read: {str(error).splitlines()[0]}"
        ) from None


def _missing_sentence(error: ConfigFieldMissingException) -> str:
    keys = sorted({_key_of(traces) for traces in error.traces.values()} - {""})
    names = ", ".join(keys) or "credentials"
    variable = "SOURCES__ZOHO_CRM__CREDENTIALS__" + (keys[0] if keys else "client_id").upper()
    return (
        f"No {names} configured: set them in .dlt/secrets.toml under "
        f"[sources.zoho_crm.credentials] (or as environment variables such as {variable}), "
        "or run `zoho-sync login`."
    )


def _key_of(traces: Any) -> str:
    return str(traces[0].key).rpartition(".")[2].lower() if traces else ""
