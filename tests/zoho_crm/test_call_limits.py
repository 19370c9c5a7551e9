"""Rule 7: limited runs reach the end, and never make more calls than allowed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.zoho_crm.copies import DuckDBCopy, QuickCopy
from tests.zoho_crm.copies_alone import pipeline_for
from tests.zoho_crm.crm import Crm, is_proof
from tests.zoho_crm.moving_lists import WIDGETS
from zoho_crm import zoho_crm_source
from zoho_crm.session import ReadSession
from zoho_simulator.fields import field

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoho_crm.outcomes import ResourceOutcome


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
