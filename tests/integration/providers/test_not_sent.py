"""A request that could not be put together: nothing was sent, and so nothing is in doubt."""

import pytest

from bot.errors import LookFailed, NotSubmitted
from tests.integration.providers.apis import KEY, Api


@pytest.mark.parametrize("inside", ["\n", "\r\n", "\x00"])
async def test_a_key_that_no_header_can_carry_is_not_submitted(api: Api, inside: str) -> None:
    """The library refuses it when the connection is there already: still no byte goes out."""
    async with api.provider_at(api.sandbox.base_url, key=f"{KEY}{inside}{KEY}") as provider:
        with pytest.raises(NotSubmitted) as caught:
            await provider.submit(api.order())

    assert KEY not in caught.value.detail
    assert api.sandbox.calls == []


@pytest.mark.parametrize("origin", ["http://a b.example", "http://[", "http://a.example:port"])
async def test_an_address_that_is_none_is_not_submitted(api: Api, origin: str) -> None:
    """Nothing can be sent to what has no host."""
    async with api.provider_at(origin) as provider:
        with pytest.raises(NotSubmitted):
            await provider.submit(api.order())


async def test_a_look_that_cannot_be_sent_has_failed(polled: Api) -> None:
    """It says nothing of the job."""
    async with polled.provider_at(polled.sandbox.base_url, key=f"{KEY}\n{KEY}") as provider:
        with pytest.raises(LookFailed):
            await provider.look("a-request")
