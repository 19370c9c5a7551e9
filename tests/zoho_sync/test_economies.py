"""What dlt need not repeat: it remembers answers about types, and finds the same faults."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import dlt
import pytest
from dlt.common import validation
from dlt.common.exceptions import DictValidationException
from dlt.common.schema import Schema
from dlt.common.schema.utils import validate_stored_schema
from dlt.extract import extract

from zoho_sync.economies import HINTS, QUESTIONS_ABOUT_TYPES, spare_repeated_work

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dlt as it is without us, as far as a test that ran before has left it so."""
    for name in (HINTS, *QUESTIONS_ABOUT_TYPES):
        found = getattr(validation, name)
        monkeypatch.setattr(validation, name, getattr(found, "__wrapped__", found))
    monkeypatch.setattr(extract, "yaml", extract.yaml)  # type: ignore[attr-defined]


def stored_schema() -> dict[str, Any]:
    schema = Schema("widgets")
    columns: Any = {"id": {"name": "id", "data_type": "text", "nullable": False}}
    schema.update_table({"name": "widgets", "columns": columns})
    return dict(schema.to_dict())


def complaint(doc: Any) -> str:
    with pytest.raises(DictValidationException) as caught:
        validate_stored_schema(doc)
    return str(caught.value)


def broken_schemas() -> list[dict[str, Any]]:
    """One with a wrong type, one with a key too many, one with a value that is no choice."""
    found = []
    for change in ({"nullable": "no"}, {"colour": "red"}, {"data_type": "money"}):
        doc = deepcopy(stored_schema())
        doc["tables"]["widgets"]["columns"]["id"].update(change)
        found.append(doc)
    return found


def test_schemas_are_checked_as_before() -> None:
    before = [complaint(doc) for doc in broken_schemas()]
    for _ in range(2):  # doing it again changes nothing
        spare_repeated_work()
        validate_stored_schema(stored_schema())  # type: ignore[arg-type]
        assert [complaint(doc) for doc in broken_schemas()] == before


def test_types_are_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    look, asked = getattr(validation, HINTS), Counter[Any]()

    def count(spec: Any, **options: Any) -> Any:
        asked[spec] += 1
        return look(spec, **options)

    monkeypatch.setattr(validation, HINTS, count)
    spare_repeated_work()
    for _ in range(2):
        validate_stored_schema(stored_schema())  # type: ignore[arg-type]
    assert set(asked.values()) == {1}


def test_a_package_is_loaded_with_its_columns_all_the_same(tmp_path: Path) -> None:
    spare_repeated_work()
    columns: Any = {"id": {"data_type": "text"}, "size": {"data_type": "bigint"}}
    destination = dlt.destinations.duckdb(str(tmp_path / "widgets.duckdb"))
    pipeline = dlt.pipeline("economies", destination=destination, pipelines_dir=str(tmp_path))

    pipeline.run(dlt.resource([{"id": "1"}], name="widgets", columns=columns))

    assert pipeline.default_schema.tables["widgets"]["columns"]["size"]["data_type"] == "bigint"
    with pipeline.sql_client() as client:
        assert client.execute_sql("SELECT id, size FROM widgets") == [("1", None)]
