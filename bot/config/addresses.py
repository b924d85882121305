"""The addresses of the settings: keys and tokens go there, in the clear only within a network."""

import re
from ipaddress import ip_address

from yarl import URL

from bot.redaction import hide_secrets, keep_secret, looks_secret
from bot.validation import refuse, shown

LOCAL_NAMES = (".localhost", ".local", ".internal", ".home.arpa", ".lan")
"""Ends of names that lead nowhere outside a network (RFC 6761, 6762, 8375; ICANN's .internal)."""
_SINGLE_LABEL = re.compile(r"[a-z_][a-z0-9_-]*", re.IGNORECASE)
"""A service's name; figures alone would be the number of an address."""


def check_web_address(address: str) -> str:
    """Give an address of an API without the slash at its end; raise where it is none."""
    return _check(address, "https://", "http://").rstrip("/")


def check_socket_address(address: str) -> str:
    """Give a gateway's address; raise where it is none."""
    return _check(address, "wss://", "ws://")


def check_proxy_address(address: str | None) -> str | None:
    """Give a proxy's address, or None; a password in it is kept from every log."""
    if not address:
        return None
    refusal = refuse(
        "an address that is not shown here", "http://HOST:PORT, or http://NAME:PASSWORD@HOST:PORT"
    )
    try:
        url = URL(address)
    except ValueError:
        raise refusal from None
    bare = url.path == "/" and not url.raw_query_string and not url.raw_fragment
    if url.scheme != "http" or not url.raw_host or not bare or not address.isprintable():
        raise refusal
    if url.password:
        keep_secret(url.password)
    return address


def is_local(host: str) -> bool:
    """Tell whether a host is this machine, or one of its own network."""
    try:
        found = ip_address(host)
    except ValueError:
        name = host.rstrip(".").casefold()
        return bool(_SINGLE_LABEL.fullmatch(name)) or name.endswith(LOCAL_NAMES)
    mapped = getattr(found, "ipv4_mapped", None)
    return not (mapped or found).is_global


def _check(address: str, safe: str, plain: str) -> str:
    expected = f"an address that starts with {safe} (or {plain}, within your own network)"
    if not address.startswith((safe, plain)) or not address.isprintable() or "\\" in address:
        raise refuse(shown(address), expected)
    try:
        url = URL(address)
    except ValueError:  # a port that can't be one, a bracket too few
        raise refuse("an address that cannot be read", expected) from None
    if not url.raw_host:
        raise refuse("an address without a host", expected)
    if looks_secret(url.raw_host) and ("." not in url.raw_host or hide_secrets(address) != address):
        raise refuse("a host that looks like a key or a token", expected)
    if url.raw_user is not None or url.raw_password is not None:
        raise refuse(
            "an address with a name or a password before its @", f"{expected}, without them"
        )
    if url.raw_query_string or url.raw_fragment:
        raise refuse("an address with a ? or a # in it", "an address that ends before them")
    if address.startswith(plain) and not is_local(url.raw_host):
        raise refuse(
            f"{plain} to a host on the internet",
            f"{safe}, or a host of your own network: the key would be readable on its way",
        )
    return address
