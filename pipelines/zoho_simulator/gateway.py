"""The way of a request through the simulator: hooks, faults, token, limits, answer, log."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from .call import Call, Reply, error_reply
from .errors import ApiError, authentication_failure, invalid_token, scope_mismatch
from .faults import Fault, reply_instead
from .rendering import format_time
from .request_log import RequestEntry
from .routes import Route, find_route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    from .simulator import Simulator

    Scope = MutableMapping[str, Any]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

TRANSPORT = "zoho_simulator.transport"
_AUTH_SCHEME = "Zoho-oauthtoken "
logger = logging.getLogger(__name__)


@dataclass
class _Answer:
    reply: Reply
    cost: int = 0
    code: str | None = None


class Gateway:
    """An ASGI application that answers as Zoho's accounts server and as its API."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        started_at = time.time()
        log = self._simulator.log
        call = await self._read_call(scope, receive)
        self._run_hooks(call)
        fault = self._simulator.faults.next_for(call)
        if fault and fault.kind == "close":
            answer = _Answer(Reply(0))
            await self._wait()
            _close(scope)
        else:
            answer = await self._answer(call, fault)
            await self._send(call, answer.reply, send=send, fault=fault)
        if self._simulator.log is log:  # otherwise emptied meanwhile: this call is history
            self._log(call, answer, started_at=started_at, fault=fault)

    def _run_hooks(self, call: Call) -> None:
        try:
            self._simulator.hooks.run(call, self._simulator.organization)
        except Exception as error:  # a hook is the test's own code: its fault is told, not served
            self._note_failure(error)

    def _note_failure(self, error: Exception) -> None:
        logger.error("the simulator failed", exc_info=error)
        self._simulator.failures.append(error)

    async def _read_call(self, scope: Scope, receive: Receive) -> Call:
        body = b""
        if scope["method"] != "GET":
            is_complete = False
            while not is_complete:
                message = await receive()
                body += message.get("body", b"")
                is_complete = not message.get("more_body", False)
        return Call(
            number=self._simulator.next_number(),
            method=scope["method"],
            path=scope["path"],
            params=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
            headers=_join_headers(scope["headers"]),
            body=body,
        )

    async def _answer(self, call: Call, fault: Fault | None) -> _Answer:
        if fault and (scripted := reply_instead(fault)):
            await self._wait()
            return _Answer(scripted)
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        try:
            answer = await self._answer_within_limits(call, find_route(call))
        except ApiError as error:
            return _Answer(error_reply(error), code=error.code)
        except Exception as error:  # our own mistake: a client gets 500, a test finds it noted
            self._note_failure(error)
            failure = ApiError(500, "INTERNAL_ERROR", f"the simulator failed: {error!r}")
            return _Answer(error_reply(failure), code=failure.code)
        if fault and fault.kind == "edit" and fault.edit:
            answer.reply.body = fault.edit(answer.reply.body)
        return answer

    async def _answer_within_limits(self, call: Call, route: Route) -> _Answer:
        simulator = self._simulator
        if not route.scopes:
            await self._wait()
            return _Answer(route.handler(simulator, call))
        self._authorize(call, route)
        is_heavy, slots = route.is_heavy(call), simulator.slots
        slots.enter(is_heavy=is_heavy)
        try:
            await self._wait()
            simulator.credits.spend(route.cost)
            # Assumed: refusals that reach the endpoint cost as much as answers.
            try:
                with simulator.organization.lock:
                    return _Answer(route.handler(simulator, call), route.cost)
            except ApiError as error:
                return _Answer(error_reply(error), route.cost, error.code)
        finally:
            slots.leave(is_heavy=is_heavy)

    def _authorize(self, call: Call, route: Route) -> None:
        """Documented: which of the three 401 replies is given."""
        header = call.headers.get("authorization", "")
        if not header.startswith(_AUTH_SCHEME):
            raise authentication_failure()
        call.token = self._simulator.tokens.find(header.removeprefix(_AUTH_SCHEME).strip())
        if call.token is None:
            raise invalid_token()
        granted = self._simulator.tokens.scopes_of(call.token)
        if not route.is_allowed(call, granted):
            raise scope_mismatch()

    async def _wait(self) -> None:
        if self._simulator.settings.latency_ms:
            await asyncio.sleep(self._simulator.settings.latency_ms / 1000)

    async def _send(self, call: Call, reply: Reply, *, send: Send, fault: Fault | None) -> None:
        headers = self._headers(call, reply)
        if fault and fault.kind == "no-date":
            del headers["Date"]
        await send(
            {
                "type": "http.response.start",
                "status": reply.status,
                "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()],
            }
        )
        if fault and fault.kind == "cut":
            half = reply.body[: len(reply.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            return
        await send({"type": "http.response.body", "body": reply.body})

    def _headers(self, call: Call, reply: Reply) -> dict[str, str]:
        """Documented names; nothing that Zoho does not send, `Retry-After` for one."""
        simulator = self._simulator
        headers = {
            "Date": format_datetime(simulator.clock.now.replace(microsecond=0), usegmt=True),
            "Server": "ZGS",
            "Cache-Control": "no-store, no-cache, must-revalidate, private",
        }
        if reply.body:
            headers["Content-Type"] = reply.content_type
        if reply.status not in {204, 304}:
            headers["Content-Length"] = str(len(reply.body))
        if call.token is not None:
            zone = simulator.view(call.token.refresh.user_id).time_zone
            dies_at = format_time(int(call.token.expires_at), zone)
            headers["X-ACCESSTOKEN-RESET"] = dies_at or ""
            remaining = simulator.credits.shown_remaining
            if remaining is not None:
                headers["X-API-CREDITS-REMAINING"] = str(remaining)
        return headers | reply.headers

    def _log(self, call: Call, answer: _Answer, *, started_at: float, fault: Fault | None) -> None:
        self._simulator.record_request(
            RequestEntry(
                number=call.number,
                method=call.method,
                path=call.path,
                params=call.shown_params,
                headers=call.shown_headers,
                status=answer.reply.status,
                rows=answer.reply.rows,
                credits=answer.cost,
                started_at=started_at,
                ended_at=time.time(),
                clock_s=self._simulator.clock.now.timestamp(),
                code=answer.code,
                fault=fault.kind if fault else None,
            )
        )


def _join_headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name; the values of several with one name are joined as HTTP has it."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _close(scope: Scope) -> None:
    """Drops the connection without an answer."""
    transport = scope.get("extensions", {}).get(TRANSPORT)
    if transport is not None:
        transport.abort()
