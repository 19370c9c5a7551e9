"""Log lines on standard error: a sentence each, or a JSON object each, never with a secret."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from zoho_crm.exceptions import ZohoConfigError

from .masking import mask_secrets

_TRACE_STARTS: Final = "Traceback (most recent call last):"
_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGERS: Final = ("", "dlt")
"""The root, and dlt's own, which does not pass its records on."""


class StderrHandler(logging.Handler):
    """Writes to whatever standard error is by then: a live display puts itself in between.

    dlt keeps a handler that its logger has and gives it a formatter, which this one does not use:
    every line has one form, whoever wrote it.
    """

    def __init__(self, *, is_json: bool, shows_traces: bool) -> None:
        """Writes nothing yet.

        Args:
            is_json: A JSON object a line, not a sentence.
            shows_traces: With the traceback of what was raised; otherwise its last line only.
        """
        super().__init__()
        self._is_json = is_json
        self._shows_traces = shows_traces

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one record."""
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):  # standard error is closed: nobody listens
            return

    def format(self, record: logging.LogRecord) -> str:
        """Gives the line of a record."""
        time = datetime.fromtimestamp(record.created, UTC)
        message = mask_secrets(record.getMessage())
        trace = mask_secrets(_trace_of(record))
        if not self._shows_traces:
            # dlt also puts whole tracebacks into what it says.
            said, _, quoted = message.partition(_TRACE_STARTS)
            raised = _what_was_raised(trace or quoted)
            message, trace = " ".join([said.strip(), raised]).strip(), ""
        if self._is_json:
            facts = {"logger": record.name} | ({"traceback": trace} if trace else {})
            return json_line(record.levelname.lower(), message, time=time, **facts)
        line = f"{time:%H:%M:%S} {record.levelname.capitalize()}: {message}"
        return f"{line}\n{trace}" if trace else line


def start_logging(*, is_json: bool, shows_traces: bool) -> None:
    """Sends the records of every library to standard error, in one form.

    Raises:
        ZohoConfigError: dlt is configured to log at a level that does not exist.
    """
    _require_known_level()
    handler = StderrHandler(is_json=is_json, shows_traces=shows_traces)
    for name in LOGGERS:
        logging.getLogger(name).handlers = [handler]


def json_line(level: str, message: str, *, time: datetime | None = None, **facts: Any) -> str:
    """Gives a JSON object on one line: time, level, message, and the facts given."""
    moment = (time or datetime.now(UTC)).isoformat(timespec="milliseconds")
    line = {"time": moment, "level": level, "message": message, **facts}
    return json.dumps(line, ensure_ascii=False, default=str)


def _require_known_level() -> None:
    # dlt fails on it wherever it is used first, as if it were a bug.
    for provider in PluggableRunContext().providers.providers:  # not the active one
        level, _ = provider.get_value("log_level", str, "", "runtime")
        if level is not None:
            if level not in logging.getLevelNamesMapping():
                raise ZohoConfigError(
                    f"`log_level` in [runtime] (RUNTIME__LOG_LEVEL) must be one of "
                    f"{', '.join(_LEVELS)}."
                )
            return


def _what_was_raised(trace: str) -> str:
    """Gives the last error of a traceback: its class and the first line of its message."""
    lines = trace.splitlines()
    if not lines:
        return ""
    below = max((n for n, line in enumerate(lines) if line.startswith("  File ")), default=-1) + 1
    said = next((line for line in lines[below:] if not line.startswith("    ")), lines[-1])
    return f"({said.strip()})"


def _trace_of(record: logging.LogRecord) -> str:
    if not record.exc_info or record.exc_info[0] is None:
        return ""
    return logging.Formatter().formatException(record.exc_info)
