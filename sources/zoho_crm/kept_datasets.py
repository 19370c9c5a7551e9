"""Datasets that `zoho-sync` keeps: sources that write tables of the same names stay out of them."""

from __future__ import annotations

from typing import Final

import dlt
from dlt.common.destination.exceptions import DestinationException

from .exceptions import ZohoConfigError

_LEDGER: Final = "sync_runs"
"""A table that every run of `zoho-sync` writes, and nobody else."""
_KEPT_IN: Final = ("duckdb", "postgres")


def refuse_kept_dataset(source: str) -> None:
    """Makes sure that the running pipeline does not load into a dataset that `zoho-sync` keeps.

    One query, on the destinations that it may be in. Where the database cannot be looked at,
    loading says why.

    Args:
        source: The name of the source, for the sentence.

    Raises:
        ZohoConfigError: It does.
    """
    pipeline = dlt.current.pipeline()
    kind = getattr(pipeline.destination, "destination_type", "")  # none where nothing is loaded
    if kind.rpartition(".")[2] not in _KEPT_IN:
        return
    try:
        with pipeline.sql_client() as client:
            found = client.execute_sql(
                "SELECT 1 FROM information_schema.tables WHERE table_catalog = current_database()"
                " AND table_schema = %s AND table_name = %s",
                client.dataset_name,
                _LEDGER,
            )
    except DestinationException:
        return
    if found:
        raise ZohoConfigError(
            f"{source}: the dataset {pipeline.dataset_name} is kept by `zoho-sync`, whose tables "
            "of the same names would be spoilt: give this pipeline another dataset_name."
        )
