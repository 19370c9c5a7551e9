"""Durations as people write them: `90s`, `10m`, `1h30m`, `2h`, `1d`."""

from __future__ import annotations

import re
from typing import Final

_SECONDS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_MANY_DAYS: Final = 10
"""Beyond that, hours tell nothing."""
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_DURATION = re.compile(rf"(?:\s*{_PART.pattern})+\s*")


def parse_duration(text: str) -> float:
    """Gives the seconds of a duration; a bare number is seconds.

    Raises:
        ValueError: It is no duration.
    """
    lowered = text.strip().lower()
    if lowered.replace(".", "", 1).isdecimal() and lowered.isascii():
        return float(lowered)
    if not _DURATION.fullmatch(lowered):
        raise ValueError(f"{text!r} is no duration: write 90 or 90s, 10m, 1h30m, 2h or 1d.")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(lowered))


def format_duration(seconds: float) -> str:
    """Gives a duration in its two largest units, such as `2 h 5 min`."""
    if seconds < 10 and seconds != int(seconds):
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole, 60, ("min", "s"))
    if whole < 86400:
        return _two(whole // 60, 60, ("h", "min"))
    if whole < _MANY_DAYS * 86400:
        return _two(whole // 3600, 24, ("d", "h"))
    return f"{whole // 86400:,} d"


def _two(smaller: int, size: int, units: tuple[str, str]) -> str:
    large, small = divmod(smaller, size)
    return f"{large} {units[0]} {small} {units[1]}" if small else f"{large} {units[0]}"
