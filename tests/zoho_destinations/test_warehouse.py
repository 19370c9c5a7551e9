"""Destinations are configured as dlt configures them, and load the same tables."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlt
import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from tests.zoho_destinations.loading import load
from zoho_destinations.duckdb_memory import memory_limit
from zoho_destinations.exceptions import WarehouseConfigError
from zoho_destinations.existing import read_columns
from zoho_destinations.jsonb import convert_json_columns
from zoho_destinations.statements import is_postgres, select
from zoho_destinations.warehouse import (
    build_destination,
    check_file_name,
    location_of,
    pipeline_name,
    pipelines_dir,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoho_destinations.settings import Kind

URL = "DESTINATION__POSTGRES__CREDENTIALS"
EVERY_TYPE = {
    "t": "text",
    "i": "bigint",
    "n": "decimal",
    "b": "bool",
    "d": "date",
    "at": "timestamp",
    "j": "json",
    "y" * 62 + "1": "text",
}
ROW: dict[str, Any] = {
    "id": "1",
    "t": "ä 会 🚀 '\"\\ %s",
    "i": 2**62,
    "n": Decimal("123456789012345678.123456789"),
    "b": False,
    "d": date(2026, 2, 28),
    "at": datetime(2026, 10, 25, 1, 30, 0, 123456, tzinfo=UTC),
    "j": '{"a": [1, "b"]}',
    "y" * 62 + "1": "",
}


def test_duckdb_without_configuration_is_a_file_in_the_working_folder(project_dir: Path) -> None:
    assert location_of(build_destination("duckdb")) == str(project_dir / "zoho.duckdb")


@pytest.mark.parametrize("value", ["warehouse.duckdb", "duckdb:///warehouse.duckdb"])
def test_the_file_comes_from_dlts_configuration(
    value: str, project_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", value)
    assert location_of(build_destination("duckdb")) == str(project_dir / "warehouse.duckdb")
    explicit = build_destination("duckdb", path=project_dir / "explicit.duckdb")
    assert location_of(explicit) == str(project_dir / "explicit.duckdb")


def write_toml(name: str, text: str) -> None:
    Path(".dlt").mkdir(exist_ok=True)
    Path(".dlt", name).write_text(text)
    Container()[PluggableRunContext].reload()


def test_the_file_comes_from_secrets_toml_and_the_knobs_from_config_toml(
    project_dir: Path,
) -> None:
    write_toml("secrets.toml", '[destination.duckdb]\ncredentials = "from_toml.duckdb"\n')
    write_toml("config.toml", '[destination.duckdb]\nmemory_limit = "150MB"\n')
    pipeline = dlt.pipeline("p", destination=build_destination("duckdb"), dataset_name="d")
    with pipeline.sql_client() as client:
        assert select(client, "SELECT current_setting('memory_limit')") == [("143.0 MiB",)]
    assert (project_dir / "from_toml.duckdb").exists()


def test_credentials_in_config_toml_are_sent_to_secrets_toml(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_toml("config.toml", f'[destination.{kind}]\ncredentials = "postgresql://a:hunter2@b/c"\n')
    monkeypatch.delenv(URL, raising=False)
    with pytest.raises(WarehouseConfigError, match=r"can't be in .dlt/config.toml") as caught:
        build_destination(kind)
    assert "secrets.toml" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(WarehouseConfigError, match="DESTINATION__DUCKDB__CREDENTIALS") as caught:
        build_destination("duckdb", path=tmp_path / "missing" / "x.duckdb")
    assert str(tmp_path / "missing") in str(caught.value)


def test_a_knob_of_another_type_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESTINATION__DUCKDB__THREADS", "many")
    with pytest.raises(WarehouseConfigError, match=r"\[destination.duckdb\] holds a value"):
        build_destination("duckdb")


def test_postgres_without_configuration_names_file_and_variable() -> None:
    with pytest.raises(WarehouseConfigError) as caught:
        build_destination("postgres")
    assert str(caught.value) == (
        "Postgres is not configured: set [destination.postgres] credentials in .dlt/secrets.toml, "
        f"or the variable {URL}, as postgresql://user:password@host:5432/database."
    )
    assert caught.value.exit_code == 2


def test_a_key_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, "postgresql://ada@db.example/crm")
    with pytest.raises(WarehouseConfigError, match=f"lack password.*{URL}__PASSWORD"):
        build_destination("postgres")


def test_a_url_that_is_none_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, "postgresql://ada:hunter2@db.example:port/crm")
    with pytest.raises(WarehouseConfigError) as caught:
        build_destination("postgres")
    assert "hunter2" not in str(caught.value)
    assert URL in str(caught.value)


def test_postgres_lies_where_the_url_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, "postgresql://ada:x@db.example/crm?sslmode=require")
    assert location_of(build_destination("postgres")) == "db.example:5432/crm"


def test_a_file_named_as_its_dataset_is_refused() -> None:
    for name in ("zoho_crm.duckdb", "ZOHO_CRM.v2.duckdb"):
        with pytest.raises(WarehouseConfigError, match="ambiguous"):
            check_file_name(Path(name), "zoho_crm")
    check_file_name(Path("zoho_crm_demo.duckdb"), "zoho_crm")


def test_working_folders_of_two_locations_are_apart() -> None:
    base = Path("work")
    assert pipelines_dir(base, "a") != pipelines_dir(base, "b")
    assert pipelines_dir(base, "a") == pipelines_dir(base, "a")
    assert pipeline_name("duckdb", "my data") == "zoho_sync_duckdb_my_data"


def test_progress_moves_along_with_the_file(
    project_dir: Path, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    load(new_pipeline("duckdb"), {}, [{"id": "1"}], anchor=7)
    (project_dir / "elsewhere").mkdir()
    moved = project_dir / "elsewhere" / "copy.duckdb"
    shutil.move(project_dir / "zoho.duckdb", moved)
    pipeline = dlt.pipeline(
        pipeline_name("duckdb", "zoho_crm"),
        destination=build_destination("duckdb", path=moved),
        dataset_name="zoho_crm",
        pipelines_dir=str(project_dir / "another machine"),
    )
    pipeline.sync_destination()
    assert pipeline.state["sources"]["zoho_crm"]["resources"]["leads"] == {"anchor": 7}


def test_both_destinations_hold_the_same_values_in_the_same_columns(
    pipeline: dlt.Pipeline,
) -> None:
    empty = dict.fromkeys(EVERY_TYPE)
    load(pipeline, EVERY_TYPE, [ROW, {"id": "2", **empty}])
    with pipeline.sql_client() as client:
        columns = read_columns(client)["leads"]
        assert list(columns) == ["id", *EVERY_TYPE, "_read_no", "_dlt_load_id"]
        quoted = ", ".join(f'"{name}"' for name in ROW if name != "j")
        rows = select(client, f"SELECT {quoted} FROM zoho_crm.leads ORDER BY id")
        assert rows[0] == tuple(value for name, value in ROW.items() if name != "j")
        assert rows[1] == ("2", *[None] * (len(ROW) - 2))


def test_the_newest_reading_of_a_record_is_kept(pipeline: dlt.Pipeline) -> None:
    def row(value: int, read_no: int) -> dict[str, Any]:
        return {"id": "1", "v": value, "_read_no": read_no}

    load(pipeline, {"v": "bigint"}, [row(1, 2), row(2, 3), row(3, 1)])
    load(pipeline, {"v": "bigint"}, [{"id": "2", "v": 9}])
    load(pipeline, {"v": "bigint"}, [{"id": "2", "v": 8}])
    with pipeline.sql_client() as client:
        rows = select(client, "SELECT id, v FROM zoho_crm.leads ORDER BY id")
    assert rows == [("1", 2), ("2", 8)]


def test_json_becomes_jsonb_once_and_later_merges_load_into_it(pipeline: dlt.Pipeline) -> None:
    row = {"id": "1", "j": '{"b": 1, "a": ["x"]}'}
    load(pipeline, {"j": "json"}, [row])
    with pipeline.sql_client() as client:
        on_postgres = is_postgres(client)
        assert convert_json_columns(client) == (["leads"] if on_postgres else [])
        assert convert_json_columns(client) == []
    load(pipeline, {"j": "json", "more": "json"}, [{**row, "j": "[2]", "more": '"m"'}])
    with pipeline.sql_client() as client:
        assert convert_json_columns(client) == (["leads"] if on_postgres else [])
        kind = "jsonb" if on_postgres else "JSON"
        types = read_columns(client)["leads"]
        assert (types["j"], types["more"]) == (kind, kind)
        [(first, more)] = select(client, "SELECT j, more FROM zoho_crm.leads")
        assert (first, more) == (([2], "m") if on_postgres else ("[2]", '"m"'))


def test_a_name_over_63_bytes_is_the_same_on_both(pipeline: dlt.Pipeline) -> None:
    name = "a_very_long_field_name_that_somebody_thought_of_in_a_very_long_meeting"
    load(pipeline, {name: "text"}, [{"id": "1", name: "x"}])
    with pipeline.sql_client() as client:
        columns = list(read_columns(client)["leads"])
    assert columns[1] == "a_very_long_field_name_that_sderb7wht_of_in_a_very_long_meeting"


def test_memory_grows_with_the_widest_table(project_dir: Path) -> None:
    pipeline = dlt.pipeline("p", destination=build_destination("duckdb"), dataset_name="d")
    load(pipeline, {f"c{n}": "text" for n in range(120)}, [{"id": "1"}])
    assert memory_limit(pipeline.default_schema) == "175MB"
    with pipeline.sql_client() as client:
        assert select(client, "SELECT current_setting('memory_limit')") == [("166.8 MiB",)]
        assert select(client, "SELECT current_setting('threads')") == [(1,)]
        assert select(client, "SELECT current_setting('checkpoint_threshold')") == [("30.5 MiB",)]
    assert (project_dir / "zoho.duckdb").exists()


def test_times_read_from_postgres_are_in_utc(
    postgres: Kind, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    with new_pipeline(postgres).sql_client() as client:
        assert select(client, "SELECT current_setting('timezone')") == [("UTC",)]


@pytest.mark.parametrize(
    ("options", "timeout"), [("", "30s"), ("?options=-clock_timeout%3D5min", "5min")]
)
def test_no_statement_waits_for_a_lock_for_ever(
    new_pipeline: Callable[[Kind], dlt.Pipeline], postgres_url: str, options: str, timeout: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", f"{postgres_url}{options}")
    with new_pipeline("postgres").sql_client() as client:
        assert select(client, "SELECT current_setting('lock_timeout')") == [(timeout,)]
