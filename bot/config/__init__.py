"""The operator's settings: a TOML file, overridden by SORA_BOT_SECTION__KEY in the environment.

This package alone reads the environment.
"""

from bot.config.loading import DEFAULT_FILE, find_file, load_settings
from bot.config.settings import DiscordSettings, JobSettings, Settings
from bot.config.sources import misspelt_variables, proxy_variables

__all__ = [
    "DEFAULT_FILE",
    "DiscordSettings",
    "JobSettings",
    "Settings",
    "find_file",
    "load_settings",
    "misspelt_variables",
    "proxy_variables",
]
