"""Mistakes in the configuration: refused with what is wrong and what would be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.zoho_sync.command_line import ASKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine


@pytest.mark.parametrize("command", ASKING)
def test_no_configuration_names_the_keys_the_file_the_variables_and_login(
    zoho_sync: CommandLine, command: str
) -> None:
    ended = zoho_sync(command)

    assert ended.code == 2
    assert ended.out == ""
    assert len(ended.err.splitlines()) == 1
    for word in (
        "client_id",
        "client_secret",
        "refresh_token",
        ".dlt/secrets.toml",
        "[sources.zoho_crm.credentials]",
        "SOURCES__ZOHO_CRM__CREDENTIALS__REFRESH_TOKEN",
        "`zoho-sync login`",
    ):
        assert word in ended.sentence


def test_a_key_that_is_missing_is_the_only_one_named(
    zoho_sync: CommandLine, configured: Path
) -> None:
    text = configured.read_text()
    configured.write_text("\n".join(line for line in text.splitlines() if "refresh" not in line))

    ended = zoho_sync("run")

    assert ended.code == 2
    assert ended.sentence.startswith("refresh_token is not configured")
    assert "client_secret" not in ended.sentence


def test_a_misspelt_key_is_refused_with_the_right_one(
    zoho_sync: CommandLine, configured: Path
) -> None:
    (configured.parent / "config.toml").write_text("[sources.zoho_crm]\nmax_call = 5\n")

    ended = zoho_sync("run")

    assert ended.code == 2
    assert ended.sentence == "[sources.zoho_crm] knows no `max_call`: did you mean `max_calls`?"


@pytest.mark.parametrize(("key", "value"), [("overlap_s", "30"), ("max_calls", "0")])
def test_a_number_that_cannot_work_is_refused(
    zoho_sync: CommandLine, configured: Path, key: str, value: str
) -> None:
    (configured.parent / "config.toml").write_text(f"[sources.zoho_crm]\n{key} = {value}\n")

    ended = zoho_sync("run")

    assert ended.code == 2
    assert f"`{key}` in [sources.zoho_crm]" in ended.sentence
    assert f"SOURCES__ZOHO_CRM__{key.upper()}" in ended.sentence


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("max_calls", "a whole number"),
        ("concurrency", "a whole number"),
        ("overlap_s", "a number"),
        ("audit", "true or false"),
        ("modules", "a list of texts"),
        ("audit_amounts", "a table of keys and values"),
        ("related.max_calls", "a whole number"),
        ("related.max_age_days", "a number"),
    ],
)
@pytest.mark.usefixtures("configured")
def test_a_value_of_the_wrong_kind_is_refused_with_the_right_kind(
    zoho_sync: CommandLine, crm: Crm, monkeypatch: pytest.MonkeyPatch, key: str, kind: str
) -> None:
    variable = f"sources.zoho_crm.{key}".replace(".", "__").upper()
    monkeypatch.setenv(variable, "many, perhaps")

    ended = zoho_sync("run")

    assert ended.code == 2
    section, _, name = f"sources.zoho_crm.{key}".rpartition(".")
    assert f"`{name}` in [{section}]" in ended.sentence
    assert f"must be {kind}: see docs/configuration.md." in ended.sentence
    assert not crm.log()


@pytest.mark.parametrize(
    ("name", "plain"),
    [("ZOHO_CRM", "zoho_crm"), ("a-b", "a_b"), ("x" * 46, "x" * 45), ("", "zoho")],
)
@pytest.mark.usefixtures("configured")
def test_a_dataset_that_would_be_called_otherwise_is_refused_with_its_name(
    zoho_sync: CommandLine, crm: Crm, monkeypatch: pytest.MonkeyPatch, name: str, plain: str
) -> None:
    monkeypatch.setenv("SOURCES__ZOHO_CRM__DATASET_NAME", name)

    ended = zoho_sync("run")

    assert ended.code == 2
    assert "`dataset_name` in [sources.zoho_crm]" in ended.sentence
    assert f"such as {plain}" in ended.sentence
    assert not crm.log()


def test_a_file_that_is_no_toml_is_named(zoho_sync: CommandLine, configured: Path) -> None:
    broken = configured.parent / "config.toml"
    broken.write_text("[sources.zoho_crm\n")

    ended = zoho_sync("run")

    broken.unlink()  # the next test's set-up reads it, too
    assert ended.code == 2
    assert "config.toml" in ended.sentence
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no/such/pub.duckdb", "there is no folder"),
        ("zoho.duckdb", "is the database itself"),
        (".", "is a folder"),
    ],
)
@pytest.mark.parametrize("arguments", [("run", "Leads"), ("audit",), ("delink", "--undo", "1")])
@pytest.mark.usefixtures("configured")
def test_a_copy_that_cannot_be_published_is_refused_before_any_call(
    zoho_sync: CommandLine,
    crm: Crm,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    name: str,
    said: str,
) -> None:
    monkeypatch.setenv("DESTINATION__DUCKDB__PUBLISH", name)

    ended = zoho_sync(*arguments)

    assert ended.code == 2
    assert ended.sentence.startswith("[destination.duckdb] publish names ")
    assert said in ended.sentence
    assert not crm.log()


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("command", ["check", "run", "status"])
@pytest.mark.parametrize(
    ("variable", "value", "hint"),
    [
        ("DESTINATION__DUCKDB__MEMORY_LIMIT", "lots", "can't be 'lots': Memory must have a number"),
        ("DESTINATION__DUCKDB__THREADS", "0", "can't be 0: Must have at least 1 thread"),
        ("RUNTIME__LOG_LEVEL", "LOUD", "must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
    ],
)
def test_limits_and_levels_that_do_not_exist_are_mistakes_and_no_bugs(
    zoho_sync: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    variable: str,
    value: str,
    hint: str,
) -> None:
    with monkeypatch.context() as patched:  # dlt starts anew when the test has ended
        patched.setenv(variable, value)
        ended = zoho_sync(command, "--json")

    assert ended.code == 2
    assert variable in ended.document["message"]
    assert hint in ended.document["message"]


@pytest.mark.usefixtures("configured")
def test_limits_that_duckdb_takes_are_left_to_it(
    zoho_sync: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__DUCKDB__MEMORY_LIMIT", "0.2 GiB")
    monkeypatch.setenv("DESTINATION__DUCKDB__THREADS", "2")

    assert zoho_sync("check").code == 0


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    "value", ["hc-ping.com/s3cret", "s3cret", "ftp://hc/s3cret", "http:s3cret"]
)
def test_a_heartbeat_address_that_could_never_be_called_is_refused_and_not_shown(
    zoho_sync: CommandLine, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SOURCES__ZOHO_CRM__HEARTBEAT_URL", value)

    ended = zoho_sync("run")

    assert ended.code == 2
    assert "`heartbeat_url` in [sources.zoho_crm]" in ended.sentence
    assert "s3cret" not in ended.err


@pytest.mark.usefixtures("crm")
@pytest.mark.parametrize(
    ("key", "meant"),
    [("publsh", "publish"), ("thread", "threads"), ("memory_limt", "memory_limit")],
)
def test_a_misspelt_key_for_duckdb_is_refused_where_dlt_has_none_like_it(
    zoho_sync: CommandLine,
    configured: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    meant: str,
) -> None:
    config = configured.parent / "config.toml"
    config.write_text(f'[destination.duckdb]\n{key} = "1"\ncreate_indexes = false\n')

    in_file = zoho_sync("run")
    config.write_text("[destination.duckdb]\ncreate_indexes = false\n")
    monkeypatch.setenv(f"DESTINATION__DUCKDB__{key.upper()}", "1")
    in_variable = zoho_sync("status")
    monkeypatch.delenv(f"DESTINATION__DUCKDB__{key.upper()}")

    assert (in_file.code, in_variable.code) == (2, 2)
    assert f"[destination.duckdb] {key}` means nothing: did you mean `{meant}`?" in in_file.sentence
    assert f"did you mean `{meant}`?" in in_variable.sentence
    assert zoho_sync("status").code == 0
