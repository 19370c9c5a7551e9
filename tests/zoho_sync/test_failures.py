"""What a failure says: a sentence and an exit code, whatever was raised, and no traceback."""

from __future__ import annotations

import errno
import logging
import signal
import time
import traceback
from typing import TYPE_CHECKING

import psycopg2
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.zoho_sync.command_line import start_process
from zoho_crm import exceptions as zoho
from zoho_destinations import exceptions as warehouse
from zoho_sync.exit_codes import ExitCode
from zoho_sync.explanations import explain_failure
from zoho_sync.failures import FailureStyle, tell_failure
from zoho_sync.logs import StderrHandler

if TYPE_CHECKING:
    from tests.zoho_crm.crm import Crm

TEXT = FailureStyle(is_json=False, has_json_logs=False, is_debug=False)
DEBUG = FailureStyle(is_json=False, has_json_logs=False, is_debug=True)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (zoho.ZohoConfigError("x"), 2),
        (zoho.ZohoAuthError("x"), 3),
        (zoho.ZohoTransientError("x"), 4),
        (zoho.ZohoRateLimitError("x"), 4),
        (zoho.ZohoResponseError("x"), 5),
        (zoho.ZohoPermissionError("x"), 6),
        (zoho.ZohoUnsupportedError("x"), 6),
        (zoho.ZohoBudgetError("x"), 8),
        (warehouse.WarehouseConfigError("x"), 2),
        (warehouse.WarehousePermissionError("x"), 2),
        (warehouse.WarehouseUnavailableError("x"), 4),
        (warehouse.WarehouseBusyError("x"), 7),
        (OSError(errno.ENOSPC, "No space left on device"), 4),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("division by zero"), 1),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: BaseException, code: int) -> None:
    assert explain_failure(error)[0] == code


def test_what_dlt_wraps_is_told_as_what_it_is() -> None:
    cause = zoho.ZohoAuthError("Zoho refuses the credentials.")
    wrapped = RuntimeError("step failed")
    wrapped.__cause__ = cause

    assert explain_failure(wrapped) == (ExitCode.CREDENTIALS, "Zoho refuses the credentials.")
    assert explain_failure(_step_failed(cause))[0] is ExitCode.CREDENTIALS


def _step_failed(cause: Exception) -> PipelineStepFailed:
    error = PipelineStepFailed.__new__(PipelineStepFailed)
    error.exception = cause  # where dlt keeps it
    return error


def test_a_bug_is_told_in_one_line_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    code = tell_failure(ValueError("first line\nsecond line"), TEXT)

    printed = capsys.readouterr()
    assert code == 1
    assert printed.out == ""
    assert printed.err == (
        "zoho-sync: Unexpected ValueError: first line; run it again with --debug and report what "
        "it shows.\n"
    )


def test_debug_shows_the_traceback_without_secrets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__ZOHO_CRM__CREDENTIALS__CLIENT_SECRET", "plain-words")
    try:
        raise ValueError("not plain-words")
    except ValueError as error:
        tell_failure(error, DEBUG)

    printed = capsys.readouterr()
    assert "Traceback (most recent call last)" in printed.err
    assert "not ***" in printed.err
    assert "plain-words" not in printed.err


@pytest.mark.parametrize("arguments", [["--json"], ["run", "--json", "--debug"]])
def test_the_style_is_read_from_the_words_as_typed(arguments: list[str]) -> None:
    style = FailureStyle.of(arguments)

    assert style.is_json
    assert style.is_debug == ("--debug" in arguments)
    assert FailureStyle.of(["--log-format", "json"]).has_json_logs
    assert FailureStyle.of(["--log-format=json"]).has_json_logs


@pytest.mark.parametrize("shows_traces", [False, True])
def test_log_lines_hide_secrets_and_have_tracebacks_for_debugging_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, shows_traces: bool
) -> None:
    monkeypatch.setenv("SOURCES__ZOHO_CRM__CREDENTIALS__REFRESH_TOKEN", "plain-words")
    logger = logging.getLogger("of_this_test")
    logger.propagate = False
    logger.handlers = [StderrHandler(is_json=False, shows_traces=shows_traces)]
    try:
        raise ValueError("plain-words")
    except ValueError:
        logger.exception("it said %s", "plain-words")

    printed = capsys.readouterr().err
    assert "Error: it said ***" in printed
    assert "ValueError: ***" in printed
    assert ("Traceback" in printed) == shows_traces
    assert shows_traces or printed.count("\n") == 1
    assert "plain-words" not in printed


def test_a_traceback_within_a_message_is_for_debugging_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        raise psycopg2.OperationalError("server gone\n\tbefore or while processing\n")
    except psycopg2.OperationalError:
        quoted = traceback.format_exc()
    record = logging.LogRecord("dlt", logging.WARNING, "", 0, "Job 1 retried: %s", (quoted,), None)

    StderrHandler(is_json=False, shows_traces=False).emit(record)
    StderrHandler(is_json=False, shows_traces=True).emit(record)

    short, *long = capsys.readouterr().err.splitlines()
    assert short.endswith("Warning: Job 1 retried: (psycopg2.OperationalError: server gone)")
    assert "\tbefore or while processing" in long


@pytest.mark.usefixtures("configured")
def test_ctrl_c_ends_a_command_with_one_line(crm: Crm) -> None:
    crm.faults.add(kind="slow", path="/crm/v8/settings/modules", seconds=2)

    with start_process("check") as process:
        until = time.monotonic() + 60
        while not crm.simulator.request_number > 1 and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert out == ""
    assert err == "zoho-sync: Interrupted; nothing is lost, run it again.\n"
