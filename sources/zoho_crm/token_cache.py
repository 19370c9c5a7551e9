"""The access token on disk, so that all processes of one machine share it.

Zoho gives ten access tokens in ten minutes, so a cron job per table must not fetch one each. The
cache is a convenience: whatever is wrong with it, a token is fetched instead.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dlt.common import logger
from filelock import FileLock

from .data_centers import trusted_url
from .settings import ACCESS_TOKEN_LIFETIME_S, REFRESH_BEFORE_EXPIRY_S, TOKEN_LOCK_WAIT_S
from .token_replies import is_token

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HAS_MODES = hasattr(os, "getuid")  # Windows has neither: a user's data folder is private there
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """An access token with what is known about its life, by this machine's clock."""

    value: str = field(repr=False)
    api_domain: str
    """As Zoho sent it, whatever the environment."""
    issued_at: datetime
    lifetime_s: int

    @property
    def expires_at(self) -> datetime:
        """When Zoho stops accepting it."""
        return self.issued_at + timedelta(seconds=self.lifetime_s)

    def is_alive(self, now: datetime) -> bool:
        """Whether Zoho should still accept it."""
        return now < self.expires_at

    def is_fresh(self, now: datetime) -> bool:
        """Whether it has enough life left to be used without a thought.

        Half of a short life is enough, or a token of few minutes would be replaced at each use.
        One from the future shows that the clock was set back: how long it lives is not known.
        """
        margin_s = min(REFRESH_BEFORE_EXPIRY_S, self.lifetime_s // 2)
        is_from_future = self.issued_at > now + timedelta(seconds=REFRESH_BEFORE_EXPIRY_S)
        return not is_from_future and self.is_alive(now + timedelta(seconds=margin_s))


class TokenCache:
    """The file that holds the access token of one set of credentials."""

    def __init__(self, folder: Path, *identity: str) -> None:
        """Names the file by a hash of what the token was fetched with, which it does not reveal."""
        digest = hashlib.sha256("\0".join(identity).encode()).hexdigest()
        self._folder = folder
        self._path = folder / f"{digest}.json"
        self._is_usable = True

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes out; without a lock, reading finds and writing keeps nothing."""
        lock = FileLock(self._path.with_suffix(".lock"), timeout=TOKEN_LOCK_WAIT_S, mode=0o600)
        if not self._is_usable:
            yield
            return
        try:
            self._make_folder()
            lock.acquire()
        except (OSError, NotImplementedError) as error:  # filelock's Timeout is an OSError
            self._give_up(error)
        try:
            yield
        finally:
            lock.release()

    def read(self) -> IssuedToken | None:
        """Gives the token in the file; None if there is none that can be trusted."""
        if not self._is_usable:
            return None
        try:
            with os.fdopen(os.open(self._path, os.O_RDONLY | _NO_FOLLOW), "rb") as file:
                return parse_issued_token(file.read()) if _is_private(file.fileno()) else None
        except OSError:
            return None

    def write(self, issued: IssuedToken) -> None:
        """Replaces the file as a whole, readable by its owner only."""
        if not self._is_usable:
            return
        body = {
            "access_token": issued.value,
            "api_domain": issued.api_domain,
            "issued_at": issued.issued_at.isoformat(),
            "lifetime_s": issued.lifetime_s,
        }
        # One name is enough under the lock, and leaves no litter after a kill.
        draft = self._path.with_suffix(".new")
        try:
            draft.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW
            with os.fdopen(os.open(draft, flags, 0o600), "w", encoding="utf-8") as file:
                json.dump(body, file)
            draft.replace(self._path)
        except OSError as error:
            self._give_up(error)

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _HAS_MODES:
            return
        folder = os.open(self._folder, os.O_RDONLY | _NO_FOLLOW)
        try:
            if not _is_private(folder):
                # Fails where the folder is somebody else's.
                os.fchmod(folder, 0o700)
            if not _is_private(folder):
                raise PermissionError("the folder belongs to another user")
        finally:
            os.close(folder)

    def _give_up(self, error: Exception) -> None:
        self._is_usable = False
        logger.warning(
            f"The access token cannot be kept in {self._folder} ({type(error).__name__}), so each "
            "run fetches its own, of which Zoho gives ten in ten minutes: make the folder "
            "writable for this user only, or set DLT_DATA_DIR."
        )


def parse_issued_token(content: bytes) -> IssuedToken | None:
    """Reads what `TokenCache.write` wrote; None for anything else."""
    try:
        body: dict[str, Any] = json.loads(content)
        issued = IssuedToken(
            value=body["access_token"],
            api_domain=trusted_url(body["api_domain"], what="the cached api_domain"),
            issued_at=datetime.fromisoformat(body["issued_at"]).astimezone(UTC),
            lifetime_s=min(int(body["lifetime_s"]), ACCESS_TOKEN_LIFETIME_S),
        )
        is_sound = is_token(issued.value) and issued.expires_at > issued.issued_at
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return issued if is_sound else None


def _is_private(descriptor: int) -> bool:
    """Whether a file is this user's and nobody else's."""
    if not _HAS_MODES:
        return True
    status = os.fstat(descriptor)
    return status.st_uid == os.getuid() and not stat.S_IMODE(status.st_mode) & 0o077
