"""A person at a terminal."""

from __future__ import annotations

import os
import pty
import select
import sys

from tests.zoho_sync.command_line import ROOTS

PATIENCE_S = 60


def answer_on_a_terminal(answers: dict[str, str], *command: str) -> tuple[str, int]:
    """Runs a command on a pseudo-terminal; gives what it showed, and its status."""
    path = os.pathsep.join(str(root) for root in ROOTS)
    process, terminal = pty.fork()
    if not process:
        os.environ.update(PYTHONPATH=path, TERM="xterm", COLUMNS="1000")
        arguments = [sys.executable, "-m", "zoho_sync", *command]
        os.execv(sys.executable, arguments)  # noqa: S606  # the command under test
    shown = ""
    waiting = dict(answers)
    while chunk := _read(terminal):
        shown += chunk
        asked = next((question for question in waiting if question in shown), None)
        if asked and shown.endswith(": "):  # with the blank: only then is the terminal listening
            os.write(terminal, f"{waiting.pop(asked)}\n".encode())
    os.close(terminal)
    return shown, os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _read(terminal: int) -> str:
    ready, _, _ = select.select([terminal], [], [], PATIENCE_S)
    assert ready, "the command waits for something else"
    try:
        return os.read(terminal, 65536).decode()
    except OSError:  # Linux' way to say that the other end is closed
        return ""
