"""A package that can't be loaded is told by table and column."""

from __future__ import annotations

from typing import Any

import dlt
import pyarrow as pa
import pytest
from dlt.common.destination.exceptions import DestinationTransientException
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.zoho_destinations.loading import load, source
from zoho_destinations.poison import FailedLoad, failed_load


def poisoned(table: str = "leads") -> Any:
    """A package whose table has a text where the column is a number."""

    def read() -> Any:
        dlt.current.resource_state()["anchor"] = 99
        yield pa.table({"id": ["1", "2"], "v": ["1", "ten"], "_read_no": [0, 0]})

    hints: Any = {"v": {"data_type": "bigint"}, "id": {"data_type": "text"}}
    resource = dlt.resource(
        read, name=table, columns=hints, primary_key="id",
        write_disposition={"disposition": "merge", "strategy": "delete-insert"},
    )  # fmt: skip
    return dlt.source(lambda: resource, name="zoho_crm", section="zoho_crm")()


@pytest.fixture
def stuck(pipeline: dlt.Pipeline, monkeypatch: pytest.MonkeyPatch) -> dlt.Pipeline:
    """A pipeline with a loaded package and one behind it that can't be."""
    # dlt tries an ADBC error five times, a second apart, before it raises.
    monkeypatch.setenv("LOAD__RAISE_ON_MAX_RETRIES", "1")
    load(pipeline, {"v": "bigint"}, [{"id": "1", "v": 1}], anchor=1)
    pipeline.extract(poisoned())
    pipeline.normalize()
    return pipeline


def fail(pipeline: dlt.Pipeline) -> FailedLoad | None:
    with pytest.raises(PipelineStepFailed) as caught:
        pipeline.load()
    return failed_load(caught.value)


def test_the_failure_names_package_table_and_column(stuck: dlt.Pipeline) -> None:
    [load_id] = stuck.list_normalized_load_packages()
    for _ in range(2):
        failed = fail(stuck)
        assert failed is not None
        assert (failed.load_id, failed.table, failed.column) == (load_id, "leads", "v")
        assert "\n" not in failed.reason
    assert stuck.has_pending_data


def test_a_null_where_none_may_be_is_told(pipeline: dlt.Pipeline) -> None:
    load(pipeline, {"v": "bigint"}, [{"id": "1", "v": 1}])
    with pipeline.sql_client() as client:
        client.execute_sql("ALTER TABLE zoho_crm.leads ALTER COLUMN v SET NOT NULL")
    pipeline.extract(source({"v": "bigint"}, [{"id": "row-1", "v": None}]))
    pipeline.normalize()
    failed = fail(pipeline)
    assert failed is not None
    assert (failed.table, failed.column) == ("leads", "v")
    assert "null" in failed.reason.lower()
    assert "row-1" not in failed.reason


def test_other_errors_are_no_poison() -> None:
    assert failed_load(ValueError("x")) is None
    assert failed_load(DestinationTransientException("x")) is None
    assert failed_load(OSError(28, "No space left on device")) is None
