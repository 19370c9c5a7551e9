"""What the command line is told by dlt's configuration: `.dlt/*.toml` and the environment."""

from __future__ import annotations

from dataclasses import field, fields
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    ConfigValueCannotBeCoercedException,
    LookupTraces,
)
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.normalizers.naming.snake_case import NamingConvention
from dlt.common.typing import TSecretStrValue

from zoho_crm import settings
from zoho_crm.auth import ZohoCredentials
from zoho_crm.exceptions import ZohoConfigError
from zoho_crm.field_selection import excluded_names

from .configuration_keys import kind_of, refuse_misspelt_keys, refuse_unknown_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SECTIONS: Final = ("sources", "zoho_crm")
DUCKDB_SECTIONS: Final = ("destination", "duckdb")
_DUCKDB_KEYS: Final = ("credentials", "memory_limit", "publish", "threads")
_SECTION: Final = ".".join(SECTIONS)
_AT_LEAST: Final = {
    "overlap_s": settings.MIN_OVERLAP_S,
    "max_calls": 1,
    "audit_max_calls": 2,
    "concurrency": 1,
    "max_package_rows": 1,
    "max_package_seconds": 1,
    "reconcile_period_s": 0,
}
_MAX_DATASET_LENGTH: Final = 45
"""What dlt's 64 characters leave beside the rest of the pipeline's name."""
HOME_AMOUNTS: Final = ("multiply", "divide", "off")


@configspec
class SyncConfiguration(BaseConfiguration):
    """The keys of `[sources.zoho_crm]`."""

    credentials: ZohoCredentials = None  # type: ignore[assignment]  # dlt resolves it
    modules: list[str] = field(default_factory=lambda: ["*"])
    """Which modules to read where the command does not say."""
    exclude_fields: list[str] = field(default_factory=list)
    """Fields to leave out, as `Module.Field`, with patterns."""
    dataset_name: str = "zoho_crm"
    overlap_s: float = float(settings.OVERLAP_S)
    """Seconds that a next read goes back behind the server's clock."""
    max_calls: int | None = None
    """Calls a run makes at the most."""
    concurrency: int = settings.SORTED_READ_CONCURRENCY
    """Calls in flight at the most."""
    full_text: bool = True
    """Read rich text past the 500 characters that lists return."""
    max_package_rows: int = settings.MAX_PACKAGE_ROWS
    """Rows a load package holds at most."""
    max_package_seconds: float = float(settings.MAX_PACKAGE_SECONDS)
    """Seconds of reading a load package holds at most."""
    fill_new_columns: bool = True
    """Whether older records are read again for the values of a new field."""
    keep_renamed_columns: bool = True
    """Whether a field whose API name changes keeps its column."""
    audit: bool = False
    """Each run captures what hangs on the records in the recycle bin."""
    audit_max_calls: int | None = None
    """Calls of a run for that at the most, within `max_calls`."""
    audit_amounts: dict[str, Any] | None = None
    """The currency field that says what a record is worth, by module; empty for none."""
    reconcile_period_s: float = float(settings.RECONCILE_PERIOD_S)
    """Seconds between two modules that runs reconcile in turn; 0 for never."""
    home_amounts: str = "multiply"
    """How a record's exchange rate gives amounts in the organisation's currency: multiply, divide;
    or off."""
    pipelines_dir: str | None = None
    """dlt's working folder; serves a pending package and nothing else."""
    heartbeat_url: TSecretStrValue | None = None
    """Called after each run that needs no attention; `/fail` below it after the others."""

    def on_resolved(self) -> None:
        """Refuses values that no run could work with."""
        if self.home_amounts not in HOME_AMOUNTS:
            raise ZohoConfigError(
                f"`home_amounts` in [{_SECTION}] ({variable_of('home_amounts')}) must be one of "
                f"{', '.join(HOME_AMOUNTS)}."
            )
        _require_plain_name(self.dataset_name)
        excluded_names("", (), self.exclude_fields)  # refuses what is no Module.Field
        for module, name in (self.audit_amounts or {}).items():
            if not isinstance(name, str):
                raise ZohoConfigError(
                    f"`{module}` of `audit_amounts` in [{_SECTION}] must be the API name of a "
                    "field, or empty."
                )
        if self.heartbeat_url is not None and not _is_web_address(self.heartbeat_url):
            raise ZohoConfigError(  # without the address, which is a secret
                f"`heartbeat_url` in [{_SECTION}] ({variable_of('heartbeat_url')}) must be an "
                "address such as https://hc-ping.com/...; this one could never be called."
            )
        for key, least in _AT_LEAST.items():
            value = getattr(self, key)
            if value is not None and value < least:
                raise ZohoConfigError(
                    f"`{key}` in [{_SECTION}] ({variable_of(key)}) must be at least {least}."
                )

    def on_partial(self) -> None:
        """Refuses the same where credentials are missing: not every command needs them."""
        self.on_resolved()


def _require_plain_name(dataset: str) -> None:
    """Refuses a name that dlt would change: two names of one schema had two locks, two states."""
    plain = NamingConvention().normalize_identifier(dataset) if dataset.strip() else "zoho_crm"
    if dataset != plain or len(dataset) > _MAX_DATASET_LENGTH:
        raise ZohoConfigError(
            f"`dataset_name` in [{_SECTION}] ({variable_of('dataset_name')}) must be small "
            f"letters, digits and single underscores, at most {_MAX_DATASET_LENGTH} of them, such "
            f"as {plain[:_MAX_DATASET_LENGTH]}."
        )


def read_configuration(*, needs_credentials: bool = True) -> SyncConfiguration:
    """Resolves the configuration, or says in one sentence what is wrong and where to mend it.

    Args:
        needs_credentials: Whether Zoho will be asked.

    Raises:
        ZohoConfigError: A key is missing, unknown, or its value can't be right.
    """
    refuse_unknown_keys(SECTIONS, _known_keys())
    refuse_misspelt_keys(DUCKDB_SECTIONS, _DUCKDB_KEYS)
    is_partial = not needs_credentials
    try:
        return resolve_configuration(
            SyncConfiguration(), sections=SECTIONS, accept_partial=is_partial
        )
    except ConfigFieldMissingException as error:
        raise ZohoConfigError(_missing_sentence(sorted(_missing_keys(error.traces)))) from None
    except ConfigValueCannotBeCoercedException as error:
        raise ZohoConfigError(
            f"`{error.field_name}` in [{_SECTION}] ({variable_of(error.field_name)}) must be "
            f"{kind_of(error.hint)}: see docs/configuration.md."
        ) from None


def variable_of(key: str, section: str = _SECTION) -> str:
    """The environment variable that sets a key."""
    return f"{section}.{key}".replace(".", "__").upper()


def _is_web_address(text: str) -> bool:
    try:
        found = urlsplit(text)
    except ValueError:
        return False
    return found.scheme in ("http", "https") and bool(found.hostname)


def _known_keys() -> set[str]:
    # What dlt itself reads in a source's section
    of_dlt = {"max_table_nesting", "schema_contract", "root_key"}
    of_other_sources = {"erased_ids"}  # `zoho_crm_audit_source` has the same section
    own = {f.name for f in fields(SyncConfiguration) if not f.name.startswith("_")}
    return own | of_dlt | of_other_sources


def _missing_keys(traces: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """The keys that dlt did not find, of configurations within this one too."""
    for key, tried in traces.items():
        inner = [trace for trace in tried if isinstance(trace, LookupTraces)]
        if not inner:
            yield key
        for trace in inner:
            yield from _missing_keys(trace.traces)


def _missing_sentence(keys: Sequence[str]) -> str:
    names = " and ".join([", ".join(keys[:-1]), keys[-1]] if keys[1:] else keys)
    section = f"{_SECTION}.credentials"
    return (
        f"{names} {'are' if keys[1:] else 'is'} not configured: run `zoho-sync login`, or set "
        f"{'them' if keys[1:] else 'it'} in .dlt/secrets.toml under [{section}] or as "
        f"{', '.join(variable_of(key, section) for key in keys)}."
    )
