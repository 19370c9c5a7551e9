"""Random work of administrators and of everybody else, on a small organisation."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.zoho_sync.changing_schemas import HOUR_S
from zoho_simulator.fields import (
    Option,
    field,
    lookup,
    multiselect,
    picklist,
    rich_text,
    user_lookup,
)
from zoho_simulator.schema_acts import remove_module, rename_field, rename_module, retype_field

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.zoho_crm.crm import Crm
    from zoho_simulator.fields import FieldSpec

TYPES = (
    *("text", "integer", "currency", "boolean", "date", "picklist", "multiselectpicklist"),
    *("datetime", "bigint", "percent", "textarea"),
)
OTHER_TYPES = ("lookup", "user", "rich text")
"""Fields that may be new, but that none of another type becomes."""
OPEN = {"status": "visible", "api_supported": True}
STATES = (OPEN, {"status": "user_hidden"}, {"status": "scheduled_for_deletion"},
          {"api_supported": False})  # fmt: skip
OPTIONS = ("10", "20", "30", "blue")
_KEPT = frozenset({"Name", "id", "Created_By", "Created_Time", "Owner", "Modified_By",
                   "Modified_Time", "Tag"})  # fmt: skip


class RandomWork:
    """Draws what somebody does next.

    Attributes:
        done: What was done so far, for whoever looks into a failure.
    """

    def __init__(self, crm: Crm, chance: random.Random) -> None:
        self.crm = crm
        self.done: list[str] = []
        self._chance = chance
        self._number = 0
        self._retyped: set[int] = set()
        self._acts = (
            [self._update] * 6 + [self._create, self._delete] + [self._add_field] * 4
            + [self._retype] * 3 + [self._rename_field, self._remove_field, self._relabel]
            + [self._hide_or_show, self._swap_names, self._reuse_name, self._add_many_fields]
            + [self._change_option_list, self._restore, self._open_or_close]
            + [self._rename_option] * 2 + [self._add_module, self._rename_module, self._remove]
        )  # fmt: skip

    def do(self, acts: int) -> None:
        """So many acts, a minute apart."""
        self._retyped.clear()
        for _ in range(acts):
            act = self._chance.choice(self._acts)
            self.done.append(f"{act.__name__}: {act()}")
            self.crm.pass_time(60)

    @property
    def modules(self) -> list[str]:
        return list(self.crm.org.modules)

    @property
    def readable(self) -> list[str]:
        """Modules that the API offers now."""
        found = {name: self.crm.org.module(name).traits for name in self.modules}
        gone = "scheduled_for_deletion"
        return [n for n, traits in found.items() if traits.api_supported and traits.status != gone]

    # records

    def _update(self) -> str:
        module, record_id = self._record()
        spec = self._chance.choice(list(self._fields(module)))
        self.crm.org.update(module, record_id, {spec.api_name: self._value(spec)})
        return f"{module} {record_id} {spec.api_name}"

    def _create(self) -> str:
        module = self._chance.choice(self.modules)
        values = {spec.api_name: self._value(spec) for spec in self._fields(module)}
        return self.crm.org.create(module, values)

    def _delete(self) -> str:
        module, record_id = self._record()
        if len(self.crm.org.records(module)) > 2:
            self.crm.org.delete(module, record_id)
        return f"{module} {record_id}"

    def _restore(self) -> str:
        """With a new time, or only a reconciling run would see it."""
        gone = [(e.module, str(e.id)) for e in self.crm.org.bin if e.module in self.modules]
        if not gone:
            return "none"
        module, record_id = self._chance.choice(gone)
        self.crm.org.restore(module, record_id, keep_time=False)
        return f"{module} {record_id}"

    # fields

    def _add_field(self) -> str:
        module = self._chance.choice(self.modules)
        names = [f"Extra_{number}" for number in range(8)]
        free = [n for n in names if n not in self.crm.org.module(module).fields]
        if not free:
            return "none is free"
        data_type = self._chance.choice([*TYPES, *OTHER_TYPES])
        return self._put_field(module, self._spec(self._chance.choice(free), data_type))

    def _put_field(self, module: str, spec: FieldSpec) -> str:
        self.crm.org.add_field(module, spec)
        for number, record_id in enumerate(list(self.crm.org.records(module))):
            values = {spec.api_name: None if number % 2 else self._value(spec)}
            self.crm.org.update(module, record_id, values, keep_time=True)
        return f"{module}.{spec.api_name} {spec.data_type}"

    def _add_many_fields(self) -> str:
        """More than a call may name, and gone again but for a few."""
        module = self._chance.choice(self.modules)
        names = [f"Many_{self._next()}" for _ in range(55)]
        for name in names:
            self._put_field(module, self._spec(name, self._chance.choice(TYPES)))
        for name in names[3:] if self._chance.random() < 0.5 else names[52:]:
            self.crm.org.remove_field(module, name)
        return f"{module}.{names[0]} and more"

    def _swap_names(self) -> str:
        module, one = self._any_field()
        other = self._chance.choice([s for s in self._fields(module) if s.api_name != "Name"])
        if one.api_name == other.api_name:
            return "itself"
        aside = f"Aside_{self._next()}"
        rename_field(self.crm.org, module, one.api_name, aside)
        rename_field(self.crm.org, module, other.api_name, one.api_name)
        rename_field(self.crm.org, module, aside, other.api_name)
        return f"{module} {one.api_name} {other.api_name}"

    def _reuse_name(self) -> str:
        """A field goes, or gets another name, and a new one has its name at once."""
        module, spec = self._any_field()
        if self._chance.random() < 0.5:
            self.crm.org.remove_field(module, spec.api_name)
        else:
            rename_field(self.crm.org, module, spec.api_name, f"Renamed_{self._next()}")
        return self._put_field(module, self._spec(spec.api_name, self._chance.choice(TYPES)))

    def _remove_field(self) -> str:
        module, spec = self._any_field()
        self.crm.org.remove_field(module, spec.api_name)
        return f"{module}.{spec.api_name}"

    def _rename_field(self) -> str:
        module, spec = self._any_field()
        name = f"Renamed_{self._next()}"
        rename_field(self.crm.org, module, spec.api_name, name)
        return f"{module}.{spec.api_name} {name}"

    def _retype(self) -> str:
        """A type that changes and comes back between two runs cannot be seen: see the docs."""
        module, spec = self._any_field()
        if spec.id in self._retyped:
            return "retyped already"
        self._retyped.add(spec.id)
        data_type = self._chance.choice([each for each in TYPES if each != spec.data_type])
        options = spec.options or tuple(Option(o, o) for o in OPTIONS)
        retype_field(self.crm.org, module, spec.api_name, data_type, options=options)
        return f"{module}.{spec.api_name} {spec.data_type} -> {data_type}"

    def _relabel(self) -> str:
        module, spec = self._any_field()
        label = f"Label {self._next()}"
        self.crm.org.change_field(module, spec.api_name, label=label, display_label=label)
        return f"{module}.{spec.api_name}"

    def _hide_or_show(self) -> str:
        module, spec = self._any_field()
        permission = "read_write" if spec.is_hidden else "hidden"
        self.crm.org.change_field(module, spec.api_name, permission=permission)
        return f"{module}.{spec.api_name} {permission}"

    def _rename_option(self) -> str:
        found = [
            (module, spec)
            for module in self.modules
            for spec in self._fields(module)
            if spec.options and spec.data_type in ("picklist", "multiselectpicklist")
        ]
        if not found:
            return "none"
        module, spec = self._chance.choice(found)
        options = list(spec.options)
        one, other = self._chance.sample(range(len(options)), 2)
        if self._chance.random() < 0.3:  # two swap their names
            names = options[one].display_value, options[other].display_value
            options[one] = replace(options[one], display_value=names[1])
            options[other] = replace(options[other], display_value=names[0])
        else:
            options[one] = replace(options[one], display_value=f"Option {self._next()}")
        self.crm.org.change_field(module, spec.api_name, options=tuple(options))
        return f"{module}.{spec.api_name} {[o.display_value for o in options]}"

    def _change_option_list(self) -> str:
        found = [(m, s) for m in self.modules for s in self._fields(m) if s.options]
        if not found:
            return "none"
        module, spec = self._chance.choice(found)
        name = f"Option {self._next()}"
        self.crm.org.change_field(
            module, spec.api_name, options=(*spec.options, Option(name, name))
        )
        return f"{module}.{spec.api_name} {name}"

    # modules

    def _open_or_close(self) -> str:
        """Nothing may point to a module that is closed: its names would not be followed."""
        free = self._not_pointed_to()
        if len(free) < 2:
            return "none"
        state = {**OPEN, **self._chance.choice(STATES)}
        self.crm.org.change_module(free[-1], **state)
        return f"{free[-1]} {state}"

    def _add_module(self) -> str:
        name = f"Module_{self._next()}"
        start = self.crm.now_s - HOUR_S
        self.crm.add_module(name, [self._spec("Extra_0", "picklist")], times=[start] * 3)
        return name

    def _rename_module(self) -> str:
        module = self._chance.choice(self.modules)
        name = f"Module_{self._next()}"
        rename_module(self.crm.org, module, name)
        return f"{module} {name}"

    def _remove(self) -> str:
        """Nothing may point to it, or its records would go on being shown without a name."""
        free = self._not_pointed_to()
        if len(free) < 2:
            return "none"
        remove_module(self.crm.org, free[-1])
        return free[-1]

    def _not_pointed_to(self) -> list[str]:
        specs = [s for m in self.modules for s in self.crm.org.module(m).fields.values()]
        targets = {spec.lookup_module for spec in specs}
        return [module for module in self.modules if module not in targets]

    # drawing

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _record(self) -> tuple[str, str]:
        module = self._chance.choice(self.modules)
        return module, self._chance.choice(list(self.crm.org.records(module)))

    def _any_field(self) -> tuple[str, FieldSpec]:
        found = [(m, s) for m in self.modules for s in self._fields(m) if s.api_name != "Name"]
        return self._chance.choice(found)

    def _fields(self, module: str) -> list[FieldSpec]:
        specs = self.crm.org.module(module).fields.values()
        return [s for s in specs if s.api_name not in _KEPT - {"Name"}]

    def _spec(self, name: str, data_type: str) -> FieldSpec:
        if data_type == "lookup" and self.readable:
            return lookup(name, self._chance.choice(self.readable))
        if data_type in ("user", "lookup"):
            return user_lookup(name)
        if data_type == "rich text":
            return rich_text(name)
        if data_type == "picklist":
            return picklist(name, OPTIONS)
        if data_type == "multiselectpicklist":
            return multiselect(name, OPTIONS)
        return field(name, data_type)

    def _value(self, spec: FieldSpec) -> Any:
        number = self._chance.randrange(1000)
        if spec.api_name != "Name" and number < 150 and spec.data_type != "boolean":
            return None
        if spec.options and spec.data_type in ("picklist", "multiselectpicklist"):
            chosen = self._chance.choice(spec.options).actual_value
            return chosen if spec.data_type == "picklist" else [chosen]
        if spec.data_type == "lookup":
            return self._chance.choice(list(self.crm.org.records(str(spec.lookup_module))))
        if spec.data_type == "userlookup":
            return self.crm.org.users.current_id
        return _PLAIN.get(spec.data_type, str)(number)


_PLAIN: dict[str, Callable[[int], Any]] = {
    "integer": lambda number: number,
    "bigint": lambda number: str(10**17 + number),
    "percent": lambda number: number % 100,
    "currency": lambda number: Decimal(number) / 8,
    "boolean": lambda number: number % 2 == 0,
    "date": lambda number: f"2026-01-{number % 28 + 1:02}",
    "datetime": lambda number: f"2026-01-{number % 28 + 1:02}T10:00:00+02:00",
    "textarea": lambda number: str(number) * 300,
}
"""A value of each type from a number."""
