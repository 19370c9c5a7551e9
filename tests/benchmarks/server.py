"""The simulator in a process of its own, so that it does not share the interpreter's lock."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class SimulatorProcess:
    """A running simulator and how to talk to it."""

    credentials: dict[str, str]
    pid: int

    @property
    def url(self) -> str:
        return self.credentials["url"]

    def control(self, path: str, payload: Any = None) -> dict[str, Any]:
        """Calls a control endpoint; with a payload (or `{}`) it is a POST."""
        address = f"{self.url}/_simulator/{path}"
        reply = (
            requests.get(address, timeout=600)
            if payload is None
            else requests.post(address, json=payload, timeout=600)
        )
        reply.raise_for_status()
        found: dict[str, Any] = reply.json()
        return found

    def environment(self) -> dict[str, str]:
        """The configuration of the product, as environment variables."""
        keys = ("client_id", "client_secret", "refresh_token", "accounts_url")
        return {
            f"SOURCES__ZOHO_CRM__CREDENTIALS__{key.upper()}": self.credentials[key] for key in keys
        }

    def calls(self, module: str) -> int:
        """Calls for a module's records since the log was reset."""
        log = self.control(f"log?path=/crm/v8/{module}&limit=1000000")["log"]
        return len(log)

    def all_calls(self) -> list[str]:
        """The paths of all API calls since the log was reset."""
        log = self.control("log?limit=1000000")["log"]
        return [entry["path"] for entry in log if entry["path"].startswith("/crm/")]


@contextmanager
def serving(*arguments: str) -> Iterator[SimulatorProcess]:
    """Starts a simulator with these options and ends it afterwards."""
    with serving_by("-m", "zoho_simulator", *arguments) as server:
        yield server


@contextmanager
def serving_by(*arguments: str) -> Iterator[SimulatorProcess]:
    """Starts Python with arguments that make it serve a simulator, and ends it afterwards."""
    command = [sys.executable, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield SimulatorProcess(json.loads(process.stdout.readline()), process.pid)
        finally:
            process.terminate()
            process.wait(timeout=30)
