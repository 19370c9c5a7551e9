"""Errors of the source, by what the caller should do.

::

    ZohoCrmError
    ├── ZohoConfigError        fix the configuration
    ├── ZohoAuthError          credentials or scope refused
    ├── ZohoSkippableError     this module or list can't be read, the rest can
    │   ├── ZohoPermissionError
    │   └── ZohoUnsupportedError
    ├── ZohoTransientError     retries used up; safe to run again
    │   └── ZohoRateLimitError
    ├── ZohoPageTokenError     restart the chain from its anchor
    ├── ZohoResponseError      a reply not shaped as documented
    │   └── ZohoFieldsError       names in `fields` are refused
    ├── ZohoSchemaMovedError   the module's fields changed while it was read
    ├── ZohoBudgetError        the credit budget is spent
    └── ZohoStoppedError       the run was asked to stop

Public attributes of dlt's exceptions land in its trace: none of these may hold a token, a secret,
a query string or the body of a reply.
"""

from __future__ import annotations

from dlt.common.exceptions import DltException


class ZohoCrmError(DltException):
    """What the source raises; the message is one sentence for a person."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        url: str | None = None,
        module: str | None = None,
    ) -> None:
        """Keeps the facts beside the sentence.

        Args:
            message: What happened, where, and what to do.
            code: Zoho's code, such as `INVALID_MODULE`.
            status: The HTTP status.
            url: The address without its query.
            module: The API name of the module asked for.
        """
        self.code = code
        self.status = status
        self.url = url
        self.module = module
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        """Lets errors cross process and thread borders with their facts."""
        facts = {k: getattr(self, k) for k in ("code", "status", "url", "module")}
        return (_rebuild, (type(self), str(self), facts))


def _rebuild(kind: type[ZohoCrmError], message: str, facts: dict[str, object]) -> ZohoCrmError:
    return kind(message, **facts)  # type: ignore[arg-type]  # the facts of __init__, by name


class ZohoConfigError(ZohoCrmError, ValueError):
    """The configuration is missing, wrong or contradicts itself."""


class ZohoAuthError(ZohoCrmError):
    """Zoho refused the credentials or the scope."""


class ZohoSkippableError(ZohoCrmError):
    """This module or list can't be read; the others can."""


class ZohoPermissionError(ZohoSkippableError):
    """The user's profile may not read it."""


class ZohoUnsupportedError(ZohoSkippableError):
    """The API does not offer it, or no longer."""


class ZohoTransientError(ZohoCrmError):
    """Zoho or the network failed for longer than the retries last; safe to run again."""

    retry_after_s: float | None = None
    """How long Zoho asked to wait, where it did."""


class ZohoRateLimitError(ZohoTransientError):
    """Zoho keeps answering 429: credits or concurrency are used up."""


class ZohoPageTokenError(ZohoCrmError):
    """A page token expired or no longer fits; the chain starts again from its anchor."""


class ZohoResponseError(ZohoCrmError):
    """A reply is not shaped as documented."""


class ZohoFieldsError(ZohoResponseError):
    """Zoho refuses a name in `fields`: it is gone since metadata was read, or is a `$` key."""


class ZohoSchemaMovedError(ZohoCrmError):
    """A module's fields changed while it was read; it is read on with its new ones."""


class ZohoBudgetError(ZohoCrmError):
    """The run's limit of calls is reached."""


class ZohoStoppedError(ZohoCrmError):
    """The run was asked to stop while a call was waiting."""


def is_of_one_module(error: ZohoCrmError) -> bool:
    """Whether other modules may fare better: it is about no limit, credential or budget of all."""
    kinds = ZohoSkippableError | ZohoTransientError | ZohoResponseError
    return isinstance(error, kinds) and not isinstance(error, ZohoRateLimitError)
