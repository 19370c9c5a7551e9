"""Tells a listener how far reading is, now and then."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoho_crm.session import ReadSession

    from .progress import RunListener

_TICK_S: Final = 0.25


@contextmanager
def telling_progress(session: ReadSession, listener: RunListener) -> Iterator[None]:
    """Calls the listener from a thread of its own while the body reads, and once at its end."""
    done = threading.Event()

    def tell() -> None:
        listener.progressed(list(session.outcomes.values()), session.client.calls)

    def tick() -> None:
        while not done.wait(_TICK_S):
            tell()

    thread = threading.Thread(target=tick, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        tell()
