"""The client: one request to one reply, with retries, the token, the limits and the counting."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import msgspec
import requests
from dlt.common import logger
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from . import settings
from .asking_by_ids import IdsCap
from .auth import AccessTokens, ZohoCredentials
from .budget import CallBudget
from .calls import Call
from .data_centers import proxies_for
from .exceptions import (
    ZohoCrmError,
    ZohoRateLimitError,
    ZohoStoppedError,
    ZohoTransientError,
)
from .responses import to_reply
from .throttle import ConcurrencyGate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from types import TracebackType

    from .replies import Reply, Subject

UNREACHABLE: Final = "UNREACHABLE"
"""Code of errors where no connection could be made or kept."""
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class ReadOnlyClientError(RuntimeError):
    """A mistake in our own code, stopped before anything left this machine."""


@dataclass(slots=True)
class Usage:
    """What one resource has cost so far."""

    calls: int = 0
    credits: int = 0
    seconds: float = 0.0
    retries: int = 0


class ZohoClient:
    """Asks Zoho CRM. Safe for threads; one per run.

    Source: Zoho CRM API v8.
    """

    def __init__(
        self,
        credentials: ZohoCredentials,
        *,
        budget: CallBudget | None = None,
        concurrency: int = settings.SORTED_READ_CONCURRENCY,
        tokens: AccessTokens | None = None,
        sleep: Callable[[float], object] | None = None,
        may_write: bool = False,
    ) -> None:
        """Makes no call yet.

        Args:
            credentials: Where the tokens come from.
            budget: The run's limit of calls; none by default.
            concurrency: Calls in flight at the most.
            tokens: Access tokens; by default from the credentials.
            sleep: Waits between retries; by default a wait that `stop` ends.
            may_write: Makes calls that may change something in Zoho as well; else it refuses them.
        """
        self.budget = budget or CallBudget()
        self.gate = ConcurrencyGate(concurrency)
        self.ids_cap = IdsCap()
        self.stopping = threading.Event()
        self.credits_remaining: int | None = None
        """From `X-API-CREDITS-REMAINING`, which Zoho sends past half of the day's credits."""
        self.tokens = tokens or AccessTokens(credentials)
        self._may_write = may_write
        self._sleep = sleep or self.stopping.wait
        self._http = _build_session(concurrency)
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="zoho")
        self._numbers = itertools.count(1)
        self._usage: defaultdict[str, Usage] = defaultdict(Usage)
        self._given_up: ZohoCrmError | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> ZohoClient:
        """Returns the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the client."""
        self.close()

    def close(self) -> None:
        """Ends waiting calls and frees connections."""
        self.stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._http.close()

    def usage(self, resource: str) -> Usage:
        """What a resource has cost so far."""
        with self._lock:
            return self._usage[resource]

    @property
    def calls(self) -> int:
        """Calls made so far, retries included."""
        return self.budget.spent

    def pause(self, seconds: float) -> None:
        """Waits, unless the run is stopping."""
        self._sleep(seconds)

    def submit(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        subject: Subject,
        since: datetime | None = None,
    ) -> Future[Reply]:
        """Does what `get` does, in the pool."""
        return self._pool.submit(self.get, path, params, subject=subject, since=since)

    def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        subject: Subject,
        since: datetime | None = None,
    ) -> Reply:
        """Asks once, patiently: retries what may pass, refreshes a dead access token once.

        Args:
            path: The path after the version, such as `Leads`.
            params: Query parameters.
            subject: What the call is about.
            since: Sent as `If-Modified-Since`.

        Returns:
            The reply, decoded; with an empty body for 204 and 304.

        Raises:
            ZohoCrmError: As the reply says, after the retries; see `exceptions`.
        """
        return self.send(Call(path, subject, dict(params or {}), since=since))

    def submit_call(self, call: Call) -> Future[Reply]:
        """Does what `send` does, in the pool."""
        return self._pool.submit(self.send, call)

    def send(self, call: Call) -> Reply:
        """Makes a call of any method, as patiently as `get`.

        Raises:
            ZohoCrmError: As the reply says, after the retries; see `exceptions`.
            ReadOnlyClientError: The call may change something, and this client is for reading.
        """
        if call.may_change and not self._may_write:
            raise ReadOnlyClientError(f"{call.method} {call.path}: this client only reads.")
        refreshed = is_repeated = False
        for attempt in itertools.count(1):
            if self._given_up is not None:  # nobody else's retries would fare better
                raise self._given_up
            token = self.tokens.current()
            try:
                reply = self._ask(call, token.value, token.api_domain)
                return replace(reply, is_repeated=True) if is_repeated else reply
            except ZohoCrmError as error:
                if error.code == "INVALID_TOKEN" and not refreshed:
                    refreshed = True
                    self.tokens.replace(token)
                    continue
                if not _may_pass(error):
                    raise
                if attempt >= settings.RETRY_ATTEMPTS:
                    self._give_up_if_all_would_fail(error)
                    raise
                # Only a 429 says that nothing was done; a reply may be lost on its way.
                is_repeated |= not isinstance(error, ZohoRateLimitError)
                self._wait_after(error, attempt, call.subject)
        raise AssertionError("unreachable")

    def _give_up_if_all_would_fail(self, error: ZohoCrmError) -> None:
        if error.code == UNREACHABLE or isinstance(error, ZohoRateLimitError):
            self._given_up = error

    def _wait_after(self, error: ZohoCrmError, attempt: int, subject: Subject) -> None:
        if isinstance(error, ZohoRateLimitError):
            self.gate.refused()
        with self._lock:
            self._usage[subject.resource].retries += 1
        wait_s = min(settings.RETRY_WAIT_S * 2 ** (attempt - 1), settings.RETRY_MAX_WAIT_S)
        wait_s *= random.uniform(0.5, 1.0)  # noqa: S311  # jitter, nothing secret
        asked_s = getattr(error, "retry_after_s", None)
        if asked_s is not None:
            wait_s = min(max(wait_s, asked_s), settings.RETRY_AFTER_MAX_S)
        logger.info(f"{error} Trying again in {wait_s:.1f} s.")  # dlt's logger
        self._sleep(wait_s)
        if self.stopping.is_set():
            raise ZohoStoppedError("Reading was stopped; the next run goes on.") from error

    def _ask(self, call: Call, token: str, api_domain: str) -> Reply:
        url = f"{api_domain}/crm/{settings.API_VERSION}/{call.path}"
        with self.gate.slot():
            if self.stopping.is_set():
                raise ZohoStoppedError("Reading was stopped; the next run goes on.")
            self.budget.take()
            started = time.monotonic()
            try:
                response = self._send(url, call, token)
            finally:
                self._count(call.subject, time.monotonic() - started)
        self._note_credits(response)
        reply = to_reply(response, call, number=next(self._numbers), url=url)
        self.gate.succeeded()
        return reply

    def _send(self, url: str, call: Call, token: str) -> requests.Response:
        headers = dict(call.headers)
        if call.since is not None:
            headers["If-Modified-Since"] = call.since.isoformat(timespec="seconds")
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        try:
            return self._http.request(
                call.method,
                url,
                params=call.params,
                data=None if call.body is None else _ENCODER.encode(call.body),
                headers=headers,
                auth=_TokenAuth(token),
                proxies=proxies_for(url),
                timeout=(settings.CONNECT_TIMEOUT_S, settings.READ_TIMEOUT_S),
                allow_redirects=False,  # only Zoho hears the token
            )
        except requests.RequestException as error:
            kind = type(error)
        # Raised here, because the cause carries the request with its token.
        raise ZohoTransientError(
            f"{call.subject.name}: Zoho could not be reached or did not answer in full "
            f"({kind.__name__}); run again later.",
            code=UNREACHABLE if issubclass(kind, requests.ConnectionError) else "NO_ANSWER",
            url=url,
            module=call.subject.module,
        )

    def _count(self, subject: Subject, seconds: float) -> None:
        with self._lock:
            usage = self._usage[subject.resource]
            usage.calls += 1
            usage.credits += 1  # every call made here costs one credit
            usage.seconds += seconds

    def _note_credits(self, response: requests.Response) -> None:
        remaining = response.headers.get("X-API-CREDITS-REMAINING", "")
        if remaining.isdigit():
            self.credits_remaining = int(remaining)


@dataclass(frozen=True, slots=True)
class _TokenAuth(AuthBase):
    """Signs a request. As a header alone, an entry in `.netrc` would replace it."""

    token: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Zoho-oauthtoken {self.token}"
        return request


def _may_pass(error: ZohoCrmError) -> bool:
    return isinstance(error, ZohoTransientError) or error.code == "NOT_JSON"


def _build_session(concurrency: int) -> requests.Session:
    """A session without status retries: the one retry policy is the client's."""
    session = requests.Session()
    session.headers["Accept"] = "application/json"
    for prefix in ("https://", "http://"):
        session.mount(prefix, HTTPAdapter(pool_connections=4, pool_maxsize=concurrency + 2))
    return session
