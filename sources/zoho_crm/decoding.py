"""The bytes of a reply to Python values: numbers exact, text that every database takes."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from .exceptions import ZohoResponseError

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}".encode()

# Half a surrogate pair is no text in UTF-8, and Postgres stores no NUL. Every escape is met, so
# that a backslash which is itself escaped is not taken for the start of one.
_ESCAPED: Final = re.compile(
    rb"""\\(?: u[dD][89abAB][\da-fA-F]{2} \\u[dD][c-fC-F][\da-fA-F]{2}  # a whole pair
          | ( u0000 | u[dD][89a-fA-F][\da-fA-F]{2} )                  # what must go
          | . )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED_NUL: Final = rb"\u0000"
_NUL: Final = b"\0"
_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
# What the fast parser raises for JSON that the slower one may read.
_REFUSED: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InvalidOperation)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A reply as Python values."""

    value: Any
    """Numbers with a point or an exponent are `Decimal`, never float."""
    replaced: int = 0
    """Characters that no database takes and that became U+FFFD."""


def decode(body: bytes) -> Decoded:
    """Decodes a reply's body; text that is broken in itself is mended, not refused.

    Raises:
        ZohoResponseError: The body is not JSON.
    """
    try:
        if _ESCAPED_NUL not in body:
            return Decoded(_DECODER.decode(body))
    except _REFUSED:
        pass
    body, replaced = _mend(body)
    try:
        return Decoded(_DECODER.decode(body), replaced)
    except _REFUSED:
        return Decoded(_decode_leniently(body), replaced)


def _mend(body: bytes) -> tuple[bytes, int]:
    """Replaces what no database takes, and what is no UTF-8."""
    body = body.removeprefix(codecs.BOM_UTF8)
    before = body.count(REPLACEMENT)
    body = body.replace(_NUL, REPLACEMENT).decode(errors="replace").encode()
    replaced = body.count(REPLACEMENT) - before

    def mend(escape: re.Match[bytes]) -> bytes:
        nonlocal replaced
        if escape[1] is None:
            return escape[0]
        replaced += 1
        return REPLACEMENT

    return _ESCAPED.sub(mend, body), replaced


def _decode_leniently(body: bytes) -> Any:
    try:
        return json.loads(
            body,
            strict=False,
            parse_float=_to_decimal,
            parse_int=_to_int,
            # NaN and the infinities are not JSON: kept as text, which no number column takes.
            parse_constant=str,
        )
    except json.JSONDecodeError as error:
        raise ZohoResponseError(
            f"Zoho's reply of {len(body)} bytes is not JSON: it breaks off or goes wrong at "
            f"character {error.pos}."
        ) from None  # the cause holds the body
    except RecursionError:
        raise ZohoResponseError(
            f"Zoho's reply of {len(body)} bytes is nested too deeply to be read."
        ) from None


def _to_decimal(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of more than 18 digits
        return text


def _to_int(text: str) -> int | Decimal:
    try:
        return int(text)
    except ValueError:  # Python reads no more than 4,300 digits
        return Decimal(text)
