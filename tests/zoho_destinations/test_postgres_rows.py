"""The width of a row is known as the server knows it: never less, and hardly more."""

from __future__ import annotations

import random
import re
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg2
import pyarrow as pa
import pytest

from tests.zoho_destinations.tables import ARROW, SQL
from zoho_destinations.postgres_rows import (
    MAX_ROW_BYTES,
    data_bytes,
    header_bytes,
    upper_bounds,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 60
LETTERS = "abcdefghijklmnopqrstuvwxyzäß漢🚢0123456789"


@pytest.fixture
def cursor(postgres_url: str) -> Iterator[Any]:
    with closing(psycopg2.connect(postgres_url)) as connection:
        connection.autocommit = True
        yield connection.cursor()


def measure(cursor: Any, kinds: list[str], row: list[Any]) -> int | None:
    """The size that the server names when it refuses a row; None when it takes it."""
    defined = ", ".join(f"c{n} {SQL.get(kind, kind)}" for n, kind in enumerate(kinds))
    cursor.execute(f"DROP TABLE IF EXISTS t; CREATE TABLE t ({defined})")
    try:
        cursor.execute(f"INSERT INTO t VALUES ({', '.join(['%s'] * len(row))})", row)
    except psycopg2.errors.ProgramLimitExceeded as error:
        found = re.search(r"size (\d+)", str(error))
        assert found
        return int(found[1])
    return None


def draw(chance: random.Random, kind: str, letters: str) -> Any:
    if chance.random() < 0.1:
        return None
    match kind:
        case "text":
            length = chance.choice((0, 3, 10, 21, 22, 23, 24, 25, 30, 60, 130, 700, 3000))
            return "".join(chance.choices(letters, k=length))
        case "decimal":
            return Decimal(f"{chance.randrange(10 ** chance.choice((2, 9, 12, 20, 38)))}E-9")
        case "bigint":
            return chance.randrange(2**60)
        case "timestamp":
            return datetime(2026, 1, 1, 1, tzinfo=UTC)
        case "date":
            return date(2026, 1, 1)
    return chance.random() < 0.5


def test_no_row_that_is_said_to_fit_is_refused_and_few_that_fit_are_said_not_to(
    cursor: Any,
) -> None:
    chance = random.Random(4)
    refused = taken = 0
    for _ in range(ROUNDS):
        weights = [chance.random() for _ in range(6)]
        kinds = chance.choices(
            ("text", "decimal", "bigint", "timestamp", "date", "bool"), weights,
            k=chance.randrange(300, 1200),
        )  # fmt: skip
        letters = chance.choice((LETTERS, "ab", "x"))
        row = [draw(chance, kind, letters) for kind in kinds]
        said = header_bytes(len(kinds)) + data_bytes(row)
        arrays = [pa.array([v], ARROW[kind]) for kind, v in zip(kinds, row, strict=True)]
        table = pa.table(arrays, names=[f"c{number}" for number in range(len(kinds))])
        bound = header_bytes(len(kinds)) + upper_bounds(table)[0].as_py()
        error = 1.02 if letters == LETTERS else 1.8  # what compresses well is taken for 28 bytes
        found = measure(cursor, kinds, row)
        assert bound >= said
        if found is None:
            taken += 1
            assert said <= MAX_ROW_BYTES * error
        else:
            refused += 1
            assert MAX_ROW_BYTES < found <= said + 7  # the server rounds up to 8
            assert said <= found * error
    assert min(refused, taken) > ROUNDS / 10


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("", 1), ("x" * 23, 24), (LETTERS, 18), ("x" * 300, 28), ("ä" * 11, 23), (None, 0),
        (True, 1), (date(2026, 1, 1), 4), (5, 8), (datetime(2026, 1, 1, tzinfo=UTC), 8),
        (Decimal(0), 3), (Decimal(7), 5), (Decimal("0.0001"), 5), (Decimal("10000.1"), 9),
        (Decimal("12345678901234567890.123456789"), 19), (Decimal("9" * 29 + "." + "9" * 9), 18),
    ],
)  # fmt: skip
def test_one_value_takes(value: Any, size: int) -> None:
    assert data_bytes([value]) == size
