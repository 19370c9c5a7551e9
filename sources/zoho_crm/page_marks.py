"""What leads to the page after this one: Zoho's token, or a number where it gives none. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .api_types import JsonObject


class PageNumber(str):
    """A page's number in place of a token: both are opaque to a walk."""

    __slots__ = ()


def next_mark(info: JsonObject, asked: str | None) -> str | None:
    """What leads to the next page; None where nothing does.

    The documentation shows a token from the first page on, and elsewhere numbers up to 2,000
    records and then a token; so a page without one is followed by number as far as numbers reach.
    `info.page` is no help: it stays 1 where tokens are followed.

    Args:
        info: `info` of a page that has others behind it.
        asked: What led to this page; None for the first one.
    """
    token = info.get("next_page_token")
    if isinstance(token, str) and token:
        return None if token == asked else token  # or the page would be asked for again for ever
    number = 1 if asked is None else int(asked) if isinstance(asked, PageNumber) else None
    if number is None or number >= settings.MAX_DISCRETE_PAGES:
        return None
    return PageNumber(number + 1)


def mark_params(mark: str | None) -> Mapping[str, str]:
    """The parameter that asks for a page; none for the first one."""
    if mark is None:
        return {}
    return {"page": str(mark)} if isinstance(mark, PageNumber) else {"page_token": mark}
