"""Segmind: its v2 (submit, poll, fetch) and its v1 (one blocking call), with one key for both."""

from bot.providers.segmind.account import SegmindAccount
from bot.providers.segmind.v1 import SegmindV1
from bot.providers.segmind.v2 import Segmind

__all__ = ["Segmind", "SegmindAccount", "SegmindV1"]
