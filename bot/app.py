"""The composition root: builds everything, runs it, closes it in reverse."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

import aiohttp
import discord
import structlog
from yarl import URL

from bot import __version__
from bot.alive import ALIVE_SECONDS, Alive, others_live
from bot.catalogue import load_catalogue
from bot.client import Services, SoraClient, point_library_at
from bot.client.connection import TokenDoubt, stay_connected
from bot.client.differences import Payload
from bot.client.instances import Instances
from bot.client.operators import Operators
from bot.client.session import Patience
from bot.clock import Clock, SystemClock
from bot.config import Settings, proxy_variables
from bot.credits import Budgets, Rules, Servers, Terms, Trusted
from bot.damage import watch_damage
from bot.delivery.archive import LEFTOVER_SECONDS, Archive
from bot.delivery.encoder import Encoder
from bot.delivery.fetch import Fetcher
from bot.errors import ConfigError, StorageError
from bot.exhaustion import own_files
from bot.jobs.caps import Caps
from bot.jobs.deletions import delete_files, sweep_pictures
from bot.jobs.drafts import Drafts
from bot.jobs.guilds import Guilds, forget_departed
from bot.jobs.intake import Intake
from bot.jobs.late import LateRequests
from bot.jobs.pauses import Pauses
from bot.jobs.privacy import Privacy
from bot.jobs.queue import Limits
from bot.jobs.recovery import Recovery
from bot.jobs.rows import awaited_requests
from bot.jobs.service import Jobs
from bot.jobs.stages import Pace, Workbench
from bot.jobs.status import StatusDesk
from bot.jobs.supply import Supply
from bot.jobs.tracker import Tracker
from bot.jobs.unserved import end_unserved
from bot.notifier import Notifier
from bot.notifier.doors import Doors
from bot.notifier.knocks import Knocks
from bot.notifier.outbox import Outbox
from bot.notifier.parcels import Files
from bot.notifier.showing import Showing
from bot.notifier.taken import trace
from bot.pictures import MAX_PICTURE_BYTES, Pictures
from bot.private import PICTURES, take_from_others
from bot.restored import hold_back_if_restored
from bot.storage import Database
from bot.storage.retention import delete_outlived
from bot.storage.workers import Owner, Worker, begin_epoch
from bot.supervision import cancel_until_done, keep_running, until_first
from bot.supplied import build_providers
from bot.watch import AccountWatch

SWEEP_SECONDS = 3600.0
PROXY_ADVICE = "to go through a proxy, set network.proxy, or SORA_BOT_NETWORK__PROXY"
ACCOUNTS = ("segmind", "aimlapi")
"""The providers whose accounts are watched; segmind-v1 is paid by the first."""

log = structlog.get_logger()


def build_pictures(settings: Settings, clock: Clock) -> Pictures:
    """Make the place of members' pictures, which are fetched from Discord."""
    # The address of the API is that of the files only where a stand-in serves both.
    origin = URL(settings.discord.api_url).origin()
    fetcher = Fetcher(origin, MAX_PICTURE_BYTES, clock, settings.network.proxy)
    return Pictures(settings.storage.path / PICTURES, fetcher)


async def commands_of(settings: Settings) -> Sequence[Payload]:
    """Write the commands as a start with these settings registers them; nothing is opened."""
    app = App(settings)
    app.compose(Owner(0, 0))
    try:
        await app.client.load_commands()
        return await app.client.wanted_commands()
    finally:
        await app.client.close()
        await app.providers.close()
        await app.database.close()


class App:
    """The bot, whole."""

    def __init__(
        self, settings: Settings, clock: Clock | None = None, patience: Patience | None = None
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.database = Database(settings.database.url)
        self.providers = build_providers(settings, self.clock)
        self.doubt = TokenDoubt(self.clock)
        self.instances = Instances(self.clock, self._siblings, self._tell_operator_soon)
        self.client = self._build_client(patience or Patience())
        catalogue = load_catalogue(settings.models)
        self.supply = Supply(self.database, self.clock, catalogue, self.providers.keys)
        pictures = build_pictures(settings, self.clock)
        self.operators = Operators(self.client, self.clock)
        terms = Terms(**settings.budgets.model_dump())
        trusted = Trusted(settings.discord.guilds, self.operators.own)
        self.budgets = Budgets(self.database, self.clock, terms, trusted)
        self.rules = rules = Rules(self.database, self.clock, terms)
        doors = self._doors = Doors(self.client, self.clock, self.client.registration.mentioned)
        self.outbox = Outbox(self.client, self.database, rules, doors, self.clock, self.operators)
        self.servers = Servers(self.database, self.clock, terms, trusted, self.outbox.soon)
        self.supply.trouble, self.supply.said = self.outbox.trouble, self.outbox.soon
        self._encoder = Encoder(self.clock)
        self.notifier = Notifier(
            self.database,
            self.clock,
            catalogue,
            doors,
            Files(pictures, self._encoder),
            self.supply.menu,
            settings.jobs.edit_seconds,
        )
        self._bench = Workbench(
            database=self.database,
            clock=self.clock,
            catalogue=catalogue,
            providers=self.providers.apis,
            supply=self.supply,
            fetchers=self.providers.sources,
            archive=Archive(settings.storage.path),
            pictures=pictures,
            messenger=self.notifier,
            pace=Pace(settings.jobs.min_poll_seconds, settings.jobs.max_poll_seconds),
            said=self.outbox.soon,
        )

    def _build_client(self, patience: Patience) -> SoraClient:
        listening = trace()
        self.doubt.listen(listening)
        self.instances.listen(listening)
        return SoraClient(
            self.settings.discord,
            self.database,
            self._doors_opened,
            listening,
            self.clock,
            patience,
            self.settings.network.proxy,
        )

    async def run(self, stop: asyncio.Event, connected: Callable[[], object]) -> None:
        """Run until ``stop`` is set; call ``connected`` once the bot is there.

        Raises ConfigError where Discord does not accept the settings.
        """
        if not self.providers.keys:
            log.warning("start.no_key", advice="no video can be made: set a provider's api_key")
        if (unused := proxy_variables()) and self.settings.network.proxy is None:
            log.warning("start.proxy_not_used", variables=unused, advice=PROXY_ADVICE)
        point_library_at(self.settings.discord)
        await asyncio.to_thread(take_from_others, self.database.path, self.settings.storage.path)
        await self.database.open()
        await self._sweep()
        await self.supply.refresh()
        with own_files():
            self.worker = Worker(self.database.path)
        self.alive = Alive(self.database.path, self.worker.number)
        await asyncio.to_thread(self.alive.begin)
        owner = await self.database.write(begin_epoch, self.worker.number)
        self.compose(owner)
        self.recovery = Recovery(self._bench, self.worker, owner, self.tracker)
        try:
            await hold_back_if_restored(self._bench)
            await self.servers.obey_settings()
            await self.recovery.start()
            await end_unserved(self._bench, self.settings.discord.guilds)
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(self._stay_connected()),
                    tasks.create_task(self.doubt.settle(self.client)),
                    *(
                        tasks.create_task(keep_running(self.clock, name, work))
                        for name, work in self._side_tasks().items()
                    ),
                ]
                announcing = tasks.create_task(self._announce(connected))
                await until_first(stop, running)
                await cancel_until_done([*running, announcing])
        except* ConfigError as errors:
            raise errors.exceptions[0] from None
        finally:
            await self._close()

    def _side_tasks(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """List what goes on beside the connection, by name."""
        return {
            "tracker": self.tracker.run,
            "recovery": self.recovery.run,
            "late": LateRequests(self._bench).run,
            "knocks": lambda: self._once_connected(self.knocks.run),
            "sweep": self._keep_tidy,
            "alive": self._show_alive,
            "commands": self.client.registration.run,
            "outbox": lambda: self._once_connected(self.outbox.run),
            "damage": lambda: watch_damage(self.database, self.clock, self._tell_at_once),
            "watch": lambda: self._once_connected(self.watch.run),
            "operators": lambda: self._once_connected(self.operators.run),
        }

    async def _keep_tidy(self) -> None:
        """Sweep again from time to time, until cancelled."""
        while True:
            await self.clock.sleep(SWEEP_SECONDS)
            await self._sweep()

    async def _sweep(self) -> None:
        """Tidy up; what fails is left for the next time: another process may sweep as well."""
        try:
            await self._delete_leftovers()
        except (OSError, StorageError) as error:
            log.warning("sweep.failed", kind=type(error).__name__)

    async def _delete_leftovers(self) -> None:
        """Delete what is nobody's: what killed processes have left, unused pictures, old rows."""
        now = self.clock.now()
        await asyncio.to_thread(self._bench.archive.sweep, now)
        await asyncio.to_thread(self._bench.journal.compact, now)
        awaited = await self.database.read_long(awaited_requests, "segmind-v1")
        before = now - timedelta(seconds=LEFTOVER_SECONDS)
        await asyncio.to_thread(self.providers.blocking.sweep, awaited, before)
        pictures = self._bench.pictures
        await forget_departed(self.database, now)
        await delete_files(self.database, self._bench.archive, pictures)
        await delete_outlived(self.database, now)
        await sweep_pictures(self.database, self.clock, pictures, LEFTOVER_SECONDS)
        await self.database.overwrite_deleted()

    def compose(self, owner: Owner) -> None:
        """Build what needs to know which process this is."""
        self.watch = AccountWatch(
            {name: self.providers.apis[name] for name in ACCOUNTS if name in self.providers.keys},
            self.clock,
            self.settings.operator.warn_below_dollars,
            self.outbox.tell_operator,
        )
        jobs = self.settings.jobs
        limits = Limits(jobs.max_running, jobs.max_running_per_guild, jobs.max_running_per_member)
        self.tracker = Tracker(self._bench, owner, limits)
        intake = Intake(self.database, self.clock, self._bench.pictures)
        self._encoder.aside = self.tracker.aside
        self.jobs = Jobs(
            database=self.database,
            clock=self.clock,
            catalogue=self._bench.catalogue,
            budgets=self.budgets,
            archive=self._bench.archive,
            owner=owner,
            line_moved=self.tracker.line_moved,
            changed=self.notifier.changed,
            first_shown=self.notifier.first_shown,
            spent=self.outbox.soon,
            find_response=self.notifier.find_response,
            caps=Caps(jobs.max_waiting_per_member, jobs.orders_per_minute),
            discard=intake.discard,
        )
        self.knocks = self._build_knocks(owner)
        self.notifier.came_through = self.knocks.came_through
        self.client.services = Services(
            jobs=self.jobs,
            budgets=self.budgets,
            rules=self.rules,
            servers=self.servers,
            operators=self.operators,
            menu=self.supply.menu,
            drafts=Drafts(self.database, self.clock, intake.discard),
            pictures=self._bench.pictures,
            intake=intake,
            privacy=Privacy(self.database, self.clock, self._bench.archive, self._bench.pictures),
            guilds=Guilds(self.database, self.clock, self.notifier.changed),
            instances=self.instances,
            pauses=Pauses(
                self.database, self.clock, self._bench.catalogue, self.tracker.line_moved
            ),
            status=self._status_desk(),
            show_video=Showing(self.clock, self._bench.pictures, self._encoder).show,
            clock=self.clock,
        )

    def _build_knocks(self, owner: Owner) -> Knocks:
        return Knocks(
            self.database,
            self.clock,
            owner.worker,
            self._doors,
            self.tracker.deliver_now,
            self.notifier.changed,
            self.notifier.lift,
            self.jobs.outdated,
        )

    def _status_desk(self) -> StatusDesk:
        return StatusDesk(
            self.database,
            self.clock,
            Terms(**self.settings.budgets.model_dump()),
            self.watch.known,
            self.supply.outages,
            __version__,
            self.clock.now(),
        )

    def _siblings(self) -> bool:
        return others_live(self.database.path, self.worker.number)

    def _tell_operator_soon(self, text: str, key: str) -> None:
        self.outbox.tell_soon(text, key)

    async def _doors_opened(self, guild_id: int, thread_id: int | None = None) -> None:
        await self.knocks.opened(guild_id, thread_id)
        await self.recovery.ask_again()

    async def _stay_connected(self) -> None:
        token = self.settings.discord.token.get_secret_value()
        await stay_connected(self.client, self.client.session, token, self.clock, self.doubt.trust)

    async def _show_alive(self) -> None:
        await self.client.connected.wait()
        while True:
            if self.client.session.hears:
                await asyncio.to_thread(self.alive.show)
            await self.clock.sleep(ALIVE_SECONDS)

    async def _once_connected(self, work: Callable[[], Awaitable[None]]) -> None:
        await self.client.connected.wait()
        await work()

    async def _tell_at_once(self, text: str) -> bool:
        await self.client.connected.wait()
        return await self.outbox.tell_at_once(text)

    async def _announce(self, connected: Callable[[], object]) -> None:
        await self.client.connected.wait()
        connected()

    async def _close(self) -> None:
        """Stop the work first: it uses the connections."""
        await self.tracker.stop()
        await self.knocks.stop()
        await self.notifier.stop()
        await self._encoder.stop()
        with contextlib.suppress(discord.DiscordException, aiohttp.ClientError, OSError):
            await self.client.close()
        await self.providers.close()
        await self.database.close()
        await asyncio.to_thread(self.alive.end)
        self.worker.leave()
