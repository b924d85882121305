"""Where a video is fetched from: public places, the provider's own, and nowhere else."""

import socket
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.delivery.addresses import PublicResolver
from bot.errors import AddressRefused, FetchFailed
from tests.files import read
from tests.integration.delivery.conftest import fetcher
from tests.local_server import Handler, redirect, serving, unreachable
from tests.proxy import proxying

FILM = b"stands for a video"
ELSEWHERE = "https://api.segmind.com"


async def film(_: web.BaseRequest) -> web.StreamResponse:
    """Answer with the file."""
    return web.Response(body=FILM, content_type="video/mp4")


def redirecting(*locations: str, status: int = 302) -> Handler:
    """Send on to these places in turn, and then answer with the file."""
    left = list(locations)

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return redirect(left.pop(0), status) if left else await film(request)

    return handle


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "169.254.169.254",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "224.0.0.1",
        "[fe80::1]",
        "[fec0::1]",
        "[fd00::1]",
        "[ff02::1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "localhost",
        "LocalHost",
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0x7f.1",
        "127.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "0",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
        "user:pass@127.0.0.1",
    ],
)
@pytest.mark.parametrize("proxied", [False, True], ids=["", "by a proxy"])
async def test_private_addresses_are_refused_however_they_are_written(
    target: Path, host: str, *, proxied: bool
) -> None:
    """Loopback, private networks, link-local and the like are not connected to."""
    async with serving(unreachable) as server, proxying() as proxy:
        fetching = fetcher(ELSEWHERE, proxy.url if proxied else None)
        with pytest.raises(AddressRefused):
            await fetching.fetch(f"http://{host}:{server.origin.port}/a.mp4", target)

    assert server.requests == []
    assert proxy.requests == []


async def test_a_proxy_s_redirect_to_a_private_address_is_refused(target: Path) -> None:
    """Each place is looked at before the proxy is asked for it."""
    own = "http://video.internal"
    async with serving(redirecting("http://127.0.0.1:1/a.mp4")) as server, proxying() as proxy:
        own = f"{own}:{server.origin.port}"
        with pytest.raises(AddressRefused):
            await fetcher(own, proxy.url).fetch(f"{own}/a.mp4", target)

    assert proxy.requests == [f"GET {own}/a.mp4"]


async def test_a_name_that_the_proxy_alone_knows_is_fetched(target: Path) -> None:
    """Where only the proxy has a resolver, it decides what it reaches."""
    async with serving(film) as server, proxying() as proxy:
        url = f"http://video.internal:{server.origin.port}/a.mp4"
        await fetcher(ELSEWHERE, proxy.url).fetch(url, target)

    assert read(target) == FILM


@pytest.mark.parametrize("url", ["file:///etc/hosts", "ftp://example.com/a.mp4", "data:,a", "a"])
async def test_other_schemes_are_refused(target: Path, url: str) -> None:
    """Only http and https are fetched."""
    with pytest.raises(AddressRefused):
        await fetcher(ELSEWHERE).fetch(url, target)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_providers_own_origin_is_allowed(target: Path, host: str) -> None:
    """A provider in a private network, as the operator set it, serves its own videos."""
    async with serving(film) as server:
        own = server.under(host)
        await fetcher(own).fetch(str(own / "a.mp4"), target)

    assert read(target) == FILM


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_providers_host_on_another_port_is_refused(target: Path, host: str) -> None:
    """Being allowed one port of a machine opens no other one."""
    async with serving(film) as own, serving(unreachable) as other:
        with pytest.raises(AddressRefused):
            await fetcher(own.under(host)).fetch(str(other.under(host) / "a.mp4"), target)

    assert other.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_an_allowed_place_is_followed(target: Path, status: int) -> None:
    """Each kind of redirect leads to the file, relative ones too."""
    async with serving(redirecting("/b/c.mp4", "d.mp4", status=status)) as own:
        await fetcher(own.origin).fetch(str(own.origin / "a.mp4"), target)

    assert read(target) == FILM
    assert own.paths == ["/a.mp4", "/b/c.mp4", "/b/d.mp4"]


async def test_too_many_redirects_are_a_failure(target: Path) -> None:
    """Three redirects are followed, a fourth one is not."""
    async with serving(redirecting("/b", "/c", "/d")) as own:
        await fetcher(own.origin).fetch(str(own.origin / "a"), target)
    async with serving(redirecting("/b", "/c", "/d", "/e")) as own:
        with pytest.raises(FetchFailed, match="redirects"):
            await fetcher(own.origin).fetch(str(own.origin / "a"), target)

    assert own.paths == ["/a", "/b", "/c", "/d"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
async def test_a_redirect_to_a_private_address_is_refused(target: Path, host: str) -> None:
    """Every stop on the way is checked like the first."""
    async with serving(unreachable) as other:
        location = f"http://{host}:{other.origin.port}/a.mp4"
        async with serving(redirecting(location)) as own:
            with pytest.raises(AddressRefused):
                await fetcher(own.origin).fetch(str(own.origin / "a.mp4"), target)

    assert other.requests == []


@pytest.mark.parametrize("location", ["file:///etc/hosts", "ftp://127.0.0.1/a.mp4"])
async def test_a_redirect_to_another_scheme_is_refused(target: Path, location: str) -> None:
    """A redirect cannot leave the web."""
    async with serving(redirecting(location)) as own:
        with pytest.raises(AddressRefused):
            await fetcher(own.origin).fetch(str(own.origin / "a.mp4"), target)


async def test_a_cookie_set_on_the_way_is_not_taken_along(target: Path) -> None:
    """A redirect that sets a cookie learns nothing of us at the next stop."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/a.mp4":
            answer = redirect("/b.mp4")
            answer.set_cookie("seen", "yes")
            return answer
        return await film(request)

    async with serving(handle) as server:
        # Names, unlike addresses, may have cookies.
        own = server.under("localhost")
        await fetcher(own).fetch(str(own / "a.mp4"), target)

    assert server.paths == ["/a.mp4", "/b.mp4"]
    assert [request.cookies.get("seen") for request in server.requests] == [None, None]


class Names(AbstractResolver):
    """Knows the addresses of names by heart."""

    def __init__(self, **addresses: list[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Give the addresses of the name."""
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self._addresses[host]
        ]

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


async def resolved(names: Names, host: str, port: int, own: str = ELSEWHERE) -> list[str]:
    """Resolve a name as a fetch would."""
    resolver = PublicResolver(URL(own), names)
    return [each["host"] for each in await resolver.resolve(host, port)]


async def test_of_a_names_addresses_the_private_ones_are_dropped() -> None:
    """A name with public and private addresses is reached at the public ones only."""
    names = Names(cdn=["10.0.0.1", "8.8.8.8", "::1", "2606:4700::1111", "::ffff:10.0.0.1"])

    assert await resolved(names, "cdn", 443) == ["8.8.8.8", "2606:4700::1111"]


async def test_a_name_with_private_addresses_only_is_refused() -> None:
    """A public name that points into a private network does not open it."""
    with pytest.raises(AddressRefused):
        await resolved(Names(cdn=["10.0.0.1", "fe80::1%eth0"]), "cdn", 443)


async def test_the_providers_own_name_may_be_private_on_its_port() -> None:
    """The operator's own provider is found in a private network; on its port alone."""
    names = Names(gpu=["10.0.0.7"])

    assert await resolved(names, "gpu", 8000, own="http://gpu:8000") == ["10.0.0.7"]
    with pytest.raises(AddressRefused):
        await resolved(names, "gpu", 22, own="http://gpu:8000")
