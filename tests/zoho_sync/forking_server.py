"""Runs `zoho-sync` in real processes without paying for its imports each time.

Started as a program of its own, it imports everything once and then forks a child for each
command that it reads from standard input. A child may be told to end itself by `kill -9`, or to
run another program first, at the n-th event of a kind:

- `http`: a request is about to be sent,
- `load`: a package that is normalised is about to be loaded,
- `file`: a file or folder is about to be opened for writing, renamed, or removed,
- `sql`: a statement is about to be executed, `sql-after`: it has been,
- `copy`: a file is about to be copied into Postgres,
- `insert TABLE`, `update TABLE`, `view NAME`: a statement that inserts into a table, updates one or
  creates a view has been executed, and perhaps not committed.

The local clock of a child may be wrong by some seconds.

Each line of standard output tells how a child ended and how many events of each kind it met.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import time_machine

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATEMENT = re.compile(
    r'\s*(?:CREATE OR REPLACE )?(INSERT|UPDATE|DELETE|VIEW)(?: INTO| FROM)? (?:"?\w+"?\.)*"?(\w+)"?'
)
_FILE_EVENTS = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.move"})


class Killer:
    """Counts events and kills the process, or whatever a program kills, at one of them."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        self.counts: Counter[str] = Counter()
        self._kind, self._at = job.get("kill", ("", 0))
        self._program = job.get("program")

    def meet(self, kind: str) -> None:
        self.counts[kind] += 1
        if kind != self._kind or self.counts[kind] != self._at:
            return
        if self._program is None:
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            argv, user = self._program
            subprocess.run(argv, user=user, check=True, stdout=subprocess.DEVNULL)

    def install(self) -> None:
        from dlt.destinations.impl.duckdb.sql_client import DuckDbSqlClient
        from dlt.destinations.impl.postgres.postgres import PostgresParquetCopyJob
        from dlt.destinations.impl.postgres.sql_client import Psycopg2SqlClient
        from dlt.pipeline.pipeline import Pipeline
        from requests.adapters import HTTPAdapter

        sys.addaudithook(self._audit)
        self._count_calls(HTTPAdapter, "send", "http")
        self._count_calls(Pipeline, "load", "load")
        self._count_calls(PostgresParquetCopyJob, "run", "copy")
        for client in (DuckDbSqlClient, Psycopg2SqlClient):
            self._count_statements(client)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        mode = arguments[1] if event == "open" else ""
        if event in _FILE_EVENTS or (isinstance(mode, str) and set(mode) & set("wax+")):
            self.meet("file")

    def _count_calls(self, owner: Any, name: str, kind: str) -> None:
        inner = getattr(owner, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.meet(kind)
            return inner(*args, **kwargs)

        setattr(owner, name, counted)

    def _count_statements(self, client: Any) -> None:
        inner = client.execute_query

        @contextlib.contextmanager
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.meet("sql")
            with inner(*args, **kwargs) as cursor:
                self.meet("sql-after")
                if found := _STATEMENT.match(str(args[1])):
                    self.meet(f"{found[1].lower()} {found[2]}")
                yield cursor

        client.execute_query = counted


def run_child(job: dict[str, Any]) -> int:
    """Becomes the command: its folder, its environment, its streams."""
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

    from zoho_sync.cli import main

    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    Container()[PluggableRunContext].reload()  # dlt has looked for its folders on import
    for number, name in ((1, "stdout"), (2, "stderr")):
        target = os.open(job[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(target, number)
    if "clock_off_s" in job:
        time_machine.travel(time.time() + job["clock_off_s"], tick=True).start()
    killer = Killer(job)
    killer.install()
    sys.argv = ["zoho-sync", *job["argv"]]
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    memory_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    Path(job["counts"]).write_text(json.dumps({**killer.counts, "memory_kb": memory_kb}))
    return code


def serve() -> None:
    """Forks a child for each line and tells its end."""
    import zoho_sync.run  # imported once, for all children  # noqa: F401

    gc.freeze()  # no child walks, or copies, what was imported
    print(json.dumps({"ready": True}), flush=True)  # noqa: T201  # the protocol
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                code = run_child(job)
            finally:
                os._exit(code)
        print(json.dumps({"pid": pid}), flush=True)  # noqa: T201  # the protocol
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"exit": os.waitstatus_to_exitcode(status)}), flush=True)  # noqa: T201


if __name__ == "__main__":
    serve()
