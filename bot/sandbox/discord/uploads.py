"""Reading a request's body: JSON, or multipart with files that go straight to the disk."""

import asyncio
import json
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from aiohttp import BodyPartReader, web

from bot.sandbox.discord.cdn import safe_filename
from bot.sandbox.discord.problems import Problem
from bot.sandbox.discord.refusals import Reason, Refusal
from bot.sandbox.server import CALL

CHUNK_BYTES = 256 * 1024
_FILE = re.compile(r"files\[(\d+)\]")


@dataclass(frozen=True)
class Upload:
    """A file of a request, on our disk."""

    filename: str
    path: Path
    size: int


@dataclass
class Body:
    """What a request brought."""

    json: Any = None
    files: dict[int, Upload] = field(default_factory=dict)
    """By the number n of ``files[n]``."""

    @property
    def object(self) -> dict[str, Any]:
        """The JSON as an object; refused where it is none."""
        if not isinstance(self.json, dict):
            problem = Problem((), "DICT_TYPE_CONVERT", "Only dictionaries may be used here")
            raise Refusal(Reason.INVALID_FORM, [problem])
        return self.json


async def read_body(request: web.Request, directory: Path, limit_bytes: int = 0) -> Body:
    """Read a body and note it in the request's ``CALL``.

    Files above ``limit_bytes`` are refused with 413, once the whole request has been read: a
    client that still writes would otherwise see a broken connection and no answer.
    """
    if request.content_type == "multipart/form-data":
        body = await _read_multipart(request, directory, limit_bytes)
    else:
        if request.content_type != "application/json":
            raise Refusal(Reason.INVALID_JSON)
        body = Body(_parse(await request.text()))
    request[CALL].body = body.json
    request[CALL].files = len(body.files)
    return body


async def _read_multipart(request: web.Request, directory: Path, limit_bytes: int) -> Body:
    body = Body({})
    problems: list[Problem] = []
    too_large = False
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            problems.append(Problem((), "MULTIPART_NESTED", "Parts can't be multipart"))
        elif part.name == "payload_json":
            body.json = _parse(await part.text())
        elif match := _FILE.fullmatch(part.name or ""):
            upload = await _store(part, directory, limit_bytes)
            body.files[int(match[1])] = upload
            too_large = too_large or upload.size > limit_bytes
        else:
            problem = Problem((part.name or "",), "UNKNOWN_PART", "This part is not known here")
            problems.append(problem)
    if too_large:
        for upload in body.files.values():
            upload.path.unlink()
        raise Refusal(Reason.TOO_LARGE)
    if problems:
        raise Refusal(Reason.INVALID_FORM, problems)
    return body


async def _store(part: BodyPartReader, directory: Path, limit_bytes: int) -> Upload:
    filename = safe_filename(part.filename or "")
    path = directory / f"{secrets.token_hex(8)}-{filename}"
    size = 0
    file: IO[bytes] = await asyncio.to_thread(path.open, "wb")
    with file:
        while chunk := await part.read_chunk(CHUNK_BYTES):
            size += len(chunk)
            if size <= limit_bytes:
                await asyncio.to_thread(file.write, chunk)
    return Upload(filename, path, size)


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise Refusal(Reason.INVALID_JSON) from None
