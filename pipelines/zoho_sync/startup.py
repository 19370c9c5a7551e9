"""What a process of `zoho-sync` does once before its command."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import Final

_MISSING: Final = "pandas"


class _NoPandas:
    """Ends the search for pandas before it begins."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """Finds nothing; of the one name, nobody else is asked."""
        if name == _MISSING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def prepare_process() -> None:
    """Sets up what every command needs; before anything heavy is imported."""
    # Arrow's own pool keeps what it frees: a first load needs 350 MB with it and 290 without.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    note_that_pandas_is_missing()


def note_that_pandas_is_missing() -> None:
    """Lets an import of pandas fail at once, where it isn't installed.

    DuckDB tries it again for each parameter of each statement, because it may come as a value of
    pandas: searching every folder of `sys.path` then is a tenth of what a quiet run costs.
    """
    if _NoPandas not in sys.meta_path and find_spec(_MISSING) is None:
        sys.meta_path.insert(0, _NoPandas)
