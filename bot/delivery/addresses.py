"""Which addresses a video may be fetched from: public ones, and the provider's own.

The check is made on what a name resolves to, at the moment of connecting, so that no name can
mean one thing when it is checked and another when it is used.
"""

import ipaddress
import socket

from aiohttp import DefaultResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.errors import AddressRefused


def is_public(address: str) -> bool:
    """Tell whether an IP address lies in the public internet."""
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    mapped = getattr(ip, "ipv4_mapped", None) or ip
    return mapped.is_global and not mapped.is_multicast


def check_url(url: URL, own_origin: URL) -> None:
    """Check scheme and literal addresses; raise AddressRefused. Names are checked on resolving."""
    if url.scheme not in {"http", "https"} or url.host is None:
        raise AddressRefused(f"not http(s): {url.scheme}")
    if url.origin() == own_origin:
        return
    try:
        public = is_public(url.host)
    except ValueError:
        return
    if not public:
        raise AddressRefused(f"a private address: {url.host}")


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only, except the provider's own name."""

    def __init__(self, own_origin: URL) -> None:
        self._own_origin = own_origin
        self._resolver = DefaultResolver()

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

    async def close(self) -> None:
        """Close the resolver underneath."""
        await self._resolver.close()
