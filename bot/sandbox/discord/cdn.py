"""Attachments: stored on disk, served at signed addresses that expire."""

import hmac
import mimetypes
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.sandbox.clock import SandboxClock
from bot.sandbox.pictures import pixels_of

LIFETIME_SECONDS = 24 * 3600
"""How long an attachment's address lives, in the sandbox's time (Discord's documentation)."""

LONGEST_NAME = 200
"""Letters; the end is kept, as it says of what kind a file is."""
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
_GONE = "This content is no longer available."


@dataclass(frozen=True)
class Attachment:
    """A file on a message."""

    id: int
    channel_id: int
    filename: str
    path: Path
    size: int
    cdn: "Cdn" = field(repr=False, compare=False)
    description: str | None = None
    ephemeral: bool = False

    @property
    def content_type(self) -> str | None:
        """The media type that the file's name tells; None where it is not told at all."""
        return None if self.cdn.kinds_untold else mimetypes.guess_type(self.filename)[0]

    @property
    def url(self) -> str:
        """A fresh signed address."""
        return self.cdn.sign(self)

    def to_json(self) -> dict[str, Any]:
        """Render it as Discord does; pictures carry their width and height in pixels."""
        url = self.url
        rendered: dict[str, Any] = {
            "id": str(self.id),
            "filename": self.filename,
            "size": self.size,
            "url": url,
            "proxy_url": url,
            "content_type": self.content_type,
            "description": self.description,
            "ephemeral": self.ephemeral or None,
        }
        if (self.content_type or "").startswith("image/"):
            rendered |= _pixels(self.path)
        return {key: value for key, value in rendered.items() if value is not None}


class Cdn:
    """The attachments of one sandbox, and the handler that serves them."""

    def __init__(self, clock: SandboxClock, origin: Callable[[], str]) -> None:
        self._clock = clock
        self._origin = origin
        self._secret = secrets.token_bytes(32)
        self.kinds_untold = False
        """Whether nothing is said of what kind files are, as it is of some at Discord's."""
        self._attachments: dict[int, Attachment] = {}
        self._ever: dict[int, Attachment] = {}

    def keep(self, attachment: Attachment) -> None:
        """Serve this attachment from now on."""
        self._attachments[attachment.id] = self._ever[attachment.id] = attachment

    def find(self, attachment_id: int) -> Attachment | None:
        """Find an attachment that is or was served, for who looks at a message's past."""
        return self._ever.get(attachment_id)

    def drop(self, attachment: Attachment) -> None:
        """Serve it no longer; its file stays on the disk, so that tests can look at it."""
        self._attachments.pop(attachment.id, None)

    def sign(self, attachment: Attachment) -> str:
        """Make an address that lives for ``LIFETIME_SECONDS``."""
        issued = int(self._clock.now().timestamp())
        expires = f"{issued + LIFETIME_SECONDS:x}"
        path = f"/attachments/{attachment.channel_id}/{attachment.id}/{quote(attachment.filename)}"
        proof = self._proof(attachment.id, expires)
        return f"{self._origin()}{path}?ex={expires}&is={issued:x}&hm={proof}"

    def _proof(self, attachment_id: int, expires: str) -> str:
        return hmac.new(self._secret, f"{attachment_id}:{expires}".encode(), sha256).hexdigest()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a GET of a signed address, whole or a Range of it; 404 once it has expired."""
        attachment = self._attachments.get(int(request.match_info["attachment"]))
        expires = request.query.get("ex", "0")
        proof = request.query.get("hm", "")
        if attachment is None or not hmac.compare_digest(
            proof, self._proof(attachment.id, expires)
        ):
            return web.Response(status=404, text=_GONE)
        if datetime.fromtimestamp(int(expires, 16), UTC) < self._clock.now():
            return web.Response(status=404, text=_GONE)
        kind = attachment.content_type or "application/octet-stream"
        return web.FileResponse(attachment.path, headers={"Content-Type": kind})


def safe_filename(filename: str) -> str:
    """Rename a file as Discord does: blanks become underscores, odd characters vanish.

    What is left names a file in any folder: no way out of it, and no longer than a name may be.
    """
    name = _UNSAFE.sub("", Path(filename.replace(" ", "_")).name)
    return name[-LONGEST_NAME:] if name.strip(".") else "unknown"


def _pixels(path: Path) -> dict[str, int]:
    """Tell a picture's size; nothing where it is none."""
    found = pixels_of(path)
    return {} if found is None else {"width": found[0], "height": found[1]}
