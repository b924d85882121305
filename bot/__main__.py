"""The command line: run, check, demo, healthy."""

import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.app import ALIVE_SECONDS, App, alive_file, build_providers
from bot.catalogue import load_catalogue
from bot.check import Verdict
from bot.check import check as look_at_everything
from bot.clock import SystemClock
from bot.config import Settings, load_settings
from bot.demo import DemoFailed, Play, run_demo
from bot.errors import ConfigError, StorageError
from bot.logs import set_up_logs
from bot.presentation.refusals import explain

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="A Discord bot for videos.")

DEMO_PROMPT = "A paper boat sails down a rainy street, filmed from close behind"

ConfigFile = Annotated[Path | None, typer.Option("--config", help="The TOML file of settings.")]


@cli.command()
def run(config: ConfigFile = None) -> None:
    """Run the bot until it is stopped (Ctrl-C or SIGTERM)."""
    settings = _settings(config)
    set_up_logs()
    try:
        asyncio.run(_run(settings))
    except ConfigError as error:
        _complain(error)
    except StorageError as error:
        typer.echo(explain(error), err=True)
        raise typer.Exit(1) from None


@cli.command()
def healthy(config: ConfigFile = None) -> None:
    """Exit with 0 if the bot with these settings is running and connected."""
    file = alive_file(_settings(config))
    age = time.time() - file.stat().st_mtime if file.exists() else float("inf")
    if age > 3 * ALIVE_SECONDS:
        typer.echo("The bot has not been connected lately.", err=True)
        raise typer.Exit(1)


@cli.command()
def check(config: ConfigFile = None) -> None:
    """Say what is missing or wrong before the bot is started, and print the invite link."""
    settings = _settings(config)
    wrong = asyncio.run(_check(settings))
    if wrong:
        typer.echo(f"\n{wrong} to mend before the bot can run.", err=True)
        raise typer.Exit(1)
    typer.echo("\nEverything is in place.")


@cli.command()
def demo(
    prompt: Annotated[str, typer.Option(help="What the video shows.")] = DEMO_PROMPT,
    duration: Annotated[int, typer.Option(help="Seconds: 4, 8 or 12.")] = 8,
    size: Annotated[str, typer.Option(help="Width x height in pixels.")] = "1280x720",
    model: Annotated[str, typer.Option(help="An engine of the catalogue.")] = "sora-2",
    headless: Annotated[bool, typer.Option(help="Play in the terminal only.")] = False,  # noqa: ARG001 - the terminal is all there is so far
) -> None:
    """Watch a real video being made on this machine, with no account anywhere."""
    try:
        asyncio.run(run_demo(Play(prompt, duration, size, model), typer.echo))
    except DemoFailed as failure:
        typer.echo(f"The demo failed: {failure}", err=True)
        raise typer.Exit(1) from None


async def _check(settings: Settings) -> int:
    """Print each finding as it comes; count what is wrong."""
    providers = build_providers(settings, SystemClock())
    wrong = 0
    try:
        async for finding in look_at_everything(settings, load_catalogue(), providers):
            typer.echo(f"{finding.verdict:>5}  {finding.text}")
            wrong += finding.verdict is Verdict.WRONG
    finally:
        for provider in providers.values():
            await provider.close()
    return wrong


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await App(settings).run(stop, _say_connected)


def _say_connected() -> None:
    typer.echo("sora-bot is connected and its commands are registered.")
    sys.stdout.flush()


def _settings(config: Path | None) -> Settings:
    try:
        return load_settings(config)
    except ConfigError as error:
        _complain(error)


def _complain(error: ConfigError) -> NoReturn:
    typer.echo(
        f"The setting {error.key} is wrong.\n  found:   {error.found}\n  allowed: {error.allowed}",
        err=True,
    )
    raise typer.Exit(2) from None


def main() -> None:
    """Start from the command line."""
    cli()


if __name__ == "__main__":
    main()
