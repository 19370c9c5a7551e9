"""What the drivers raise is told in one sentence, with the exit code that fits."""

from __future__ import annotations

import errno
import os
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

import adbc_driver_manager
import duckdb
import psycopg2
import pytest
from dlt.destinations.exceptions import DatabaseTransientException
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.zoho_destinations.loading import load, source
from tests.zoho_destinations.other_process import other_process
from zoho_destinations.exceptions import (
    WarehouseBusyError,
    WarehouseConfigError,
    WarehouseError,
    WarehousePermissionError,
    WarehouseUnavailableError,
)
from zoho_destinations.explain import explain
from zoho_destinations.statements import select

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import dlt

    from zoho_destinations.settings import Kind

URL = "DESTINATION__POSTGRES__CREDENTIALS"


def explained(error: BaseException) -> WarehouseError:
    found = explain(error)
    assert found is not None, repr(error)
    return found


def test_a_file_held_by_another_process_names_it_through_all_of_dlt(
    project_dir: Path, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    file = project_dir / "zoho.duckdb"
    duckdb.connect(str(file)).close()
    pipeline = new_pipeline("duckdb")
    with other_process(f"import duckdb; c = duckdb.connect({str(file)!r})") as holder:
        with pytest.raises(PipelineStepFailed) as caught:
            load(pipeline, {}, [{"id": "1"}])
        found = explained(caught.value)
        assert isinstance(found, WarehouseBusyError)
        assert f"{file} is held by process {holder.pid};" in str(found)


@pytest.mark.parametrize(
    ("raised", "kind", "words"),
    [
        ('IO Error: Cannot open file "/a b/x.duckdb": Permission denied', WarehousePermissionError,
         "The DuckDB file /a b/x.duckdb or its folder may not be written"),
        ('IO Error: Could not write file "/x": No space left on device',
         WarehouseUnavailableError, "is full"),
        ("Out of Memory Error: could not allocate block of size 256.0 KiB", WarehouseConfigError,
         "DESTINATION__DUCKDB__MEMORY_LIMIT"),
        ("IO Error: Trying to read a database file with version number 99", WarehouseConfigError,
         "another version of DuckDB"),
        ('IO Error: Could not set lock on file "/x": Resource unavailable', WarehouseBusyError,
         "The DuckDB file /x is held by another process."),
        ("IO Error: Could not read enough bytes from file", WarehouseUnavailableError, "run again"),
        ("Invalid Input Error: Cannot execute statement of type in read-only mode!",
         WarehousePermissionError, "may not be written"),
    ],
)  # fmt: skip
def test_duckdbs_messages_are_told(raised: str, kind: type[WarehouseError], words: str) -> None:
    found = explained(DatabaseTransientException(duckdb.IOException(raised)))
    assert type(found) is kind
    assert words in str(found)


def test_what_is_wrong_with_the_data_is_not_the_warehouses() -> None:
    raised = "Conversion Error: Could not convert string 'No such file' to INT64"
    assert explain(duckdb.ConversionException(raised)) is None
    assert explain(ValueError("x")) is None


def test_a_file_that_is_a_folder_or_no_database_is_told(tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_text("dear reader" * 1000)
    for path in (tmp_path, letter, tmp_path / "missing" / "x"):
        with pytest.raises(duckdb.Error) as caught:
            duckdb.connect(str(path))
        found = explained(caught.value)
        assert isinstance(found, WarehouseConfigError)
        assert str(path) in str(found)
        assert "DESTINATION__DUCKDB__CREDENTIALS" in str(found)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, WarehouseUnavailableError),
        (errno.EFBIG, WarehouseUnavailableError),
        (errno.EACCES, WarehousePermissionError),
        (errno.EROFS, WarehousePermissionError),
    ],
)
def test_a_folder_that_takes_no_file_is_told_wherever_it_is(
    number: int, kind: type[Exception]
) -> None:
    error = RuntimeError("dlt")
    error.__cause__ = OSError(number, os.strerror(number), "/srv/load")
    found = explained(error)
    assert type(found) is kind
    assert "/srv/load" in str(found)


def test_what_others_have_made_of_a_table_is_told(
    postgres: Kind, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    with new_pipeline(postgres).sql_client() as client:
        client.execute_sql("CREATE TABLE public.leads AS SELECT 1 AS id")
        client.execute_sql("CREATE VIEW public.mine AS SELECT id FROM public.leads")
        with pytest.raises(DatabaseTransientException) as caught:
            client.execute_sql("DROP TABLE public.leads")
    found = explained(caught.value)
    assert isinstance(found, WarehouseConfigError)
    assert "(view mine depends on table leads)" in str(found)


def test_an_error_of_ours_stays_as_it_is() -> None:
    error = WarehouseBusyError("taken")
    assert explain(error) is error


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (("/test_", "/no_such_"), WarehouseConfigError),
        (("postgres:x@", "nobody:hunter2@"), WarehouseConfigError),
        (("zoho-pg-", "gone-"), WarehouseUnavailableError),
    ],
)
def test_a_connection_that_fails_says_whether_to_try_again(
    postgres_url: str, change: tuple[str, str], kind: type[WarehouseError]
) -> None:
    with pytest.raises(psycopg2.Error) as caught:
        psycopg2.connect(postgres_url.replace(*change))
    found = explained(caught.value)
    assert type(found) is kind
    assert "hunter2" not in str(found)
    assert "\n" not in str(found)


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        ('FATAL:  too many connections for role "ada"', WarehouseUnavailableError),
        ("FATAL:  the database system is starting up", WarehouseUnavailableError),
        ("SSL connection has been closed unexpectedly", WarehouseUnavailableError),
        ("SSL SYSCALL error: EOF detected", WarehouseUnavailableError),
        ("server does not support SSL, but SSL was required", WarehouseConfigError),
        ("SSL error: certificate verify failed", WarehouseConfigError),
        ('FATAL:  password authentication failed for user "ada"', WarehouseConfigError),
    ],
)
def test_libpqs_messages_are_told(raised: str, kind: type[WarehouseError]) -> None:
    assert type(explained(psycopg2.OperationalError(raised))) is kind


def test_what_adbc_says_is_told_without_its_own_words() -> None:
    said = "IO: [libpq] Failed to execute COPY statement: PGRES_FATAL_ERROR ERROR:  disk full\n"
    error = adbc_driver_manager.OperationalError(said, status_code=10, sqlstate="53100")
    assert str(explained(error)) == (
        "The disk of Postgres is full (disk full); free some space there and run again."
    )


def test_a_commit_that_nobody_hears_is_no_fault_of_the_data() -> None:
    error = DatabaseTransientException(psycopg2.DatabaseError("server closed the connection"))
    found = explained(error)
    assert isinstance(found, WarehouseUnavailableError)
    assert str(found).startswith("The connection to Postgres broke (server closed")
    assert explain(psycopg2.ProgrammingError("no results to fetch")) is None


def test_a_server_that_goes_in_the_middle_of_a_load_is_unavailable(
    postgres: Kind, new_pipeline: Callable[[Kind], dlt.Pipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = new_pipeline(postgres)
    load(pipeline, {}, [{"id": "1"}])
    pipeline.extract(source({}, [{"id": "2"}]))
    pipeline.normalize()
    monkeypatch.setenv(URL, "postgresql://ada:x@127.0.0.1:1/crm")
    with pytest.raises(PipelineStepFailed) as caught:
        new_pipeline(postgres).load()
    assert isinstance(explained(caught.value), WarehouseUnavailableError)
    monkeypatch.undo()


def test_a_connection_that_was_ended_is_unavailable(
    postgres_url: str, postgres: Kind, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    with new_pipeline(postgres).sql_client() as client:
        [(pid,)] = select(client, "SELECT pg_backend_pid()")
        with closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", (pid,))
        with pytest.raises(Exception, match="connection") as caught:
            select(client, "SELECT 1")
        assert isinstance(explained(caught.value), WarehouseUnavailableError)


def test_a_view_that_others_read_is_told_with_them(
    postgres: Kind, new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    with new_pipeline(postgres).sql_client() as client:
        client.execute_sql("CREATE VIEW one AS SELECT 1 AS n")
        client.execute_sql("CREATE VIEW mine AS SELECT n FROM one")
        client.execute_sql("CREATE VIEW yours AS SELECT n FROM one")
        with pytest.raises(Exception, match="depend on it") as caught:
            client.execute_sql("DROP VIEW one")
    found = explained(caught.value)
    assert isinstance(found, WarehouseConfigError)
    assert "(view mine depends on view one; view yours depends on view one)" in str(found)


@pytest.fixture
def limited(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[tuple[object, ...]]]:
    """Configures a role that may nothing yet; gives a way to run SQL as the owner."""
    role = f"loader_{postgres_url[-8:]}"

    def as_owner(*statements: str) -> list[tuple[object, ...]]:
        with closing(psycopg2.connect(postgres_url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement.replace("{role}", role))
        return []

    as_owner("CREATE ROLE {role} LOGIN")
    monkeypatch.setenv(URL, postgres_url.replace("postgres:x@", f"{quote(role)}:x@"))
    return as_owner


def test_a_role_that_may_not_gets_the_grant_it_needs_and_with_it_loads(
    limited: Callable[..., object], new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    pipeline = new_pipeline("postgres")
    with pytest.raises(PipelineStepFailed) as caught:
        load(pipeline, {}, [{"id": "1"}])
    found = explained(caught.value)
    assert isinstance(found, WarehousePermissionError)
    assert found.exit_code == 2
    grant = str(found).partition("let an owner run: ")[2]
    assert grant.startswith("GRANT CREATE ON DATABASE test_")
    limited(grant)
    pipeline.load()
    with pipeline.sql_client() as client:
        assert select(client, "SELECT id FROM zoho_crm.leads") == [("1",)]


def test_a_role_with_schemas_of_its_own_needs_no_more(
    limited: Callable[..., object], new_pipeline: Callable[[Kind], dlt.Pipeline]
) -> None:
    names = ("zoho_crm", "zoho_crm_staging", "zoho_crm_live")
    limited(*(f"CREATE SCHEMA {name} AUTHORIZATION {{role}}" for name in names))
    pipeline = new_pipeline("postgres")
    load(pipeline, {"j": "json"}, [{"id": "1"}])
    with pipeline.sql_client() as client:
        assert select(client, "SELECT id FROM zoho_crm.leads") == [("1",)]


@pytest.mark.parametrize(
    ("prepared", "sql", "grant"),
    [
        ("CREATE SCHEMA s", "CREATE TABLE s.t (x int)",
         "GRANT USAGE, CREATE ON SCHEMA s TO {role}"),
        ("CREATE SCHEMA s; CREATE TABLE s.t (x int); GRANT USAGE ON SCHEMA s TO {role}",
         "INSERT INTO s.t VALUES (1)",
         "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON t TO {role}"),
        ("CREATE SCHEMA s; CREATE TABLE s.t (x int); GRANT USAGE ON SCHEMA s TO {role}",
         "ALTER TABLE s.t ADD COLUMN y int", "ALTER TABLE t OWNER TO {role}"),
    ],
)  # fmt: skip
def test_each_right_that_is_missing_has_its_grant(
    limited: Callable[..., object],
    new_pipeline: Callable[[Kind], dlt.Pipeline],
    prepared: str,
    sql: str,
    grant: str,
) -> None:
    limited(prepared)
    with new_pipeline("postgres").sql_client() as client:
        role = client.native_connection.info.user
        with pytest.raises(Exception, match=r"permission|owner") as caught:
            client.execute_sql(sql)
        found = explained(caught.value)
    assert isinstance(found, WarehousePermissionError)
    assert str(found).endswith(f"let an owner run: {grant.replace('{role}', role)};")
