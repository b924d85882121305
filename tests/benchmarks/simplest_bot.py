"""The simplest bot that can be: it answers /sora create at once, and does nothing else."""

import os
from typing import Any

import discord
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

sora = app_commands.Group(name="sora", description="Make videos from words")


@sora.command(description="Make a video from a description")
async def create(interaction: discord.Interaction[Any], prompt: str) -> None:
    """Say what was asked for."""
    embed = discord.Embed(title="Sora 2", description=prompt)
    await interaction.response.send_message(embed=embed)


class SimplestBot(discord.Client):
    """The bot as Discord sees it."""

    async def setup_hook(self) -> None:
        """Register the command."""
        tree = app_commands.CommandTree(self)
        tree.add_command(sora)
        await tree.sync()

    async def on_ready(self) -> None:
        """Say that it is there."""
        print("connected", flush=True)  # noqa: T201 - what the measuring process waits for


if __name__ == "__main__":
    Route.BASE = os.environ["SORA_BOT_DISCORD__API_URL"]
    DiscordWebSocket.DEFAULT_GATEWAY = URL(os.environ["SORA_BOT_DISCORD__GATEWAY_URL"])
    bot = SimplestBot(intents=discord.Intents(guilds=True), max_messages=None)
    bot.run(os.environ["SORA_BOT_DISCORD__TOKEN"], log_handler=None)
