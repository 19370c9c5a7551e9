"""The question that a list of records is asked, checked as Zoho checks it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from .errors import (
    ApiError,
    ambiguity,
    invalid_module,
    invalid_param,
    limit_exceeded,
    pattern_not_matched,
    required_param,
)
from .settings import MAX_FIELDS, MAX_PAGE_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .call import Call
    from .module import Module
    from .settings import SimulatorSettings

_WITH_TERRITORIES = frozenset({"Deals", "Contacts", "Accounts", "Leads"})
_PAGE_PARAMS = frozenset({"page", "page_token"})


@dataclass(frozen=True)
class ListQuery:
    """A checked question.

    Attributes:
        since: The `If-Modified-Since` in whole seconds, if it counts.
        ids: The records asked for, if not all.
    """

    names: tuple[str, ...]
    per_page: int
    page: int
    page_token: str | None
    sort_by: str
    descending: bool
    converted: str
    since: int | None
    ids: tuple[int, ...] | None


def parse_list_query(
    call: Call, module: Module, settings: SimulatorSettings, *, max_fields: int | None = MAX_FIELDS
) -> ListQuery:
    """Reads parameters and header of a list of records.

    Args:
        call: The request.
        module: The module that the rows belong to.
        settings: The switches.
        max_fields: How many fields may be asked for; None for any number.

    Raises:
        ApiError: As documented for "Get Records"; the order of the checks is assumed.
    """
    params = call.params
    names = parse_fields(params, max_fields=max_fields)
    if "page" in params and "page_token" in params:
        raise ambiguity("page", "page_token")
    if "cvid" in params:
        raise ambiguity("cvid", "sort_by") if "sort_by" in params else invalid_param("cvid")
    _check_territory(params, module)
    per_page, page = parse_page(params)
    check_discrete_page(per_page, page, settings=settings)
    return ListQuery(
        names=names,
        per_page=per_page,
        page=page,
        page_token=params.get("page_token"),
        sort_by=_parse_sort_by(params, module),
        descending=parse_choice(params, "sort_order", ("desc", "asc")) == "desc",
        converted=parse_choice(params, "converted", ("false", "true", "both")),
        since=None if settings.header_ignored else parse_since(call.headers, module),
        ids=parse_ids(params, settings=settings),
    )


def bound_question(call: Call, query: ListQuery, *, with_header: bool) -> dict[str, object]:
    """What a page token is bound to: the path and all parameters but those of the page.

    Assumed, with a switch: the header too.
    """
    params = {name: value for name, value in call.params.items() if name not in _PAGE_PARAMS}
    return {"path": call.path, "params": params, "since": query.since if with_header else None}


def check_discrete_page(per_page: int, page: int, *, settings: SimulatorSettings) -> None:
    """Documented: `page` reaches the first 2,000 rows only."""
    if page * per_page > settings.max_discrete_rows:
        message = "pagination limit exceeded: use page_token"
        details = {"limit": settings.max_discrete_rows}
        raise ApiError(400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", message, details)


def parse_fields(
    params: Mapping[str, str], *, max_fields: int | None = MAX_FIELDS
) -> tuple[str, ...]:
    """Documented: mandatory, at most 50. Assumed: unknown names are let through and ignored."""
    names = tuple(name for name in params.get("fields", "").replace(" ", "").split(",") if name)
    if not names:
        raise required_param("fields")
    if max_fields is not None and len(names) > max_fields:
        raise limit_exceeded("fields", max_fields)
    return names


def check_names(names: Iterable[str], module: Module, settings: SimulatorSettings) -> None:
    """Assumed, with a switch for either kind: what becomes of names that the module lacks."""
    for name in names:
        if name == "id" or name in module.fields or name in module.traits.system_keys:
            continue
        is_meta = name.startswith("$")
        if (settings.meta_key_in_fields if is_meta else settings.unknown_field) == "refused":
            raise invalid_param("fields")


def parse_page(params: Mapping[str, str]) -> tuple[int, int]:
    """Rows per page (documented: 1 to 200) and the page. Assumed: how a bad one is refused."""
    numbers = []
    for name, default, most in (("per_page", MAX_PAGE_ROWS, MAX_PAGE_ROWS), ("page", 1, None)):
        text = params.get(name, str(default))
        if not text.isascii() or not text.isdigit() or int(text) < 1 or (most and int(text) > most):
            raise invalid_param(name)
        numbers.append(int(text))
    return numbers[0], numbers[1]


def parse_since(headers: Mapping[str, str], module: Module | None = None) -> int | None:
    """The header in whole seconds.

    Documented: ISO 8601 with an offset. Assumed: anything else is refused, and a module without
    `Modified_Time` disregards the header.
    """
    text = headers.get("if-modified-since")
    if text is None or (module is not None and not module.traits.has_modified_time):
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise invalid_param("If-Modified-Since")
    return int(instant.timestamp())


def _parse_sort_by(params: Mapping[str, str], module: Module) -> str:
    supported = ["id", "Created_Time", "Modified_Time"]
    if not module.traits.has_modified_time:
        supported.remove("Modified_Time")  # assumed
    sort_by = params.get("sort_by", "id")
    if sort_by not in supported:
        raise invalid_param("sort_by", supported_values=supported)
    return sort_by


def parse_choice(params: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of some values, the first by default; documented: what another one is refused with."""
    choice = params.get(name, choices[0])
    if choice not in choices:
        raise pattern_not_matched(name)
    return choice


def parse_ids(params: Mapping[str, str], *, settings: SimulatorSettings) -> tuple[int, ...] | None:
    """The ids asked for; None for all. Assumed: how bad ones are refused."""
    if "ids" not in params:
        return None
    texts = split_ids(params["ids"], settings=settings)
    if not texts or not all(text.isascii() and text.isdigit() for text in texts):
        raise invalid_param("ids")
    return tuple(int(text) for text in texts)


def split_ids(text: str, *, settings: SimulatorSettings) -> list[str]:
    """Ids separated by commas. Assumed, with switches: how many, and what becomes of more."""
    texts = [each.strip() for each in text.split(",") if each.strip()]
    if len(texts) > settings.max_ids and settings.ids_past_max == "refused":
        raise limit_exceeded("ids", settings.max_ids)
    return texts[: settings.max_ids]


def _check_territory(params: Mapping[str, str], module: Module) -> None:
    if "territory_id" not in params:
        return
    if module.api_name not in _WITH_TERRITORIES:
        raise invalid_module()
    raise invalid_param("territory_id")  # the organisation has no territories
