"""Tables and moments in HTML; what is put into them is escaped already."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def build_table(
    headings: Sequence[tuple[str, str]], rows: Sequence[str], *, stacks: bool = False
) -> str:
    """A table; one that stacks has a line for each cell where the screen is narrow."""
    head = "".join(f"<th{_class(kind)}>{escape(heading)}</th>" for heading, kind in headings)
    body = "".join(rows)
    kind = _class("stack" if stacks else "")
    return f"<table{kind}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def table_row(cells: Sequence[tuple[str, str, str]]) -> str:
    """A row; the content of its cells is escaped already."""
    told = "".join(
        f'<td{_class(kind)} data-label="{escape(label)}">{content}</td>'
        for label, content, kind in cells
    )
    return f"<tr>{told}</tr>"


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def show_day(moment: datetime) -> str:
    """A day that no line is broken in."""
    return f'<span class="whole">{moment:%Y-%m-%d}</span>'


def show_minute(moment: datetime) -> str:
    """A moment that no line is broken in."""
    return f'<span class="whole">{moment:%Y-%m-%d %H:%M} UTC</span>'
