"""Whether DuckDB takes the limits that the configuration sets: DuckDB itself is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from .exceptions import WarehouseConfigError

if TYPE_CHECKING:
    from .settings import DuckDbSettings


def limits_of(settings: DuckDbSettings) -> dict[str, Any]:
    """The limits as DuckDB's settings; the memory only where it is set.

    Raises:
        WarehouseConfigError: DuckDB takes one of them for nonsense.
    """
    limits: dict[str, Any] = {"threads": settings.threads}
    if settings.memory_limit:
        limits["memory_limit"] = settings.memory_limit
    for key, value in limits.items():
        if value != type(settings).threads:  # the default needs no trial
            _try_limit(key, value)
    return limits


def _try_limit(key: str, value: Any) -> None:
    try:
        duckdb.connect(":memory:", config={key: value}).close()
    except duckdb.Error as error:
        said = str(error).partition("\n")[0].partition(": ")[2] or str(error)
        raise WarehouseConfigError(
            f"`{key}` in [destination.duckdb] (DESTINATION__DUCKDB__{key.upper()}) can't be "
            f"{value!r}: {said.rstrip('.!')}."
        ) from None
