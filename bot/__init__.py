"""A Discord bot that makes videos, and never loses one or charges for one twice."""

__version__ = "0.1.0"
