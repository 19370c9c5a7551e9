"""What a process of `zoho-sync` does once before its command."""

from __future__ import annotations

import sys
from importlib.util import find_spec


def note_that_pandas_is_missing() -> None:
    """Lets an import of pandas fail at once, where it isn't installed.

    DuckDB tries it again for each parameter of each statement, because it may come as a value of
    pandas: searching every folder of `sys.path` then is a tenth of what a quiet run costs.
    """
    if "pandas" not in sys.modules and find_spec("pandas") is None:
        sys.modules["pandas"] = None  # type: ignore[assignment]  # what the import system calls for
