"""JSON in one spelling: equal values are equal text, whatever database they come back from.

Pure: no network, no database. Keys in the order of their characters, no spaces, numbers in plain
digits without trailing zeros, characters as themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

_MAX_DIGITS: Final = 1_000
"""Numbers with more places than this become text: Postgres takes no number without bound."""


def to_canonical(value: Any) -> str:
    """Writes a JSON value in its one spelling.

    Args:
        value: As decoded: numbers are `int` or `Decimal`.

    Raises:
        TypeError: Something is no JSON value, or a float, which holds no number exactly.
    """
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | Decimal):
        return _number(Decimal(value))
    if isinstance(value, Mapping):
        pairs = (f"{_key(name)}:{to_canonical(value[name])}" for name in sorted(value))
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, Sequence):
        return f"[{','.join(map(to_canonical, value))}]"
    raise TypeError(f"{type(value).__name__} has no place in canonical JSON")


def digest_of(text: str) -> str:
    """The SHA-256 of a text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _key(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError("a key in JSON is text")
    return json.dumps(name, ensure_ascii=False)


def _number(value: Decimal) -> str:
    if not value.is_finite() or abs(value.adjusted()) > _MAX_DIGITS:
        return json.dumps(str(value))
    if not value:
        return "0"  # of which there is one, without sign
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
