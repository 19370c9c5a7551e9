"""Random work of administrators and of everybody else, on a small organisation."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.zoho_sync.changing_schemas import HOUR_S
from zoho_simulator.fields import Option, field, lookup, multiselect, picklist
from zoho_simulator.schema_acts import remove_module, rename_field, rename_module, retype_field

if TYPE_CHECKING:
    import random

    from tests.zoho_crm.crm import Crm
    from zoho_simulator.fields import FieldSpec

TYPES = ("text", "integer", "currency", "boolean", "date", "picklist", "multiselectpicklist")
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
            + [self._hide_or_show]
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

    # fields

    def _add_field(self) -> str:
        module = self._chance.choice(self.modules)
        names = [f"Extra_{number}" for number in range(8)]
        free = [n for n in names if n not in self.crm.org.module(module).fields]
        if not free:
            return "none is free"
        spec = self._spec(self._chance.choice(free), self._chance.choice([*TYPES, "lookup"]))
        self.crm.org.add_field(module, spec)
        for record_id in list(self.crm.org.records(module))[::2]:
            values = {spec.api_name: self._value(spec)}
            self.crm.org.update(module, record_id, values, keep_time=True)
        return f"{module}.{spec.api_name} {spec.data_type}"

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
        data_type = self._chance.choice(TYPES)
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

    # modules

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
        specs = [s for m in self.modules for s in self.crm.org.module(m).fields.values()]
        targets = {spec.lookup_module for spec in specs}
        free = [module for module in self.modules if module not in targets]
        if len(free) < 2:
            return "none"
        remove_module(self.crm.org, free[-1])
        return free[-1]

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
        if data_type == "lookup":
            return lookup(name, self._chance.choice(self.modules))
        if data_type == "picklist":
            return picklist(name, OPTIONS)
        if data_type == "multiselectpicklist":
            return multiselect(name, OPTIONS)
        return field(name, data_type)

    def _value(self, spec: FieldSpec) -> Any:
        number = self._chance.randrange(1000)
        if spec.api_name != "Name" and number < 150 and spec.data_type != "boolean":
            return None
        match spec.data_type:
            case "integer":
                return number
            case "currency":
                return Decimal(number) / 8
            case "boolean":
                return number % 2 == 0
            case "date":
                return f"2026-01-{number % 28 + 1:02}"
            case "picklist":
                return self._chance.choice(spec.options).actual_value
            case "multiselectpicklist":
                return [self._chance.choice(spec.options).actual_value]
            case "lookup":
                return self._chance.choice(list(self.crm.org.records(str(spec.lookup_module))))
        return str(number)
