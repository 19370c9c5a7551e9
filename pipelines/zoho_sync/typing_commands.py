"""How a command is to be typed, so that it runs what runs this one, activated or not."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path


def type_command(name: str, *, is_elsewhere: bool = False) -> str:
    """The command as a shell here takes it: its plain name where that is found, else its path.

    Args:
        name: `zoho-sync`, or `python` for the interpreter that runs this.
        is_elsewhere: It will be typed in another terminal and another folder: what an activated
            environment puts on the path is not there, and a relative path leads nowhere.
    """
    folder = Path(sys.executable).parent
    own = folder / name
    if not own.exists():
        python = _written(Path(sys.executable), is_elsewhere=is_elsewhere)
        return python if name == "python" else f"{python} -m {name.replace('-', '_')}"
    found = shutil.which(name)
    if found and Path(found).samefile(own):
        is_activated = Path(found).parent == folder and sys.prefix != sys.base_prefix
        if not (is_elsewhere and is_activated):
            return name
    return _written(own, is_elsewhere=is_elsewhere)


def _written(path: Path, *, is_elsewhere: bool) -> str:
    here = Path.cwd()
    if is_elsewhere or not path.is_relative_to(here):
        return shlex.quote(str(path))
    near = path.relative_to(here)
    return shlex.quote(str(near) if near.parts[1:] else f".{os.sep}{near}")
