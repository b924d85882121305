"""sora-bot demo: the whole bot at work on this machine, with no account anywhere.

A local Discord and a local video service are started, and the bot as a process of its own with an
ordinary configuration file. One member's command is played in the terminal; then a chat page shows
the same to a browser, for as long as somebody wants to try it.
"""

from bot.demo.play import DemoFailed, Play, plan_play
from bot.demo.run import run_demo

__all__ = ["DemoFailed", "Play", "plan_play", "run_demo"]
