"""The work of `zoho-sync modules --related`: every related list, how it is read, what it costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from zoho_crm.client import ZohoClient
from zoho_crm.exceptions import ZohoConfigError
from zoho_crm.metadata import read_metadata
from zoho_crm.related_list_metadata import modules_with_lists, read_related_lists
from zoho_crm.removable_relations import find_mirror, removable_relations
from zoho_crm.selection import EVERYTHING, select_names
from zoho_crm.source import table_schemas
from zoho_destinations.explain import explain
from zoho_destinations.list_ways import read_ways

from .counting import count_records
from .exit_codes import ExitCode
from .glance import glance_at, is_there, readable_target
from .masking import mask_secrets
from .related_configuration import read_related_configuration
from .related_plan import PlanFacts, plan_lists
from .related_selection import require_known, split_selection
from .results import ending

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoho_destinations.list_ways import WayRow
    from zoho_destinations.settings import Kind

    from .configuration import SyncConfiguration
    from .related_plan import PlannedList
    from .terminal import Output


_ONLY_PLANNED: Final = "This is only how lists will be loaded at first"


@dataclass(frozen=True, slots=True)
class ListFacts:
    """One related list."""

    name: str
    kind: str
    child_modules: Sequence[str]
    way: str
    """derived, read, off or none; waiting: to be derived once it was compared."""
    table_name: str | None
    reason: str | None
    parents: int | None
    """Records of its module, as Zoho counts them; None where it does not tell."""

    @property
    def sweep_calls(self) -> int | None:
        """Calls that reading it for every parent takes, but for what counts of empty lists save."""
        if self.way in ("derived", "waiting", "none"):
            return 0
        return self.parents

    def to_json(self) -> dict[str, Any]:
        """The facts as JSON values."""
        return {
            "list": self.name,
            "class": self.kind,
            "child_modules": list(self.child_modules),
            "way": self.way,
            "table": self.table_name,
            "reason": self.reason,
            "parents": self.parents,
            "full_sweep_calls": self.sweep_calls,
        }


@dataclass(frozen=True, slots=True)
class RelatedReport:
    """The related lists that were asked for."""

    lists: Sequence[ListFacts]
    notes: Sequence[str]
    calls: int
    exit_code: ExitCode = field(default=ExitCode.DONE)

    @property
    def message(self) -> str:
        """One sentence."""
        ways = [each.way for each in self.lists]
        waiting = f"{ways.count('waiting')} waiting, " if "waiting" in ways else ""
        return (
            f"{len(ways)} related lists: {ways.count('derived')} derived at no call, "
            f"{waiting}{ways.count('read')} read, {ways.count('off')} off, "
            f"{ways.count('none')} unreadable."
        )

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            **ending(self.exit_code, self.message),
            "related_lists": [each.to_json() for each in self.lists],
            "notes": list(self.notes),
            "calls": self.calls,
        }


def list_related(
    sync_config: SyncConfiguration, kind: Kind, patterns: Sequence[str]
) -> RelatedReport:
    """Asks Zoho for the related lists of modules, and how many records each module has.

    Args:
        sync_config: Whose eyes to look with, and the dataset that knows what runs found out.
        kind: `duckdb` or `postgres`.
        patterns: Modules or lists; none for all.

    Raises:
        ZohoConfigError: A pattern matches nothing.
        ZohoCrmError: Zoho refuses the metadata, or could not be asked.
    """
    config = read_related_configuration()
    selection = split_selection(patterns or EVERYTHING)
    known, unknown = _read_known_ways(sync_config, kind)
    with ZohoClient(sync_config.credentials) as client:
        metadata = read_metadata(client)
        schemas = table_schemas(metadata)
        candidates = modules_with_lists(schemas)
        modules = select_names(selection.modules, candidates)
        both_sides = _with_other_sides(modules, candidates)
        read = read_related_lists(client, metadata, both_sides)
        require_known(selection, [one.name for one in read.lists if one.module in modules])
        sizes, notes = count_records(client, both_sides)
        facts = PlanFacts(read.lists, schemas, frozenset(schemas), known, sizes)
        # What is named is shown as it is without being named.
        planned = plan_lists(facts, config, split_selection(selection.modules), modules)
        shown = [one for one in planned if one.related_list.module in modules]
        wanted = [one for one in shown if _is_wanted(one, selection.lists)]
        failures = [*metadata.failures.values(), *read.failures.values()]
        if not wanted and failures:
            raise failures[0]
        if not wanted:
            raise ZohoConfigError("No related list is selected: none of these modules has one.")
        lists = [_facts(one, sizes, known.get(one.name)) for one in wanted]
        notes = [*read.notes, *map(str, failures), *notes, *unknown]
        return RelatedReport(lists, notes, client.calls)


def _with_other_sides(modules: Sequence[str], candidates: Sequence[str]) -> list[str]:
    """The modules, and those at the other side of relations that may be read from there."""
    others = {
        relation.related_module
        for relation in removable_relations()
        if relation.module in modules and find_mirror(relation)
    }
    return [name for name in candidates if name in modules or name in others]


def _read_known_ways(
    config: SyncConfiguration, kind: Kind
) -> tuple[Mapping[str, WayRow], Sequence[str]]:
    """How the copy has each list, by `Module.List`; or a sentence why that is not known."""
    try:
        target = readable_target(config, kind)
        ways = {}
        if is_there(target):
            with glance_at(target) as client:
                ways = read_ways(client)
    except Exception as error:  # each driver raises its own: known is what `explain` can word
        if (reason := explain(error)) is None:
            raise
        return {}, [mask_secrets(f"{_ONLY_PLANNED}, because the copy cannot be opened: {reason}")]
    return ways, [] if ways else [f"{_ONLY_PLANNED}: no run has loaded related lists yet."]


def _is_wanted(one: PlannedList, patterns: Sequence[str]) -> bool:
    selection = split_selection(patterns)
    if selection.names_lists_only:
        return selection.is_named(one.name)
    return selection.selects(one.name)


def _facts(one: PlannedList, sizes: Mapping[str, int], known: WayRow | None) -> ListFacts:
    related_list = one.related_list
    way, reason = _now(one, known)
    return ListFacts(
        name=one.name,
        kind=related_list.kind,
        child_modules=related_list.child_modules,
        way=way,
        table_name=one.table.name if one.table and way in ("derived", "read") else None,
        reason=reason,
        parents=sizes.get(related_list.module),
    )


def _now(one: PlannedList, known: WayRow | None) -> tuple[str, str | None]:
    """The way of a list and why: by the configuration and by what the runs found out."""
    if known is None:
        return one.way, one.reason
    way = "waiting" if one.waits and known.way == "waiting" else one.way
    if way != known.way:  # the configuration or Zoho's metadata changed since
        so_far = f"{known.way} in the copy until the next run"
        return way, f"{one.reason}; {so_far}" if one.reason else so_far
    if way == "waiting":
        return way, "to be derived once it was compared with Zoho's list"
    return way, one.reason or known.reason


def show_related(report: RelatedReport, output: Output) -> None:
    """Prints the lists as a table, and why some are not loaded in sentences."""
    headings = ["list", "class", "rows of", "way", ">calls of a full sweep", "table"]
    shown = [each for each in report.lists if each.way != "none"]
    if shown:
        output.show_table(headings, (_row(each) for each in shown))
        output.say("")
    refused = [each for each in report.lists if each.way == "none"]
    if refused:
        output.say("Cannot be read:", style="bold")
        for each in refused:
            output.say(f"- {each.name}: {each.reason}.")
        output.say("")
    for note in report.notes:
        output.say(note)
    output.say(f"{report.message} ({report.calls} API calls made.)")


def _row(each: ListFacts) -> list[object]:
    way = f"{each.way}: {each.reason}" if each.reason else each.way
    rows_of = ", ".join(each.child_modules)
    return [each.name, each.kind, rows_of, way, each.sweep_calls, each.table_name or ""]
