"""The readings of what the documentation leaves open, as settings of the simulator."""

from __future__ import annotations

from itertools import product
from typing import Any

EVERY_READING = [
    {"paging": paging, "if_modified_since": header, "tie_order": ties}
    for paging, header, ties in product(
        ("offset", "cursor"), ("exclusive", "inclusive"), ("id_asc", "id_desc", "insertion")
    )
]
FOUR_READINGS = [EVERY_READING[place] for place in (0, 4, 8, 9)]
"""Each way of paging with each reading of the header, and every order of ties."""
ODD_READINGS = [
    {"header_ignored": True},
    {"header_ignored": True, "paging": "cursor"},
    {"sort_ignored": True},
    {"sort_ignored": True, "paging": "cursor", "if_modified_since": "inclusive"},
    {"header_ignored": True, "sort_ignored": True},
    {"header_bound_to_token": False},
    {"null_modified_time": "last"},
    {"null_modified_time": "last", "if_modified_since": "inclusive"},
    {"unknown_id_status": 400},
    {"unknown_id_status": 404},
    {"user_time_zone": "Asia/Kolkata"},
]


def name_of(switches: dict[str, Any]) -> str:
    return "-".join(
        str(value) if isinstance(value, str) else key for key, value in switches.items()
    )
