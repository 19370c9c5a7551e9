"""The columns of a live view: those of its table, and what is made of several of them.

A field that has changed its type has two columns in the table; the view shows them as one, under
the first one's name and in the type of today: always once the newer column is filled, and before
where the old values can be read as that type. An amount gets a twin in the organisation's
currency, where there are several.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from zoho_crm.column_history import plain_name
from zoho_crm.names import part_name
from zoho_crm.settings import DECIMAL_PRECISION, DECIMAL_SCALE

from .settings import INTERNAL_COLUMNS
from .statements import is_postgres, quote

if TYPE_CHECKING:
    from zoho_crm.columns import TableSchema

    from .statements import Client

HIDDEN_PREFIXES: Final = ("_deleted_", "_dlt_")
Cast: TypeAlias = Callable[["Client", str], str]
"""Writes a value of one kind as one of another."""
RateUse = Literal["multiply", "divide"]

_DECIMAL: Final = f"decimal({DECIMAL_PRECISION}, {DECIMAL_SCALE})"
_NUMBER: Final = r"^-?[0-9]{1,18}(\.[0-9]{1,9})?$"
_WHOLE: Final = r"^-?[0-9]{1,18}$"
# An amount and a rate whose product and quotient fit DuckDB's 38 digits.
_FITS: Final = "abs({amount}) < 100000000000000 AND abs({rate}) BETWEEN 0.000001 AND 1000000"


@dataclass(frozen=True, slots=True)
class Amounts:
    """Columns of one table that hold amounts in the currency of their record."""

    rate: str
    """The column of the record's own exchange rate."""
    names: tuple[str, ...]
    use: RateUse
    """What is done with the rate to get an amount in the organisation's currency."""


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A column of a live view."""

    name: str
    expression: str
    data_type: str
    """The type in the database's words."""


def is_shown(column: str) -> bool:
    """Tells whether a live view shows a column of its table."""
    return column not in INTERNAL_COLUMNS and not column.startswith(HIDDEN_PREFIXES)


def live_columns(
    client: Client,
    schema: TableSchema,
    columns: Mapping[str, str],
    *,
    filling: Collection[str] = (),
    amounts: Amounts | None = None,
) -> list[LiveColumn]:
    """What the live view of a table shows.

    Args:
        client: Knows the destination.
        schema: The module's table.
        columns: The columns that are there, with their types.
        filling: Columns that lack the values of older rows yet.
        amounts: Columns of amounts, where the organisation has several currencies.
    """
    joined = _join_types(client, schema, columns, filling=filling)
    found = [
        joined.shown.get(name) or LiveColumn(name, quote(client, name), data_type)
        for name, data_type in columns.items()
        if is_shown(name) and name not in joined.left_out
    ]
    if amounts is not None and amounts.rate in columns:
        found += _home_amounts(client, amounts, found, joined.plain_names)
    return found


class _JoinedTypes:
    """Columns of one field that are shown as one, and what is left out for them."""

    def __init__(self, client: Client, columns: Mapping[str, str]) -> None:
        self.shown: dict[str, LiveColumn] = {}
        self.left_out: set[str] = set()
        self.plain_names: dict[str, str] = {}
        """What a column is shown as, by its own name."""
        self._client = client
        self._columns = columns

    def join(
        self,
        name: str,
        older: Sequence[tuple[str, Cast | None]],
        *,
        plain: str,
        is_filling: bool,
    ) -> None:
        """Shows a column by a name, and where it lacks values those of older ones, newest first."""
        values = [quote(self._client, name)]
        if is_filling:
            values += [
                cast(self._client, quote(self._client, each))
                for each, cast in reversed(older)
                if cast is not None
            ]
        shown = f"coalesce({', '.join(values)})" if len(values) > 1 else values[0]
        self.shown[plain] = LiveColumn(plain, shown, self._columns[name])
        self.plain_names[name] = plain
        self.left_out |= {name, *(each for each, _ in older)} - {plain}
        self._join_raw(part_name(plain, "raw"), part_name(name, "raw"), [each for each, _ in older])

    def _join_raw(self, shown: str, now: str, older: Sequence[str]) -> None:
        """Values that did not fit: those of today's column only."""
        self.left_out |= {shown, *(part_name(each, "raw") for each in older)} - {now}
        if now in self._columns:
            self.shown[now] = LiveColumn(shown, quote(self._client, now), self._columns[now])


def _join_types(
    client: Client, schema: TableSchema, columns: Mapping[str, str], *, filling: Collection[str]
) -> _JoinedTypes:
    joined = _JoinedTypes(client, columns)
    for name, known in schema.histories.items():
        *older, last = known
        plain = plain_name(last, known)
        # Not those of other names, which a renamed field had that does not keep its column.
        related = [c for c in older if plain_name(c, known) == plain and c.name in columns]
        casts = [(c.name, _cast_of(c.kind, last.kind)) for c in related]
        is_filling = name in filling
        # Once every row has its value in today's column, nothing of the old ones is needed.
        is_joined = not is_filling or all(cast is not None for _, cast in casts)
        if name in columns and casts and is_joined:
            joined.join(name, casts, plain=plain, is_filling=is_filling)
    return joined


def _home_amounts(
    client: Client,
    amounts: Amounts,
    shown: Sequence[LiveColumn],
    plain_names: Mapping[str, str],
) -> Iterator[LiveColumn]:
    rate = quote(client, amounts.rate)
    expressions = {column.name: column.expression for column in shown}
    for name in (plain_names.get(each, each) for each in amounts.names):
        if name in expressions:
            amount = expressions[name]
            value = _quotient(client, amount, rate) if amounts.use == "divide" else (
                f"{amount} * {rate}"
            )  # fmt: skip
            fits = _FITS.format(amount=amount, rate=rate)
            expression = f"CAST(CASE WHEN {fits} THEN {value} END AS {_DECIMAL})"
            yield LiveColumn(part_name(name, "home"), expression, _DECIMAL)


def _quotient(client: Client, amount: str, rate: str) -> str:
    """Cut after nine decimals, exactly alike on both: DuckDB divides decimals as floats."""
    if is_postgres(client):
        return f"div({amount} * 1000000000000000000, {rate} * 1000000000) / 1000000000"
    whole = f"CAST({amount} * 1000000000 AS hugeint) * 1000000000"
    return f"CAST({whole} // CAST({rate} * 1000000000 AS hugeint) AS {_DECIMAL}) * 0.000000001"


def _cast_of(old: str, new: str) -> Cast | None:
    """How values of one kind are read as another; None where they can't be."""
    return _same if old == new else _CASTS.get((old, new))


def _same(_: Client, value: str) -> str:
    return value


def _to_text(_: Client, value: str) -> str:
    return f"CAST({value} AS text)"


def _decimal_to_text(_: Client, value: str) -> str:
    return f"rtrim(rtrim(CAST({value} AS text), '0'), '.')"


def _time_to_text(client: Client, value: str) -> str:
    if is_postgres(client):
        return f"to_char({value} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    return f"strftime({value} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')"


def _text_to_decimal(_: Client, value: str) -> str:
    # A CASE has no precision in Postgres, and a view's column cannot get one once it is filled.
    return f"CAST(CASE WHEN {value} ~ '{_NUMBER}' THEN {value} END AS {_DECIMAL})"


def _text_to_bigint(_: Client, value: str) -> str:
    return f"CASE WHEN {value} ~ '{_WHOLE}' THEN CAST({value} AS bigint) END"


def _bigint_to_decimal(_: Client, value: str) -> str:
    return f"CAST({value} AS {_DECIMAL})"


def _decimal_to_bigint(_: Client, value: str) -> str:
    fits = f"{value} = trunc({value}) AND abs({value}) < 1000000000000000000"
    return f"CASE WHEN {fits} THEN CAST({value} AS bigint) END"


def _text_to_list(client: Client, value: str) -> str:
    function = "jsonb_build_array" if is_postgres(client) else "json_array"
    return f"CASE WHEN {value} IS NOT NULL THEN {function}({value}) END"


def _list_to_text(client: Client, value: str) -> str:
    first = f"{value} ->> 0" if is_postgres(client) else f"json_extract_string({value}, '$[0]')"
    return f"CASE WHEN {_length(client, value)} = 1 THEN {first} END"


def _length(client: Client, value: str) -> str:
    if is_postgres(client):
        return f"CASE WHEN jsonb_typeof({value}) = 'array' THEN jsonb_array_length({value}) END"
    return f"json_array_length({value})"


_CASTS: Final[Mapping[tuple[str, str], Cast]] = {
    ("bigint", "text"): _to_text,
    ("bool", "text"): _to_text,
    ("date", "text"): _to_text,
    ("decimal", "text"): _decimal_to_text,
    ("timestamp", "text"): _time_to_text,
    ("text", "bigint"): _text_to_bigint,
    ("text", "decimal"): _text_to_decimal,
    ("bigint", "decimal"): _bigint_to_decimal,
    ("decimal", "bigint"): _decimal_to_bigint,
    ("text", "json"): _text_to_list,
    ("json", "text"): _list_to_text,
}
"""What can be read as what; a kind is a data type of dlt's."""
