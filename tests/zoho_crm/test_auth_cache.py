"""The file that holds the access token: private, shared, and never in the way."""

from __future__ import annotations

import json
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from dlt.common.runtime.run_context import active
from filelock import FileLock

from tests.zoho_crm.auth_server import credentials_for, issued
from zoho_crm import token_cache
from zoho_crm.auth import AccessTokens
from zoho_crm.token_cache import IssuedToken, TokenCache, parse_issued_token

if TYPE_CHECKING:
    from pathlib import Path

    from zoho_simulator import Server

NOW = datetime(2026, 3, 30, tzinfo=UTC)
ISSUED = IssuedToken("1000.a", "https://www.zohoapis.eu", NOW, 3600)
SOUND = {
    "access_token": "1000.a",
    "api_domain": "https://www.zohoapis.eu",
    "issued_at": NOW.isoformat(),
    "lifetime_s": 3600,
}


def tokens_for(server: Server, cache_dir: Path | None = None) -> AccessTokens:
    return AccessTokens(credentials_for(server), cache_dir=cache_dir)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def kept_in(folder: Path) -> Path:
    (path,) = folder.glob("*.json")
    return path


def test_the_token_lies_in_dlts_data_folder_for_its_owner_only(
    server: Server, tmp_path: Path
) -> None:
    umask = os.umask(0)
    try:
        token = tokens_for(server).current()
    finally:
        os.umask(umask)

    folder = tmp_path / "dlt" / "zoho_crm_tokens"
    assert str(folder.parent) == active().data_dir
    assert mode(folder) == 0o700
    assert {path.suffix: mode(path) for path in folder.iterdir()} == {
        ".json": 0o600,
        ".lock": 0o600,
    }
    content = kept_in(folder).read_text()
    assert token.value in content
    assert server.client_secret not in content
    assert server.refresh_token not in content


def test_its_name_reveals_nothing(server: Server, tmp_path: Path) -> None:
    tokens_for(server, tmp_path / "cache").current()

    name = kept_in(tmp_path / "cache").stem
    assert len(name) == 64
    assert int(name, 16)


def test_each_set_of_credentials_has_a_file_of_its_own(tmp_path: Path) -> None:
    for identity in (("id", "secret"), ("id", "other"), ("ids", "ecret")):
        TokenCache(tmp_path, *identity).write(ISSUED)

    assert len(list(tmp_path.glob("*.json"))) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b"null",
        b"\xff\xff",
        b"[" * 100_000,
        *(
            json.dumps({**SOUND, **change}).encode()
            for change in (
                {"access_token": "line\nbreak"},
                {"access_token": ""},
                {"access_token": None},
                {"api_domain": "https://zoho.com.evil.net"},
                {"api_domain": 1},
                {"issued_at": "yesterday"},
                {"issued_at": 1},
                {"issued_at": "9999-12-31T23:59:59+00:00"},
                {"lifetime_s": "long"},
                {"lifetime_s": None},
                {"lifetime_s": 0},
                {"lifetime_s": -1},
            )
        ),
    ],
)
def test_a_damaged_or_foreign_file_is_ignored(content: bytes) -> None:
    assert parse_issued_token(content) is None


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    cache = TokenCache(tmp_path, "id")
    cache.write(ISSUED)

    assert cache.read() == ISSUED
    assert parse_issued_token(json.dumps({**SOUND, "lifetime_s": 10**30}).encode()) == ISSUED


def test_a_damaged_file_costs_a_token_and_is_mended(server: Server, tmp_path: Path) -> None:
    tokens_for(server, tmp_path).current()
    kept_in(tmp_path).write_bytes(b"{")

    token = tokens_for(server, tmp_path).current()

    assert token == tokens_for(server, tmp_path).current()
    assert issued(server) == 2


@pytest.mark.parametrize("kind", ["readable by all", "a link", "a folder"])
def test_a_file_that_is_not_private_is_not_believed(
    server: Server, tmp_path: Path, kind: str
) -> None:
    first = tokens_for(server, tmp_path / "cache").current()
    path = kept_in(tmp_path / "cache")
    if kind == "readable by all":
        path.chmod(0o644)
    else:
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere") if kind == "a link" else path.mkdir()

    assert tokens_for(server, tmp_path / "cache").current() != first
    if kind != "a folder":
        assert not path.is_symlink()
        assert mode(path) == 0o600


def test_a_folder_open_to_others_is_closed_to_them(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o777)

    tokens_for(server, folder).current()

    assert mode(folder) == 0o700


@pytest.mark.usefixtures("dlt_log")
@pytest.mark.parametrize("kind", ["a file", "a link"])
def test_without_a_folder_each_process_fetches_its_own_and_says_so(
    server: Server, tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "cache"
    folder.write_text("") if kind == "a file" else folder.symlink_to(tmp_path)

    tokens = tokens_for(server, folder)

    assert tokens.current() == tokens.current()
    assert tokens.replace(tokens.current()) == tokens.current()
    assert issued(server) == 2
    (record,) = caplog.records
    assert "each run fetches its own" in record.getMessage()
    assert "set DLT_DATA_DIR" in record.getMessage()


def test_without_a_folder_threads_still_share_a_token(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    server.simulator.settings.latency_ms = 20
    tokens = tokens_for(server, tmp_path / "cache")

    with ThreadPoolExecutor(8) as pool:
        values = {future.result() for future in [pool.submit(tokens.current) for _ in range(32)]}

    assert len(values) == issued(server) == 1


@pytest.fixture
def dlt_log(monkeypatch: pytest.MonkeyPatch) -> None:
    active().initialize_runtime()
    monkeypatch.setattr(logging.getLogger("dlt"), "propagate", True)


def test_another_process_that_never_lets_go_is_not_waited_for_without_end(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_cache, "TOKEN_LOCK_WAIT_S", 0.1)
    tokens_for(server, tmp_path).current()
    with FileLock(kept_in(tmp_path).with_suffix(".lock")):
        token = tokens_for(server, tmp_path).current()

    assert token.value
    assert issued(server) == 2


def test_a_draft_left_by_a_killed_process_is_no_obstacle(tmp_path: Path) -> None:
    cache = TokenCache(tmp_path, "id")
    cache.write(ISSUED)
    draft = kept_in(tmp_path).with_suffix(".new")
    draft.write_text("half")
    draft.chmod(0o644)

    cache.write(IssuedToken("1000.b", ISSUED.api_domain, NOW, 3600))

    assert not draft.exists()
    read: Any = cache.read()
    assert read.value == "1000.b"
    assert mode(kept_in(tmp_path)) == 0o600


@pytest.mark.parametrize(
    ("age_s", "lifetime_s", "is_fresh"),
    [
        (0, 3600, True),
        (3299, 3600, True),
        (3300, 3600, False),
        (59, 120, True),
        (60, 120, False),
        (-300, 3600, True),
        (-301, 3600, False),
        (-86_400, 3600, False),
    ],
)
def test_a_token_is_fresh_while_it_has_life_left_and_was_not_made_in_the_future(
    age_s: int, lifetime_s: int, is_fresh: bool
) -> None:
    issued = IssuedToken("1000.a", ISSUED.api_domain, NOW, lifetime_s)

    assert issued.is_fresh(NOW + timedelta(seconds=age_s)) is is_fresh
