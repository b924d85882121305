"""Keeps every job's message true, and brings the videos."""

from bot.notifier.notifier import Notifier

__all__ = ["Notifier"]
