"""Rules 6 and 8: no secret is in anything that is kept or shown, and only Zoho hears the token."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.zoho_crm.copies import DATASET, DuckDBCopy, QuickCopy
from tests.zoho_crm.moving_lists import WIDGETS
from zoho_crm import ZohoCredentials, zoho_crm_source
from zoho_crm.exceptions import (
    ZohoConfigError,
    ZohoCrmError,
)
from zoho_crm.metadata import read_metadata
from zoho_crm.session import ReadSession
from zoho_crm.source import zoho_crm_session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.zoho_crm.crm import Crm


def secrets_of(crm: Crm) -> list[str]:
    """The client's secret, the refresh token and every access token given out."""
    credentials = crm.credentials()
    access = list(crm.simulator.tokens._access)
    assert access
    return [credentials.client_secret, credentials.refresh_token, *access]


def assert_no_secret(text: str, secrets: Sequence[str], where: object) -> None:
    for secret in secrets:
        assert secret not in text, f"a secret is in {where}"


def content_of(path: Path) -> str:
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pylist())
    return path.read_bytes().decode("latin-1")


def test_no_secret_is_in_a_log_a_trace_or_a_file(
    crm: Crm, copy: DuckDBCopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "DEBUG")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    loggers = [logging.getLogger(name) for name in (None, "dlt", "urllib3", "zoho_crm")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        crm.add_module(times=[crm.now_s - 5000 + n // 100 for n in range(700)])
        crm.add_module("Secrets", refusal="NO_PERMISSION")
        for kind in ("invalid-token", "cut", "close", "429"):
            crm.faults.add(kind=kind, path=WIDGETS)
        copy.run()
        crm.faults.add(kind="close", path=WIDGETS, times=1000)
        pipeline = copy.pipeline
        with crm.client() as client:
            source = zoho_crm_session(ReadSession(client), read_metadata(client), ["Widgets"])
            with pytest.raises(PipelineStepFailed) as raised:
                pipeline.run(source)
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)

    secrets = secrets_of(crm)
    assert len(secrets) >= 4
    assert "Widgets" in stream.getvalue()
    assert_no_secret(stream.getvalue(), secrets, "the log")
    assert_no_secret(repr(raised.value), secrets, "the exception")
    assert pipeline.last_trace is not None
    assert_no_secret(str(pipeline.last_trace.asdict()), secrets, "the trace")
    assert_no_secret(str(pipeline.state), secrets, "the state")
    for table in copy.tables():
        assert_no_secret(str(copy.query(f"FROM {DATASET}.{table}")), secrets, table)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    kept = [path for path in files if "zoho_crm_tokens" in path.parts]
    assert any(secrets[-1] in content_of(path) for path in kept)  # the search does find
    assert len(files) > 20
    for path in set(files) - set(kept):
        assert_no_secret(content_of(path), secrets, path)


@pytest.mark.parametrize("fault", ["close", "cut", "scope-mismatch", "502-html", "not-json"])
def test_no_secret_is_in_what_a_traceback_with_variables_shows_of_the_error(
    crm: Crm, fault: Any
) -> None:
    """Reporters of errors show the chain of exceptions, suppressed ones too."""
    crm.add_module(times=[crm.now_s])
    copy = QuickCopy(crm)
    crm.faults.add(kind=fault, path=WIDGETS, times=100)

    outcome = copy.run()

    error: BaseException | None = outcome.error
    assert isinstance(error, ZohoCrmError)
    while error is not None:
        assert_no_secret(f"{error!r} {vars(error)}", secrets_of(crm), type(error))
        request = getattr(error, "request", None)
        assert_no_secret(str(getattr(request, "headers", "")), secrets_of(crm), "a request")
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    "address",
    ["https://accounts.zoho.example", "http://accounts.zoho.com", "https://accounts.zoho.com.evil.test",
     "https://evil.test/accounts.zoho.com", "https://accounts.zoho.com@evil.test"],
)  # fmt: skip
def test_credentials_go_to_no_stranger(crm: Crm, address: str) -> None:
    credentials = crm.credentials()
    with pytest.raises(ZohoConfigError, match="accounts_url"):
        zoho_crm_source(
            ["Widgets"],
            credentials=ZohoCredentials(
                client_id=credentials.client_id,
                client_secret=credentials.client_secret,
                refresh_token=credentials.refresh_token,
                accounts_url=address,
            ),
        )
    assert crm.simulator.request_number == 0


@pytest.mark.parametrize(
    "address", ["https://www.zohoapis.example", "http://www.zohoapis.com", "https://zohoapis.com.evil.test"]
)  # fmt: skip
def test_the_token_goes_to_no_stranger_whom_a_reply_names(crm: Crm, address: str) -> None:
    crm.settings.api_domain = address
    with pytest.raises(ZohoCrmError):
        zoho_crm_source(["Widgets"], credentials=crm.credentials())
    assert crm.log() == []
