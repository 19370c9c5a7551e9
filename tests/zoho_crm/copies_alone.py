"""Copies made by the source alone, without the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dlt

from tests.zoho_crm.copies import DATASET

if TYPE_CHECKING:
    from pathlib import Path


def pipeline_for(folder: Path) -> dlt.Pipeline:
    return dlt.pipeline(
        "alone",
        destination=dlt.destinations.duckdb(str(folder / "alone.duckdb")),
        dataset_name=DATASET,
        pipelines_dir=str(folder / "pipelines"),
    )
