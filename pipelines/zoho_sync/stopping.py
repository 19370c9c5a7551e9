"""Stopping in good order: on SIGTERM, on Ctrl-C, or after a time."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoho_crm.client import ZohoClient

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stops_in_order(client: ZohoClient, *, after_s: float | None = None) -> Iterator[None]:
    """Turns the first signal, or the end of the time, into the end of reading.

    What was read is then loaded as usual. A second signal does what signals do.

    Args:
        client: Makes no further call once it is stopping.
        after_s: Seconds until reading ends by itself; None for never.
    """
    timer = threading.Timer(after_s, client.stopping.set) if after_s is not None else None
    before = _install(client)
    if timer:
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        if timer:
            timer.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)


def _install(client: ZohoClient) -> dict[int, Any]:
    if threading.current_thread() is not threading.main_thread():
        return {}
    before: dict[int, Any] = {number: signal.getsignal(number) for number in _SIGNALS}

    def stop(number: int, _frame: object) -> None:
        client.stopping.set()
        signal.signal(number, before[number])

    for number in _SIGNALS:
        signal.signal(number, stop)
    return before
