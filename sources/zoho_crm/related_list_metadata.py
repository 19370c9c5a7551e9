"""Reading which related lists the modules have: the table `related_lists`, once a day."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from . import settings
from .dlt_resources import build_resource
from .exceptions import (
    ZohoBudgetError,
    ZohoCrmError,
    ZohoSkippableError,
    is_of_one_module,
)
from .metadata import Metadata, elements_of
from .metadata_resources import reference_columns
from .module_resource import raise_or_tell
from .records import to_table
from .reference_tables import RELATED_LISTS
from .related_lists import RelatedList, parse_related_lists
from .replies import Reply, Subject
from .resource_state import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    import pyarrow as pa
    from dlt.extract import DltResource

    from .api_types import JsonObject
    from .client import ZohoClient
    from .columns import TableSchema
    from .outcomes import ResourceOutcome
    from .session import ReadSession

_RESOURCE: Final = RELATED_LISTS.table_name
_STANDARD: Final = "Standard"
_WITH_LISTS: Final = frozenset({"default", "custom", "linking"})
"""Types of modules whose records have related lists."""
_CALLS_A_MODULE: Final = 2
_LISTS_SCOPE: Final = "ZohoCRM.settings.related_lists.READ"
_LAYOUTS_SCOPE: Final = "ZohoCRM.settings.layouts.READ"


@dataclass(frozen=True, slots=True)
class ListsRead:
    """What one reading of all modules' lists gave."""

    lists: Sequence[RelatedList]
    notes: Sequence[str] = ()
    """Sentences on what could not be asked."""
    failures: Mapping[str, ZohoCrmError] = field(default_factory=dict)
    """Modules whose lists could not be read, though Zoho does not refuse them."""


def read_related_lists(
    client: ZohoClient,
    metadata: Metadata,
    modules: Sequence[str],
    *,
    layouts: Mapping[str, Sequence[JsonObject]] | None = None,
) -> ListsRead:
    """Reads the related lists of modules, those of every layout; two calls a module, or more.

    Args:
        client: The client.
        metadata: The organisation's modules and fields.
        modules: API names of the modules whose lists are wanted.
        layouts: Layouts that are known already, by module: they are not asked for.

    Raises:
        ZohoAuthError: The scope for related lists is missing.
        ZohoCrmError: The calls of all modules are concerned.

    Source: Zoho CRM API v8, "Related Lists Metadata", "Layouts Metadata".
    """
    known = layouts or {}
    asked = [
        (name, _ask_lists(client, name), None if name in known else _ask_layouts(client, name))
        for name in modules
    ]
    notes: list[str] = []
    failures: dict[str, ZohoCrmError] = {}
    further = []
    for name, standard, reply in asked:
        with _failing_alone(name, failures, notes):
            elements = elements_of(standard.result(), "related_lists")
            shown = known[name] if reply is None else _layouts_in(reply, notes)
            others = [(str(x["id"]), str(x["name"])) for x in shown if x.get("name") != _STANDARD]
            more = [(layout, _ask_lists(client, name, layout_id=key)) for key, layout in others]
            further.append((name, elements, more))
    found: list[RelatedList] = []
    for name, elements, more in further:
        with _failing_alone(name, failures, notes):
            replies = [(_STANDARD, elements)]
            replies += [(layout, elements_of(f.result(), "related_lists")) for layout, f in more]
            found += parse_related_lists(
                name, replies, modules=metadata.modules, fields=metadata.fields
            )
    return ListsRead(found, tuple(dict.fromkeys(notes)), failures)


@contextmanager
def _failing_alone(
    module: str, failures: dict[str, ZohoCrmError], notes: list[str]
) -> Iterator[None]:
    """Keeps what hinders one module, so that the others are read."""
    try:
        yield
    except ZohoSkippableError as error:
        notes.append(str(error))
    except ZohoCrmError as error:
        if not is_of_one_module(error):
            raise
        failures[module] = error


def _ask_lists(client: ZohoClient, module: str, *, layout_id: str | None = None) -> Future[Reply]:
    params = {"module": module} | ({"layout_id": layout_id} if layout_id else {})
    subject = Subject(_RESOURCE, _LISTS_SCOPE, module)
    return client.submit("settings/related_lists", params, subject=subject)


def _ask_layouts(client: ZohoClient, module: str) -> Future[Reply]:
    subject = Subject(_RESOURCE, _LAYOUTS_SCOPE, module)
    return client.submit("settings/layouts", {"module": module}, subject=subject)


def _layouts_in(asked: Future[Reply], notes: list[str]) -> Sequence[JsonObject]:
    """The module's layouts; the lists of Standard come without asking for one."""
    try:
        return elements_of(asked.result(), "layouts")
    except ZohoCrmError as error:
        if not isinstance(error, ZohoSkippableError) and error.code != "OAUTH_SCOPE_MISMATCH":
            raise
        notes.append(f"Related lists of other layouts than Standard are not known: {error}")
        return ()


def related_lists_resource(
    session: ReadSession, metadata: Metadata, schemas: Mapping[str, TableSchema]
) -> DltResource:
    """The table `related_lists`, read by one run a day."""

    def read() -> Iterator[Any]:
        modules = modules_with_lists(schemas)
        progress = Progress(_RESOURCE, is_forgotten=session.forget(_RESOURCE))
        outcome = session.outcome_of(_RESOURCE, _RESOURCE)
        outcome.was_readable = progress.is_created
        refusal = progress.refusal(session.now, session.identity)
        try:
            if refusal is not None:
                raise refusal
            if _is_due(progress, modules, session.now):
                found = _read_unless_short_of_calls(session, metadata, modules)
                yield from _take(found, progress, outcome, session)
                if not found.failures:
                    progress.mark_read()
                    progress.read_at = session.now
                    progress.read_of = ",".join(sorted(modules))
            if outcome.outcome == "reading":
                outcome.end("done")
        except ZohoCrmError as error:
            outcome.end_by(error)
            if outcome.outcome == "skipped" and refusal is None:
                progress.keep_refusal(error, session.now, session.identity)
        session.finish(_RESOURCE)
        raise_or_tell(session, outcome)

    return build_resource(
        read, RELATED_LISTS, name=_RESOURCE, columns=reference_columns(RELATED_LISTS)
    )


def _take(
    found: ListsRead, progress: Progress, outcome: ResourceOutcome, session: ReadSession
) -> Iterator[pa.Table]:
    """Yields what was read; lists known of all modules are better than those of some."""
    for note in found.notes:
        outcome.note(note)
    failure = next(iter(found.failures.values()), None)
    if found.lists and (failure is None or not progress.is_created):
        progress.mark_created()
        outcome.rows = len(found.lists)
        yield to_table(RELATED_LISTS, related_list_rows(found, session), read_no=1).table
    if failure is not None:
        outcome.end_by(failure)


def _read_unless_short_of_calls(
    session: ReadSession, metadata: Metadata, modules: Sequence[str]
) -> ListsRead:
    """Records come first: under a limit, metadata takes at most half of the calls that are left."""
    calls = _CALLS_A_MODULE * len(modules)
    if not session.client.budget.allows(2 * calls):
        raise ZohoBudgetError(
            f"{_RESOURCE}: asking for the lists of all modules takes some {calls} calls, more than "
            "half of those left; the next run tries again."
        )
    return read_related_lists(session.client, metadata, modules, layouts=session.layouts)


def _is_due(progress: Progress, modules: Sequence[str], now: datetime | None) -> bool:
    """Once a day, and of other modules. Changes of lists move no time that could be asked for."""
    read_at = progress.read_at
    if read_at is None or now is None or progress.read_of != ",".join(sorted(modules)):
        return True
    return not 0 <= (now - read_at).total_seconds() < settings.METADATA_MAX_AGE_S


def modules_with_lists(schemas: Mapping[str, TableSchema]) -> list[str]:
    """API names of the readable modules whose records may have related lists."""
    return [n for n, schema in schemas.items() if schema.module.generated_type in _WITH_LISTS]


def related_list_rows(read: ListsRead, session: ReadSession) -> list[JsonObject]:
    """Rows of the table `related_lists`: every list, and why those that can't be read can't."""
    read_at = session.now.isoformat() if session.now else None
    return [
        {
            "id": each.name,
            "module": each.module,
            "api_name": each.api_name,
            "list_id": each.id,
            "label": each.label,
            "class": each.kind,
            "child_modules": list(each.child_modules),
            "lookup_fields": list(each.lookup_fields),
            "connected_module": each.connected_module,
            "href": each.href,
            "type": each.list_type,
            "status": each.status,
            "layouts": dict(each.layouts),
            "is_readable": each.is_readable,
            "reason": each.reason,
            "read_at": read_at,
            "metadata": each.raw,
        }
        for each in read.lists
    ]
