"""What there is in the organisation, and how it is read: modules, fields, people, names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from threading import RLock
from typing import TYPE_CHECKING, Any

from .clock import DEMO_START, Clock
from .fields import system_fields
from .layouts import Layouts
from .links import STANDARD_RELATIONS, Links, Relation
from .module import Module, ModuleTraits
from .reference import ReferenceData
from .related_lists import RelatedLists
from .rendering import RowFormat, View
from .settings import SimulatorSettings
from .single_record import to_single
from .users import Directory, User
from .values import USERS, Reference

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .fields import FieldSpec

FIRST_ID = 6_000_000_000_000_000_000
_FIRST_REFERENCE_ID = FIRST_ID + 26_011
_MAX_FORMATS = 64


@dataclass(frozen=True)
class Profile:
    """What `GET /org` says of the organisation."""

    company_name: str = "Brightwell Instruments GmbH"
    time_zone: str = "Europe/Berlin"
    iso_code: str = "EUR"
    currency: str = "Euro - EUR"
    currency_symbol: str = "€"
    country_code: str = "DE"
    primary_email: str = "crm@brightwell.example"
    users_license_purchased: int = 25


class Catalogue:
    """Modules, their fields and the users, with the clock that all of them live by.

    Everything may be called from any thread; the server reads under the same lock.

    Attributes:
        reference: Currencies, roles, profiles, territories and pipelines.
        layouts: The layouts of each module.
        related_lists: The related lists of each module.
        links: The memberships of each many-to-many relation.
        write_rules: The switches that writes follow.
        schema_version: Grows with every change of a module or field.
    """

    def __init__(self, *, start: datetime = DEMO_START, profile: Profile | None = None) -> None:
        self.clock = Clock(start)
        self.profile = profile or Profile()
        self.lock = RLock()
        self._definition_ids = count(FIRST_ID + 2_001)
        reference_ids = count(_FIRST_REFERENCE_ID)
        self.reference = ReferenceData(lambda: next(reference_ids), lambda: self.clock.epoch_s)
        self.users = Directory(self.reference)
        self.layouts = Layouts(lambda: next(self._definition_ids))
        self.related_lists = RelatedLists(self, lambda: next(self._definition_ids))
        self.links: dict[Relation, Links] = {r: Links(r) for r in STANDARD_RELATIONS}
        self.schema_version = 0
        self.write_rules = SimulatorSettings()
        self.created_at = self.clock.epoch_s - 5 * 365 * 86_400
        self._modules: dict[str, Module] = {}
        self._names_version = 0

    @property
    def modules(self) -> dict[str, Module]:
        """The modules by API name."""
        return self._modules

    def module(self, api_name: str) -> Module:
        """A module by API name."""
        return self._modules[api_name]

    def add_user(self, first_name: str | None, last_name: str, *, email: str, **more: Any) -> str:
        """Adds a user and gives the id; `more` are attributes of `User`."""
        user_id = FIRST_ID + 901 + len(self.users)
        defaults = {"role": "CEO", "profile": "Administrator", "created": self.created_at}
        values = {**defaults, "modified": self.created_at, **more}
        with self.lock:
            self.users.add(User(user_id, first_name, last_name, email, **values))
        return str(user_id)

    def change_user(self, user_id: str | int, **values: Any) -> None:
        """Changes a user; every record shows a new name or e-mail at once, unchanged otherwise."""
        with self.lock:
            self.users.change(int(user_id), **{"modified": self.clock.epoch_s, **values})
            self.forget_names()

    def add_module(
        self,
        api_name: str,
        fields: Sequence[FieldSpec] = (),
        *,
        generated_type: str = "custom",
        has_modified_time: bool = True,
        **traits: Any,
    ) -> Module:
        """Adds a module with the fields given and those that every module has.

        Args:
            api_name: As in URLs.
            fields: The first one names the records, unless `name_field` is given.
            generated_type: Documented values: default, custom, linking, subform, ...
            has_modified_time: Whether its records have `Modified_Time` and `Modified_By`.
            traits: Attributes of `ModuleTraits`.
        """
        label = api_name.replace("__s", "").replace("_", " ")
        traits = {"module_name": api_name, "plural_label": label, **traits}
        traits.setdefault("singular_label", label.removesuffix("s"))
        traits.setdefault("name_field", fields[0].api_name if fields else None)
        traits.update(generated_type=generated_type, has_modified_time=has_modified_time)
        with self.lock:
            module = Module(api_name, next(self._definition_ids), ModuleTraits(**traits))
            self._modules[api_name] = module
            self.schema_version += 1
            for spec in [*fields, *system_fields(has_modified_time=has_modified_time)]:
                self._put_field(module, spec)
            self.forget_names()
        return module

    def change_module(self, module: str, **changes: Any) -> None:
        """Changes a module's traits, what reading it answers for instance."""
        with self.lock:
            found = self.module(module)
            found.traits = replace(found.traits, **changes)
            self.schema_version += 1

    def add_field(self, module: str, spec: FieldSpec) -> None:
        """Adds a field; existing records have null in it and keep their `Modified_Time`."""
        with self.lock:
            self._put_field(self.module(module), spec)
            self.note_change(module)

    def _put_field(self, module: Module, spec: FieldSpec) -> None:
        numbered = replace(spec, id=spec.id or next(self._definition_ids))
        module.fields[spec.api_name] = numbered

    def remove_field(self, module: str, api_name: str) -> None:
        """Removes a field with its values: another one may have its name."""
        with self.lock:
            found = self.module(module)
            del found.fields[api_name]
            for record in found.records_with_bin():
                values = found.values_of(record)
                if api_name in values:
                    kept = {name: value for name, value in values.items() if name != api_name}
                    found.replace_values(record, kept)
            self.note_change(module)

    def change_field(self, module: str, api_name: str, **changes: Any) -> None:
        """Changes a field's definition, its labels for instance."""
        with self.lock:
            fields = self.module(module).fields
            fields[api_name] = replace(fields[api_name], **changes)
            self.note_change(module)

    def rename_option(self, module: str, api_name: str, *, actual: str, display: str) -> None:
        """Renames a picklist entry; records keep the actual value and their `Modified_Time`."""
        spec = self.module(module).fields[api_name]
        options = tuple(
            replace(option, display_value=display) if option.actual_value == actual else option
            for option in spec.options
        )
        self.change_field(module, api_name, options=options)

    def add_relation(self, relation: Relation) -> None:
        """Adds a many-to-many relation beside those that Zoho brings along."""
        with self.lock:
            self.links[relation] = Links(relation)
            self.schema_version += 1

    def note_change(self, module: str) -> None:
        """A module's definition has changed: whether its `modified_time` moves is a switch."""
        if self.write_rules.schema_moves_module_time:
            self.change_module(module, metadata_modified=self.clock.epoch_s)
        self.schema_version += 1
        self.forget_names()

    def forget_names(self) -> None:
        """Makes every row be rendered anew, because names in it may have changed."""
        self._names_version += 1

    def show_reference(self, reference: Reference, *, dangling: bool) -> dict[str, Any] | None:
        """What a lookup shows of its target; None for a deleted one, unless it dangles."""
        if reference.module == USERS:
            user = self.users.get(reference.id)
            name, email = (user.full_name, user.email) if user else (None, None)
            return {"name": name, "id": str(reference.id), "email": email}
        module = self._modules.get(reference.module)
        name = None if module is None else module.name_of(reference.id)
        is_live = module is not None and reference.id in module.records
        return {"name": name, "id": str(reference.id)} if is_live or dangling else None

    def row_format(
        self, module: Module, names: tuple[str, ...], *, view: View, is_list: bool = True
    ) -> RowFormat:
        """The way to render some fields of a module for a view, kept for the next request."""
        wanted = (names, view, is_list, self._names_version)
        if wanted not in module.formats:
            if len(module.formats) >= _MAX_FORMATS:
                module.formats.clear()
            module.formats[wanted] = RowFormat(
                self, module, names=names, view=view, is_list=is_list
            )
        return module.formats[wanted]

    def records(
        self, module: str, *, view: View | None = None, include_hidden: bool = False
    ) -> dict[str, dict[str, Any]]:
        """The truth: every live record by id, with every field as a single read shows it.

        Args:
            module: API name.
            view: How the reader is shown values; by default in the organisation's time zone.
            include_hidden: Whether to add those that the API user can't see.
        """
        view = view or View(time_zone=self.profile.time_zone)
        with self.lock:
            found = self.module(module)
            shown = found.records.values() if include_hidden else found.visible()
            return {str(r.id): to_single(self, found, record=r, view=view) for r in shown}
