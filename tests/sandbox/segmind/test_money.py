"""What keys are charged, and what happens when they can't pay."""

import asyncio

import pytest

from bot.sandbox.segmind import SegmindSandbox
from tests.sandbox.segmind.conftest import KEY, OTHER_KEY, STUB, Client


@pytest.mark.parametrize(
    ("slug", "size", "price"),
    [
        ("sora-2", "720x1280", 0.8),
        ("sora-2", "1280x720", 0.8),
        ("sora-2-pro", "720x1280", 2.4),
        ("sora-2-pro", "1280x720", 2.4),
        ("sora-2-pro", "1024x1792", 4.0),
        ("sora-2-pro", "1792x1024", 4.0),
    ],
)
@pytest.mark.usefixtures("stubbed")
async def test_charges_the_list_price(
    client: Client, segmind: SegmindSandbox, slug: str, size: str, price: float
) -> None:
    """Eight seconds cost what the list says, and only the key that asked pays."""
    await client.submit(slug, size=size, duration=8)
    assert segmind.generations[0].cost == price
    assert await client.credits() == 10 - price
    assert await client.credits(OTHER_KEY) == 10


async def test_gives_failures_back(client: Client, segmind: SegmindSandbox) -> None:
    """A failure is charged until it has failed, and costs nothing then."""
    segmind.plan(fail="out of luck")
    await client.submit()
    assert await client.credits() == 9.6
    segmind.clock.advance(24)
    assert await client.credits() == 10
    assert segmind.generations[0].cost == 0


@pytest.mark.usefixtures("stubbed")
async def test_spends_the_last_cent_and_no_more(client: Client, segmind: SegmindSandbox) -> None:
    """Of many submits at once exactly those are accepted that the credits cover."""
    segmind.accounts[KEY].credits = 2.4
    answers = await asyncio.gather(*[client.submit(duration=8) for _ in range(5)])
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 406, 406]
    assert await client.credits() == 0


@pytest.mark.parametrize("status", [406, 402])
async def test_refuses_without_credits(
    client: Client, segmind: SegmindSandbox, status: int
) -> None:
    """Too few credits are told by the text, with the status that was set."""
    segmind.no_credits_status = status
    segmind.out_of_credits(KEY)
    answer = await client.submit()
    assert (answer.status, answer.body) == (status, {"error": "Insufficient credits"})
    assert await client.credits() == 0


async def test_spends_again_what_a_failure_gave_back(
    client: Client, segmind: SegmindSandbox
) -> None:
    """Credits that come back with a failure pay for the next submit."""
    segmind.accounts[KEY].credits = 0.4
    segmind.plan(fail="out of luck")
    segmind.plan(video=STUB)
    assert [(await client.submit()).status for _ in range(2)] == [200, 406]
    segmind.clock.advance(24)
    assert [(await client.submit()).status for _ in range(2)] == [200, 406]


async def test_refuses_at_the_spend_cap(client: Client, segmind: SegmindSandbox) -> None:
    """A spend cap is 406 with a text of its own, whatever the credits."""
    segmind.spend_cap(KEY)
    answer = await client.submit()
    assert answer.status == 406
    assert "spend cap" in answer.body["error"]


@pytest.mark.usefixtures("stubbed")
async def test_settled_generations_stay_paid(client: Client, segmind: SegmindSandbox) -> None:
    """What has completed is charged once, however often the credits are asked for."""
    await client.submit()
    segmind.clock.advance(24)
    for generation in segmind.generations:
        assert generation.film is not None
        await generation.film
    assert [await client.credits() for _ in range(3)] == [9.6, 9.6, 9.6]


async def test_the_account_wants_a_key(client: Client) -> None:
    """Credits are nobody else's business."""
    assert (await client.call("GET", "/v1/get-user-credits", key=None)).status == 401
    body = (await client.call("GET", "/v1/get-user-credits")).body
    assert body.keys() == {"credits", "free-credits"}


async def test_a_planned_failure_needs_no_video(client: Client, segmind: SegmindSandbox) -> None:
    """Nothing is rendered for what is known to fail."""
    segmind.plan(fail="out of luck")
    segmind.plan(video=STUB)
    await client.submit()
    await client.submit()
    assert [generation.film is None for generation in segmind.generations] == [True, False]
