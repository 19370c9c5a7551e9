"""Records as JSON, cheaply: a row is rendered once for each set of fields asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from .settings import RICH_TEXT_LIST_LENGTH
from .values import LOOKUP_TYPES, Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .catalogue import Catalogue
    from .fields import FieldSpec
    from .module import Module
    from .record import Record

    Convert = Callable[[Any], Any]

_encoder = msgspec.json.Encoder(decimal_format="number")
_serials = count()
_RENDERINGS_PER_RECORD = 4


@dataclass(frozen=True)
class View:
    """How the calling user is shown values; `SimulatorSettings` explains the switches."""

    time_zone: str = "Europe/Berlin"
    picklist_value: str = "display"
    multi_module_lookup: str = "sibling"
    deleted_lookup: str = "dangling"
    empty_list: str = "null"
    hidden_field: str = "missing"
    max_embedded_rows: int = 200


@lru_cache(maxsize=200_000)
def format_time(epoch_s: int | None, zone: str) -> str | None:
    """An instant with the offset of a zone (documented: never `Z`, no milliseconds)."""
    if epoch_s is None:
        return None
    return datetime.fromtimestamp(epoch_s, UTC).astimezone(_zone(zone)).isoformat()


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def encode(value: Any) -> bytes:
    """JSON with exact decimals; half a surrogate becomes an escape, as Zoho sends it."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return _encode_broken_text(value)


def _encode_broken_text(value: Any) -> bytes:
    if isinstance(value, str):
        return json.dumps(value).encode()
    if isinstance(value, dict):
        members = (_encode_broken_text(k) + b":" + encode(v) for k, v in value.items())
        return b"{" + b",".join(members) + b"}"
    return b"[" + b",".join(encode(element) for element in value) + b"]"


def _encode_member(name: str, value: Any) -> bytes:
    return encode(name) + b":" + encode(value)


@lru_cache(maxsize=10_000)
def _time_member(name: str, epoch_s: int | None, zone: str) -> bytes:
    return _encode_member(name, format_time(epoch_s, zone))


class RowFormat:
    """Renders records of a module with a given set of fields for a given view."""

    def __init__(
        self,
        catalogue: Catalogue,
        module: Module,
        *,
        names: Sequence[str],
        view: View,
        is_list: bool,
    ) -> None:
        self.serial = next(_serials)
        self._module = module
        self._view = view
        self._absent: list[bytes] = []
        self._plain: list[str] = []
        self._converted: list[tuple[str, Convert]] = []
        self._from_record: list[str] = []
        self._se_module_field: str | None = None
        converters = Converters(catalogue, view)
        for name in dict.fromkeys(names):
            spec = module.fields.get(name)
            if not is_list or spec is None or spec.is_in_lists:
                self._plan(name, converters.list_converter if is_list else converters.converter)
        self._members = self._compile_pattern()

    def render(self, record: Record) -> bytes:
        """A record's JSON object."""
        if not isinstance(record.values, dict):
            return self._render_patterned(record)
        if record.rendered is None:
            record.rendered = {}
        elif self.serial in record.rendered:
            return record.rendered[self.serial]
        elif len(record.rendered) >= _RENDERINGS_PER_RECORD:
            record.rendered.clear()
        body = encode(self.to_plain(record))
        record.rendered[self.serial] = body
        return body

    def to_plain(self, record: Record) -> dict[str, Any]:
        """A record's values as JSON would hold them."""
        values = self._module.values_of(record)
        plain: dict[str, Any] = {"id": str(record.id)}
        plain.update([(name, values.get(name)) for name in self._plain])
        for name, convert in self._converted:
            plain[name] = convert(values.get(name))
        self._add_record_members(plain, record)
        if self._se_module_field:
            reference = values.get(self._se_module_field)
            plain["$se_module"] = reference.module if reference else None
        return plain

    def _add_record_members(self, plain: dict[str, Any], record: Record) -> None:
        for name in self._from_record:
            time = record.created if name == "Created_Time" else record.modified
            plain[name] = format_time(time, self._view.time_zone)

    def _plan(self, name: str, converter: Callable[[FieldSpec], Convert | None]) -> None:
        spec = self._module.fields.get(name)
        if name == "$se_module":
            self._se_module_field = multi_module_field(self._module)
        elif name in self._module.traits.system_keys:
            self._plain.append(name)
        elif spec is None or spec.is_embedded or name == "id":
            return
        elif spec.is_hidden:
            if self._view.hidden_field == "null":
                self._converted.append((name, lambda _: None))
        elif name in {"Created_Time", "Modified_Time"}:
            self._from_record.append(name)
        elif convert := converter(spec):
            self._converted.append((name, convert))
        else:
            self._plain.append(name)

    def _compile_pattern(self) -> Callable[[int], bytes] | None:
        pattern = self._module.pattern
        if pattern is None or self._se_module_field:
            return None
        converts = dict(self._converted)
        names = [name for name in [*self._plain, *converts] if name in pattern.columns]
        absent = (n for n in [*self._plain, *converts] if n not in pattern.columns)
        self._absent = [_encode_member(name, None) for name in absent]

        def encode_value(name: str, value: Any) -> bytes:
            return _encode_member(name, converts[name](value) if name in converts else value)

        return pattern.fragments(names, encode=encode_value)

    def _render_patterned(self, record: Record) -> bytes:
        row = record.values
        if self._members is None or isinstance(row, dict):
            return encode(self.to_plain(record))
        parts = [b'{"id":"%d"' % record.id, *self._absent]
        for name in self._from_record:
            time = record.created if name == "Created_Time" else record.modified
            parts.append(_time_member(name, time, self._view.time_zone))
        if members := self._members(row):
            parts.append(members)
        return b",".join(parts) + b"}"


class Converters:
    """Turns stored values into those that a view shows."""

    def __init__(self, catalogue: Catalogue, view: View) -> None:
        self._catalogue = catalogue
        self._view = view

    def converter(self, spec: FieldSpec) -> Convert | None:
        """What to do with the values of a field; None where they are shown as they are."""
        if spec.value_type in LOOKUP_TYPES:
            return lambda value: self._lookup(spec, value)
        if spec.value_type == "datetime":
            return self._instant
        if spec.data_type == "multiselectpicklist":
            return self._list_converter(spec)
        if spec.json_type == "jsonarray" and self._view.empty_list == "list":
            return lambda value: [] if value is None else value
        renamed = self._renamed(spec)
        if renamed:
            return lambda value: renamed.get(value, value)
        return None

    def list_converter(self, spec: FieldSpec) -> Convert | None:
        """The same for lists, which cut rich text (documented)."""
        if spec.is_rich_text:
            return lambda value: value and value[:RICH_TEXT_LIST_LENGTH]
        return self.converter(spec)

    def _lookup(self, spec: FieldSpec, value: Any) -> Any:
        if not isinstance(value, Reference):
            return value
        shown = self._catalogue.show_reference(value, dangling=self._shows_dangling)
        if shown and spec.value_type == "multi_module_lookup" and self._embeds(spec):
            module = self._catalogue.module(value.module)
            shown["module"] = {"api_name": module.api_name, "id": str(module.id)}
        return shown

    @property
    def _shows_dangling(self) -> bool:
        return self._view.deleted_lookup == "dangling"

    def _embeds(self, spec: FieldSpec) -> bool:
        # Documented for Parent_Id of Notes; for What_Id the documentation shows both forms.
        return spec.api_name == "Parent_Id" or self._view.multi_module_lookup == "embedded"

    def _instant(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return format_time(int(value.timestamp()), self._view.time_zone)
        return value

    def _renamed(self, spec: FieldSpec) -> dict[Any, str]:
        if self._view.picklist_value == "actual":
            return {}
        renamed = (o for o in spec.options if o.display_value != o.actual_value)
        return {option.actual_value: option.display_value for option in renamed}

    def _list_converter(self, spec: FieldSpec) -> Convert:
        renamed = self._renamed(spec)
        empty: list[Any] | None = [] if self._view.empty_list == "list" else None

        def convert(value: Any) -> Any:
            if not value:
                return empty
            return [renamed.get(v, v) for v in value] if isinstance(value, list) else value

        return convert


def multi_module_field(module: Module) -> str | None:
    """The field whose target's module `$se_module` names."""
    specs = module.fields.values()
    return next((s.api_name for s in specs if s.value_type == "multi_module_lookup"), None)
