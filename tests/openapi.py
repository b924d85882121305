"""Requests checked against Discord's own description of its API.

The description lies beside the checkout and is not part of it. Where it is absent nothing can be
checked, which is fine on a desk and an error in continuous integration (environment ``CI=true``).
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
from jsonschema_rs import ValidationError, ValidationErrorKind, Validator

from bot.sandbox.server import Call

_BASE = "/api/v10"
_DOCUMENT = "urn:discord"
_MOST_FILES = 10  # the description names the parts files[0] to files[9]
_LONGEST_REASON = 200


def spec_path() -> Path:
    """Tell where Discord's OpenAPI file lies: in the folder ``shared`` beside the checkout."""
    return Path(__file__).resolve().parents[2] / "shared" / "specs" / "discord-openapi.json"


@cache
def load() -> "DiscordSpec | None":
    """Read the description once; None without one, ``FileNotFoundError`` without one in CI."""
    return read(spec_path(), required=os.environ.get("CI") == "true")


def read(path: Path, *, required: bool) -> "DiscordSpec | None":
    """Read a description; without one give None, or raise ``FileNotFoundError`` if required."""
    if not required and not path.exists():
        return None
    return DiscordSpec(path.read_bytes())


def assert_described(calls: Iterable[Call]) -> None:
    """Fail with every violation in these calls; without a description on a desk, do nothing.

    Leave out the calls that are wrong on purpose.
    """
    spec = load()
    if spec is None:
        return
    found = list(dict.fromkeys(line for call in calls for line in spec.violations(call)))
    assert not found, "Discord's API is not described like this:\n" + "\n".join(found)


class DiscordSpec:
    """Discord's OpenAPI document, corrected, with a validator for each thing it was asked about.

    Stricter than the document in one way: keys that it does not name are violations.
    """

    def __init__(self, text: bytes) -> None:
        document = json.loads(text)
        _correct(document["components"]["schemas"])
        _close(document)
        self._registry = jsonschema_rs.Registry([(_DOCUMENT, document)])
        self._operations = list(_operations(document["paths"]))
        self._validators: dict[str, Validator] = {}

    def violations(self, call: Call) -> list[str]:
        """Tell what is wrong with a request and with the kind of success it met.

        Paths outside the API (the gateway, the CDN) are nobody's business here.
        """
        if not call.path.startswith("/api/v"):
            return []
        operation = next((it for it in self._operations if it.serves(call)), None)
        if operation is None:
            found = ["there is no such route"]
        else:
            found = [
                *self._query_violations(operation, call.query),
                *self._body_violations(operation, call),
                *_status_violations(operation, call.status),
            ]
        return [f"{call.method} {call.path}: {it}" for it in found]

    def _query_violations(self, operation: "_Operation", query: dict[str, str]) -> Iterator[str]:
        for name, text in query.items():
            pointer = operation.query.get(name)
            if pointer is None:
                yield f"query {name}: there is no such parameter"
            elif not any(self._validator(pointer).is_valid(it) for it in _readings(text)):
                yield f"query {name}: {text!r} is not a value for it"

    def _body_violations(self, operation: "_Operation", call: Call) -> Iterator[str]:
        if call.files and "multipart/form-data" not in operation.content:
            yield "files: none belong here"
        if call.files > _MOST_FILES:
            yield f"files: {call.files}, but {_MOST_FILES} are the most"
        if call.body is None:
            # A request that was refused or cut off may have had a body that nobody read.
            if operation.needs_body and _succeeded(call.status):
                yield "body: it is missing"
        elif not operation.content:
            yield "body: none belongs here"
        elif "application/json" in operation.content:
            pointer = f"{operation.pointer}/requestBody/content/application~1json/schema"
            for error in self._validator(pointer).iter_errors(call.body):
                yield from _reasons(error)

    def _validator(self, pointer: str) -> Validator:
        if pointer not in self._validators:
            self._validators[pointer] = jsonschema_rs.Draft202012Validator(
                {"$ref": f"{_DOCUMENT}#{quote(pointer)}"},
                registry=self._registry,
                validate_formats=True,
            )
        return self._validators[pointer]


@dataclass(frozen=True)
class _Operation:
    """One method of one route: what it takes, with JSON pointers to the schemas."""

    method: str
    path: re.Pattern[str]
    pointer: str
    query: dict[str, str]
    content: frozenset[str]
    needs_body: bool
    statuses: frozenset[str]

    def serves(self, call: Call) -> bool:
        return call.method == self.method and self.path.fullmatch(call.path) is not None


def _operations(paths: dict[str, Any]) -> Iterator[_Operation]:
    for template, route in paths.items():
        base = f"/paths/{template.replace('~', '~0').replace('/', '~1')}"
        shared = list(_parameters(route, base))
        for method, operation in route.items():
            if method == "parameters":
                continue
            pointer = f"{base}/{method}"
            parameters = [*shared, *_parameters(operation, pointer)]
            body = operation.get("requestBody", {})
            yield _Operation(
                method=method.upper(),
                path=_path_pattern(template, [it for it, _ in parameters]),
                pointer=pointer,
                query={it["name"]: at for it, at in parameters if it["in"] == "query"},
                content=frozenset(body.get("content", ())),
                needs_body=body.get("required", False),
                statuses=frozenset(operation["responses"]),
            )


def _parameters(owner: dict[str, Any], pointer: str) -> Iterator[tuple[dict[str, Any], str]]:
    for index, parameter in enumerate(owner.get("parameters", ())):
        yield parameter, f"{pointer}/parameters/{index}/schema"


def _path_pattern(template: str, parameters: list[dict[str, Any]]) -> re.Pattern[str]:
    """Match a route's paths; ids are digits, which tells ``{message_id}`` from ``@original``."""
    pattern = re.escape(_BASE + template)
    for parameter in parameters:
        is_id = parameter["schema"].get("$ref", "").endswith("/SnowflakeType")
        value = "[0-9]+" if is_id else "[^/]+"
        pattern = pattern.replace(re.escape(f"{{{parameter['name']}}}"), value)
    return re.compile(pattern)


def _readings(text: str) -> Iterator[Any]:
    """Tell all that a text in a query may mean."""
    yield text
    if re.fullmatch(r"-?[0-9]+", text):
        yield int(text)
    if text.lower() in {"0", "1", "false", "true"}:
        yield text.lower() in {"1", "true"}


def _succeeded(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def _status_violations(operation: _Operation, status: int | None) -> Iterator[str]:
    if _succeeded(status) and str(status) not in operation.statuses:
        yield f"status: it answered {status}, Discord answers {', '.join(operation.statuses)}"


def _reasons(error: ValidationError) -> Iterator[str]:
    """Tell what is wrong; of alternatives that all fail, speak of the one that was meant."""
    if isinstance(error.kind, ValidationErrorKind.AnyOf | ValidationErrorKind.OneOfNotValid):
        meant = [it for it in error.kind.context if not _is_of_another_kind(it, error)]
        if meant:
            for inner in min(meant, key=len):
                yield from _reasons(inner)
            return
    place = "/".join(map(str, ["body", *error.instance_path]))
    yield f"{place}: {_shortened(error.message)}"


def _shortened(reason: str) -> str:
    """Keep both ends of a reason that quotes a long value."""
    if len(reason) <= _LONGEST_REASON:
        return reason
    half = _LONGEST_REASON // 2
    return f"{reason[:half]} … {reason[-half:]}"


def _is_of_another_kind(alternative: list[ValidationError], whole: ValidationError) -> bool:
    """Tell whether an alternative fails at once: null, another constant, another ``type``."""
    kinds = ValidationErrorKind.Type | ValidationErrorKind.Constant | ValidationErrorKind.Enum
    places = [whole.instance_path, [*whole.instance_path, "type"]]
    return any(isinstance(it.kind, kinds) and it.instance_path in places for it in alternative)


def _correct(schemas: dict[str, Any]) -> None:
    """Mend what the document has wrong, as far as discord.py 2.7.1 is known to send it."""
    # Ids may come as numbers: discord.py sends numbers for the files of a message, for the users
    # and roles that may be mentioned and for the message that is answered.
    schemas["SnowflakeType"].update(type=["string", "integer"], minimum=0)
    # Discord's documentation lists nsfw among the fields of a command; discord.py always sends it.
    for name in ("ApplicationCommandUpdateRequest", "ApplicationCommandCreateRequest"):
        schemas[name]["properties"]["nsfw"] = {"type": "boolean"}
    # Discord's documentation lists media channels among the types of channels.
    schemas["ChannelTypes"]["oneOf"].append({"title": "GUILD_MEDIA", "const": 16})
    # discord.py sends tts with each edit as with each new message; Discord passes over it.
    for name in (
        "IncomingWebhookUpdateForInteractionCallbackRequestPartial",
        "IncomingWebhookUpdateRequestPartial",
        "MessageEditRequestPartial",
    ):
        schemas[name]["properties"]["tts"] = {"const": False}
    # discord.py sends the flags of an embed (0) and whether a custom emoji of a button is animated.
    schemas["RichEmbed"]["properties"]["flags"] = {"type": "integer"}
    schemas["ComponentEmojiForRequest"]["properties"]["animated"] = {"type": "boolean"}
    # For an attachment that an edit keeps, discord.py sends back most of what it was told of it.
    schemas["MessageAttachmentRequest"]["properties"].update(
        content_type={"type": "string"},
        height={"type": "integer"},
        proxy_url={"type": "string", "format": "uri"},
        size={"type": "integer"},
        spoiler={"type": "boolean"},
        url={"type": "string", "format": "uri"},
        width={"type": "integer"},
    )


def _close(node: Any) -> None:
    """Refuse, at every depth, the keys that an object's schema does not name."""
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node.setdefault("additionalProperties", False)
        for child in node.values():
            _close(child)
    elif isinstance(node, list):
        for child in node:
            _close(child)
