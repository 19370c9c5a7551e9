"""Zoho's data centres, their hosts, and the rule that only Zoho hears the token.

Source: Zoho CRM API v8, "Multi DC Support", and the data centres of Zoho's own Python SDK 8.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit

from .exceptions import ZohoConfigError, ZohoCrmError

Environment = Literal["production", "sandbox", "developer"]
ENVIRONMENTS: Final[tuple[Environment, ...]] = ("production", "sandbox", "developer")


@dataclass(frozen=True, slots=True)
class DataCenter:
    """One of Zoho's data centres: where tokens come from, and where the API is served."""

    name: str
    accounts_url: str
    api_domain: str
    suffix: str
    """How people name it, too: the end of its hosts."""


DATA_CENTERS: Final = {
    center.name: center
    for center in (
        DataCenter("us", "https://accounts.zoho.com", "https://www.zohoapis.com", "com"),
        DataCenter("eu", "https://accounts.zoho.eu", "https://www.zohoapis.eu", "eu"),
        DataCenter("in", "https://accounts.zoho.in", "https://www.zohoapis.in", "in"),
        DataCenter("au", "https://accounts.zoho.com.au", "https://www.zohoapis.com.au", "com.au"),
        DataCenter("cn", "https://accounts.zoho.com.cn", "https://www.zohoapis.com.cn", "com.cn"),
        DataCenter("jp", "https://accounts.zoho.jp", "https://www.zohoapis.jp", "jp"),
        # Canada's accounts host lies on a domain of its own.
        DataCenter("ca", "https://accounts.zohocloud.ca", "https://www.zohoapis.ca", "ca"),
        DataCenter("sa", "https://accounts.zoho.sa", "https://www.zohoapis.sa", "sa"),
    )
}
# The last six belong to data centres that serve other products of Zoho's; for the CRM they are
# assumed, and have no name above: `accounts_url` reaches them.
TRUSTED_DOMAINS: Final = frozenset(
    {
        *(f"zoho.{center.suffix}" for center in DATA_CENTERS.values() if center.name != "ca"),
        *(f"zohoapis.{center.suffix}" for center in DATA_CENTERS.values()),
        "zohocloud.ca",
        *("zoho.ae", "zohoapis.ae", "zoho.sg", "zohoapis.sg", "zoho.uk", "zohoapis.uk"),
    }
)
_ADVICE: Final = (
    "tokens go only to https on a domain of Zoho's, or to this machine; "
    "check `data_center` and `accounts_url` in [sources.zoho_crm.credentials]."
)
_PRINTABLE = re.compile(r"[!-~]+")
_DUBIOUS = re.compile(r"[\\@%]")
_ZOHO_PREFIX = re.compile(r"^(zoho(cloud)?)?\.")
_HOST_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


def find_data_center(name: str) -> DataCenter:
    """Finds a data centre by its name or suffix, in any case.

    Raises:
        ZohoConfigError: There is none of that name.
    """
    wanted = _ZOHO_PREFIX.sub("", name.strip().lower())
    for center in DATA_CENTERS.values():
        if wanted in (center.name, center.suffix):
            return center
    # The value is not shown: what stands in the wrong key may be a secret.
    raise ZohoConfigError(
        f"`data_center` in [sources.zoho_crm.credentials] is none of {', '.join(DATA_CENTERS)}: "
        "take the one at the end of your CRM's address (zoho.eu is `eu`), or set `accounts_url`."
    )


def check_environment(name: str) -> Environment:
    """Gives the environment of that name, in any case.

    Raises:
        ZohoConfigError: There is none of that name.
    """
    for environment in ENVIRONMENTS:
        if name.strip().lower() == environment:
            return environment
    raise ZohoConfigError(
        f"`environment` in [sources.zoho_crm.credentials] is none of {', '.join(ENVIRONMENTS)}."
    )


def trusted_url(url: str, *, what: str, error: type[ZohoCrmError] = ZohoConfigError) -> str:
    """Gives `scheme://host[:port]` of an address that may hear secrets: Zoho's, or loopback.

    It is put together anew from its parts, so that whoever opens it sees the host that was checked.

    Args:
        url: The address, with nothing behind the host and port.
        what: Where it comes from, for the message.
        error: What to raise: by default for something configured.

    Raises:
        ZohoCrmError: Of the type given: the address is another machine's, or dubious.
    """
    parts = _split(url)
    host = parts.hostname if parts else None
    if parts is None or not host:
        raise error(f"{what} is not of the form `https://host`: {_ADVICE}")
    if not (is_loopback(host) or (parts.scheme == "https" and _is_zohos(host))):
        raise error(f"{what} leads to {parts.scheme}://{host}, which is not Zoho: {_ADVICE}")
    return f"{parts.scheme}://{_build_netloc(parts)}"


def _split(url: str) -> SplitResult | None:
    """Takes an address apart; None where two readers of it could find different hosts."""
    text = url.strip()
    if not _PRINTABLE.fullmatch(text) or _DUBIOUS.search(text):
        return None
    try:
        parts = urlsplit(text)
        is_plain = _build_netloc(parts) == parts.netloc.lower()
    except ValueError:
        return None
    host = parts.hostname or ""
    is_bare = parts.path in ("", "/") and not parts.query and not parts.fragment
    is_known = parts.scheme in ("https", "http") and (_HOST_NAME.fullmatch(host) or _ip(host))
    return parts if is_plain and is_bare and is_known else None


def _build_netloc(parts: SplitResult) -> str:
    """Puts host and port together.

    Raises:
        ValueError: The port is none.
    """
    host = parts.hostname or ""
    return (f"[{host}]" if ":" in host else host) + (f":{parts.port}" if parts.port else "")


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_zohos(host: str) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in TRUSTED_DOMAINS)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: the simulator, or a test's server."""
    address = _ip(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def proxies_for(url: str) -> dict[str, str] | None:
    """Gives what `requests` takes as `proxies`: none for loopback, else as the machine is set up.

    Without it a machine's `HTTP_PROXY` would hear what is meant for loopback.
    """
    if is_loopback(urlsplit(url).hostname or ""):
        return {"http": "", "https": "", "all": ""}
    return None


def api_domain_of(accounts_url: str) -> str | None:
    """Gives the API's address in the data centre of an accounts server; None if it is unknown."""
    centers = (center for center in DATA_CENTERS.values() if center.accounts_url == accounts_url)
    return next((center.api_domain for center in centers), None)


def api_domain_in(environment: Environment, api_domain: str) -> str:
    """Gives the API's address for an environment: `www` becomes `sandbox` or `developer`."""
    parts = urlsplit(api_domain)
    host = parts.hostname or ""
    if environment == "production" or is_loopback(host):
        return api_domain
    domain = host if host in TRUSTED_DOMAINS else host.partition(".")[2]
    return f"https://{environment}.{domain}" + (f":{parts.port}" if parts.port else "")
