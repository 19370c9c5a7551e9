"""Which modules and fields the organisation has: read once, then only when they changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from . import settings
from .api_types import Field, JsonObject, Module, parse_field, parse_module
from .exceptions import (
    ZohoCrmError,
    ZohoResponseError,
    ZohoSkippableError,
    is_of_one_module,
)
from .field_permissions import leave_out_hidden
from .replies import Reply, Subject

if TYPE_CHECKING:
    from concurrent.futures import Future

    from .client import ZohoClient
    from .column_history import ColumnHistory
    from .columns import TableSchema

_T = TypeVar("_T")

MODULES_SUBJECT = Subject("modules", "ZohoCRM.settings.modules.READ")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of the organisation's modules and fields."""

    modules: tuple[Module, ...] = ()
    fields: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)
    """By module; only of modules whose fields were read."""
    refusals: Mapping[str, ZohoCrmError] = field(default_factory=dict)
    """Modules whose fields Zoho does not give."""
    failures: Mapping[str, ZohoCrmError] = field(default_factory=dict)
    """Modules whose fields this read could not get, though Zoho refuses them not; they are gone
    by as they were known, where they were."""
    unread_modules: frozenset[str] = frozenset()
    """Modules whose fields an earlier run could not get: they are asked for again."""
    column_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By module and field id: names given in earlier runs, kept for ever."""
    columns: Mapping[str, ColumnHistory] = field(default_factory=dict)
    """By module and field id: the columns that each field has had."""
    carries_renames: bool = True
    """A field with a new API name keeps its column."""
    table_names: Mapping[str, str] = field(default_factory=dict)
    """By module id: names given in earlier runs, kept for ever; of removed modules too."""
    past_modules: tuple[Module, ...] = ()
    """Listed by an earlier run, and found removed by one."""
    removed_modules: tuple[Module, ...] = ()
    """Known before, listed no more."""
    removed_fields: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)
    """By module: known before, listed no more."""
    read_at: datetime | None = None
    """When all fields were read last, by the server's clock."""
    date: datetime | None = None
    """The server's clock at this read."""
    profile_id: str | None = None
    """The profile of the user whose eyes the copy sees with; None where that is not known yet."""
    hidden_fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By module, of those whose fields this read has asked for: ids of fields that the profile
    is not shown. They are not among `fields`."""
    excluded_fields: Sequence[str] = ()
    """Patterns of fields that are left out, such as `Contacts.Fax`."""
    is_changed: bool = True
    """Something was read that was not known before."""
    tables: dict[str, TableSchema] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What `table_schemas` makes of it, once asked."""

    def module(self, api_name: str) -> Module:
        """The module of that API name."""
        return next(module for module in self.modules if module.api_name == api_name)


def is_candidate(module: Module) -> bool:
    """Whether a module should hold records that the API gives."""
    return (
        module.api_supported
        and module.generated_type in settings.READABLE_MODULE_TYPES
        and module.status != "scheduled_for_deletion"
    )


def read_metadata(
    client: ZohoClient,
    *,
    known: Metadata | None = None,
    only: Sequence[str] | None = None,
    again: Collection[str] = (),
) -> Metadata:
    """Reads the modules list, and the fields of modules that are new, changed or not known.

    Args:
        client: The client.
        known: What earlier runs read. One call suffices when the modules list shows no change
            and it is younger than a day.
        only: API names of modules whose fields are wanted; all candidates by default.
        again: API names of modules whose fields are read whatever the modules list shows.

    Raises:
        ZohoAuthError: The scopes for metadata are missing.
        ZohoResponseError: The modules list is not shaped as documented.
        ZohoCrmError: No module's fields are known, and none could be read.
    """
    reply = client.get("settings/modules", subject=MODULES_SUBJECT)
    listed = [parse_module(raw) for raw in elements_of(reply, "modules")]
    modules = tuple({module.id or module.api_name: module for module in listed}.values())
    known = follow_renames(known or Metadata(), modules)
    # Without a `Date` this machine's clock says when metadata is old: no rows depend on it.
    now = reply.date or datetime.now(UTC).replace(microsecond=0)
    is_stale = known.read_at is None or _is_old(known.read_at, now)
    wanted = [each for each in modules if only is None or each.api_name in only]
    stale = [
        module
        for module in filter(is_candidate, wanted)
        if is_stale or module.api_name in again or _is_changed(module, known)
    ]
    found, refusals, failures = _read_fields(client, stale)
    if failures and not (found or known.fields):
        raise next(iter(failures.values()))
    fields, hidden = leave_out_hidden(found, known.profile_id)
    removed = _removed_modules(modules, known)
    return replace(
        known,
        modules=modules,
        fields={**known.fields, **fields},
        refusals={k: v for k, v in {**known.refusals, **refusals}.items() if k not in fields},
        failures=failures,
        unread_modules=frozenset(),
        past_modules=_past_modules(modules, (*known.past_modules, *removed)),
        removed_modules=removed,
        removed_fields=_removed_fields(fields, known),
        read_at=now if is_stale else known.read_at,
        date=now,
        hidden_fields=hidden,
        is_changed=bool(stale or removed) or _has_news(modules, known),
    )


def follow_renames(known: Metadata, modules: Sequence[Module]) -> Metadata:
    """Puts what is known of each module under the API name that the module has now.

    What is known under a name that belongs to another module by now is left out.
    """
    now = {module.id: module.api_name for module in modules}
    taken = {module.api_name: module.id for module in modules}
    names: dict[str, str | None] = {}
    for module in (*known.past_modules, *known.modules):
        name = now.get(module.id, module.api_name)
        names[module.api_name] = name if taken.get(name, module.id) == module.id else None

    def renamed(found: Mapping[str, _T]) -> dict[str, _T]:
        moved = {names.get(name, name): value for name, value in found.items()}
        return {name: value for name, value in moved.items() if name is not None}

    return replace(
        known,
        fields=renamed(known.fields),
        refusals=renamed(known.refusals),
        unread_modules=frozenset(renamed(dict.fromkeys(known.unread_modules))),
        column_names=renamed(known.column_names),
        columns=renamed(known.columns),
    )


def former_names(known: Metadata, found: Metadata) -> dict[str, str]:
    """The API names that modules had in an earlier reading, by those they have now."""
    before = {module.id: module.api_name for module in known.modules}
    pairs = ((m.api_name, before.get(m.id, m.api_name)) for m in found.modules)
    return {name: old for name, old in pairs if name != old}


def _past_modules(modules: Sequence[Module], past: Sequence[Module]) -> tuple[Module, ...]:
    listed = {module.id for module in modules}
    return tuple({m.id: m for m in past if m.id not in listed}.values())


def _has_news(modules: Sequence[Module], known: Metadata) -> bool:
    before = {module.api_name: module for module in known.modules}
    return any(before.get(module.api_name) != module for module in modules)


def _removed_modules(modules: Sequence[Module], known: Metadata) -> tuple[Module, ...]:
    listed = {module.id for module in modules}
    return tuple(module for module in known.modules if module.id not in listed)


def _removed_fields(
    fields: Mapping[str, Sequence[Field]], known: Metadata
) -> dict[str, tuple[Field, ...]]:
    removed = {}
    for name, found in fields.items():
        listed = {each.id for each in found}
        gone = tuple(each for each in known.fields.get(name, ()) if each.id not in listed)
        if gone:
            removed[name] = gone
    return removed


def _is_old(read_at: datetime, now: datetime) -> bool:
    """A day old, or of a future that a clock put right since has taken back."""
    return not timedelta(0) <= now - read_at < timedelta(seconds=settings.METADATA_MAX_AGE_S)


def _is_changed(module: Module, known: Metadata) -> bool:
    if module.api_name not in known.fields and module.api_name not in known.refusals:
        return True
    if module.api_name in known.unread_modules or module.api_name in known.failures:
        return True
    before = next((m for m in known.modules if m.id == module.id), None)
    if before is None or not is_candidate(before):  # its fields were not asked for then
        return True
    return before.modified_time != module.modified_time


def _read_fields(
    client: ZohoClient, modules: Sequence[Module]
) -> tuple[dict[str, tuple[Field, ...]], dict[str, ZohoCrmError], dict[str, ZohoCrmError]]:
    """Gives the fields, what Zoho refuses, and what failed, each by module."""
    asked = [(module.api_name, _ask_fields(client, module.api_name)) for module in modules]
    fields: dict[str, tuple[Field, ...]] = {}
    refusals: dict[str, ZohoCrmError] = {}
    failures: dict[str, ZohoCrmError] = {}
    for name, future in asked:
        try:
            fields[name] = tuple(parse_field(raw) for raw in elements_of(future.result(), "fields"))
        except ZohoSkippableError as error:
            refusals[name] = error
        except ZohoCrmError as error:
            if not is_of_one_module(error):
                for _, other in asked:
                    other.cancel()
                raise
            failures[name] = error
    return fields, refusals, failures


def _ask_fields(client: ZohoClient, module: str) -> Future[Reply]:
    """Source: Zoho CRM API v8, "Fields Metadata"."""  # the source line is its doc
    subject = Subject("fields", "ZohoCRM.settings.fields.READ", module)
    return client.submit("settings/fields", {"module": module}, subject=subject)


def elements_of(reply: Reply, key: str) -> Sequence[JsonObject]:
    """The list under a key of a settings reply; empty for 204.

    Raises:
        ZohoResponseError: There is no such list.
    """
    if reply.status == 204:
        return ()
    elements = reply.body.get(key)
    if not isinstance(elements, list) or not all(isinstance(each, Mapping) for each in elements):
        raise ZohoResponseError(
            f"settings: Zoho's reply has no list `{key}`; run with --debug and report it.",
            status=reply.status,
        )
    return elements
