"""Telling others how a run ended: a heartbeat service, and Slack by dlt's own hook."""

from __future__ import annotations

from typing import Final

import dlt
import requests
from dlt.common import logger
from dlt.common.runtime.slack import send_slack_message

from .exit_codes import ExitCode

_TIMEOUT_S: Final = 10
_FINE: Final = frozenset({ExitCode.DONE, ExitCode.LIMIT})
"""Ends that need nobody's attention: a limit is somebody's wish."""


def send_heartbeat(url: str | None, exit_code: ExitCode, message: str) -> None:
    """Calls the heartbeat address, or the one below it for failures.

    A heartbeat that cannot be sent is logged; it never changes how the run ended.

    Args:
        url: Such as `https://hc-ping.com/...`; None to call nobody.
        exit_code: How the run ended.
        message: A sentence or two, sent as the body.
    """
    if not url:
        return
    is_fine = exit_code in _FINE
    path, mark, query = url.partition("?")
    address = url if is_fine else f"{path.rstrip('/')}/fail{mark}{query}"
    try:
        # What it replies is not read: it could come a byte at a time, for ever.
        with requests.post(
            address, data=message.encode(), timeout=_TIMEOUT_S, stream=True
        ) as reply:
            reply.raise_for_status()
    except requests.RequestException as error:
        # Not the address: it is the only secret that such services have.
        logger.warning(f"The heartbeat could not be sent ({type(error).__name__}).")


def tell_slack(dataset: str, exit_code: ExitCode, message: str, *, has_news: bool) -> None:
    """Tells dlt's Slack hook of a run that needs attention, or of one that has news.

    Nobody is told where no hook is configured.

    Args:
        dataset: Which copy it is about.
        exit_code: How the run ended.
        message: A sentence or two.
        has_news: A run that needs no attention is told, too: a schema changed.
    """
    hook = dlt.config.get("runtime.slack_incoming_hook", str) or dlt.secrets.get(
        "runtime.slack_incoming_hook", str
    )
    if not hook or (exit_code in _FINE and not has_news):
        return
    text = f"zoho-sync {dataset}: {exit_code.name.lower()}. {message}"
    try:
        send_slack_message(hook, text)
    except (requests.RequestException, ValueError) as error:
        logger.warning(f"Slack could not be told ({type(error).__name__}).")
