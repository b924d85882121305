"""A strict stand-in for Segmind's video API.

``engines``, ``pictures``, ``verdicts``, ``plans``, ``generations`` and ``answers`` decide without
any I/O, and ``fleet`` is data; ``server`` speaks the protocol, ``blocking`` that of the older API.
"""

from bot.sandbox.moderation import FORBIDDEN_WORD
from bot.sandbox.segmind.generations import Generation
from bot.sandbox.segmind.plans import Plan
from bot.sandbox.segmind.server import SegmindSandbox

__all__ = ["FORBIDDEN_WORD", "Generation", "Plan", "SegmindSandbox"]
