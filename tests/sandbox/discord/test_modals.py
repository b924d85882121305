"""Modals: every field that discord.py can make, filled by a member."""

import asyncio
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.sandbox.discord import (
    Channel,
    ClientRefusal,
    DiscordSandbox,
    Guild,
    Interaction,
    Member,
)
from bot.sandbox.discord.modal_rules import check_modal
from tests.sandbox.discord.bots import Bot, command
from tests.sandbox.discord.conftest import Start

Json = dict[str, Any]


def labelled(component: discord.ui.Item[Any]) -> discord.ui.Label[Any]:
    """Put a field into a label."""
    return discord.ui.Label(text="Field", component=component)


class Survey(discord.ui.Modal, title="Survey"):
    """Hands what it was submitted with to its test."""

    def __init__(self, *fields: discord.ui.Item[Any]) -> None:
        super().__init__(custom_id="survey")
        for each in fields:
            self.add_item(each)
        self.submitted: asyncio.Queue[discord.Interaction] = asyncio.Queue()

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Answer, and hand the interaction on."""
        await interaction.response.send_message("Thanks", ephemeral=True)
        await self.submitted.put(interaction)


async def opened(
    sandbox: DiscordSandbox, start: Start, ada: Member, channel: Channel, survey: Survey
) -> Interaction:
    """Let a bot open the survey for Ada."""

    async def ask(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(survey)

    await start(Bot([command("ask", ask)]))
    await sandbox.wait_command("ask")
    use = await sandbox.use(ada, channel, "ask")
    assert await use.responded() is None
    return use


async def test_texts_groups_and_a_checkbox_arrive(
    sandbox: DiscordSandbox, start: Start, ada: Member, channel: Channel
) -> None:
    """Each field gets its own value."""
    prompt = discord.ui.TextInput[Survey](custom_id="prompt", max_length=20)
    style = discord.ui.RadioGroup[Survey](custom_id="style", required=True)
    extras = discord.ui.CheckboxGroup[Survey](custom_id="extras", required=False)
    for name in ("calm", "wild"):
        style.add_option(label=name.title(), value=name)
    for name in ("sound", "titles", "loop"):
        extras.add_option(label=name.title(), value=name)
    public = discord.ui.Checkbox[Survey](custom_id="public")
    note = discord.ui.TextDisplay[Any]("Tell us")
    survey = Survey(note, *map(labelled, (prompt, style, extras, public)))
    use = await opened(sandbox, start, ada, channel, survey)
    values = {"prompt": "a cat", "style": "wild", "extras": ["sound", "loop"], "public": True}
    answer = await sandbox.submit(ada, use, values)
    await survey.submitted.get()
    assert (prompt.value, style.value, public.value) == ("a cat", "wild", True)
    assert extras.values == ["sound", "loop"]
    message = await answer.responded()
    assert message is not None
    assert message.content == "Thanks"
    assert sandbox.rejections == []


async def test_files_arrive_as_attachments(
    sandbox: DiscordSandbox, start: Start, ada: Member, channel: Channel, picture: Path
) -> None:
    """Uploads are resolved, with pixels, and can be read."""
    images = discord.ui.FileUpload[Survey](
        custom_id="images", required=True, min_values=1, max_values=2
    )
    survey = Survey(labelled(images))
    use = await opened(sandbox, start, ada, channel, survey)
    await sandbox.submit(ada, use, {"images": [picture, picture]})
    await survey.submitted.get()
    first, second = images.values
    assert first.id != second.id
    assert (first.width, first.ephemeral) == (8, True)
    assert await second.read() == await asyncio.to_thread(picture.read_bytes)


async def test_selects_of_all_kinds_arrive(
    sandbox: DiscordSandbox, start: Start, guild: Guild, ada: Member, channel: Channel
) -> None:
    """Texts come as they are; members, roles and channels resolved."""
    role = guild.add_role("Crew")
    model = discord.ui.Select[Survey](custom_id="model", required=True)
    for name in ("sora-2", "veo-3.1"):
        model.add_option(label=name)
    who = discord.ui.UserSelect[Survey](custom_id="who", required=True)
    crew = discord.ui.RoleSelect[Survey](custom_id="crew", required=True)
    where = discord.ui.ChannelSelect[Survey](custom_id="where", required=True)
    any_of = discord.ui.MentionableSelect[Survey](custom_id="any", required=True, max_values=2)
    survey = Survey(*map(labelled, (model, who, crew, where, any_of)))
    use = await opened(sandbox, start, ada, channel, survey)
    values = {
        "model": ["veo-3.1"],
        "who": [ada],
        "crew": [role],
        "where": [channel],
        "any": [ada, role],
    }
    await sandbox.submit(ada, use, values)
    await survey.submitted.get()
    assert model.values == ["veo-3.1"]
    assert [each.id for each in who.values] == [ada.id]
    assert [each.id for each in crew.values] == [role.id]
    assert [each.id for each in where.values] == [channel.id]
    assert {each.id for each in any_of.values} == {ada.id, role.id}


async def test_what_is_not_touched_stays_as_it_was(
    sandbox: DiscordSandbox, start: Start, ada: Member, channel: Channel
) -> None:
    """Texts, options and boxes that the bot has filled in are sent; optional ones may be empty."""
    prompt = discord.ui.TextInput[Survey](custom_id="prompt", default="a cat")
    model = discord.ui.Select[Survey](custom_id="model", required=True)
    model.add_option(label="sora-2")
    model.add_option(label="veo-3.1", default=True)
    images = discord.ui.FileUpload[Survey](custom_id="images", required=False)
    style = discord.ui.RadioGroup[Survey](custom_id="style", required=False)
    for name in ("calm", "wild"):
        style.add_option(label=name)
    public = discord.ui.Checkbox[Survey](custom_id="public", default=True)
    survey = Survey(*map(labelled, (prompt, model, images, style, public)))
    use = await opened(sandbox, start, ada, channel, survey)
    await sandbox.submit(ada, use, {})
    await survey.submitted.get()
    assert (prompt.value, model.values, images.values) == ("a cat", ["veo-3.1"], [])
    assert (style.value, public.value) == (None, True)


async def test_a_client_sends_only_a_modal_that_is_filled(
    sandbox: DiscordSandbox,
    start: Start,
    guild: Guild,
    ada: Member,
    channel: Channel,
    picture: Path,
) -> None:
    """Missing, wrong, too many and unknown values stay in the client, and foreign modals too."""
    prompt = discord.ui.TextInput[Survey](custom_id="prompt", min_length=3, max_length=5)
    images = discord.ui.FileUpload[Survey](custom_id="images", required=True)
    extras = discord.ui.CheckboxGroup[Survey](custom_id="extras", required=True)
    for name in ("sound", "loop"):
        extras.add_option(label=name)
    style = discord.ui.RadioGroup[Survey](custom_id="style", required=True)
    for name in ("calm", "wild"):
        style.add_option(label=name)
    public = discord.ui.Checkbox[Survey](custom_id="public")
    survey = Survey(*map(labelled, (prompt, images, extras, style, public)))
    use = await opened(sandbox, start, ada, channel, survey)
    good: Json = {"prompt": "cat", "images": [picture], "extras": ["loop"], "style": "calm"}
    wrong: list[Json] = [
        {"prompt": ""},
        {"prompt": "ca"},
        {"prompt": "a long cat"},
        {"prompt": ["cat"]},
        {"images": []},
        {"images": [picture, picture]},
        {"images": ["cat.png"]},
        {"images": picture},
        {"extras": []},
        {"extras": ["loop", "loop"]},
        {"extras": ["smoke"]},
        {"style": None},
        {"style": "mild"},
        {"public": "yes"},
        {"colour": "red"},
    ]
    for change in wrong:
        with pytest.raises(ClientRefusal):
            await sandbox.submit(ada, use, good | change)
    with pytest.raises(ClientRefusal):
        await sandbox.submit(guild.add_member("Bo"), use, good)
    guild.attachment_limit_bytes = 10
    with pytest.raises(ClientRefusal):
        await sandbox.submit(ada, use, good)
    guild.attachment_limit_bytes = 10_000
    await sandbox.submit(ada, use, good)


TEXT: Json = {"type": 4, "custom_id": "t", "style": 1}
OPTIONS = [{"label": name, "value": name} for name in ("a", "b")]
SELECT: Json = {"type": 3, "custom_id": "s", "options": OPTIONS}
FILES: Json = {"type": 19, "custom_id": "f"}
RADIO: Json = {"type": 21, "custom_id": "r", "options": OPTIONS}
GROUP: Json = {"type": 22, "custom_id": "g", "options": OPTIONS}
BOX: Json = {"type": 23, "custom_id": "c"}


def modal(*parts: Json) -> Json:
    """Make a modal of these parts."""
    return {"custom_id": "m", "title": "Why?", "components": list(parts)}


def label(component: Json | None, **changes: Any) -> Json:
    """Make a label around a field."""
    return {"type": 18, "label": "Field", "component": component} | changes


def test_each_field_may_stand_in_a_label() -> None:
    """The smallest of each kind passes, and a text and a row beside them."""
    users: Json = {"type": 5, "custom_id": "u"}
    for field in (TEXT, SELECT, users, FILES, RADIO, GROUP, BOX):
        assert [*check_modal(modal(label(field)), ())] == []
    row = {"type": 1, "components": [TEXT | {"label": "Why"}]}
    assert [*check_modal(modal({"type": 10, "content": "Please"}, row), ())] == []


@pytest.mark.parametrize(
    ("part", "place"),
    [
        (TEXT, "type"),
        ({"type": 10, "content": ""}, "content"),
        ({"type": 10, "content": "x" * 4001}, "content"),
        ({"type": 1, "components": [SELECT]}, "components.0.type"),
        ({"type": 1, "components": [TEXT]}, "components.0.label"),
        ({"type": 1, "components": []}, "components"),
        (label(TEXT, label=""), "label"),
        (label(TEXT, label="x" * 46), "label"),
        (label(TEXT, description="x" * 101), "description"),
        (label(TEXT, hint="x"), "hint"),
        (label(None), "component"),
        (label({"type": 2, "custom_id": "b", "style": 1}), "component.type"),
        (label(TEXT | {"label": "Again"}), "component.label"),
        (label(TEXT | {"custom_id": ""}), "component.custom_id"),
        (label(TEXT | {"style": 3}), "component.style"),
        (label(TEXT | {"value": "x" * 4001}), "component.value"),
        (label(TEXT | {"placeholder": "x" * 101}), "component.placeholder"),
        (label(TEXT | {"max_length": 0}), "component.max_length"),
        (label(TEXT | {"min_length": 9, "max_length": 8}), "component.min_length"),
        (label(TEXT | {"required": "yes"}), "component.required"),
        (label(SELECT | {"disabled": True}), "component.disabled"),
        (label(SELECT | {"min_values": 0}), "component.min_values"),
        (label(SELECT | {"options": []}), "component.options"),
        (label(FILES | {"min_values": 0}), "component.min_values"),
        (label(FILES | {"max_values": 11}), "component.max_values"),
        (label(FILES | {"options": OPTIONS}), "component.options"),
        (label(RADIO | {"options": OPTIONS[:1]}), "component.options"),
        (label(RADIO | {"options": OPTIONS * 2}), "component.options.2.value"),
        (label(GROUP | {"options": []}), "component.options"),
        (label(GROUP | {"min_values": 0, "required": True}), "component.min_values"),
        (label(BOX | {"default": 1}), "component.default"),
        (label(BOX | {"required": True}), "component.required"),
    ],
)
def test_a_wrong_modal_is_refused(part: Json, place: str) -> None:
    """Each rule tells the place that breaks it."""
    places = {".".join(map(str, problem.path)) for problem in check_modal(modal(part), ())}
    assert f"components.0.{place}" in places


def test_two_fields_have_different_ids() -> None:
    """A custom_id stands once in a modal, within labels too."""
    twice = modal(label(TEXT), label(BOX | {"custom_id": "t"}))
    assert [problem.code for problem in check_modal(twice, ())] == [
        "COMPONENT_CUSTOM_ID_DUPLICATED"
    ]
