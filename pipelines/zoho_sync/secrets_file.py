"""`.dlt/secrets.toml`: written so that nothing in it is lost and nobody else reads it."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import tomlkit
from dlt.common.runtime.run_context import active
from tomlkit.exceptions import ParseError, TOMLKitError

from zoho_crm.exceptions import ZohoConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tomlkit.container import Container
    from tomlkit.items import Table

_FILE_MODE: Final = 0o600
_FOLDER_MODE: Final = 0o700


def secrets_path() -> Path:
    """Where dlt looks for secrets: in the folder `.dlt` of the working directory."""
    return Path(active().settings_dir) / "secrets.toml"


def check_writable(path: Path) -> None:
    """Makes sure that secrets can be written.

    Raises:
        ZohoConfigError: The file cannot be read or written.
    """
    with _explained(path):
        _read(path)
        path.resolve().parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.resolve().parent):
            return


def write_secrets(path: Path, sections: Sequence[str], values: Mapping[str, str | None]) -> None:
    """Sets keys of one section, and leaves everything else as it is, comments included.

    The file is replaced in one step and is for this user only.

    Args:
        path: The file; made with its folder where it is missing.
        sections: The names of the section, outermost first.
        values: The keys and what they become; None takes a key away.

    Raises:
        ZohoConfigError: The file cannot be read or written.
    """
    target = path.resolve()  # a link stays one
    with _explained(path):
        document = _read(target)
        table = _section(document, sections)
        for key, value in values.items():
            if value is not None:
                table[key] = value
            elif key in table:
                del table[key]
        target.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        _replace(target, tomlkit.dumps(document))


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turns what can go wrong into a sentence that shows nothing of the file."""
    try:
        yield
    except ParseError as error:
        where = f"line {error.line}, column {error.col}"
        raise ZohoConfigError(f"{path} is no valid TOML at {where}: mend it first.") from None
    except (TOMLKitError, AttributeError, TypeError):
        raise ZohoConfigError(
            f"{path} holds a value where a section of credentials should be: mend it first."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ZohoConfigError(f"{path} cannot be read or written: {reason}.") from None


def _read(path: Path) -> tomlkit.TOMLDocument:
    return tomlkit.parse(path.read_text("utf-8") if path.exists() else "")


def _section(document: tomlkit.TOMLDocument, names: Sequence[str]) -> Container | Table:
    """Gives the section, made where it is missing; outer ones get no header of their own."""
    table: Container | Table = document
    for depth, name in enumerate(names, start=1):
        if name not in table:
            table[name] = tomlkit.table(is_super_table=depth < len(names))
        table = table[name]  # anything else fails on its first use
    return table


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_FILE_MODE)
        temporary.replace(path)
    except BaseException:  # Ctrl-C too: a secret must not stay behind in a temporary file
        temporary.unlink(missing_ok=True)
        raise
