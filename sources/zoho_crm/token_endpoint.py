"""Asks Zoho's token endpoint.

Nothing that is raised holds what was sent or received: no body, and no error of `requests`, which
would carry the request along, neither as cause nor as context.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests

from .data_centers import proxies_for
from .exceptions import ZohoTransientError
from .settings import (
    CONNECT_TIMEOUT_S,
    READ_TIMEOUT_S,
    RETRY_MAX_WAIT_S,
    RETRY_WAIT_S,
    TOKEN_ATTEMPTS,
)
from .token_replies import TokenReply, parse_reply, parse_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TOKEN_PATH: Final = "/oauth/v2/token"  # noqa: S105  # a path
REVOKE_PATH: Final = f"{TOKEN_PATH}/revoke"


@dataclass(frozen=True)
class TokenEndpoint:
    """An accounts server, and how it is asked.

    Attributes:
        accounts_url: A trusted address.
        session: The session to ask with; by default one for each call. It must not raise for a
            status of its own accord.
        attempts: Tries of one call that meets a fault which may pass.
        sleep: Waits that many seconds.
    """

    accounts_url: str
    session: requests.Session | None = None
    attempts: int = TOKEN_ATTEMPTS
    sleep: Callable[[float], object] = time.sleep

    def give_token(self, form: Mapping[str, str]) -> TokenReply:
        """Exchanges a grant code or a refresh token for an access token.

        Raises:
            ZohoAuthError: Zoho refuses the credentials.
            ZohoRateLimitError: Zoho gives no more tokens for some minutes; asked only once.
            ZohoTransientError: The server failed, or could not be reached, each time.
            ZohoResponseError: The reply is not as documented.
        """
        url = self.accounts_url + TOKEN_PATH
        return parse_token(self._ask(url, form), url=url)

    def revoke(self, token: str) -> None:
        """Ends a refresh token and all access tokens made from it; raises as `give_token`."""
        self._ask(self.accounts_url + REVOKE_PATH, {"token": token})

    def _ask(self, url: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        fault = ""
        for attempt in range(self.attempts):
            if attempt:
                self.sleep(min(RETRY_WAIT_S * 2 ** (attempt - 1), RETRY_MAX_WAIT_S))
            answer = self._post(url, form)
            if isinstance(answer, requests.Response):
                return parse_reply(answer.status_code, answer.content, url=url, form=form)
            fault = answer
        tries = f" ({self.attempts} tries)" if self.attempts > 1 else ""
        raise ZohoTransientError(
            f"Zoho's accounts server {urlsplit(url).netloc} {fault}{tries}: check the network "
            "and Zoho's status page, then run again; nothing is lost.",
            url=url,
        )

    def _post(self, url: str, form: Mapping[str, str]) -> requests.Response | str:
        """Gives the reply, or in words the fault that may pass."""
        # A connection of its own is not kept: the next token is due in an hour.
        with requests.Session() if self.session is None else nullcontext(self.session) as session:
            try:
                response = session.post(
                    url,
                    data=dict(form),  # never in the query, where logs would keep it
                    headers={"Accept": "application/json"},
                    timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
                    allow_redirects=False,
                    verify=True,
                    proxies=proxies_for(url),
                )
            except requests.Timeout:
                return "did not answer in time"
            except requests.exceptions.SSLError:
                return "has no certificate that this machine trusts"
            except OSError:  # all others of requests, and what it lets through
                return "could not be reached"
        if response.status_code >= 500:
            return f"failed with HTTP {response.status_code}"
        return "shows a web page in place of a token" if _is_maintenance(response) else response


def _is_maintenance(response: requests.Response) -> bool:
    """Whether a reply is a page for people, which Zoho also sends as if nothing were wrong."""
    return 200 <= response.status_code < 300 and response.content.lstrip()[:1] == b"<"
