"""How the bot comes into a server: the link, and the permissions that it asks for there."""

from types import MappingProxyType

PERMISSIONS = MappingProxyType(
    {
        "View Channels": 1 << 10,
        "Send Messages": 1 << 11,
        "Embed Links": 1 << 14,
        "Attach Files": 1 << 15,
        "Read Message History": 1 << 16,
        "Send Messages in Threads": 1 << 38,
    }
)
"""What the bot needs in a server (bits: Discord's documentation)."""
ADMINISTRATOR = 1 << 3


def missing_permissions(granted: int) -> list[str]:
    """Name what a server does not give the bot; channels can forbid more, or allow it again."""
    if granted & ADMINISTRATOR:
        return []
    return [name for name, bit in PERMISSIONS.items() if not granted & bit]


def invite_link(application_id: int | str) -> str:
    """Make the link by which an admin adds the bot, with just the permissions it needs."""
    return (
        "https://discord.com/oauth2/authorize"
        f"?client_id={application_id}&scope=applications.commands+bot"
        f"&permissions={sum(PERMISSIONS.values())}"
    )
