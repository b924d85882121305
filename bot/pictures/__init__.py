"""Pictures that videos start from: received, checked, fitted, kept."""

from bot.pictures.image import Fit
from bot.pictures.store import MAX_PICTURE_BYTES, Pictures

__all__ = ["MAX_PICTURE_BYTES", "Fit", "Pictures"]
