"""What the commands work with."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.catalogue import Menu
from bot.client.instances import Instances
from bot.client.operators import Operators
from bot.clock import Clock
from bot.credits import Budgets, Rules, Servers
from bot.jobs.drafts import Drafts
from bot.jobs.guilds import Guilds
from bot.jobs.intake import Intake
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
    clock: Clock
