"""Standard output and standard error, so that neither ends a command in a traceback."""

from __future__ import annotations

import io
import os
import sys


def prepare_streams() -> None:
    """Lets a terminal that cannot show a character show its number instead."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def close_streams() -> None:
    """Writes what is left; whoever reads it may have gone, as `head` does."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
