"""The table of one related list: its columns, and which fields to ask for.

Pure: no network, no database.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dlt.common.normalizers.naming.snake_case import NamingConvention

from .api_types import Module
from .columns import ARROW_TYPES, Column, TableSchema
from .names import ID
from .related_row_keys import (
    MEMBER_CREATED,
    MEMBER_ID,
    MEMBER_INFO,
    MEMBER_MODIFIED,
    MODULE_KEY,
    PARENT_KEY,
)
from .settings import MAX_FIELDS_PER_CALL, MAX_IDENTIFIER_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .related_lists import ListKind, RelatedList

PARENT_ID: Final = "parent_id"
RELATED_MODULE: Final = "related_module"
KEY: Final = (PARENT_ID, ID)
"""The primary key of every related list's table."""
_TIMES: Final = ("Created_Time", "Modified_Time")
_RECORD_TIMES: Final = (
    "created_time timestamp Created_Time",
    "modified_time timestamp Modified_Time",
)
_PEOPLE: Final = (
    "owner__id text Owner.id",
    "owner__name text Owner.name",
    "created_by__id text Created_By.id",
    "created_by__name text Created_By.name",
)
_MEMBER_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Campaigns.Leads": ("member_status text Member_Status",),
    "Campaigns.Contacts": ("member_status text Member_Status",),
    "Leads.Campaigns": ("member_status text Member_Status",),
    "Contacts.Campaigns": ("member_status text Member_Status",),
    "Products.Price_Books": ("list_price decimal list_price",),
    "Price_Books.Products": ("list_price decimal list_price",),
    "Deals.Contact_Roles": (
        "contact_role__id text Contact_Role.id",
        "contact_role__name text Contact_Role.name",
    ),
}
"""What a membership holds beside its times ("Get Related Records", "Contact Roles")."""
_FIXED: Final[Mapping[ListKind, tuple[str, ...]]] = {
    "chronological": (
        "subject text Subject",
        "status text Status",
        "due_date date Due_Date",
        "start_date_time timestamp Start_DateTime",
        "end_date_time timestamp End_DateTime",
        "call_start_time timestamp Call_Start_Time",
        *_PEOPLE[:2],
        *_RECORD_TIMES,
    ),
    "attachments": (
        "file_name text File_Name",
        "size bigint Size",
        "file_id text $file_id",
        "type text $type",
        "link_url text $link_url",
        *_PEOPLE,
        *_RECORD_TIMES,
    ),
    "notes": (
        "note_title text Note_Title",
        "note_content text Note_Content",
        *_PEOPLE,
        *_RECORD_TIMES,
    ),
    "emails": (
        "subject text",
        "summary text",
        "from__name text from.user_name",
        "from__email text from.email",
        "to json",
        "cc json",
        "owner__id text owner.id",
        "owner__name text owner.name",
        "time timestamp",
        "sent bool",
        "read bool",
        "has_attachment bool",
        "source text",
        "status json",
    ),
    "stage_history": (
        "stage text Stage",
        "amount decimal Amount",
        "probability bigint Probability",
        "close_date date Close_Date",
        "moved_to__s text Moved_To__s",
        "modified_by__id text Modified_By.id",
        "modified_by__name text Modified_By.name",
        _RECORD_TIMES[1],
    ),
}
"""Columns of lists whose rows are of no module that is loaded, or of several."""


@dataclass(frozen=True, slots=True)
class ListTable:
    """One related list as a table."""

    related_list: RelatedList
    schema: TableSchema
    """The columns, `parent_id` and `id` among them; of no module of Zoho's."""
    fields: tuple[str, ...]
    """What to ask for; empty for e-mails, which take no fields."""
    child: TableSchema | None = None
    """The table of the child, where it is loaded and there is one."""

    @property
    def name(self) -> str:
        """The table's name."""
        return self.schema.table_name

    @property
    def record_columns(self) -> tuple[Column, ...]:
        """The columns that say something of the related record itself."""
        own = {PARENT_KEY, ID, MODULE_KEY, MEMBER_ID, MEMBER_CREATED, MEMBER_MODIFIED, MEMBER_INFO}
        own |= {column.api_name for column in _columns(_MEMBER_FIELDS.get(self.related_list.name))}
        return tuple(column for column in self.schema.columns if column.api_name not in own)


def name_list_tables(
    lists: Sequence[RelatedList], schemas: Mapping[str, TableSchema]
) -> dict[str, str]:
    """Names the tables `{module}__{list}`, by `Module.List`; of names alike one gets its id."""
    naming = NamingConvention(MAX_IDENTIFIER_LENGTH)

    def plain(one: RelatedList) -> str:
        table = schemas[one.module].table_name
        return naming.shorten_fragments(table, naming.normalize_identifier(one.api_name))

    known = [one for one in lists if one.module in schemas]
    names: dict[str, str] = {}
    used: Counter[str] = Counter()
    for one in sorted(known, key=lambda one: (len(one.id), one.id, one.api_name)):
        name = plain(one)
        used[name] += 1
        names[one.name] = name if used[name] == 1 else f"{name[:56]}_{one.id[-6:] or used[name]}"
    return names


def build_list_table(
    related_list: RelatedList,
    table_name: str,
    schemas: Mapping[str, TableSchema],
    *,
    loaded: frozenset[str] = frozenset(),
    fields: Sequence[str] | None = None,
) -> ListTable:
    """Builds the table of a list.

    Args:
        related_list: The list.
        table_name: Its table, from `name_list_tables`.
        schemas: The tables of all modules whose fields are known, by module.
        loaded: Modules whose tables exist in the dataset.
        fields: Fields to ask for. By default `id`, times and what describes the membership of
            lists whose child is loaded, and all fields (50 at the most) of the others.
    """
    child = _child_of(related_list, schemas)
    wanted = fields if fields is not None else _default_fields(related_list, child, loaded)
    record = list(_record_columns(related_list, child, wanted, schemas))
    member = _columns(_MEMBER_FIELDS.get(related_list.name))
    columns = [*_own_columns(related_list), *member, *map(_apart, record)]
    is_email = related_list.kind == "emails"
    asked = dict.fromkeys(c.api_name for c in (*member, *record) if c.api_name != ID)
    stub = Module(related_list.name, "", "reference", True, "visible", "", "", None, None)
    stub = replace(stub, plural_label=f"{related_list.label} of {related_list.module}")
    return ListTable(
        related_list,
        TableSchema(stub, table_name, tuple(columns), (), has_modified_time=False),
        () if is_email else tuple(asked)[:MAX_FIELDS_PER_CALL] or (ID,),
        child if child is not None and child.module.api_name in loaded else None,
    )


def _child_of(related_list: RelatedList, schemas: Mapping[str, TableSchema]) -> TableSchema | None:
    if len(related_list.child_modules) != 1 or related_list.kind == "emails":
        return None
    return schemas.get(related_list.child_modules[0])


def _default_fields(
    related_list: RelatedList, child: TableSchema | None, loaded: frozenset[str]
) -> Sequence[str] | None:
    """None for the columns that are fixed for the list's class."""
    if child is None or related_list.kind == "attachments":
        return None
    if child.module.api_name in loaded:
        return _TIMES
    return child.slices[0]


def _record_columns(
    related_list: RelatedList,
    child: TableSchema | None,
    wanted: Sequence[str] | None,
    schemas: Mapping[str, TableSchema],
) -> Iterator[Column]:
    if wanted is None:
        fixed = _FIXED.get(related_list.kind) or _RECORD_TIMES
        yield from _columns(fixed)
        return
    sources = [child] if child else [schemas.get(name) for name in related_list.child_modules]
    fixed_columns = _columns(_FIXED.get(related_list.kind))
    for name in dict.fromkeys(wanted):
        candidates = [s.columns for s in sources if s is not None]
        found = next((m for m in (_of_field(c, name) for c in candidates) if m), None)
        yield from found or _of_field(fixed_columns, name) or [_unknown(name)]


def _of_field(columns: Sequence[Column], api_name: str) -> list[Column]:
    return [column for column in columns if column.api_name == api_name and column.name != ID]


def _unknown(name: str) -> Column:
    column = NamingConvention(MAX_IDENTIFIER_LENGTH).normalize_identifier(name)
    return Column(column, ARROW_TYPES["json"], "json", name, base_name=column)


def _own_columns(related_list: RelatedList) -> list[Column]:
    specs = [f"{PARENT_ID} text {PARENT_KEY}", f"{ID} text", f"{RELATED_MODULE} text {MODULE_KEY}"]
    if related_list.kind in {"many_to_many", "multiselect"}:
        specs += [
            f"member_id text {MEMBER_ID}",
            f"member_created_time timestamp {MEMBER_CREATED}",
            f"member_modified_time timestamp {MEMBER_MODIFIED}",
            f"member_info json {MEMBER_INFO}",
        ]
    return _columns(specs)


def _columns(specs: Sequence[str] | None) -> list[Column]:
    """Builds columns from `name type key[.part]`; the key is the name unless given."""
    return [_column(spec) for spec in specs or ()]


def _column(spec: str) -> Column:
    name, data_type, *source = spec.split()
    key, _, part = (source[0] if source else name).partition(".")
    base = name.partition("__")[0] if part else name
    return Column(name, ARROW_TYPES[data_type], data_type, key, part or None, base_name=base)


def _apart(column: Column) -> Column:
    """Keeps a field's column apart from the table's own of the same name."""
    taken = {PARENT_ID, ID, RELATED_MODULE, "member_id", "member_created_time"}
    taken |= {"member_modified_time", "member_info", "_deleted_type"}
    if column.base_name not in taken and column.name not in taken:
        return column
    return replace(column, name=f"record_{column.name}", base_name=f"record_{column.base_name}")
