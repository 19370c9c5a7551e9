"""`--json`: exactly one document on standard output, whatever happens, and nothing else there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.zoho_sync.command_line import run_process
from tests.zoho_sync.conftest import write_credentials

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoho_crm.crm import Crm
    from tests.zoho_sync.command_line import CommandLine

ENDING = {"exit_code", "outcome", "message"}


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (["check"], {"checks", "edition", "credits_per_day", "credits_remaining", "calls"}),
        (["modules"], {"modules", "notes", "calls"}),
        (["run"], {"run_id", "resources", "rows", "calls", "packages", "seconds", "notes"}),
        (["status"], {"tables", "last_run", "location", "dataset"}),
    ],
)
@pytest.mark.usefixtures("configured")
def test_every_command_prints_one_document_with_its_ending(
    zoho_sync: CommandLine, arguments: list[str], keys: set[str]
) -> None:
    ended = zoho_sync(*arguments, "--json")

    assert ended.code == 0
    assert ended.document.keys() >= ENDING | keys
    assert (ended.document["exit_code"], ended.document["outcome"]) == (0, "done")
    assert isinstance(ended.document["message"], str)


@pytest.mark.parametrize(
    ("arguments", "code", "outcome"),
    [
        (["run"], 2, "configuration"),
        (["check"], 2, "configuration"),
        (["modules"], 2, "configuration"),
        (["login"], 2, "configuration"),
        (["run", "--nonsense"], 2, "configuration"),
        (["nonsense"], 2, "configuration"),
    ],
)
def test_a_failure_is_one_document_too(
    zoho_sync: CommandLine, arguments: list[str], code: int, outcome: str
) -> None:
    ended = zoho_sync(*arguments, "--json")

    assert ended.code == code
    assert ended.document.keys() == ENDING
    assert (ended.document["exit_code"], ended.document["outcome"]) == (code, outcome)
    assert ended.document["message"] == ended.sentence


def test_a_run_that_zoho_refuses_is_one_document(
    zoho_sync: CommandLine, crm: Crm, configured: Path
) -> None:
    write_credentials(configured, crm, client_secret="not-the-secret")

    ended = zoho_sync("run", "--json")

    assert ended.code == 3
    assert ended.document["outcome"] == "credentials"


@pytest.mark.usefixtures("configured")
def test_the_streams_of_a_process_are_kept_apart() -> None:
    ended = run_process("run", "--json")

    assert ended.code == 0
    assert ended.document["rows"] > 0
    assert "Loading package 1." in ended.err
    assert "{" not in ended.err


@pytest.mark.usefixtures("configured")
def test_json_logs_are_json_lines_on_standard_error() -> None:
    ended = run_process("run", "Leads", "--log-format", "json")

    lines = [json.loads(line) for line in ended.err.splitlines()]
    assert ended.code == 0
    assert all(line.keys() >= {"time", "level", "message"} for line in lines)
    assert {"Leads: 5 rows."} <= {line["message"] for line in lines}
    assert "Leads" in ended.out


@pytest.mark.usefixtures("configured")
def test_a_failure_is_a_json_line_too(zoho_sync: CommandLine) -> None:
    ended = zoho_sync("run", "Leeds", "--log-format", "json")

    last = json.loads(ended.err.splitlines()[-1])
    assert (last["level"], last["exit_code"]) == ("error", 2)
    assert "Leads" in last["message"]


@pytest.mark.usefixtures("configured")
def test_quiet_says_nothing_of_a_run_that_went_well(zoho_sync: CommandLine) -> None:
    ended = zoho_sync("run", "--quiet")

    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.usefixtures("configured")
def test_quiet_says_one_sentence_of_a_limit_that_somebody_has_set(zoho_sync: CommandLine) -> None:
    assert zoho_sync("run").code == 0

    ended = zoho_sync("run", "--quiet", "--max-calls", "3")
    told = zoho_sync("run", "--max-calls", "3")

    assert (ended.code, ended.out) == (8, "")
    assert len(ended.err.splitlines()) == 1
    assert "The limit of calls is reached; the next run goes on with " in ended.sentence
    assert "Not loaded, or not completely:" in told.out


@pytest.mark.usefixtures("configured")
def test_quiet_still_tells_what_went_wrong(zoho_sync: CommandLine) -> None:
    partial = zoho_sync("run", "Leads", "Salaries", "--quiet")
    refused = zoho_sync("run", "Leeds", "--quiet")

    assert partial.code == 6
    assert "Salaries" in partial.out
    assert partial.err == ""
    assert refused.code == 2
    assert len(refused.err.splitlines()) == 1
