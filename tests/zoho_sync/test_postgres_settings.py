"""What somebody has set for a role or a database of Postgres changes nothing, or is told."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

import psycopg2
import pytest

from tests.zoho_sync.crm_copies import SyncedCopy
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from tests.postgres_server import PostgresServer
    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine

SETTINGS: Final = (
    "client_encoding = 'LATIN1'",
    "DateStyle = 'SQL, DMY'",
    "IntervalStyle = 'iso_8601'",
    "TimeZone = 'America/St_Johns'",
    "search_path = ''",
    "default_transaction_isolation = 'serializable'",
    "work_mem = '64kB'",
)


def test_what_is_set_for_a_database_changes_no_value(
    zoho_sync: CommandLine, crm: Crm, postgres_server: PostgresServer, postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    database = postgres_url.rpartition("/")[2]
    postgres_server.execute(*(f"ALTER DATABASE {database} SET {each}" for each in SETTINGS))
    crm.org.update("Leads", next(iter(crm.org.records("Leads"))), {"Company": "Zoë's \\ 😀"})
    for name, value in SyncedCopy(crm, url=postgres_url).environment().items():
        monkeypatch.setenv(name, value)
    ended = zoho_sync("run", "Leads", "--destination", "postgres")
    assert ended.code == 0, ended.err
    SyncedCopy(crm, url=f"{postgres_url}?client_encoding=UTF8").assert_equals_crm(["Leads"])


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.usefixtures("configured")
def test_a_database_that_can_not_hold_every_character_is_refused(
    zoho_sync: CommandLine, crm: Crm, postgres_server: PostgresServer, command: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    name = f"latin_{command}"
    postgres_server.execute(
        f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
    )
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", f"{postgres_server.url}/{name}")
    ended = zoho_sync(command, "--destination", "postgres")
    postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    assert ended.code == 2
    assert f"The database {name} has the encoding LATIN1" in " ".join(
        (ended.err + ended.out).split()
    )
    assert crm.log() == [] or command == "check"


@pytest.mark.soak
@pytest.mark.usefixtures("configured")
def test_a_transaction_that_somebody_forgot_ends_a_run_instead_of_holding_it(
    zoho_sync: CommandLine, crm: Crm, postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    url = f"{postgres_url}?options=-c%20lock_timeout%3D100ms"
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", url)
    monkeypatch.setenv("LOAD__RAISE_ON_MAX_RETRIES", "1")
    assert zoho_sync("run", "Leads", "--destination", "postgres").code == 0
    crm.org.add_field("Leads", field("Fresh", "text"))
    with closing(psycopg2.connect(postgres_url)) as forgotten, forgotten.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM zoho_crm_live.leads")
        ended = zoho_sync("run", "Leads", "--destination", "postgres")
    assert ended.code == 4
    assert "Another transaction holds a table or a view of the dataset (" in ended.sentence
    assert zoho_sync("run", "Leads", "--destination", "postgres").code == 0
    SyncedCopy(crm, url=postgres_url).assert_equals_crm(["Leads"])
