"""Rules 4 and 6 to 8: nothing is skipped in silence, no limit is passed, no secret is told."""

from __future__ import annotations

import io
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import dlt
import pyarrow.parquet as pq
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.zoho_crm.copies import DATASET, DuckDBCopy, QuickCopy
from tests.zoho_crm.crm import API, Crm, is_proof
from zoho_crm import ZohoCredentials, zoho_crm_source
from zoho_crm.exceptions import (
    ZohoAuthError,
    ZohoConfigError,
    ZohoCrmError,
    ZohoPermissionError,
    ZohoTransientError,
)
from zoho_crm.metadata import read_metadata
from zoho_crm.session import PackageBounds, ReadSession
from zoho_crm.source import zoho_crm_session
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from zoho_crm.outcomes import ResourceOutcome

WIDGETS = API + "Widgets"


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """What dlt's logger says, which is where the source speaks when it is used alone."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("dlt")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


def pipeline_for(folder: Path) -> dlt.Pipeline:
    return dlt.pipeline(
        "alone",
        destination=dlt.destinations.duckdb(str(folder / "alone.duckdb")),
        dataset_name=DATASET,
        pipelines_dir=str(folder / "pipelines"),
    )


# rule 4: what cannot be read is told


@pytest.mark.parametrize("refusal", ["NO_PERMISSION", "INVALID_MODULE", "NOT_SUPPORTED"])
def test_a_module_that_zoho_refuses_is_told_with_its_code(crm: Crm, refusal: Any) -> None:
    crm.add_module(times=[crm.now_s], refusal=refusal)
    copy = QuickCopy(crm)

    outcome = copy.run()

    assert (outcome.outcome, outcome.code) == ("skipped", refusal)
    assert (outcome.reason or "").startswith("Widgets: ")
    assert not outcome.is_loss


def test_what_was_never_readable_is_no_loss_unless_it_was_named(crm: Crm, copy: DuckDBCopy) -> None:
    crm.add_module(times=[crm.now_s])
    crm.add_module("Secrets", refusal="NO_PERMISSION")
    only = ["Widgets", "Secrets"]

    outcomes = copy.run("*", only=only).outcomes
    assert (outcomes["Secrets"].outcome, outcomes["Secrets"].is_loss) == ("skipped", False)
    assert outcomes["Widgets"].outcome == "done"

    outcomes = copy.run("secrets", "Widgets", only=only).outcomes
    assert (outcomes["Secrets"].outcome, outcomes["Secrets"].is_loss) == ("skipped", True)
    assert outcomes["Secrets"].code == "NO_PERMISSION"


def test_what_was_readable_before_is_a_loss_and_is_read_again_by_the_first_run_that_can(
    crm: Crm, copy: DuckDBCopy
) -> None:
    ids = crm.add_module(times=[crm.now_s - 5000, crm.now_s - 4000])
    copy.run("*", only=["Widgets"])
    crm.org.update("Widgets", ids[0], {"Name": "changed"})
    crm.pass_time(900)
    crm.org.change_module("Widgets", refusal="NO_PERMISSION")

    outcome = copy.run("*", only=["Widgets"]).outcomes["Widgets"]
    assert (outcome.outcome, outcome.code, outcome.is_loss) == ("skipped", "NO_PERMISSION", True)
    assert len(copy.rows("widgets")) == 2

    crm.pass_time(900)
    crm.org.change_module("Widgets", refusal=None)
    assert copy.run("*", only=["Widgets"]).outcomes["Widgets"].outcome == "done"
    copy.assert_equals_crm("Widgets")


def test_a_refusal_in_the_middle_keeps_what_was_read_and_the_place(crm: Crm) -> None:
    crm.add_module(times=[crm.now_s - 9000 + 3 * number for number in range(900)])
    copy = QuickCopy(crm)
    crm.faults.add(kind="no-permission", path=WIDGETS, after=3)

    outcome = copy.run()

    assert (outcome.outcome, outcome.code) == ("skipped", "NO_PERMISSION")
    assert len(copy.rows) > 500
    copy.assert_anchor_is_proved()
    copy.run()
    copy.assert_equals_crm()


def test_a_module_whose_fields_are_refused_is_told(crm: Crm, copy: DuckDBCopy) -> None:
    crm.add_module(times=[crm.now_s])
    crm.add_module("Secrets", times=[crm.now_s])
    crm.faults.add(kind="no-permission", path=f"{API}settings/fields", params={"module": "Secrets"})

    outcomes = copy.run(only=["modules", "Widgets"]).outcomes

    assert (outcomes["Secrets"].outcome, outcomes["Secrets"].code) == ("skipped", "NO_PERMISSION")
    assert outcomes["Widgets"].outcome == "done"
    (row,) = copy.query("SELECT * FROM zoho_crm.modules WHERE api_name = 'Secrets'")
    assert row["is_readable"] is False
    assert "NO_PERMISSION" in row["refusal"]
    assert row["table_name"] is None


def test_why_a_module_is_not_read_is_in_the_dataset(crm: Crm, copy: DuckDBCopy) -> None:
    crm.add_module(times=[crm.now_s])
    crm.add_module("Home", api_supported=False)
    crm.add_module("Portal", generated_type="web")
    crm.add_module("Going", status="scheduled_for_deletion")
    copy.run(only=["modules"])

    rows = {row["api_name"]: row for row in copy.query("FROM zoho_crm.modules")}

    assert rows.keys() == {"Widgets", "Home", "Portal", "Going"}
    assert rows["Widgets"]["is_readable"] is True
    assert rows["Widgets"]["refusal"] is None
    for name in ("Home", "Portal", "Going"):
        assert rows[name]["is_readable"] is False
        assert rows[name]["refusal"]


def test_a_failing_module_takes_no_other_with_it(crm: Crm, copy: DuckDBCopy) -> None:
    for module in ("Widgets", "Gadgets", "Gizmos"):
        crm.add_module(module, times=[crm.now_s - 5000 + n for n in range(250)])
    crm.faults.add(kind="500", path=WIDGETS, times=1000)
    crm.faults.add(kind="body", path=f"{API}Gizmos", times=1000, body=b'{"info": {}}')
    modules = ["Widgets", "Gadgets", "Gizmos"]

    outcomes = copy.run(*modules, only=modules).outcomes

    assert {name: outcomes[name].outcome for name in modules} == {
        "Widgets": "failed", "Gadgets": "done", "Gizmos": "failed",
    }  # fmt: skip
    assert outcomes["Widgets"].is_loss
    assert outcomes["Gizmos"].is_loss
    copy.assert_equals_crm("Gadgets")
    assert "gadgets" in copy.tables()
    crm.faults.clear()
    copy.run(*modules, only=modules)
    copy.assert_equals_crm(*modules)


@pytest.mark.parametrize(
    ("edit", "said_what"),
    [
        (lambda body: body.replace(b'"id":"6000000000001000001",', b""), "without an id"),
        (lambda body: body.replace(b'"data":', b'"rows":'), "data"),
        (lambda body: body.replace(b'"next_page_token":"', b'"token":"'), "page token"),
        (lambda body: body.replace(b'"Modified_Time":"2026', b'"Modified_Time":"26'), "time"),
    ],
    ids=["a record without id", "no list", "no token", "no time"],
)
def test_a_reply_not_as_documented_is_told_and_nothing_of_it_is_loaded(
    crm: Crm, edit: Callable[[bytes], bytes], said_what: str
) -> None:
    crm.add_module(times=[crm.now_s - 9000 + number for number in range(450)])
    copy = QuickCopy(crm)
    crm.faults.add(kind="edit", path=WIDGETS, edit=edit)

    outcome = copy.run()

    assert (outcome.outcome, outcome.is_loss) == ("failed", True)
    assert said_what in (outcome.reason or "")
    assert "Widgets" in (outcome.reason or "")
    assert "6000000000001000001" not in (outcome.reason or "")
    assert (copy.rows, copy.anchor) == ({}, None)
    settled = copy.run()
    assert settled.outcome == "done"
    copy.assert_equals_crm()


def test_a_field_that_zoho_leaves_out_of_its_replies_is_told(crm: Crm) -> None:
    """Names that the user may not see are disregarded in `fields`, without an error."""
    crm.add_module(times=[crm.now_s - 9000 + number for number in range(30)])
    copy = QuickCopy(crm)

    def leave_out(body: bytes) -> bytes:
        reply = json.loads(body)
        for row in reply["data"]:
            del row["Number"]
        return json.dumps(reply).encode()

    crm.faults.add(kind="edit", path=WIDGETS, edit=leave_out)
    outcome = copy.run()

    told = " ".join([*outcome.notes, outcome.reason or ""])
    assert "Number" in told


def test_a_missing_scope_is_named_and_the_rest_is_read(crm: Crm, copy: DuckDBCopy) -> None:
    crm.settings.granted_scopes = (
        "ZohoCRM.modules.leads.READ", "ZohoCRM.settings.ALL", "ZohoCRM.org.READ",
    )  # fmt: skip
    crm.add_module(times=[crm.now_s])
    crm.add_module("Leads", times=[crm.now_s], generated_type="default")

    outcomes = copy.run("Widgets", "Leads").outcomes

    assert outcomes["Leads"].outcome == "done"
    for name, scope in (
        ("Widgets", "ZohoCRM.modules.custom.READ"),
        ("users", "ZohoCRM.users.READ"),
    ):
        assert outcomes[name].outcome in ("skipped", "failed")
        assert outcomes[name].code == "OAUTH_SCOPE_MISMATCH"
        assert scope in (outcomes[name].reason or "")
    assert outcomes["Widgets"].is_loss
    assert crm.tokens_issued == 1
    assert len(copy.rows("leads")) == 1


def test_the_source_alone_warns_of_what_it_skips(
    crm: Crm, project_dir: Path, said: io.StringIO
) -> None:
    crm.add_module(times=[crm.now_s])
    crm.add_module("Secrets", refusal="NO_PERMISSION")
    source = zoho_crm_source(["Widgets", "Secrets"], credentials=crm.credentials())

    pipeline_for(project_dir).run(source)

    assert "Secrets: the user's profile may not read it" in said.getvalue()
    assert "NO_PERMISSION" in said.getvalue()


def test_the_source_alone_raises_what_ends_a_run(crm: Crm, project_dir: Path) -> None:
    crm.add_module(times=[crm.now_s])
    source = zoho_crm_source(["Widgets"], credentials=crm.credentials())
    crm.faults.add(kind="body", path=WIDGETS, body=b'{"data": 5}', times=10)

    with pytest.raises(PipelineStepFailed, match="Widgets: Zoho's reply has no list of records"):
        pipeline_for(project_dir).run(source)


def test_the_source_alone_reads_modules_without_the_scope_for_users(
    crm: Crm, project_dir: Path, said: io.StringIO
) -> None:
    """One raising resource would lose every other module's rows."""
    crm.settings.granted_scopes = (
        "ZohoCRM.modules.ALL",
        "ZohoCRM.settings.ALL",
        "ZohoCRM.org.READ",
    )
    crm.add_module(times=[crm.now_s])
    pipeline = pipeline_for(project_dir)

    pipeline.run(zoho_crm_source(["Widgets"], credentials=crm.credentials()))

    with pipeline.sql_client() as client:
        assert client.execute_sql("SELECT count(*) FROM widgets") == [(1,)]
        assert client.execute_sql("SELECT count(*) FROM organization") == [(1,)]
    assert "ZohoCRM.users.READ" in said.getvalue()


def test_a_module_that_is_not_there_is_refused_and_the_nearest_named(crm: Crm) -> None:
    crm.add_module()
    with pytest.raises(ZohoConfigError, match=r"Wigdets.*Widgets"):
        zoho_crm_source(["Wigdets"], credentials=crm.credentials())


# rule 7: the limit


def read_side_by_side(
    crm: Crm, copies: Sequence[QuickCopy], max_calls: int
) -> list[ResourceOutcome]:
    """One limited run over several modules at once."""
    with crm.client(max_calls) as client, ThreadPoolExecutor(len(copies)) as threads:
        session = ReadSession(client, raises=False)
        return list(threads.map(lambda copy: copy.read(session), copies))


def block(crm: Crm, name: str, count: int, per_second: int, **more: Any) -> QuickCopy:
    start = crm.now_s - 50_000
    crm.add_module(name, times=[start + n // per_second for n in range(count)], **more)
    return QuickCopy(crm, name)


@pytest.mark.parametrize("max_calls", [12, 13, 17, 25, 40])
def test_limited_runs_reach_the_end_and_never_call_more_than_allowed(
    crm: Crm, max_calls: int
) -> None:
    copies = [
        block(crm, "Spread", 1500, 3),
        block(crm, "Blocks", 1200, 150),
        block(crm, "Wide", 500, 2, fields=[field(f"F{n}", "text") for n in range(60)]),
        block(crm, "Timeless", 450, 1, has_modified_time=False),
    ]
    outcomes: list[ResourceOutcome] = []
    for _ in range(3 + 2 * 60 // max_calls):  # about 60 calls are needed in all
        crm.forget_log()
        outcomes = read_side_by_side(crm, copies, max_calls)
        assert len(crm.log()) <= max_calls
        for copy, outcome in zip(copies, outcomes, strict=True):
            copy.assert_anchor_is_proved()
            assert outcome.outcome in ("done", "limit")
            assert not outcome.is_loss
        if all(outcome.outcome == "done" for outcome in outcomes):
            break
    assert {outcome.outcome for outcome in outcomes} == {"done"}
    for copy in copies:
        copy.assert_equals_crm()


def test_a_limited_run_does_not_start_what_it_cannot_prove(crm: Crm) -> None:
    """Behind a stretch just proved there are not enough calls for a page and its proof."""
    copy = block(crm, "Widgets", 2000, 400)
    for max_calls in range(8, 30, 3):
        copy.anchor = None
        crm.forget_log()
        outcome = copy.run(max_calls=max_calls)
        calls = crm.log()
        assert len(calls) <= max_calls
        copy.assert_anchor_is_proved()
        if outcome.error is None:  # it stopped by itself: the last walk proves all before it
            assert len(calls) == 1 or is_proof(calls[-1]) or "page_token" not in calls[-1].params


def test_failing_calls_count_against_the_limit_too(crm: Crm) -> None:
    copy = block(crm, "Widgets", 900, 3)
    crm.faults.add(kind="500", path=WIDGETS, times=4)

    outcome = copy.run(max_calls=7)

    assert outcome.outcome == "limit"
    assert len(crm.log()) <= 7
    copy.run()
    copy.assert_equals_crm()


def test_a_limit_too_low_for_a_stretch_is_told_as_such(crm: Crm) -> None:
    """Each run would start the same stretch again: "the next run goes on" would be untrue."""
    copy = block(crm, "Widgets", 2000, 2000)
    copy.run(max_calls=12)
    before = copy.anchor

    outcome = copy.run(max_calls=12)

    assert outcome.outcome == "limit"
    assert copy.anchor == before
    assert "max_calls" in (outcome.reason or "")
    assert "goes on" not in (outcome.reason or "")


def test_a_limit_that_is_reached_before_users_are_read_is_a_limit_not_a_failure(
    crm: Crm, copy: DuckDBCopy
) -> None:
    crm.add_module(times=[crm.now_s - 5000])
    copy.run("Widgets")
    crm.pass_time(900)

    session = copy.run("Widgets", max_calls=1)

    for name in ("users", "Widgets"):
        assert session.outcomes[name].outcome == "limit"
        assert not session.outcomes[name].is_loss
    assert session.client.calls == 1


def test_limited_runs_through_dlt_keep_what_they_loaded_and_end_equal(
    crm: Crm, copy: DuckDBCopy
) -> None:
    crm.add_module(times=[crm.now_s - 9000 + number // 3 for number in range(1200)])
    crm.add_module("Blocks", times=[crm.now_s - 9000] * 500)
    copy.run("Widgets", only=["modules"])  # metadata is known from here on
    loaded = 0
    for _ in range(10):
        crm.forget_log()
        session = copy.run("*", only=["Widgets", "Blocks"], max_calls=9)
        assert len(crm.log()) <= 9
        rows = sum(len(copy.rows(t)) for t in ("widgets", "blocks") if t in copy.tables())
        assert rows >= loaded
        loaded = rows
        if {session.outcomes[name].outcome for name in ("Widgets", "Blocks")} == {"done"}:
            break
    else:
        pytest.fail("limited runs did not reach the end")
    copy.assert_equals_crm("Widgets", "Blocks")


def test_the_source_alone_stops_cleanly_at_its_limit(crm: Crm, project_dir: Path) -> None:
    """It keeps what it loaded, and the next run goes on from there."""
    crm.add_module(times=[crm.now_s - 9000 + number // 3 for number in range(1500)])
    pipeline = pipeline_for(project_dir)
    counts = []
    for _ in range(3):
        source = zoho_crm_source(["Widgets"], credentials=crm.credentials(), max_calls=13)
        crm.forget_log()
        pipeline.run(source)
        assert len(crm.log()) <= 13
        with pipeline.sql_client() as client:
            ((count,),) = client.execute_sql("SELECT count(*) FROM widgets") or ()
        counts.append(count)
        if count == 1500:
            break
    assert counts == sorted(set(counts))
    assert counts[-1] == 1500


def test_a_package_ends_at_its_bound_and_never_inside_a_stretch(crm: Crm, copy: DuckDBCopy) -> None:
    times = [crm.now_s - 9000 + number // 3 for number in range(1200)]
    crm.add_module(times=[*times, *[crm.now_s - 5000] * 700, crm.now_s - 4000])

    copy.run("Widgets", only=["Widgets"], package_rows=150)

    copy.assert_equals_crm("Widgets")
    loads = copy.query("SELECT count(*) AS n FROM zoho_crm.widgets GROUP BY _dlt_load_id")
    assert copy.packages >= 3
    assert max(row["n"] for row in loads) >= 700  # the second of 700 rows is not cut


@pytest.mark.parametrize(
    ("rows", "seconds", "is_full"),
    [(0, 0, False), (499, 59, False), (500, 0, True), (0, 60, True), (900, 900, True)],
)
def test_a_package_is_full_by_rows_or_by_time(rows: int, seconds: float, is_full: bool) -> None:
    now = 100.0
    bounds = PackageBounds(max_rows=500, max_seconds=60, clock=lambda: now)
    bounds.rows = 10_000  # of the package before
    bounds.start()
    bounds.rows += rows
    now += seconds
    assert bounds.is_full is is_full


def test_a_package_without_bounds_is_never_full() -> None:
    bounds = PackageBounds(rows=10**9)
    bounds.start()
    bounds.rows = 10**9
    assert not bounds.is_full


@pytest.mark.parametrize("overlap_s", [59, 0, -300])
def test_an_overlap_that_would_lose_changes_is_refused(crm: Crm, overlap_s: float) -> None:
    with pytest.raises(ZohoConfigError, match=r"overlap_s.*at least 60"):
        zoho_crm_source(["*"], credentials=crm.credentials(), overlap_s=overlap_s)


# rule 6: no secret


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


# rule 8: only Zoho hears the token


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


def test_errors_keep_their_kind_through_dlt(crm: Crm, project_dir: Path) -> None:
    """Whoever calls tells by the type what to do, so it must be found in the chain."""
    crm.add_module(times=[crm.now_s])
    source = zoho_crm_source(["Widgets"], credentials=crm.credentials())
    crm.faults.add(kind="body", path=WIDGETS, status=401, body=b'{"code":"AUTHENTICATION_FAILURE"}')

    with pytest.raises(PipelineStepFailed) as raised:
        pipeline_for(project_dir).run(source)

    chain: list[BaseException] = []
    error: BaseException | None = raised.value
    while error is not None:
        chain.append(error)
        error = error.__cause__ or error.__context__
    assert any(isinstance(each, ZohoAuthError) for each in chain)
    assert not any(isinstance(each, ZohoPermissionError | ZohoTransientError) for each in chain)
