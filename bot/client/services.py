"""What the commands work with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord

from bot.catalogue import Menu
from bot.client.instances import Instances
from bot.client.operators import Operators
from bot.clock import Clock
from bot.credits import Budgets, Rules, Servers
from bot.delivery.video import Video
from bot.jobs.drafts import Drafts
from bot.jobs.guilds import Guilds
from bot.jobs.intake import Intake
from bot.jobs.job import JobView
from bot.jobs.pauses import Pauses
from bot.jobs.privacy import Privacy
from bot.jobs.service import Jobs
from bot.jobs.status import StatusDesk
from bot.pictures import Pictures


@dataclass(frozen=True)
class Services:
    """The bot's parts that a command may use."""

    jobs: Jobs
    budgets: Budgets
    rules: Rules
    servers: Servers
    operators: Operators
    menu: Callable[[], Menu]
    """Tells what can be had now."""
    drafts: Drafts
    pictures: Pictures
    intake: Intake
    privacy: Privacy
    guilds: Guilds
    instances: Instances
    pauses: Pauses
    status: StatusDesk
    show_video: Callable[["discord.Interaction[Any]", JobView, Video | None], Awaitable[bool]]
    """Answers a deferred command with a job's video; tells whether Discord has taken it."""
    clock: Clock
