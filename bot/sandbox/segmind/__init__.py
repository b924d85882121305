"""A strict stand-in for Segmind's video API.

``engines``, ``plans``, ``generations``, ``accounts`` and ``answers`` decide without any I/O;
``drawing`` and ``films`` make the videos and know nothing of the protocol; ``server`` speaks it.
"""

from bot.sandbox.segmind.generations import Generation
from bot.sandbox.segmind.plans import Plan
from bot.sandbox.segmind.server import SegmindSandbox
from bot.sandbox.segmind.verdicts import FORBIDDEN_WORD

__all__ = ["FORBIDDEN_WORD", "Generation", "Plan", "SegmindSandbox"]
