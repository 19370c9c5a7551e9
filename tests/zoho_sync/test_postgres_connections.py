"""Postgres is configured by a URL, by keys or by variables, and with TLS as libpq knows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from tests.zoho_sync.crm_copies import SyncedCopy
from tests.zoho_sync.tls_proxy import CERTIFICATES, TlsProxy, tls_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine

pytestmark = pytest.mark.usefixtures("configured")
URL = "DESTINATION__POSTGRES__CREDENTIALS"
AUTHORITY = CERTIFICATES / "authority.pem"
OTHER_AUTHORITY = CERTIFICATES / "other_authority.pem"


def socket_of(postgres_url: str) -> str:
    return unquote(postgres_url.rpartition("@")[2].partition("/")[0]) + "/.s.PGSQL.5432"


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[TlsProxy]:
    with tls_proxy(socket_of(postgres_url)) as proxy:
        yield proxy


@pytest.fixture
def database(postgres_url: str) -> str:
    return postgres_url.rpartition("/")[2]


def url(proxy: TlsProxy, database: str, options: str, host: str = "localhost") -> str:
    return f"postgresql://postgres:x@{host}:{proxy.port}/{database}?{options}"


def test_a_run_over_tls_checks_the_certificate_and_sends_nothing_in_the_clear(
    zoho_sync: CommandLine, crm: Crm, proxy: TlsProxy, postgres_url: str, database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    options = f"sslmode=verify-full&sslrootcert={AUTHORITY}"
    monkeypatch.setenv(URL, url(proxy, database, options))
    ended = zoho_sync("run", "--destination", "postgres")
    assert ended.code == 0, ended.err
    SyncedCopy(crm, url=postgres_url).assert_equals_crm(["Leads", "Widgets"])
    assert proxy.encrypted > 3
    assert proxy.plain == 0


@pytest.mark.parametrize("mode", ["require", "verify-ca", "prefer"])
def test_the_configuration_may_be_keys_in_a_file(
    zoho_sync: CommandLine, configured: Path, proxy: TlsProxy, database: str, mode: str
) -> None:
    with configured.open("a") as file:
        file.write(
            "[destination.postgres.credentials]\n"
            f'host = "localhost"\nport = {proxy.port}\ndatabase = "{database}"\n'
            'username = "postgres"\npassword = "x"\n'
            f'query = {{sslmode = "{mode}", sslrootcert = "{AUTHORITY}"}}\n'
        )
    ended = zoho_sync("check", "--destination", "postgres")
    assert ended.code == 0, ended.out
    assert f"postgres localhost:{proxy.port}/{database}, dataset zoho_crm can be" in ended.out
    assert (proxy.encrypted > 0, proxy.plain) == (True, 0)


def test_the_configuration_may_be_a_variable_for_each_key(
    zoho_sync: CommandLine, proxy: TlsProxy, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {
        "HOST": "localhost", "PORT": proxy.port, "DATABASE": database, "USERNAME": "postgres",
        "PASSWORD": "x", "QUERY": '{"sslmode": "disable"}',
    }  # fmt: skip
    for key, value in keys.items():
        monkeypatch.setenv(f"{URL}__{key}", str(value))
    assert zoho_sync("check", "--destination", "postgres").code == 0
    assert (proxy.encrypted, proxy.plain > 0) == (0, True)


@pytest.mark.parametrize(
    ("authority", "host", "said"),
    [
        (OTHER_AUTHORITY, "localhost", "certificate verify failed"),
        (AUTHORITY, "127.0.0.1", 'does not match host name "127.0.0.1"'),
        (CERTIFICATES / "missing.pem", "localhost", "missing.pem"),
    ],
)
def test_a_server_that_is_not_the_one_meant_gets_no_password(
    zoho_sync: CommandLine, crm: Crm, proxy: TlsProxy, database: str, authority: Path, host: str,
    said: str, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    options = f"sslmode=verify-full&sslrootcert={authority}"
    monkeypatch.setenv(URL, url(proxy, database, options, host))
    ended = zoho_sync("run", "--destination", "postgres")
    assert ended.code == 2
    assert said in ended.sentence
    assert URL in ended.sentence
    assert crm.log() == []
    assert proxy.plain == 0


@pytest.mark.parametrize(("mode", "code"), [("require", 2), ("prefer", 0)])
def test_a_server_without_tls_is_refused_where_tls_is_required(
    zoho_sync: CommandLine, postgres_url: str, database: str, mode: str, code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with tls_proxy(socket_of(postgres_url), has_tls=False) as proxy:
        monkeypatch.setenv(URL, url(proxy, database, f"sslmode={mode}"))
        ended = zoho_sync("check", "--destination", "postgres")
    assert ended.code == code
    assert ("does not support SSL" in ended.out) == (mode == "require")


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (("/test_", "/no_such_"), 2, 'Postgres refused the connection (database "no_such_'),
        (("postgres:x@", "ada:pa55word@"), 2, '(role "ada" does not exist); check [destination.'),
        (
            ("postgresql://", "mysql://"),
            2,
            "The URL of Postgres can't be read; check [destination.",
        ),
        (
            ("$", "?options=-cno_such%3D1"),
            2,
            '(unrecognized configuration parameter "no_such"); ch',
        ),
        (("zoho-pg-", "gone-"), 4, "Postgres can't be reached (connection to server on socket"),
        (
            ("$", "?options=-c%20default_transaction_read_only%3Don"),
            2,
            "takes no writes: it is a replica, or default_transaction_read_only is on",
        ),
        (
            ("$", "?options=-c+statement_timeout%3D1"),
            4,
            "Postgres ended the connection or the statement (canceling statement due to statement",
        ),
    ],
)
def test_each_mistake_is_one_sentence_before_anything_is_asked_of_zoho(
    zoho_sync: CommandLine, crm: Crm, postgres_url: str, change: tuple[str, str], code: int,
    said: str, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    pattern, replacement = change
    monkeypatch.setenv(URL, re.sub(pattern, replacement, postgres_url))
    ended = zoho_sync("run", "--destination", "postgres", "--quiet")
    assert ended.code == code
    assert said in ended.sentence
    assert len(ended.err.splitlines()) == 1
    assert "pa55word" not in ended.err
    assert crm.log() == []
