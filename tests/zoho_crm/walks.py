"""Replies to a walk over a list, written by hand, and what it asks next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from zoho_crm.paging import PageReply, Question, Walk

if TYPE_CHECKING:
    from collections.abc import Iterable

START = datetime(2026, 3, 1, tzinfo=UTC)
NOW = START + timedelta(days=20)
OVERLAP_S = 300


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def page(
    seconds: Iterable[float | None],
    token: str | None = None,
    *,
    first: int = 0,
    date: datetime | None = NOW,
) -> PageReply:
    """A page of rows with these times; their ids are numbered from `first`."""
    rows = [
        (str(number), None if second is None else at(second))
        for number, second in enumerate(seconds, start=first)
    ]
    return PageReply(rows, token, date)


def walk(anchor: float | None = None, **more: object) -> Walk:
    return Walk(None if anchor is None else at(anchor), overlap_s=OVERLAP_S, **more)  # type: ignore[arg-type]  # the options of Walk


def asked(walk: Walk) -> Question:
    question = walk.question
    assert question is not None
    return question


def stretch(reading: Walk) -> None:
    """Two pages of one second, to the end."""
    reading.answer(page([10] * 4, "t1"))
    reading.answer(page([10] * 3, None, first=4))
