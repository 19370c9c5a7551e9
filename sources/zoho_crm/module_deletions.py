"""The deletions of one module: permanent ones, and all where the recycle bin can't be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from . import settings
from .asking import scope_of
from .deletions import RESOURCE, DeletionListing, parse_deleted
from .replies import Subject

if TYPE_CHECKING:
    from datetime import datetime

    from .api_types import Module
    from .client import ZohoClient
    from .paging import Question
    from .replies import Reply


def list_deleted(
    client: ZohoClient,
    module: Module,
    kind: Literal["all", "recycle", "permanent"],
    *,
    since: datetime | None = None,
    overlap_s: float = settings.OVERLAP_S,
) -> DeletionListing:
    """What was deleted in a module at `since` or later, in whatever order Zoho has.

    A listing of several pages is walked twice: a restored record leaves it and pulls the others
    over the page border.

    Args:
        client: The client.
        module: The module.
        kind: Which deletions: in the recycle bin, for ever, or both.
        since: Where the listing before this one ended.
        overlap_s: Seconds that the next one goes back behind the server's clock.

    Source: Zoho CRM API v8, "Get List of Deleted Records".
    """
    name = module.api_name
    subject = Subject(RESOURCE, scope_of(module), name)

    def ask(question: Question) -> Reply:
        params = {"type": kind, "per_page": str(settings.PAGE_SIZE)}
        params["page"] = question.page_token or "1"
        return client.get(f"{name}/deleted", params, subject=subject, since=question.anchor)

    return DeletionListing(
        ask,
        lambda reply: parse_deleted(reply, name),
        since=since,
        overlap_s=overlap_s,
        is_unordered=True,
    )
