"""What a role on Postgres may do decides: a run, or one sentence with the GRANT it needs."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import psycopg2
import pytest

from tests.zoho_sync.crm_copies import SyncedCopy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine, Ended

SCHEMAS = ("zoho_crm", "zoho_crm_staging", "zoho_crm_live")


@pytest.fixture
def admin(postgres_url: str) -> Iterator[Callable[..., None]]:
    """Runs statements as the owner of the database."""
    connection = psycopg2.connect(postgres_url)
    connection.autocommit = True

    def run(*statements: str) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    yield run
    connection.close()


@pytest.fixture
def role(postgres_url: str, admin: Callable[..., None]) -> Iterator[str]:
    """A role that may connect and do nothing else; what everybody may is taken back."""
    name = f"limited_{uuid.uuid4().hex[:8]}"
    database = postgres_url.rpartition("/")[2]
    admin(
        f"CREATE ROLE {name} LOGIN PASSWORD 'x'",
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {name}",
    )
    yield name
    admin(f"DROP OWNED BY {name} CASCADE", f"DROP ROLE {name}")


@pytest.fixture
def limited(
    organisation: Crm, postgres_url: str, role: str, monkeypatch: pytest.MonkeyPatch
) -> SyncedCopy:
    """The organisation's copy, written by the role."""
    copy = SyncedCopy(organisation, url=postgres_url.replace("postgres:x@", f"{role}:x@"))
    for name, value in copy.environment().items():
        monkeypatch.setenv(name, value)
    return copy


def run(zoho_sync: CommandLine, command: str = "run") -> Ended:
    return zoho_sync(command, "--destination", "postgres")


def test_a_role_that_may_only_create_in_its_own_schemas_is_enough(
    zoho_sync: CommandLine, organisation: Crm, limited: SyncedCopy, role: str,
    admin: Callable[..., None],
) -> None:  # fmt: skip
    admin(*(f"CREATE SCHEMA {schema} AUTHORIZATION {role}" for schema in SCHEMAS))
    assert run(zoho_sync, "check").code == 0
    for _ in range(2):
        ended = run(zoho_sync)
        assert ended.code == 0, ended.err + ended.out
        limited.assert_equals_crm(["Widgets", "Gadgets"])
        organisation.pass_time(3600)
        organisation.add_records("Widgets", [organisation.now_s])
        ids = list(organisation.org.records("Gadgets"))
        organisation.org.update("Gadgets", ids[0], {"Amount": 7, "Colours": ["red"]})
    [owner] = limited.query("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname ~ '^zoho'")
    assert owner == {"tableowner": role}


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_role_that_may_nothing_is_told_both_ways_out(
    zoho_sync: CommandLine, organisation: Crm, limited: SyncedCopy, role: str, command: str
) -> None:
    database = str(limited.url).rpartition("/")[2]
    ended = run(zoho_sync, command)
    assert ended.code == 2
    said = " ".join((ended.err + ended.out).split())
    assert f"The role {role} may not create the schema zoho_crm or create" in said
    assert f"GRANT CREATE ON DATABASE {database} TO {role};" in said
    for schema in SCHEMAS:
        assert f"CREATE SCHEMA {schema} AUTHORIZATION {role};" in said
    if command == "run":
        assert ended.sentence.startswith("The role")
        assert organisation.log() == []


def test_what_was_advised_is_enough(
    zoho_sync: CommandLine, limited: SyncedCopy, role: str, admin: Callable[..., None]
) -> None:
    admin("CREATE SCHEMA zoho_crm", f"CREATE SCHEMA zoho_crm_staging AUTHORIZATION {role}")
    said = run(zoho_sync).sentence
    assert "create tables in the schema zoho_crm; let an owner run: GRANT CREATE ON DA" in said
    admin(said.partition("allow no other schema: ")[2])
    assert run(zoho_sync).code == 0
    limited.assert_equals_crm(["Widgets"])


@pytest.mark.usefixtures("limited")
def test_tables_of_another_role_are_told_with_the_statement_that_hands_them_over(
    zoho_sync: CommandLine, organisation: Crm, role: str, admin: Callable[..., None]
) -> None:
    tables = ["_dlt_loads", "a", "b", "sync_runs"]
    admin(
        *(f"CREATE SCHEMA {schema} AUTHORIZATION {role}" for schema in SCHEMAS),
        *(f"CREATE TABLE zoho_crm.{table} (_dlt_load_id text)" for table in tables),
        "CREATE TABLE zoho_crm.of_somebody (id text)",
    )
    ended = run(zoho_sync)
    assert ended.code == 2
    assert "(zoho_crm._dlt_loads, zoho_crm.a, zoho_crm.b, and 1 more)" in ended.sentence
    assert f"ALTER TABLE zoho_crm._dlt_loads OWNER TO {role};" in ended.sentence
    assert organisation.log() == []


def test_a_role_that_may_not_read_is_told_so_instead_of_finding_nothing(
    zoho_sync: CommandLine, organisation: Crm, limited: SyncedCopy, postgres_url: str, role: str,
    monkeypatch: pytest.MonkeyPatch, admin: Callable[..., None],
) -> None:  # fmt: skip
    assert run(zoho_sync, "status").code == 0  # nothing is there
    owned = SyncedCopy(organisation, url=postgres_url).environment()
    with monkeypatch.context() as owner:
        for name, value in owned.items():
            owner.setenv(name, value)
        assert run(zoho_sync).code == 0
    refused = [
        zoho_sync(*command, "--destination", "postgres")
        for command in (("status",), ("audit", "--report"))
    ]
    assert [each.code for each in refused] == [2, 2]
    [said] = {each.sentence for each in refused}
    assert said.startswith(f"The role {role} may not read the dataset zoho_crm; let an owner run:")
    admin(said.partition("run: ")[2])
    ended = run(zoho_sync, "status")
    assert ended.code == 0
    assert "widgets" in ended.out
    admin(f"REVOKE SELECT ON zoho_crm.widgets FROM {role}")
    assert run(zoho_sync, "status").code == 2
    assert limited.destination == "postgres"
