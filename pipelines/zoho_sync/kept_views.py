"""Views that could not be brought up to date, told as what a reader of the dataset misses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .wording import list_names

if TYPE_CHECKING:
    from zoho_crm.session import ReadSession
    from zoho_destinations.views import Kept

_RESOURCE: Final = "views"


def note_kept_views(session: ReadSession, kept: Kept) -> None:
    """Says which views kept their old columns, and what somebody has to drop."""
    outcome = session.outcomes.get(_RESOURCE)
    for view, others in kept.items():
        outcome = outcome or session.outcome_of(_RESOURCE, "")
        said = outcome.reason or ""
        sentence = (
            f"{view} could not be brought up to date, because {list_names(others)} "
            f"{'depends' if len(others) == 1 else 'depend'} on it: drop what does, run again, and "
            "create it again."
        )
        outcome.end("partial", reason=f"{said} {sentence}".strip())
