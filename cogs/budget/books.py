"""What happened: the log in pages, and reports of what was spent."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import tzinfo

import discord
from discord import app_commands

from bot.client.admins import admins_guild
from bot.client.names import names_of
from bot.credits import Spending
from bot.credits.periods import day_at
from bot.credits.settings import read_zone
from bot.credits.spending import MOST_VIDEOS, SpentVideo
from bot.errors import OutsideGuild
from bot.presentation.budget_log import LINES_ON_PAGE, log_embed
from bot.presentation.buttons import log_buttons
from bot.presentation.spending import ReportFiles, report_reply
from bot.reports import (
    Report,
    Span,
    SpendingRow,
    VideoRow,
    describe,
    draw_report,
    make_report,
    span_days,
    summary,
    write_csv,
    write_videos,
)
from cogs.budget.parts import AdminCommands, Interaction


class BookCommands(AdminCommands):
    """Log and report."""

    @app_commands.command(description="See who changed or spent what, when and why")
    @app_commands.describe(member="Only this member's entries; also of one who has left")
    async def log(
        self, interaction: Interaction, member: discord.User | discord.Member | None = None
    ) -> None:
        """Show the newest page of the log."""
        member_id = None if member is None else member.id
        page = await self._budgets.log(admins_guild(interaction), member_id, limit=LINES_ON_PAGE)
        await interaction.response.send_message(
            embed=log_embed(page.lines, member_id),
            view=log_buttons(page, member_id),
            ephemeral=True,
        )

    @app_commands.command(description="Get a picture and a table of what was spent on videos")
    @app_commands.describe(period="Which days; this month unless chosen")
    @app_commands.choices(
        period=[app_commands.Choice(name=span.capitalize(), value=span.value) for span in Span]
    )
    async def report(self, interaction: Interaction, period: str = Span.THIS_MONTH) -> None:
        """Sum up what was spent, draw it and write it as a table."""
        if interaction.guild is None:
            raise OutsideGuild
        await interaction.response.defer(ephemeral=True, thinking=True)
        guild = interaction.guild
        overview = await self._rules.overview(guild.id)
        today = day_at(self._services.clock.now(), read_zone(overview.settings.zone))
        first, last = span_days(Span(period), today)
        spending = await self._budgets.spending(guild.id, first, last)
        videos, zone = await self._budgets.videos(guild.id, first, last)
        names = await _names(guild, spending)
        report = make_report(_rows(spending, names), first, last, guild.name)
        files = await asyncio.to_thread(_put_together, report, spending, videos, names, zone)
        await interaction.followup.send(ephemeral=True, **report_reply(summary(report), files))


async def _names(guild: discord.Guild, spending: Sequence[Spending]) -> Mapping[int, str]:
    """Name the members, those who spent most first."""
    spent: Counter[int] = Counter()
    for each in spending:
        spent[each.member_id] += each.credits
    return await names_of(guild, [member_id for member_id, _ in spent.most_common()])


def _rows(spending: Sequence[Spending], names: Mapping[int, str]) -> list[SpendingRow]:
    return [
        SpendingRow(
            each.day, each.member_id, names[each.member_id], each.model, each.credits, each.videos
        )
        for each in spending
    ]


def _put_together(
    report: Report,
    spending: Sequence[Spending],
    videos: Sequence[SpentVideo],
    names: Mapping[int, str],
    zone: tzinfo,
) -> ReportFiles:
    """Draw and write the tables: as long as the server is large, so off the loop."""
    rows = [
        VideoRow(
            each.job_id,
            each.at.astimezone(zone),
            each.member_id,
            # Somebody may have spent between the two looks.
            names.get(each.member_id, ""),
            each.model,
            each.seconds,
            each.size,
            each.paid_from,
            each.credits,
        )
        for each in videos
    ]
    return ReportFiles(
        picture=draw_report(report),
        alt_text=describe(report),
        table=write_csv(_rows(spending, names)),
        videos=write_videos(rows),
        cut=len(videos) == MOST_VIDEOS,
    )
