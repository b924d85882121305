"""The command line: all that an operator does outside Discord."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Literal, NoReturn, TypeVar

import typer

from bot import __version__
from bot.alive import all_well
from bot.app import App, commands_of
from bot.books import audit_books, decide_about_server, give_up_job, limit_spending, resume_line
from bot.catalogue import load_catalogue
from bot.check import Finding, Verdict, check_config, check_places, check_start
from bot.check import check as look_at_everything
from bot.client.registration import connected_line
from bot.clock import SystemClock
from bot.config import DEFAULT_FILE, Settings, find_file, load_settings
from bot.credits import Why, parse_amount
from bot.credits.ceilings import Ceiling
from bot.demo import DemoFailed, plan_play, run_demo
from bot.errors import BotError, ConfigError, ConfigErrors, StorageError
from bot.exhaustion import own_files
from bot.jobs.pauses import ALL, Scope, Target
from bot.logs import LineSink, hold_standard_streams, let_go_of_streams, set_up_logs
from bot.operating import list_paused, look_at_work, pause_sending, resume_sending
from bot.presentation.operator import pause_lines, paused_text, resumed_text, status_lines
from bot.presentation.refusals import explain_to_operator
from bot.private import make_files_private
from bot.redaction import hide_kept
from bot.storage import Database
from bot.supervision import stop_at_signals
from bot.supplied import build_providers

T = TypeVar("T")

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="A Discord bot for videos.")

job_cli = typer.Typer(no_args_is_help=True, help="What the operator does about one job.")
cli.add_typer(job_cli, name="job")

STDIN, STDOUT = 0, 1  # sys.stdin and the others are None where they are closed
LARGEST_ID = 2**63 - 1
"""The database takes no greater number."""
DEMO_PROMPT = "A paper boat sails down a rainy street, filmed from close behind"

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="The TOML file of settings.",
        show_default=f"{DEFAULT_FILE} where there is one, else the environment alone",
    ),
]
Everything = Annotated[
    bool, typer.Option("--all", help="All videos of all servers.", show_default="no")
]
OneGuild = Annotated[
    int | None,
    typer.Option("--guild", min=1, max=LARGEST_ID, help="A server's id.", show_default="none"),
]
OneProvider = Annotated[
    str | None, typer.Option("--provider", help="A provider's name.", show_default="none")
]
OneModel = Annotated[
    str | None, typer.Option("--model", help="A model's name.", show_default="none")
]


@cli.callback(invoke_without_command=True)
def about(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)
    ] = False,
) -> None:
    """Make videos on Discord."""
    if version:
        _say(f"sora-bot {__version__}")
        raise typer.Exit


@cli.command()
def run(config: ConfigFile = None) -> None:
    """Run the bot until it is stopped (Ctrl-C, SIGTERM or SIGHUP)."""
    settings = _settings(config)
    found = list(check_start(settings))
    wrong = sum(each.verdict is Verdict.WRONG for each in found)
    if wrong:
        _tell("\n".join([*map(_line, found), "", _to_fix(wrong)]))
        raise typer.Exit(2)
    output, logs = LineSink(STDOUT), set_up_logs()
    try:
        _reporting(settings, lambda: asyncio.run(_run(settings, output)))
    finally:
        output.close()
        logs.close()


@cli.command()
def healthy(config: ConfigFile = None) -> None:
    """Exit with 0 if the bot with these settings is running and connected.

    Of several processes on this machine, each must be.
    """
    settings = _settings(config)

    def look() -> bool:
        with own_files():
            return all_well(Database.file(settings.database.url), time.time())

    if not _reporting(settings, look):
        _tell("The bot has not been connected lately.")
        raise typer.Exit(1)


@cli.command()
def check(config: ConfigFile = None) -> None:
    """Say what is missing or wrong before the bot is started, and print the invite link."""
    settings = _settings(config)
    wrong = _reporting(settings, lambda: asyncio.run(_check(settings, find_file(config))))
    if wrong:
        _tell(f"\n{_to_fix(wrong)}")
        raise typer.Exit(1)
    _say("\nEverything is in place.")


@cli.command()
def audit(config: ConfigFile = None) -> None:
    """Prove the books: every balance, hold and job against each other, also of a running bot."""
    settings = _settings(config)
    differences = _reporting(settings, lambda: asyncio.run(audit_books(settings)))
    for each in differences:
        _say(f"{each.subject}: {each.rule}; expected {each.expected}, found {each.found}")
    if differences:
        _tell(f"\n{len(differences)} differences. Please report them.")
        raise typer.Exit(1)
    _say("The books are right: all accounts sum to zero, and every hold fits its job.")


@cli.command()
def ceiling(
    amount: Annotated[str, typer.Argument(help="Credits or dollars: 50000, $500; off: none.")],
    guild: Annotated[
        int, typer.Option(min=0, max=LARGEST_ID, help="A server's id; 0: all servers together.")
    ] = 0,
    config: ConfigFile = None,
) -> None:
    """Limit what a server, or all together, may spend in a period."""
    settings = _settings(config)

    def limit() -> Sequence[Ceiling]:
        credits_ = None if amount.strip().lower() == "off" else parse_amount(amount)
        return asyncio.run(limit_spending(settings, guild, credits_))

    for each in _reporting(settings, limit):
        whose = f"Server {each.guild_id}" if each.guild_id else "All servers together"
        _say(f"{whose}: {each.used:,} of {each.amount:,} credits are held or spent.")


@cli.command()
def server(
    decision: Annotated[Literal["allow", "close"], typer.Argument(help="What to do.")],
    guild: Annotated[int, typer.Argument(min=1, max=LARGEST_ID, help="The server's id.")],
    config: ConfigFile = None,
) -> None:
    """Let a server's members spend your money (allow), or make free videos alone (close)."""
    settings, how = _settings(config), Why.ALLOWED if decision == "allow" else Why.CLOSED
    _reporting(settings, lambda: asyncio.run(decide_about_server(settings, guild, how)))
    opened = "open: videos there are paid from your accounts"
    closed = "closed; what a provider has of it already goes on"
    _say(f"Server {guild} is {opened if how is Why.ALLOWED else closed}.")


@cli.command()
def status(config: ConfigFile = None) -> None:
    """See running and waiting videos, spending, the providers' accounts, and pauses."""
    settings = _settings(config)
    found = _reporting(settings, lambda: asyncio.run(look_at_work(settings)))
    _say("\n".join(status_lines(found, __version__)))


@cli.command()
def pause(
    everything: Everything = False,
    guild: OneGuild = None,
    provider: OneProvider = None,
    model: OneModel = None,
    reason: Annotated[
        str, typer.Option(help="Why; members are shown it.", show_default="none")
    ] = "",
    config: ConfigFile = None,
) -> None:
    """Pause new videos: of all, a server, a provider or a model; what runs is finished."""
    target = _target(everything, guild, provider, model)
    if target is None:
        raise typer.BadParameter("name what to pause: --all, --guild, --provider or --model")
    settings = _settings(config)
    done, now = _reporting(settings, lambda: asyncio.run(pause_sending(settings, target, reason)))
    _say(_plain(paused_text(done, now, {})))


@cli.command()
def resume(
    everything: Everything = False,
    guild: OneGuild = None,
    provider: OneProvider = None,
    model: OneModel = None,
    config: ConfigFile = None,
) -> None:
    """Resume what was paused; with nothing named, go on after a backup was restored."""
    target = _target(everything, guild, provider, model)
    settings = _settings(config)
    if target is not None:
        now = _reporting(settings, lambda: asyncio.run(resume_sending(settings, target)))
        _say(_plain(resumed_text(target, now, {})))
        return
    waiting = _reporting(settings, lambda: asyncio.run(resume_line(settings)))
    if waiting is None:
        _say("Nothing was held back.")
    else:
        _say(f"The line goes on; jobs that wait in it: {waiting:,}.")
    if paused := _reporting(settings, lambda: asyncio.run(list_paused(settings))):
        lines = "\n".join(f"  {line}" for line in pause_lines(paused))
        _say(f"Paused by you still; name one to let it go on:\n{lines}")


@job_cli.command("end")
def end_job(
    number: Annotated[
        int,
        typer.Argument(min=1, max=LARGEST_ID, help="The job's number, as its message shows it."),
    ],
    reason: Annotated[str, typer.Option(help="Why; the server's log shows it.")],
    config: ConfigFile = None,
) -> None:
    """Give up and refund a job that its provider does not end, after its model's longest wait."""
    settings = _settings(config)
    job = _reporting(settings, lambda: asyncio.run(give_up_job(settings, number, reason)))
    _say(
        f"Job {number} is given up, and {job.price:,} credits are back. {job.provider} may still "
        f"bill request {job.request_id}: it is looked at on, and counts against the ceilings."
    )


@cli.command()
def demo(
    prompt: Annotated[str, typer.Option(help="What the video shows.")] = DEMO_PROMPT,
    duration: Annotated[
        int | None,
        typer.Option(help="Seconds; what the model has.", show_default="the model's first"),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(
            help="Width x height in pixels.", show_default="1280x720, or the model's first"
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="An engine of the catalogue.", show_default="as the bot's"),
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="A picture to start from.", show_default="none"
        ),
    ] = None,
    headless: Annotated[bool, typer.Option(help="Play in the terminal only.")] = False,
    speed: Annotated[
        float, typer.Option(min=1, max=60, help="How fast the local video service's time runs.")
    ] = 10,
) -> None:
    """Watch a real video being made on this machine, then try it yourself in a browser."""
    page = not headless and os.isatty(STDIN)
    try:
        play = plan_play(prompt, model, duration, size, image)
        asyncio.run(run_demo(play, typer.echo, page=page, speed=speed))
    except DemoFailed as failure:
        _tell(f"The demo failed: {failure}")
        raise typer.Exit(1) from None


def _target(
    everything: bool,
    guild: int | None,
    provider: str | None,
    model: str | None,
) -> Target | None:
    """Tell what the options name; None: nothing. Raises BadParameter for more than one."""
    named = {Scope.GUILD: guild, Scope.PROVIDER: provider, Scope.MODEL: model}
    targets = [Target(scope, str(key)) for scope, key in named.items() if key is not None]
    if everything:
        targets.append(ALL)
    if len(targets) > 1:
        raise typer.BadParameter("name one of --all, --guild, --provider and --model")
    return next(iter(targets), None)


async def _check(settings: Settings, config: Path | None) -> int:
    """Print each finding as it comes; count what is wrong."""
    catalogue = load_catalogue(settings.models)
    providers = build_providers(settings, SystemClock())
    commands = await commands_of(settings)
    wrong = 0
    _say(_line(check_config(config)))
    try:
        async for finding in look_at_everything(settings, catalogue, providers.apis, commands):
            _say(_line(finding))
            wrong += finding.verdict is Verdict.WRONG
    finally:
        await providers.close()
    return wrong


async def _run(settings: Settings, output: LineSink) -> None:
    stop = asyncio.Event()
    stop_at_signals(stop)
    app = App(settings)

    def tell() -> None:
        output.write(f"{connected_line(app.client.registration.missing)}\n")

    await app.run(stop, tell)


def _reporting(settings: Settings, work: Callable[[], T]) -> T:
    """Do something, and put what goes wrong into words for the operator."""
    try:
        return work()
    except (ConfigError, ConfigErrors) as error:
        _complain(error)
    except BotError as error:
        wrong: list[str] = []
        if isinstance(error, StorageError):
            wrong = [each.text for each in check_places(settings)]
        database = Database.file(settings.database.url)
        _tell("\n".join(wrong) or explain_to_operator(error, database))
        raise typer.Exit(1) from None


def _settings(config: Path | None) -> Settings:
    try:
        return load_settings(find_file(config))
    except ConfigErrors as errors:
        _complain(errors)


def _complain(error: ConfigError | ConfigErrors) -> NoReturn:
    mistakes = error.mistakes if isinstance(error, ConfigErrors) else (error,)
    lines = [_line(Finding(Verdict.WRONG, str(each))) for each in mistakes]
    _tell("\n".join([*lines, "", _to_fix(len(mistakes))]))
    raise typer.Exit(2) from None


def _line(finding: Finding) -> str:
    return f"{finding.verdict:>5}  {finding.text}"


def _to_fix(problems: int) -> str:
    return f"{problems} {'problem' if problems == 1 else 'problems'} to fix."


def _plain(text: str) -> str:
    """Take Discord's escapes out, which mean nothing here."""
    return text.replace("\\", "")


def _say(text: str) -> None:
    """Print something, but no secret: one may stand where it does not belong."""
    typer.echo(hide_kept(text))


def _tell(text: str) -> None:
    """Say what went wrong; where nobody can read it, the exit code still tells."""
    with contextlib.suppress(OSError):
        typer.echo(hide_kept(text), err=True)


def main() -> None:
    """Start from the command line."""
    hold_standard_streams()
    make_files_private()
    try:
        cli()
    finally:
        let_go_of_streams()


if __name__ == "__main__":
    main()
