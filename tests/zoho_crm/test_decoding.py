"""Replies as bytes: numbers stay exact, broken text is mended and counted, the rest is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoho_crm.decoding import decode
from zoho_crm.exceptions import ZohoResponseError

DEEP = 100_000


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":[1,true,null,"x"]}', {"a": [1, True, None, "x"]}),
        (b"0.1", Decimal("0.1")),
        (b"1.10", Decimal("1.10")),
        (b"123456789012345678.123456789", Decimal("123456789012345678.123456789")),
        (b"1e5", Decimal("1E+5")),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b'"\\ud83d\\udea2 \\u00e9"', "\N{SHIP} é"),
        (b'"\\\\u0000 \\\\ud83d"', "\\u0000 \\ud83d"),  # backslashes, not escapes
        (b'"\\\\\\\\u0000"', "\\\\u0000"),
        ('"\N{REPLACEMENT CHARACTER}"'.encode(), "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_what_zoho_sent_comes_out_as_it_is(body: bytes, value: Any) -> None:
    decoded = decode(body)

    assert decoded.value == value
    assert type(decoded.value) is type(value)
    assert decoded.replaced == 0


@pytest.mark.parametrize(
    ("body", "value", "replaced"),
    [
        (b'"a\\u0000b"', "a\ufffdb", 1),
        (b'"\\\\\\u0000"', "\\\ufffd", 1),
        (b'"\\ud83d"', "\ufffd", 1),
        (b'"\\uD83D hello"', "\ufffd hello", 1),
        (b'"\\udea2\\ud83d"', "\ufffd\ufffd", 2),
        (b'"\\ud83d\\ud83d\\udea2"', "\ufffd\N{SHIP}", 1),
        (b'"\\ud83d\\u0041"', "\ufffdA", 1),
        (b'{"a\\u0000":{"b":["\\udc00",{"c\\ud800":"\\u0000"}]}}', None, 4),
        (b'"\xff"', "\ufffd", 1),
        (b'"\xed\xa0\x80"', "\ufffd\ufffd\ufffd", 3),  # a surrogate as if it were a character
        (b'"\xe6\x88"', "\ufffd", 1),  # a character cut off
        (b'"\xef\xbf\xbd \xff"', "\ufffd \ufffd", 1),  # the first one was sent as it is
        (b'"a\x00b"', "a\ufffdb", 1),
    ],
)
def test_text_that_no_database_takes_is_replaced_and_counted(
    body: bytes, value: str | None, replaced: int
) -> None:
    decoded = decode(body)

    if value is not None:
        assert decoded.value == value
    assert decoded.replaced == replaced
    assert "\x00" not in str(decoded.value)
    str(decoded.value).encode()


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"\xef\xbb\xbf[1]", [1]),
        (b'"tab\there"', "tab\there"),
        (b"[NaN,-Infinity]", ["NaN", "-Infinity"]),
        (b"1e9999999999999999999", "1e9999999999999999999"),
        (b"9" * 5000, Decimal("9" * 5000)),
    ],
)
def test_what_only_the_second_parser_reads_is_read(body: bytes, value: Any) -> None:
    assert decode(body).value == value


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"<html>secret</html>", b'{"secret":', b'{"secret":1}x', b"\x00", b'"\\U0000"'],
)
def test_what_is_not_json_is_an_error_that_tells_no_content(body: bytes) -> None:
    with pytest.raises(ZohoResponseError, match="is not JSON") as caught:
        decode(body)

    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_endless_nesting_is_an_error() -> None:
    with pytest.raises(ZohoResponseError, match="too deeply"):
        decode(b"[" * DEEP + b"]" * DEEP)


any_text = st.text(st.characters(exclude_categories=()), max_size=8)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)  # the machine may be busy
@given(any_json, st.booleans())
def test_any_text_is_mended_in_keys_and_values_and_at_every_depth(
    value: Any, is_ascii: bool
) -> None:
    body = json.dumps(value, ensure_ascii=is_ascii).encode("utf-8", errors="surrogatepass")

    decoded = decode(body)

    # Two halves in a row become one whole where they are escaped, and stay broken as bytes.
    sent = json.loads(json.dumps(value)) if is_ascii else value
    mended, replaced = _mended(sent, width=1 if is_ascii else 3)
    assert decoded.value == mended
    assert decoded.replaced == replaced


def _mended(value: Any, *, width: int) -> tuple[Any, int]:
    """Says what should come out; a bare surrogate takes three bytes, none of which is UTF-8."""
    if isinstance(value, str):
        broken = [character for character in value if "\ud800" <= character <= "\udfff"]
        nuls = value.count("\x00")
        text = "".join(
            "\ufffd" * width if c in broken else "\ufffd" if c == "\x00" else c for c in value
        )
        return text, len(broken) * width + nuls
    if isinstance(value, list):
        pairs = [_mended(inner, width=width) for inner in value]
        return [inner for inner, _ in pairs], sum(count for _, count in pairs)
    if isinstance(value, dict):
        result, total = {}, 0
        for key, inner in value.items():
            (new_key, in_key), (new, inside) = (
                _mended(key, width=width),
                _mended(inner, width=width),
            )
            result[new_key] = new
            total += in_key + inside
        return result, total
    return value, 0
