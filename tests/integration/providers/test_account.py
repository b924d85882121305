"""What is asked of an account: which models it serves, and what is left."""

from decimal import Decimal
from typing import Any

import pytest

from bot.errors import KeyRejected, LookFailed, ProviderError
from tests.integration.providers.apis import HTML, KEY, Api, OnAimlapi, OnV1, OnV2
from tests.local_server import redirect, serving, unreachable

# Which models are served.


async def test_tells_a_model_that_is_served(api: Api) -> None:
    """Asking makes nothing and costs nothing."""
    before = await api.provider.credits_left()

    assert await api.provider.serves(api.SLUG)
    assert await api.provider.serves(api.PICTURED_SLUG)

    await api.finish()
    assert [each.state for each in api.sandbox.generations if each.state != "FAILED"] == []
    assert await api.provider.credits_left() == before


async def test_tells_a_model_that_is_not_known(api: Api) -> None:
    """404: it never was, or is no more."""
    assert not await api.provider.serves("sora-9")


async def test_tells_a_model_that_is_retired_and_back(api: Api) -> None:
    """What was given up may be served again."""
    api.sandbox.retire(api.SLUG)
    gone = await api.provider.serves(api.SLUG)
    api.sandbox.restore(api.SLUG)

    assert [gone, await api.provider.serves(api.SLUG)] == [False, True]


async def test_v1_and_v2_serve_different_models(v2: OnV2, v1: OnV1) -> None:
    """One account, two answers."""
    assert [await v2.provider.serves("vintage-1"), await v1.provider.serves("vintage-1")] == [
        False,
        True,
    ]


async def test_a_model_without_credits_is_served(api: Api) -> None:
    """An empty account says nothing against the model."""
    api.sandbox.out_of_credits(KEY)

    assert await api.provider.serves(api.SLUG)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503, 504])
async def test_what_says_nothing_of_a_model_is_told_as_such(api: Api, status: int) -> None:
    """Keys, limits and faults: the model is neither served nor gone."""
    words = HTML if status in {502, 504} else api.words("Something went wrong", status)
    api.sandbox.faults.answer("POST", api.SUBMIT, status, words)

    with pytest.raises(LookFailed):
        await api.provider.serves(api.SLUG)


async def test_nobody_there_says_nothing_of_a_model(api: Api) -> None:
    """It is asked again another time."""
    api.sandbox.faults.reset("POST", api.SUBMIT)
    with pytest.raises(LookFailed):
        await api.provider.serves(api.SLUG)
    await api.sandbox.close()

    with pytest.raises(LookFailed):
        await api.provider.serves(api.SLUG)


# What is left.


async def test_tells_the_credits_that_are_left(api: Api) -> None:
    """The account's dollars, before and after a submit, to the cent."""
    before = await api.provider.credits_left()
    await api.accepted()

    price = Decimal(str(api.sandbox.generations[0].price))
    assert before == 10
    assert await api.provider.credits_left() == before - price


async def test_aimlapi_may_count_in_credits_of_its_own(aimlapi: OnAimlapi) -> None:
    """Two million of them are a dollar."""
    aimlapi.sandbox.currency = "credits"

    assert await aimlapi.provider.credits_left() == 10


async def test_segminds_free_credits_count(segmind: OnV2 | OnV1) -> None:
    """They are spent like others."""
    body = {"credits": 1.25, "free-credits": 0.5}
    segmind.sandbox.faults.answer("GET", segmind.CREDITS, 200, body)

    assert await segmind.provider.credits_left() == Decimal("1.75")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, None, KeyRejected),
        (403, None, KeyRejected),
        (429, None, LookFailed),
        (500, None, LookFailed),
        (502, HTML, LookFailed),
        (404, HTML, LookFailed),
        (200, HTML, LookFailed),
        (200, b"{", LookFailed),
        (200, b"", LookFailed),
        (200, {}, LookFailed),
        (200, {"credits": "many", "current_balance": "many"}, LookFailed),
        (200, {"credits": None, "current_balance": None}, LookFailed),
        (200, {"credits": "NaN", "current_balance": "NaN"}, LookFailed),
        (200, {"credits": "Infinity", "current_balance": "-Infinity"}, LookFailed),
        (200, {"credits": [1], "current_balance": {"usd": 1}}, LookFailed),
    ],
)
async def test_credits_that_cannot_be_read_are_told_as_such(
    api: Api, status: int, body: Any, expected: type[ProviderError]
) -> None:
    """A key that is refused (None: in the API's own form) is told apart from all other trouble."""
    if body is None:
        body = api.words("Something went wrong", status)
    api.sandbox.faults.answer("GET", api.CREDITS, status, body)

    with pytest.raises(expected):
        await api.provider.credits_left()


async def test_nobody_there_says_nothing_of_the_credits(api: Api) -> None:
    """It is asked again another time."""
    await api.sandbox.close()

    with pytest.raises(LookFailed):
        await api.provider.credits_left()


@pytest.mark.parametrize("status", [301, 307])
async def test_no_redirect_is_followed(api: Api, status: int) -> None:
    """Whatever is asked, the key goes to the API's own address or nowhere."""
    async with serving(unreachable) as other:

        async def handle(_: Any) -> Any:
            return redirect(str(other.origin / "steal"), status)

        async with serving(handle) as server, api.provider_at(server.origin) as provider:
            with pytest.raises(LookFailed):
                await provider.credits_left()
            with pytest.raises(LookFailed):
                await provider.serves(api.SLUG)

    assert len(server.requests) == 2
    assert other.requests == []


async def test_the_origin_is_where_it_speaks_to(api: Api) -> None:
    """Videos may be fetched from there, even in a private network."""
    assert api.provider.origin == api.sandbox.base_url
