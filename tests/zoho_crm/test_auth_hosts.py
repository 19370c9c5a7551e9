"""Where credentials and tokens may be sent (rule 8), and which host serves which data centre."""

from __future__ import annotations

import pytest

from zoho_crm.auth import ZohoCredentials, accounts_url_of, trusted_url
from zoho_crm.data_centers import api_domain_in, api_domain_of, proxies_for
from zoho_crm.exceptions import ZohoAuthError, ZohoConfigError

HOSTS = {
    "us": ("https://accounts.zoho.com", "https://www.zohoapis.com"),
    "eu": ("https://accounts.zoho.eu", "https://www.zohoapis.eu"),
    "in": ("https://accounts.zoho.in", "https://www.zohoapis.in"),
    "au": ("https://accounts.zoho.com.au", "https://www.zohoapis.com.au"),
    "cn": ("https://accounts.zoho.com.cn", "https://www.zohoapis.com.cn"),
    "jp": ("https://accounts.zoho.jp", "https://www.zohoapis.jp"),
    "ca": ("https://accounts.zohocloud.ca", "https://www.zohoapis.ca"),
    "sa": ("https://accounts.zoho.sa", "https://www.zohoapis.sa"),
}


def credentials(**changes: str | None) -> ZohoCredentials:
    values = ZohoCredentials(client_id="id", client_secret="secret", refresh_token="refresh")
    values.update(changes)
    return values


@pytest.mark.parametrize(("name", "hosts"), HOSTS.items())
def test_each_data_centre_has_its_hosts(name: str, hosts: tuple[str, str]) -> None:
    accounts_url = accounts_url_of(credentials(data_center=name))

    assert (accounts_url, api_domain_of(accounts_url)) == hosts
    assert [trusted_url(url, what="it") for url in hosts] == list(hosts)


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("EU", "accounts.zoho.eu"),
        (" com ", "accounts.zoho.com"),
        (".com.au", "accounts.zoho.com.au"),
        ("com.cn", "accounts.zoho.com.cn"),
        ("zoho.in", "accounts.zoho.in"),
        ("zohocloud.ca", "accounts.zohocloud.ca"),
    ],
)
def test_a_data_centre_may_be_named_by_the_end_of_its_hosts(name: str, host: str) -> None:
    assert accounts_url_of(credentials(data_center=name)) == f"https://{host}"


def test_an_unknown_data_centre_is_answered_with_the_choices() -> None:
    with pytest.raises(ZohoConfigError, match="none of us, eu, in, au, cn, jp, ca, sa") as caught:
        accounts_url_of(credentials(data_center="1000.pasted-in-the-wrong-place"))

    assert "pasted" not in str(caught.value)


def test_accounts_url_overrides_the_data_centre() -> None:
    values = credentials(data_center="eu", accounts_url="https://accounts.zoho.ae/")

    assert accounts_url_of(values) == "https://accounts.zoho.ae"


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://accounts.zoho.com", "https://accounts.zoho.com"),
        ("  HTTPS://Accounts.Zoho.EU/ ", "https://accounts.zoho.eu"),
        ("https://zoho.com", "https://zoho.com"),
        ("https://sandbox.zohoapis.com.au:8443", "https://sandbox.zohoapis.com.au:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:1", "http://localhost:1"),
        ("https://[::1]:9", "https://[::1]:9"),
    ],
)
def test_zoho_and_loopback_are_trusted(url: str, trusted: str) -> None:
    assert trusted_url(url, what="it") == trusted


@pytest.mark.parametrize(
    "url",
    [
        "http://accounts.zoho.com",  # in clear text
        "https://evilzoho.com",
        "https://zoho.com.evil.net",
        "https://zoho.com@evil.net",
        "https://zoho.com:secret@evil.net",
        "https://evil.net@accounts.zoho.com",
        "https://evil.net\\@accounts.zoho.com",
        "https://evil.net/.zoho.com",
        "https://evil.net?.zoho.com",
        "https://evil.net#.zoho.com",
        "https://evil.net%2f.zoho.com",
        "https://accounts.zoho.com.",
        "https://accounts..zoho.com",
        "https://accounts.zoho.com/oauth/v2/token",
        "https://accounts.zoho.com?x=1",
        "https://accounts.zo\tho.com",
        "https://accounts.zoho.com\r\nX: y",
        "https://\u0430ccounts.zoho.com",
        "https://accounts.zoho\u3002com",
        "https://accounts.zoho.com:port",
        "https://accounts.zoho.com:99999",
        "https://[::1].evil.net",
        "https://[::1%25eth0]",
        "https://0.0.0.0",
        "https://127.1",
        "https://2130706433",
        "https://10.0.0.1",
        "https://zohocorp.com",
        "https://zoho.co",
        "https://",
        "https:accounts.zoho.com",
        "//accounts.zoho.com",
        "accounts.zoho.com",
        "ftp://accounts.zoho.com",
        "ws://accounts.zoho.com",
        "",
    ],
)
def test_nobody_else_is_trusted(url: str) -> None:
    with pytest.raises(ZohoConfigError, match="https on a domain of Zoho's") as caught:
        trusted_url(url, what="`accounts_url`")

    assert str(caught.value).startswith("`accounts_url` ")
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 260


def test_an_address_from_a_reply_is_the_credentials_matter() -> None:
    with pytest.raises(ZohoAuthError, match=r"leads to https://zoho\.com\.evil\.net, which is not"):
        trusted_url("https://zoho.com.evil.net", what="it", error=ZohoAuthError)


@pytest.mark.parametrize(
    ("environment", "sent", "called"),
    [
        ("production", "https://www.zohoapis.eu", "https://www.zohoapis.eu"),
        ("sandbox", "https://www.zohoapis.eu", "https://sandbox.zohoapis.eu"),
        ("sandbox", "https://sandbox.zohoapis.com.au", "https://sandbox.zohoapis.com.au"),
        ("developer", "https://zohoapis.in:444", "https://developer.zohoapis.in:444"),
        ("developer", "https://www.zohoapis.ca", "https://developer.zohoapis.ca"),
        ("sandbox", "http://127.0.0.1:80", "http://127.0.0.1:80"),
    ],
)
def test_an_environment_is_the_first_label_of_the_host(
    environment: str, sent: str, called: str
) -> None:
    assert api_domain_in(environment, sent) == called  # type: ignore[arg-type]  # a literal


def test_a_proxy_hears_nothing_that_is_meant_for_loopback() -> None:
    assert proxies_for("http://localhost:8080") == {"http": "", "https": "", "all": ""}
    assert proxies_for("https://accounts.zoho.com") is None
