"""Pictures that videos start from: received, checked, fitted, kept."""

from bot.pictures.store import MAX_PICTURE_BYTES, Fit, Pictures

__all__ = ["MAX_PICTURE_BYTES", "Fit", "Pictures"]
