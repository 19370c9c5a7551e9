"""Packages end at their bounds, and what would lose changes at their seams is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zoho_crm import zoho_crm_source
from zoho_crm.exceptions import (
    ZohoConfigError,
)
from zoho_crm.session import PackageBounds

if TYPE_CHECKING:
    from tests.zoho_crm.copies import DuckDBCopy
    from tests.zoho_crm.crm import Crm


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
