"""What keys are charged, and what happens when they can't pay."""

import asyncio

import pytest

from bot.sandbox.aimlapi import AimlapiSandbox
from tests.sandbox.aimlapi.conftest import (
    I2V,
    KEY,
    OTHER_KEY,
    PRO_I2V,
    PRO_T2V,
    STUB,
    T2V,
    Client,
    data_uri,
    finish,
    png,
)


@pytest.mark.parametrize(
    ("model", "resolution", "price"),
    [(T2V, "720p", 0.8), (PRO_T2V, "720p", 2.4), (PRO_T2V, "1080p", 4.0)],
)
@pytest.mark.usefixtures("stubbed")
async def test_charges_the_list_price(
    client: Client, aimlapi: AimlapiSandbox, model: str, resolution: str, price: float
) -> None:
    """Eight seconds cost what the list says, in dollars and in credits, and only who asked pays."""
    generation_id = await client.accepted(model, resolution=resolution, duration=8)
    assert aimlapi.generations[0].cost == price
    used = (await client.poll(generation_id)).body["meta"]["usage"]["credits_used"]
    assert used == price * 2_000_000
    assert isinstance(used, int)
    assert [await client.balance(key) for key in (KEY, OTHER_KEY)] == [10 - price, 10]


@pytest.mark.usefixtures("stubbed")
async def test_an_image_costs_nothing(client: Client, aimlapi: AimlapiSandbox) -> None:
    """The models that take an image cost what those without cost."""
    image = data_uri(png(1280, 720))
    await client.accepted(I2V, image_url=image)
    await client.accepted(PRO_I2V, image_url=image, resolution="720p")
    assert [generation.cost for generation in aimlapi.generations] == [0.4, 1.2]


@pytest.mark.usefixtures("stubbed")
async def test_tells_the_balance_in_credits_if_set_so(
    client: Client, aimlapi: AimlapiSandbox
) -> None:
    """The balance names what it is counted in; $1 is two million credits."""
    await client.accepted()
    aimlapi.currency = "credits"
    answer = await client.call("GET", "/v2/billing")
    assert answer.body == {"current_balance": 19_200_000, "currency": "credits"}


async def test_gives_failures_back(client: Client, aimlapi: AimlapiSandbox) -> None:
    """A failure is charged until it has failed, and costs nothing then."""
    aimlapi.plan(fail="out of luck")
    generation_id = await client.accepted()
    assert await client.balance() == 9.6
    await finish(aimlapi)
    assert await client.balance() == 10
    assert (await client.poll(generation_id)).body["meta"] == {"usage": {"credits_used": 0}}


@pytest.mark.usefixtures("stubbed")
async def test_spends_the_last_cent_and_no_more(client: Client, aimlapi: AimlapiSandbox) -> None:
    """Of many submits at once exactly those are accepted that the credits cover."""
    aimlapi.accounts[KEY].credits = 2.4
    answers = await asyncio.gather(*[client.submit(duration=8) for _ in range(5)])
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 403, 403]
    assert await client.balance() == 0


async def test_refuses_without_credits(client: Client, aimlapi: AimlapiSandbox) -> None:
    """Too few credits are 403, after the body was found good, and make no job."""
    aimlapi.plan(video=STUB)
    aimlapi.out_of_credits(KEY)
    assert (await client.submit(duration=5)).status == 400
    answer = await client.submit()
    assert (answer.status, answer.body["statusCode"]) == (403, 403)
    assert aimlapi.generations == []
    assert len(aimlapi.plans) == 1, "a refused submit uses up no plan"
