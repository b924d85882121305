"""A strict stand-in for AI/ML API's videos.

``models``, ``verdicts``, ``plans``, ``generations`` and ``answers`` decide without any I/O;
``images`` reads what addresses lead to; ``server`` speaks the protocol.
"""

from bot.sandbox.aimlapi.generations import Generation
from bot.sandbox.aimlapi.plans import Plan
from bot.sandbox.aimlapi.server import AimlapiSandbox

__all__ = ["AimlapiSandbox", "Generation", "Plan"]
