"""The sandbox's attachments under the page's own address, so that the browser needs no other."""

from dataclasses import dataclass

from aiohttp import web

from bot.sandbox.discord.cdn import Cdn

INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp", "video/", "audio/")
"""What the browser may show; everything else is only for saving, whatever it is called."""


@dataclass(frozen=True)
class Files:
    """Serves what members were ever shown: a message's past can be read, too."""

    cdn: Cdn

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file, whole or a Range of it."""
        attachment = self.cdn.find(int(request.match_info["attachment"]))
        if attachment is None:
            raise web.HTTPNotFound
        kind = attachment.content_type or "application/octet-stream"
        headers = {"Content-Type": kind}
        if not kind.startswith(INLINE):
            headers["Content-Disposition"] = "attachment"
        return web.FileResponse(attachment.path, headers=headers)
