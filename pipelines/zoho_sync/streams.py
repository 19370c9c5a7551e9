"""Standard output and standard error, so that neither ends a command: whatever becomes of them.

A pipe whose reader has gone, a full disk below a log, a stream that a scheduler has closed: what is
to be told gets lost, and the work goes on.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_NAMES: Final = ("stdout", "stderr")
_NUMBERS: Final = range(3)


class LenientStream:
    """A stream that takes whatever is written, also where nobody does.

    Attributes:
        stream: What is written to.
        error: Why something got lost; None where nothing did.
    """

    def __init__(self, stream: TextIO) -> None:
        """Writes nothing yet."""
        self.stream = stream
        self.error: OSError | None = None

    def write(self, text: str) -> int:
        """Writes, if that can be."""
        self._try(lambda: self.stream.write(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Writes lines, if that can be."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Writes what is left, if that can be."""
        self._try(self.stream.flush)

    def __getattr__(self, name: str) -> Any:
        """Is the stream in all else."""
        return getattr(self.stream, name)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except OSError as error:
            self.error = self.error or error
            with suppress(OSError):
                self._write_nowhere()

    def _write_nowhere(self) -> None:
        """From now on, also for what is buffered: Python would complain about it at its end."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.stream.fileno())
        os.close(nowhere)


def prepare_streams() -> None:
    """Puts lenient streams in place, which show a number for a character that can't be shown."""
    _open_what_is_closed()
    for name in _NAMES:
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
        if not isinstance(stream, LenientStream):
            setattr(sys, name, LenientStream(stream))


def close_streams() -> OSError | None:
    """Writes what is left and puts the streams back.

    Returns:
        Why something on standard output got lost that somebody may want; whoever reads from a pipe
        and goes, as `head` does, has seen enough.
    """
    error = None
    for name in _NAMES:
        stream = getattr(sys, name)
        stream.flush()
        if isinstance(stream, LenientStream):
            setattr(sys, name, stream.stream)
            error = stream.error if name == "stdout" else error
    return None if isinstance(error, BrokenPipeError) else error


def _open_what_is_closed() -> None:
    """Otherwise the next file to be opened, such as the database, gets the number of a stream."""
    for number in _NUMBERS:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
    for name in ("stdin", *_NAMES):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            nowhere = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115  # to the end
            setattr(sys, name, nowhere)
