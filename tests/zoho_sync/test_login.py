"""`zoho-sync login`: a grant code becomes a refresh token in a file that only its owner reads."""

from __future__ import annotations

import os
import stat
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.zoho_sync.terminals import answer_on_a_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine, Ended


@pytest.fixture
def secrets(project_dir: Path) -> Path:
    """Where the credentials go."""
    return project_dir / ".dlt" / "secrets.toml"


def _log_in(zoho_sync: CommandLine, crm: Crm, *options: str, code: str | None = None) -> Ended:
    return zoho_sync(
        *("login", "--accounts-url", crm.server.accounts_url, "--client-secret-stdin"),
        *("--client-id", crm.server.client_id),
        *("--code", code or crm.simulator.new_grant_code()),
        *options,
        stdin=f"{crm.server.client_secret}\n",
    )


def test_login_then_run_is_all_it_takes(zoho_sync: CommandLine, crm: Crm, secrets: Path) -> None:
    logged_in = _log_in(zoho_sync, crm)
    ran = zoho_sync("run")

    assert (logged_in.code, ran.code) == (0, 0)
    assert "`zoho-sync check`" in logged_in.out
    written = tomllib.loads(secrets.read_text())["sources"]["zoho_crm"]["credentials"]
    assert written["client_id"] == crm.server.client_id
    assert written["client_secret"] == crm.server.client_secret
    assert written["accounts_url"] == crm.server.accounts_url
    assert written["refresh_token"] not in {"", crm.server.refresh_token}


def test_the_file_and_its_folder_are_for_their_owner(
    zoho_sync: CommandLine, crm: Crm, secrets: Path
) -> None:
    before = os.umask(0)
    try:
        assert _log_in(zoho_sync, crm).code == 0
    finally:
        os.umask(before)

    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert stat.S_IMODE(secrets.parent.stat().st_mode) == 0o700
    assert [path.name for path in secrets.parent.iterdir()] == ["secrets.toml"]


def test_what_else_is_in_the_file_stays_comments_included(
    zoho_sync: CommandLine, crm: Crm, secrets: Path
) -> None:
    secrets.parent.mkdir()
    secrets.write_text(
        "# ours\n[destination.postgres]\ncredentials = 'postgresql://a:b@c/d' # prod\n\n"
        "[sources.zoho_crm.credentials]\nclient_id = 'old'\nenvironment = 'sandbox'\n"
        "data_center = 'eu'\n"
    )
    secrets.chmod(0o644)

    assert _log_in(zoho_sync, crm).code == 0

    text = secrets.read_text()
    credentials = tomllib.loads(text)["sources"]["zoho_crm"]["credentials"]
    assert text.startswith("# ours\n[destination.postgres]\n")
    assert "# prod" in text
    assert credentials["environment"] == "sandbox"
    assert credentials["client_id"] == crm.server.client_id
    assert "data_center" not in credentials  # an accounts server goes before it
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600


def test_a_link_to_the_file_stays_a_link(
    zoho_sync: CommandLine, crm: Crm, secrets: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "vault.toml"
    elsewhere.write_text("")
    secrets.parent.mkdir()
    secrets.symlink_to(elsewhere)

    assert _log_in(zoho_sync, crm).code == 0

    assert secrets.is_symlink()
    assert "refresh_token" in elsewhere.read_text()


def test_a_second_login_needs_only_a_code(zoho_sync: CommandLine, crm: Crm, secrets: Path) -> None:
    assert _log_in(zoho_sync, crm).code == 0
    first = secrets.read_text()

    again = zoho_sync("login", "--code", crm.simulator.new_grant_code(), "--json")

    assert again.code == 0
    assert again.document["missing_scopes"] == []
    assert again.document["path"].endswith("secrets.toml")
    assert secrets.read_text() != first


def test_secret_and_code_may_come_in_two_lines(
    zoho_sync: CommandLine, crm: Crm, secrets: Path
) -> None:
    code = crm.simulator.new_grant_code()

    ended = zoho_sync(
        *("login", "--client-secret-stdin", "--client-id", crm.server.client_id),
        *("--accounts-url", crm.server.accounts_url),
        stdin=f"{crm.server.client_secret}\n{code}\n",
    )

    assert ended.code == 0
    assert secrets.exists()


def test_scopes_that_were_not_granted_are_named(zoho_sync: CommandLine, crm: Crm) -> None:
    code = crm.simulator.new_grant_code(
        scopes=("ZohoCRM.modules.ALL", "ZohoCRM.settings.ALL", "ZohoCRM.org.READ")
    )

    ended = _log_in(zoho_sync, crm, code=code)

    assert ended.code == 0
    assert "ZohoCRM.users.READ, ZohoSearch.securesearch.READ" in ended.out


def test_variables_that_go_before_the_file_are_named(
    zoho_sync: CommandLine, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = "SOURCES__ZOHO_CRM__CREDENTIALS__REFRESH_TOKEN"
    monkeypatch.setenv(variable, "an-old-one")

    ended = _log_in(zoho_sync, crm)

    assert ended.code == 0
    assert variable in ended.out


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ([], "`client_id`"),
        (["--client-id", "1000.X"], "`client_secret`"),
        (["--client-id", "1000.X", "--client-secret-stdin"], "`code`"),
    ],
)
def test_what_nobody_is_there_to_answer_is_named_with_its_option(
    zoho_sync: CommandLine, given: list[str], missing: str
) -> None:
    ended = zoho_sync("login", *given, stdin="a-secret\n")

    assert ended.code == 2
    assert ended.sentence.startswith(f"{missing} is missing")
    assert "--" in ended.sentence


def test_a_code_that_was_used_is_refused_and_nothing_is_written(
    zoho_sync: CommandLine, crm: Crm, secrets: Path
) -> None:
    code = crm.simulator.new_grant_code()
    assert _log_in(zoho_sync, crm, code=code).code == 0
    before = secrets.read_text()

    ended = _log_in(zoho_sync, crm, code=code)

    assert ended.code == 3
    assert "used before" in ended.sentence
    assert code not in ended.err
    assert secrets.read_text() == before


def test_an_accounts_server_that_is_not_zohos_never_hears_the_secret(
    zoho_sync: CommandLine, secrets: Path
) -> None:
    ended = zoho_sync(
        *("login", "--accounts-url", "https://accounts.zoho.example", "--client-id", "1000.X"),
        *("--client-secret-stdin", "--code", "1000.Y"),
        stdin="a-secret\n",
    )

    assert ended.code == 2
    assert "is not Zoho" in ended.sentence
    assert not secrets.exists()


def test_an_unknown_data_centre_lists_those_there_are(zoho_sync: CommandLine) -> None:
    ended = zoho_sync("login", "--data-center", "mars", "--client-id", "x", "--code", "y")

    assert ended.code == 2
    assert "us, eu, in, au, cn, jp, ca, sa" in ended.sentence


def test_a_file_that_cannot_be_written_is_told_before_the_code_is_spent(
    zoho_sync: CommandLine, crm: Crm, secrets: Path
) -> None:
    secrets.parent.write_text("a file in place of the folder")
    code = crm.simulator.new_grant_code()

    refused = _log_in(zoho_sync, crm, code=code)
    secrets.parent.unlink()
    logged_in = _log_in(zoho_sync, crm, code=code)

    assert refused.code == 2
    assert "cannot be read or written" in refused.sentence
    assert logged_in.code == 0


def test_a_person_is_guided_and_nothing_secret_is_echoed(crm: Crm, secrets: Path) -> None:
    code = crm.simulator.new_grant_code()
    answers = {
        "Client id": crm.server.client_id,
        "Client secret": crm.server.client_secret,
        "Grant code": code,
    }

    options = ("--accounts-url", crm.server.accounts_url)
    shown, status = answer_on_a_terminal(answers, "login", *options)

    assert status == 0
    assert secrets.exists()
    assert "ZohoCRM.modules.READ,ZohoCRM.modules.notes.READ," in shown
    assert "DELETE" not in shown
    assert crm.server.client_secret not in shown
    assert code not in shown


def test_the_guide_names_the_console_of_the_data_centre_and_scopes_to_write_on_demand() -> None:
    answers = {"Data centre": "ca", "Client id": "\x04"}

    shown, status = answer_on_a_terminal(answers, "login", "--delink")

    assert status != 0
    assert "https://api-console.zohocloud.ca" in shown
    assert ",ZohoCRM.modules.DELETE,ZohoCRM.modules.UPDATE" in shown
