"""How a member's own client says no."""


class ClientRefusal(Exception):
    """A member's client would not let the member do this; nothing was sent."""
