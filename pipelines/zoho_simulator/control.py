"""Control over HTTP, for tests and benchmarks in another process.

Below `/_simulator/`: no token, no credits, no entry in the log.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Mount, Route

from .operations import apply_operations
from .rendering import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from .simulator import Simulator

    Act = Callable[[Simulator, Any], Any]

_MAX_TRUTH_ROWS = 1000


def build_control(simulator: Simulator) -> Starlette:
    """The application that serves `/_simulator/`."""

    def post(path: str, act: Act) -> Route:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            payload = json.loads(body, parse_float=Decimal) if body else {}
            return await _answer(act, simulator, payload)

        return Route(path, endpoint, methods=["POST"])

    def get(path: str, act: Act) -> Route:
        async def endpoint(request: Request) -> Response:
            return await _answer(act, simulator, {**request.query_params, **request.path_params})

        return Route(path, endpoint, methods=["GET"])

    routes = [
        get("/health", lambda *_: {"status": "ok"}),
        get("/clock", _show_clock),
        post("/clock", _change_clock),
        post("/faults", _add_fault),
        post("/writes", _write),
        post("/change_day", _change_day),
        get("/settings", lambda simulator, _: asdict(simulator.settings)),
        post("/settings", _change_settings),
        post("/grant_code", _new_grant_code),
        post("/expire_tokens", lambda simulator, _: simulator.tokens.expire_all()),
        post("/reset_log", lambda simulator, _: simulator.reset_log()),
        get("/log", _show_log),
        get("/counters", _show_counters),
        get("/truth/{module}", _show_truth),
        get("/truth/{module}/{id}/{list}", _show_related),
        get("/deletions/{module}", _show_deletions),
    ]
    return Starlette(routes=[Mount("/_simulator", routes=routes)])


async def _answer(act: Act, simulator: Simulator, payload: Any) -> Response:
    try:
        result = await run_in_threadpool(act, simulator, payload)
        status = 200
    except (KeyError, TypeError, ValueError, LookupError, RuntimeError) as error:
        result, status = {"error": f"{type(error).__name__}: {error}"}, 400
    return Response(encode(result), status_code=status, media_type="application/json")


def _show_clock(simulator: Simulator, _: Any) -> dict[str, Any]:
    return {"now": simulator.clock.now.isoformat(), "is_frozen": simulator.clock.is_frozen}


def _change_clock(simulator: Simulator, payload: dict[str, Any]) -> dict[str, Any]:
    """Takes `freeze` (true or false), `set` (an instant) and `advance_s`."""
    clock = simulator.clock
    if "freeze" in payload:
        (clock.freeze if payload["freeze"] else clock.thaw)()
    if "set" in payload:
        clock.set(datetime.fromisoformat(payload["set"]))
    if "advance_s" in payload:
        clock.advance(seconds=float(payload["advance_s"]))
    return _show_clock(simulator, None)


def _change_day(simulator: Simulator, payload: dict[str, Any]) -> dict[str, int]:
    """Takes `silent`, as `Organization.change_day` does."""
    return simulator.organization.change_day(silent=bool(payload.get("silent")))


def _add_fault(simulator: Simulator, payload: dict[str, Any]) -> dict[str, Any]:
    """Takes the attributes of `Fault`, or `{"clear": true}`."""
    if payload.pop("clear", False):
        simulator.faults.clear()
    if payload:
        payload["body"] = str(payload.get("body", "")).encode()
        payload["seconds"] = float(payload.get("seconds", 1))
        simulator.faults.add(**payload)
    return {}


def _write(simulator: Simulator, payload: Any) -> dict[str, Any]:
    """Takes a list of operations, or one with the request before which they are made."""
    if isinstance(payload, list):
        return {"results": apply_operations(simulator.organization, payload)}
    operations, before = payload["operations"], payload["before"]
    simulator.hooks.add(
        path=before["path"],
        at=before.get("at", 1),
        write=lambda organization: apply_operations(organization, operations),
    )
    return {"results": []}


def _change_settings(simulator: Simulator, payload: dict[str, Any]) -> dict[str, Any]:
    simulator.change_settings(payload)
    return asdict(simulator.settings)


def _new_grant_code(simulator: Simulator, payload: dict[str, Any]) -> dict[str, str]:
    return {"code": simulator.new_grant_code(**payload)}


def _show_log(simulator: Simulator, query: dict[str, str]) -> dict[str, Any]:
    entries = simulator.log
    if "path" in query:
        entries = [entry for entry in entries if entry.path == query["path"]]
    return {"log": [entry.to_dict() for entry in entries[-int(query.get("limit", 10_000)) :]]}


def _show_counters(simulator: Simulator, _: Any) -> dict[str, Any]:
    return {
        **simulator.counters.to_dict(),
        "credits_used_24h": simulator.credits.used,
        "most_in_flight": simulator.slots.most_in_flight,
    }


def _show_truth(simulator: Simulator, query: dict[str, str]) -> dict[str, Any]:
    """A page of a module's records as single reads would show them, ascending by id."""
    per_page = min(int(query.get("per_page", _MAX_TRUTH_ROWS)), _MAX_TRUTH_ROWS)
    after = int(query.get("after", 0))
    rows = simulator.truth_page(query["module"], after=after, size=per_page)
    return {"data": rows, "after": rows[-1]["id"] if len(rows) == per_page else None}


def _show_related(simulator: Simulator, query: dict[str, str]) -> dict[str, Any]:
    """A related list as it is, ascending by id."""
    return {"data": simulator.related(query["module"], query["id"], query["list"])}


def _show_deletions(simulator: Simulator, query: dict[str, str]) -> dict[str, Any]:
    """All deletions that are told of in a module."""
    return {"data": simulator.deletions(query["module"])}
