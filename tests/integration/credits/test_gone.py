"""What was deleted in Discord while the bot was away."""

from tests.integration.credits.conftest import ADMIN, GUILD, Books


async def test_alerts_for_a_channel_that_is_gone_go_nowhere(books: Books) -> None:
    """As when it is deleted while the bot looks on; one that is still there stays."""
    await books.rules.change_settings(GUILD, ADMIN, "", alert_channel_id=70)
    await books.rules.forget_gone(GUILD, {GUILD}, {70})
    assert (await books.rules.overview(GUILD)).settings.alert_channel_id == 70
    await books.rules.forget_gone(GUILD, {GUILD}, {71})
    assert (await books.rules.overview(GUILD)).settings.alert_channel_id is None
