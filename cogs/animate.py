"""A picture in a message as the start of a video: the message's own command and its form."""

import itertools
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.catalogue import PROMPT_LIMIT, Menu, Wish, default_model, place_order
from bot.client import Services, SoraClient, answer_error
from bot.client.ordering import Attached, Ordering, likely_picture, payer_of
from bot.errors import PictureFault, PictureRefused
from bot.pictures import Fit

Interaction = discord.Interaction[SoraClient]

NAME = "Animate this picture"
MOST_OPTIONS = 25
"""Of a list to choose from (Discord's documentation)."""
FORM_SECONDS = 900.0
"""How long a form may stay open before its answer is not understood any more."""


class AnimateForm(discord.ui.Modal, title=NAME):
    """Asks for what the picture does not tell."""

    def __init__(self, services: Services, picture: discord.Attachment) -> None:
        super().__init__(timeout=FORM_SECONDS)
        self._services = services
        self._picture = picture
        self.prompt = _label(
            "What happens?",
            discord.ui.TextInput(
                style=discord.TextStyle.paragraph, max_length=PROMPT_LIMIT, required=True
            ),
            "What moves, how the camera moves, the mood",
        )
        self.model = _label("Model", _models(services.menu()))
        self.fit = _label("Where the shape is another", _fits())
        for field in (self.prompt, self.model, self.fit):
            self.add_item(field)

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        """Order the video."""
        prompt, model, fit = (field.component for field in (self.prompt, self.model, self.fit))
        assert isinstance(prompt, discord.ui.TextInput)  # noqa: S101 - as made above
        assert isinstance(model, discord.ui.Select)  # noqa: S101
        assert isinstance(fit, discord.ui.Select)  # noqa: S101
        wish = Wish(prompt.value, next(iter(model.values), None))
        how = Fit(next(iter(fit.values), Fit.COVER))
        await Ordering(self._services).order(interaction, wish, Attached(self._picture, how))

    async def on_error(  # type: ignore[override]  # the library calls a modal's with two
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        """Tell the member; the library's own handling does not reach the tree's."""
        await answer_error(interaction, error)


def _label(text: str, field: "discord.ui.Item[Any]", hint: str | None = None) -> Any:
    return discord.ui.Label(text=text, description=hint, component=field)


def _able(menu: Menu) -> Menu:
    """List the models that start from pictures just now."""
    return {name: dish for name, dish in menu.items() if any(o.image for o in dish.offers)}


def _models(menu: Menu) -> "discord.ui.Select[Any]":
    """Offer the models that start from pictures; the usual one is chosen unless told otherwise."""
    able = _able(menu)
    usual = default_model(able)
    options = [
        discord.SelectOption(
            label=dish.model.title,
            value=name,
            description=dish.model.summary[:100],
            default=usual is not None and name == usual.name,
        )
        for name, dish in sorted(
            able.items(), key=lambda each: usual is None or each[0] != usual.name
        )[:MOST_OPTIONS]
    ]
    return discord.ui.Select(options=options, required=False, min_values=0)


def _fits() -> "discord.ui.Select[Any]":
    options = [
        discord.SelectOption(label="Fill the frame, cut what is beyond it", value=Fit.COVER),
        discord.SelectOption(label="Show all of it, blur the edge", value=Fit.CONTAIN),
    ]
    return discord.ui.Select(options=options, required=False, min_values=0)


class Animate(commands.Cog):
    """The message's command."""

    def __init__(self, bot: SoraClient) -> None:
        self._bot = bot
        self._menu = app_commands.ContextMenu(name=NAME, callback=self.animate)
        app_commands.guild_only(self._menu)

    async def cog_load(self) -> None:
        """Add the command: a cog does not do that for a message's."""
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Take the command away again."""
        self._bot.tree.remove_command(NAME, type=self._menu.type)

    async def animate(self, interaction: Interaction, message: discord.Message) -> None:
        """Open the form for the first picture, also of what is forwarded; raise PictureRefused.

        Raises ModelPaused, PictureUnsupported or NothingOffered where no model can take one now.
        """
        payer_of(interaction)
        forwarded = (each.attachments for each in message.message_snapshots)
        picture = likely_picture(itertools.chain(message.attachments, *forwarded))
        if picture is None:
            raise PictureRefused(PictureFault.GONE)
        Attached(picture).check()
        menu = self._bot.services.menu()
        if not _able(menu):
            # Nothing can be chosen: the reason is what ordering would raise.
            place_order(menu, Wish("a video", pictured=True))
        await interaction.response.send_modal(AnimateForm(self._bot.services, picture))


async def setup(bot: SoraClient) -> None:
    """Add the command; discord.py calls this on loading."""
    await bot.add_cog(Animate(bot))
