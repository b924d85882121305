"""Select menus in messages: what can be chosen, and what the bot is told."""

import asyncio
from typing import Any

import discord
import pytest

from bot.sandbox.discord import (
    Channel,
    ClientRefusal,
    DiscordSandbox,
    Guild,
    Member,
    Message,
)
from bot.sandbox.discord.component_rules import check_components
from tests.sandbox.discord.bots import Bot, command
from tests.sandbox.discord.conftest import Start


class Choosing(discord.ui.View):
    """Hands every chosen select to its test."""

    def __init__(self, *menus: discord.ui.Item[Any]) -> None:
        super().__init__()
        self.chosen: asyncio.Queue[discord.Interaction] = asyncio.Queue()
        for menu in menus:
            self.add_item(menu)

    async def interaction_check(self, interaction: discord.Interaction) -> bool:
        """Hand it on from here: whichever select it is, its values are known by now."""
        await interaction.response.defer()
        await self.chosen.put(interaction)
        return True


async def shown(
    sandbox: DiscordSandbox, start: Start, ada: Member, channel: Channel, view: Choosing
) -> Message:
    """Let a bot show the view to all."""

    async def show(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Choose", view=view)

    await start(Bot([command("choose", show)]))
    await sandbox.wait_command("choose")
    message = await (await sandbox.use(ada, channel, "choose")).responded()
    assert message is not None
    return message


async def test_every_kind_of_select_is_resolved(
    sandbox: DiscordSandbox, start: Start, guild: Guild, ada: Member, channel: Channel
) -> None:
    """Members, roles, channels and either of two arrive as the library's own objects."""
    role, bo = guild.add_role("Crew"), guild.add_member("Bo")
    who = discord.ui.UserSelect[Any](custom_id="who", max_values=2)
    crew = discord.ui.RoleSelect[Any](custom_id="crew")
    where = discord.ui.ChannelSelect[Any](
        custom_id="where", channel_types=[discord.ChannelType.text]
    )
    either = discord.ui.MentionableSelect[Any](custom_id="either", max_values=2)
    view = Choosing(who, crew, where, either)
    message = await shown(sandbox, start, ada, channel, view)
    chosen: dict[str, list[Any]] = {
        "who": [ada, bo],
        "crew": [role],
        "where": [channel],
        "either": [bo, role],
    }
    for custom_id, values in chosen.items():
        await sandbox.press(ada, message, custom_id, values)
        await view.chosen.get()
    for menu in (who, crew, where, either):
        wanted = {value.id for value in chosen[menu.custom_id]}
        assert {each.id for each in menu.values} == wanted
    assert isinstance(who.values[0], discord.Member)
    assert sandbox.rejections == []


async def test_a_client_sends_only_what_a_select_takes(
    sandbox: DiscordSandbox, start: Start, guild: Guild, ada: Member, channel: Channel
) -> None:
    """The wrong kind, a value twice, too few, too many, and a disabled select send nothing."""
    role = guild.add_role("Crew")
    voice = [discord.ChannelType.voice]
    view = Choosing(
        discord.ui.UserSelect(custom_id="who", min_values=2, max_values=3),
        discord.ui.RoleSelect(custom_id="crew"),
        discord.ui.ChannelSelect(custom_id="where", channel_types=voice),
        discord.ui.MentionableSelect(custom_id="off", disabled=True),
    )
    message = await shown(sandbox, start, ada, channel, view)
    wrong: list[tuple[str, list[Any]]] = [
        ("who", [ada]),
        ("who", [ada, ada]),
        ("who", [ada, role]),
        ("who", [guild.add_member(name) for name in "abcd"]),
        ("crew", [ada]),
        ("crew", ["Crew"]),
        ("crew", []),
        ("where", [channel]),
        ("off", [ada]),
    ]
    for custom_id, values in wrong:
        with pytest.raises(ClientRefusal):
            await sandbox.press(ada, message, custom_id, values)
    await sandbox.press(ada, message, "off", [ada], forced=True)


SELECT: dict[str, Any] = {"type": 5, "custom_id": "x"}
OPTION = {"label": "a", "value": "a"}


@pytest.mark.parametrize(
    ("select", "place"),
    [
        (SELECT | {"min_values": 26}, "min_values"),
        (SELECT | {"max_values": 0}, "max_values"),
        (SELECT | {"min_values": 3, "max_values": 2}, "min_values"),
        (SELECT | {"options": [OPTION]}, "options"),
        (SELECT | {"channel_types": [0]}, "channel_types"),
        (SELECT | {"placeholder": "x" * 151}, "placeholder"),
        (SELECT | {"type": 3, "options": [OPTION, OPTION]}, "options.1.value"),
        (SELECT | {"type": 3, "options": [OPTION] * 26}, "options"),
        (SELECT | {"type": 3, "options": [OPTION], "default_values": [{}]}, "default_values"),
    ],
)
def test_a_wrong_select_is_refused(select: dict[str, Any], place: str) -> None:
    """Each rule tells the place that breaks it."""
    found = check_components([{"type": 1, "components": [select]}], ())
    places = {".".join(map(str, problem.path)) for problem in found}
    assert f"0.components.0.{place}" in places
