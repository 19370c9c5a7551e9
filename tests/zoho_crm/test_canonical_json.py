"""Equal JSON values have one spelling; unequal ones never share it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from zoho_crm.canonical_json import digest_of, to_canonical
from zoho_crm.decoding import decode


@pytest.mark.parametrize(
    ("given", "spelt"),
    [
        (None, "null"),
        (True, "true"),
        (1, "1"),
        (Decimal("1250.500"), "1250.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("100"), "100"),
        (Decimal("-0.00"), "0"),
        (Decimal("0.000000001"), "0.000000001"),
        (Decimal("12345678901234567890.123456789012345678"),
         "12345678901234567890.123456789012345678"),
        (Decimal("1E+200000"), '"1E+200000"'),
        ("Zoë \u2028 \"x\" \\ \n", '"Zoë \u2028 \\"x\\" \\\\ \\n"'),
        ({"b": 1, "a": [1, {"d": None, "c": "x"}]}, '{"a":[1,{"c":"x","d":null}],"b":1}'),
        ([], "[]"),
    ],
)  # fmt: skip
def test_one_spelling(given: Any, spelt: str) -> None:
    assert to_canonical(given) == spelt
    assert to_canonical(decode(spelt.encode()).value) == spelt


@pytest.mark.parametrize("given", [1.5, {1: 2}, {"a": {3}}])
def test_what_json_does_not_hold_exactly_is_refused(given: Any) -> None:
    with pytest.raises(TypeError):
        to_canonical(given)


def test_the_digest_is_sha_256_of_utf_8() -> None:
    known = "607474ca475a9724d7360aba71a56d5df77e61350e3f724cfa1f46e857e2d85f"
    assert digest_of("ü") == known
