"""The command line: run, check, demo, healthy."""

import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.app import ALIVE_SECONDS, App, alive_file
from bot.config import Settings, load_settings
from bot.errors import ConfigError, StorageError
from bot.logs import set_up_logs
from bot.presentation.refusals import explain

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="A Discord bot for videos.")

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
