"""sora-bot check: says what is missing or wrong before the bot is started."""

from bot.check.everything import check, check_config, check_places, check_start
from bot.check.findings import Finding, Verdict

__all__ = ["Finding", "Verdict", "check", "check_config", "check_places", "check_start"]
