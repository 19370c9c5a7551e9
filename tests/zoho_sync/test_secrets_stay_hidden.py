"""Rule 6: no secret in anything that a command prints or leaves, whatever goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_sync.conftest import write_credentials
from zoho_sync.masking import mask_secrets

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine, Ended

PASSWORD = "correct-horse-battery"
WRONG_SECRET = "a-secret-of-another-client"


def _secrets(crm: Crm) -> set[str]:
    issued = set(crm.simulator.tokens._access)
    server = crm.server
    return issued | {server.client_secret, server.refresh_token, PASSWORD, WRONG_SECRET}


def _shown(crm: Crm, *ended: Ended) -> list[str]:
    texts = [text for each in ended for text in (each.out, each.err)]
    return [secret for secret in _secrets(crm) for text in texts if secret in text]


@pytest.mark.usefixtures("configured")
def test_commands_that_work_show_no_secret(zoho_sync: CommandLine, crm: Crm) -> None:
    ended = [
        zoho_sync(*command, "--debug", *options)
        for command in (("check",), ("modules", "--count"), ("run",), ("status",))
        for options in ((), ("--json",), ("--log-format", "json"))
    ]

    assert [each.code for each in ended] == [0] * len(ended)
    assert len(_secrets(crm)) > 4
    assert _shown(crm, *ended) == []


def test_commands_that_fail_show_no_secret(
    zoho_sync: CommandLine, crm: Crm, configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.faults.add(kind="cut", path="/crm/v8/org", times=99)
    ended = [zoho_sync("check", "--debug")]
    crm.simulator.tokens.revoke(crm.server.refresh_token)
    monkeypatch.setenv("DLT_DATA_DIR", str(configured.parent / "another"))
    ended.append(zoho_sync("run", "--debug"))
    write_credentials(configured, crm, client_secret=WRONG_SECRET)
    ended += [zoho_sync("run", "--debug"), zoho_sync("modules", "--debug", "--json")]

    assert [each.code for each in ended] == [4, 3, 3, 3]
    assert "Traceback" in ended[-1].err
    assert _shown(crm, *ended) == []


def test_the_password_of_postgres_is_not_shown(
    zoho_sync: CommandLine, crm: Crm, configured: Path
) -> None:
    url = f"postgresql://somebody:{PASSWORD}@127.0.0.1:9/nowhere"
    configured.write_text(
        f'{configured.read_text()}\n[destination.postgres]\ncredentials = "{url}"\n'
    )

    ended = [
        zoho_sync(command, "--destination", "postgres", "--debug")
        for command in ("run", "check", "status")
    ]

    assert [each.code for each in ended] == [4, 4, 4]
    assert _shown(crm, *ended) == []


@pytest.mark.usefixtures("configured")
def test_what_a_run_leaves_holds_no_secret_but_in_private_files(
    zoho_sync: CommandLine, crm: Crm, tmp_path: Path
) -> None:
    assert zoho_sync("run").code == 0

    leaks = [
        path.name
        for path in tmp_path.rglob("*")
        if path.is_file() and any(s.encode() in path.read_bytes() for s in _secrets(crm))
    ]
    private = [path.name for path in (tmp_path / "dlt" / "zoho_crm_tokens").iterdir()]
    assert set(leaks) <= {"secrets.toml", *private}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("token 1000.0123456789abcdef.fedcba9876543210!", "token ***!"),
        ("Authorization: Zoho-oauthtoken abc.def", "Authorization: Zoho-oauthtoken ***"),
        ("postgresql://me:open-sesame@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:p@ss@host/db", "postgresql://me:***@host/db"),
        ("host=h password=open-sesame user=me", "host=h password=*** user=me"),
        ("POST refresh_token=abc&client_secret=def", "POST refresh_token=***&client_secret=***"),
        ("1000 rows, 10.50 euros, at 12:30", "1000 rows, 10.50 euros, at 12:30"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, masked: str) -> None:
    assert mask_secrets(text) == masked


@pytest.mark.parametrize(
    "variable",
    [
        "SOURCES__ZOHO_CRM__CREDENTIALS__CLIENT_SECRET",
        "SOURCES__ZOHO_CRM__HEARTBEAT_URL",
        "RUNTIME__SLACK_INCOMING_HOOK",
        "DESTINATION__POSTGRES__CREDENTIALS__PASSWORD",
    ],
)
def test_a_configured_secret_is_masked_wherever_it_stands(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "https://hooks.example/plain-words")

    assert mask_secrets("it said https://hooks.example/plain-words!") == "it said ***!"


def test_the_path_of_a_database_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", "sales.duckdb")

    assert mask_secrets("/data/sales.duckdb is full") == "/data/sales.duckdb is full"
