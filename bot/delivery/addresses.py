"""Which addresses a video may be fetched from: public ones, and the provider's own.

The check is made on what a name resolves to, at the moment of connecting, so that no name can
mean one thing when it is checked and another when it is used.
"""

import contextlib
import ipaddress
import socket

from aiohttp import DefaultResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.errors import AddressRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_STANDS_FOR_IPV4 = [
    ipaddress.IPv6Network(f"{prefix}/96")
    for prefix in ("::", "::ffff:0:0", "::ffff:0:0:0", "64:ff9b::")
]
"""Compatible, mapped, translated and NAT64: the last 32 bits are an IPv4 address."""
_LOCAL = [ipaddress.IPv6Network("fec0::/10"), ipaddress.IPv6Network("64:ff9b:1::/48")]
"""Site-local, and NAT64 within a local network."""


def is_public(address: str) -> bool:
    """Tell whether an IP address lies in the public internet."""
    ip = _destination(ipaddress.ip_address(address.split("%", maxsplit=1)[0]))
    # These ranges are private, though Python calls them global.
    local = any(ip in network for network in _LOCAL)
    return ip.is_global and not ip.is_multicast and not local


def _destination(ip: Address) -> Address:
    """Find where a packet ends: some IPv6 addresses carry an IPv4 address."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if any(ip in network for network in _STANDS_FOR_IPV4):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.sixtofour or ip


def check_url(url: URL, own_origin: URL) -> None:
    """Check scheme and literal addresses; raise AddressRefused. Names are checked on resolving."""
    if url.scheme not in {"http", "https"} or url.host is None:
        raise AddressRefused(f"not http(s): {url.scheme}")
    if url.origin() == own_origin:
        return
    try:
        public = is_public(url.host)
    except ValueError:
        # A name; but 2130706433 and 127.1 would be read as addresses when connecting.
        public = not url.host.replace(".", "").isdigit()
    if not public:
        raise AddressRefused(f"a private address: {url.host}")


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only, except the provider's own name."""

    def __init__(self, own_origin: URL, resolver: AbstractResolver | None = None) -> None:
        self._own_origin = own_origin
        self._resolver = resolver or DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve; raise AddressRefused where no public address is left."""
        found = await self._resolver.resolve(host, port, family)
        if (host, port) == (self._own_origin.host, self._own_origin.port):
            return found
        public = [each for each in found if is_public(each["host"])]
        if not public:
            raise AddressRefused(f"a private address: {host}")
        return public

    async def refuse_private(self, url: URL) -> None:
        """Raise AddressRefused where a name means a private address: a proxy will connect to it.

        A name that is not known here may be known to the proxy, which decides what it reaches.
        """
        with contextlib.suppress(OSError):
            await self.resolve(url.host or "", url.port or 0, socket.AF_UNSPEC)

    async def close(self) -> None:
        """Close the resolver underneath."""
        await self._resolver.close()
