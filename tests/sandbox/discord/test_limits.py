"""Rate limits: buckets for each route and channel, the global one, and their headers."""

from bot.sandbox.discord import Channel, DiscordSandbox, Guild, Limit
from bot.sandbox.discord.limits import CHANNEL_MESSAGES
from tests.sandbox.discord.raw import Rest


async def test_the_sixth_post_in_a_channel_waits(
    sandbox: DiscordSandbox, rest: Rest, guild: Guild, channel: Channel
) -> None:
    """Five posts pass, the sixth gets 429 with all that clients look at; other channels go on."""
    path = f"/channels/{channel.id}/messages"
    answers = [await rest("POST", path, {"content": "hello"}) for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert [a.headers["X-Ratelimit-Remaining"] for a in answers] == ["4", "3", "2", "1", "0", "0"]
    assert len({answer.headers["X-Ratelimit-Bucket"] for answer in answers}) == 1
    last = answers[-1]
    assert "Via" in last.headers
    assert "Retry-After" in last.headers
    assert last.headers["Content-Type"] == "application/json"
    assert last.body["global"] is False
    assert 0 < last.body["retry_after"] <= 5.1
    assert sandbox.invalid_requests == 1
    other = f"/channels/{guild.add_channel('other').id}/messages"
    assert (await rest("POST", other, {"content": "hello"})).status == 200


async def test_edits_of_all_messages_of_a_channel_share_a_bucket(
    rest: Rest, channel: Channel
) -> None:
    """Two messages of a channel compete for its edits, and not with its posts."""
    path = f"/channels/{channel.id}/messages"
    ids = [(await rest("POST", path, {"content": "hello"})).body["id"] for _ in range(2)]
    answers = [
        await rest("PATCH", f"{path}/{ids[turn % 2]}", {"content": f"{turn}"}) for turn in range(6)
    ]
    assert [answer.status for answer in answers] == [200] * 5 + [429]


async def test_the_global_limit_spares_interactions(
    sandbox: DiscordSandbox, rest: Rest, channel: Channel
) -> None:
    """All routes with the bot's token share it; those with an interaction's token do not."""
    sandbox.limits.everywhere = Limit(2, 60.0)
    statuses = [(await rest("GET", "/users/@me")).status for _ in range(2)]
    limited = await rest("GET", f"/channels/{channel.id}")
    assert [*statuses, limited.status] == [200, 200, 429]
    assert limited.body["global"] is True
    assert limited.headers["X-Ratelimit-Global"] == "true"
    dead = await rest("GET", f"/webhooks/{sandbox.application_id}/token/messages/@original")
    assert dead.code == (401, 50027)


async def test_limits_can_be_set_and_switched_off(
    sandbox: DiscordSandbox, rest: Rest, channel: Channel
) -> None:
    """A test sets the limits that it needs."""
    path = f"/channels/{channel.id}/messages"
    sandbox.limits.by_route["POST", CHANNEL_MESSAGES] = Limit(1, 60.0)
    statuses = [(await rest("POST", path, {"content": "hello"})).status for _ in range(2)]
    assert statuses == [200, 429]
    sandbox.limits.enabled = False
    assert (await rest("POST", path, {"content": "hello"})).status == 200
