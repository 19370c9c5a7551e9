"""Records named by the value of an external field instead of their id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .module import Module
    from .record import Record
    from .settings import SimulatorSettings

HEADER = "x-external"


def parse_external_header(headers: Mapping[str, str]) -> dict[str, str]:
    """The external field for each module that the header names.

    Documented: `X-EXTERNAL: {module}.{field}`. Assumed: several headers, or several of them in
    one, separated by commas; what does not look like that is refused.
    """
    fields: dict[str, str] = {}
    for part in headers.get(HEADER, "").split(","):
        module, dot, field = part.strip().partition(".")
        if not part.strip():
            continue
        if not dot or not field:
            raise _wrong(part.strip())
        fields[module] = field
    return fields


def external_field(
    module: Module, fields: Mapping[str, str], settings: SimulatorSettings
) -> str | None:
    """The field by which a module's records are named; None for their ids.

    Assumed, with a switch: a header for the other side stands for the only external field of this
    one, as in the documentation's sample.

    Raises:
        ApiError: The header names a field that is not external.
    """
    name = fields.get(module.api_name)
    if name is not None:
        spec = module.fields.get(name)
        if spec is None or spec.external is None:
            raise _wrong(name)
        return name
    if fields and settings.external_header == "one_for_both":
        own = [spec.api_name for spec in module.fields.values() if spec.external]
        return own[0] if len(own) == 1 else None
    return None


def find_external(module: Module, field: str, value: str) -> Record:
    """The record with an external value.

    Raises:
        ApiError: Documented: 400 INVALID_DATA, whose details name the field.
    """
    for record in module.records.values():
        if str(module.values_of(record).get(field)) == value and module.is_visible(record):
            return record
    raise _wrong(field)


def _wrong(field: str) -> ApiError:
    return ApiError(400, "INVALID_DATA", "the external id given is invalid", {"api_name": field})
