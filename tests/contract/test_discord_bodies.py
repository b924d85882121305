"""What discord.py sends is what Discord describes, and the check can tell what is not."""

import asyncio
import copy
import importlib.util
import io
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands, ui
from discord.http import HTTPClient, MultipartParameters, Route, handle_message_parameters
from discord.webhook.async_ import (
    AsyncWebhookAdapter,
    interaction_message_response_params,
    interaction_response_params,
)
from pydantic import SecretStr

from bot.app import commands_of
from bot.config import DiscordSettings, Settings
from bot.sandbox.server import Call
from tests import openapi
from tests.openapi import DiscordSpec

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOKEN = "aW50ZXJhY3Rpb246MTI"
DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 5, 6, 7, 8, 9


@pytest.fixture
def spec() -> DiscordSpec:
    """Discord's description; without it the test is skipped, in CI it fails."""
    loaded = openapi.load()
    if loaded is None:
        pytest.skip(f"Discord's OpenAPI file is not at {openapi.spec_path()}")
    return loaded


class Notebook:
    """Notes each request that discord.py would send."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def note(
        self,
        route: Route,
        body: Any,
        parts: Iterable[dict[str, Any]] | None,
        query: dict[str, Any] | None,
    ) -> None:
        """Note a request as a server would see it, answered 200."""
        fields = {part["name"]: part["value"] for part in parts or ()}
        if "payload_json" in fields:
            body = json.loads(fields.pop("payload_json"))
        self.calls.append(
            Call(
                method=route.method,
                path=route.url.removeprefix("https://discord.com"),
                query={name: str(value) for name, value in (query or {}).items()},
                at=NOON,
                body=json.loads(json.dumps(body)),
                files=len(fields),
                status=200,
            )
        )


class NotingClient(HTTPClient):
    """discord.py's client for the bot's own routes, cut off just before the network."""

    def __init__(self, notebook: Notebook) -> None:
        super().__init__(asyncio.get_running_loop())
        self._notebook = notebook

    async def request(
        self,
        route: Route,
        *,
        files: Sequence[discord.File] | None = None,
        form: Iterable[dict[str, Any]] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Note the request instead of sending it."""
        self._notebook.note(route, kwargs.get("json"), form, kwargs.get("params"))


class NotingAdapter(AsyncWebhookAdapter):
    """discord.py's client for the routes with a token, cut off just before the network."""

    def __init__(self, notebook: Notebook) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # discord.py left it untyped
        self._notebook = notebook

    async def request(self, route: Route, session: aiohttp.ClientSession, **kwargs: Any) -> Any:
        """Note the request instead of sending it."""
        self._notebook.note(
            route, kwargs.get("payload"), kwargs.get("multipart"), kwargs.get("params")
        )


class Library:
    """The requests of discord.py that the bot causes, each given back as a ``Call``."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._notebook = Notebook()
        self._client = NotingClient(self._notebook)
        self._adapter = NotingAdapter(self._notebook)
        self._session = session

    async def _sent(self, request: Coroutine[Any, Any, Any]) -> Call:
        await request
        return self._notebook.calls.pop()

    async def new_message(self, **message: Any) -> Call:
        """Send a message to a channel."""
        params = handle_message_parameters(**message)
        return await self._sent(self._client.send_message(1, params=params))

    async def edited_message(self, **message: Any) -> Call:
        """Edit a message in a channel."""
        params = handle_message_parameters(**message)
        return await self._sent(self._client.edit_message(1, 2, params=params))

    async def followup(self, **message: Any) -> Call:
        """Send another message with an interaction's token."""
        return await self._sent(
            self._adapter.execute_webhook(
                1,
                TOKEN,
                session=self._session,
                wait=True,
                **_parts(handle_message_parameters(**message)),
            )
        )

    async def edited_original(self, **message: Any) -> Call:
        """Edit the first answer to an interaction."""
        return await self._sent(
            self._adapter.edit_original_interaction_response(
                1,
                TOKEN,
                session=self._session,
                **_parts(handle_message_parameters(**message)),
            )
        )

    async def edited_followup(self, **message: Any) -> Call:
        """Edit a message by its id with an interaction's token."""
        return await self._sent(
            self._adapter.edit_webhook_message(
                1,
                TOKEN,
                2,
                session=self._session,
                **_parts(handle_message_parameters(**message)),
            )
        )

    async def answer(self, **message: Any) -> Call:
        """Answer an interaction with a message (type 4)."""
        return await self.callback(interaction_message_response_params(type=4, **message))

    async def update(self, **message: Any) -> Call:
        """Answer a button by editing its message (type 7)."""
        return await self.callback(interaction_message_response_params(type=UPDATE, **message))

    async def callback(self, params: MultipartParameters) -> Call:
        """Answer an interaction."""
        return await self._sent(
            self._adapter.create_interaction_response(
                1, TOKEN, session=self._session, params=params
            )
        )

    async def global_commands(self, payload: list[dict[str, Any]]) -> Call:
        """Register commands everywhere."""
        return await self._sent(self._client.bulk_upsert_global_commands(1, payload))

    async def guild_commands(self, payload: list[dict[str, Any]]) -> Call:
        """Register commands in one server."""
        return await self._sent(self._client.bulk_upsert_guild_commands(1, 2, payload))


def _parts(params: MultipartParameters) -> dict[str, Any]:
    return {"payload": params.payload, "multipart": params.multipart, "files": params.files}


@pytest.fixture
async def library() -> AsyncIterator[Library]:
    """discord.py, noting instead of sending."""
    async with aiohttp.ClientSession() as session:
        yield Library(session)


def embed() -> discord.Embed:
    """Make an embed with everything that one can have."""
    made = discord.Embed(
        title="A fox in the snow",
        description="**PROCESSING** since <t:1795176000:R>",
        colour=0x5865F2,
        timestamp=NOON,
        url="https://example.org/jobs/1",
    )
    made.add_field(name="Price", value="80 credits").add_field(name="Model", value="sora-2")
    made.set_author(name="Ada", url="https://example.org", icon_url="https://example.org/a.png")
    made.set_thumbnail(url="https://example.org/t.png").set_image(url="attachment://frame.png")
    return made.set_footer(text="Job 1", icon_url="https://example.org/f.png")


def buttons() -> ui.View:
    """Make a view with buttons and a menu."""
    view = ui.View(timeout=None)
    danger = discord.ButtonStyle.danger
    emoji = discord.PartialEmoji(name="wave", id=80351110224678912, animated=True)
    view.add_item(ui.Button(label="Cancel", custom_id="job:1:cancel", style=danger, emoji="✖"))
    view.add_item(ui.Button(label="Again", custom_id="job:1:again", emoji=emoji, disabled=True))
    view.add_item(ui.Button(label="Open", url="https://example.org/jobs/1"))
    option = discord.SelectOption(label="sora-2", description="fast", emoji="🎬", default=True)
    view.add_item(ui.Select(custom_id="model", placeholder="Model", options=[option]))
    return view


def layout() -> ui.LayoutView:
    """Make a message out of components only."""
    view = ui.LayoutView(timeout=None)
    view.add_item(
        ui.Container(
            ui.TextDisplay("A fox in the snow"),
            ui.Section("80 credits", accessory=ui.Thumbnail("https://example.org/t.png")),
            ui.Separator(),
            ui.MediaGallery(discord.MediaGalleryItem("attachment://video.mp4")),
            accent_colour=0x5865F2,
        )
    )
    view.add_item(ui.ActionRow(ui.Button(label="Cancel", custom_id="job:1:cancel")))
    return view


def video() -> discord.File:
    """Make a file to upload."""
    return discord.File(io.BytesIO(b"video"), "video.mp4", description="A fox in the snow")


def kept() -> discord.Attachment:
    """Make an attachment as a message that was fetched holds it, for an edit to keep."""
    url = "https://cdn.discordapp.com/attachments/1/3/frame.png?ex=1"
    data: Any = {
        "id": "334385199974967042",
        "filename": "frame.png",
        "size": 512,
        "url": url,
        "proxy_url": url,
        "height": 720,
        "width": 1280,
        "content_type": "image/png",
        "description": "The first frame",
    }
    return discord.Attachment(data=data, state=discord.Client(intents=NO_INTENTS)._connection)


NO_INTENTS = discord.Intents.none()
NOBODY = discord.AllowedMentions.none()
ADA = discord.AllowedMentions(users=[discord.Object(80351110224678912)], roles=False)

MESSAGES: dict[str, Callable[[], dict[str, Any]]] = {
    "text": lambda: {"content": "Hello", "allowed_mentions": NOBODY},
    "longest text": lambda: {"content": "x" * 2000},
    "mention": lambda: {"content": "Ready", "allowed_mentions": ADA},
    "embed": lambda: {"embed": embed(), "flags": discord.MessageFlags(suppress_embeds=False)},
    "most embeds": lambda: {"embeds": [embed()] * 10},
    "buttons": lambda: {"embed": embed(), "view": buttons()},
    "upload": lambda: {"embed": embed(), "view": buttons(), "attachments": [video()]},
    "most uploads": lambda: {"attachments": [video() for _ in range(10)]},
    "layout": lambda: {"view": layout(), "attachments": [video()]},
    "emptied": lambda: {"content": None, "embeds": [], "view": None, "attachments": []},
}
EDITS: dict[str, Callable[[], dict[str, Any]]] = {
    "keep one, add one": lambda: {"attachments": [kept(), video()]},
    "keep one": lambda: {"embed": embed(), "attachments": [kept()]},
}
EDITING = ["edited_message", "edited_original", "edited_followup", "update"]
POSTING = ["new_message", "followup", "answer"]


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("route", POSTING + EDITING)
async def test_messages_are_described(
    spec: DiscordSpec, library: Library, route: str, message: str
) -> None:
    """Every door to a message takes everything that the bot puts into messages."""
    call = await getattr(library, route)(**MESSAGES[message]())

    assert spec.violations(call) == []


@pytest.mark.parametrize("message", EDITS)
@pytest.mark.parametrize("route", EDITING)
async def test_edits_may_keep_attachments(
    spec: DiscordSpec, library: Library, route: str, message: str
) -> None:
    """What discord.py sends back of an attachment that stays is no violation."""
    call = await getattr(library, route)(**EDITS[message]())

    assert spec.violations(call) == []


async def test_uploads_are_noted_with_their_files(library: Library) -> None:
    """The multipart requests of these tests carry files and numbered attachments."""
    call = await library.new_message(**MESSAGES["most uploads"]())

    assert call.files == 10
    assert [it["id"] for it in call.body["attachments"]] == list(range(10))


async def test_a_new_message_may_answer_another_and_name_a_nonce(
    spec: DiscordSpec, library: Library
) -> None:
    """Only channels take these two; discord.py sends the ids as numbers."""
    answered = discord.MessageReference(message_id=5, channel_id=1, fail_if_not_exists=False)

    call = await library.new_message(
        content="Here it is.", nonce="job-1", message_reference=answered.to_dict()
    )

    assert spec.violations(call) == []


class Wish(ui.Modal, title="Make a video"):
    """A form with every kind of field."""

    prompt: ui.Label["Wish"] = ui.Label(
        text="Prompt", description="What is to be seen", component=ui.TextInput(max_length=4000)
    )
    model: ui.Label["Wish"] = ui.Label(
        text="Model", component=ui.Select(options=[discord.SelectOption(label="sora-2")])
    )
    image: ui.Label["Wish"] = ui.Label(text="Image", component=ui.FileUpload(required=False))
    shape: ui.Label["Wish"] = ui.Label(
        text="Shape",
        component=ui.RadioGroup(
            options=[discord.RadioGroupOption(label=it) for it in ("portrait", "landscape")]
        ),
    )
    public: ui.Label["Wish"] = ui.Label(text="Public", component=ui.Checkbox(default=True))


def choices(count: int) -> dict[str, Any]:
    """Make the suggestions for an option."""
    found = [app_commands.Choice(name=f"model {it}", value=f"model-{it}") for it in range(count)]
    return {"choices": [it.to_dict() for it in found]}


CALLBACKS: dict[str, Callable[[], MultipartParameters]] = {
    "thinking": lambda: interaction_response_params(DEFERRED_MESSAGE),
    "thinking in private": lambda: interaction_response_params(DEFERRED_MESSAGE, {"flags": 64}),
    "button taken": lambda: interaction_response_params(DEFERRED_UPDATE),
    "no suggestion": lambda: interaction_response_params(CHOICES, choices(0)),
    "suggestions": lambda: interaction_response_params(CHOICES, choices(25)),
    "form": lambda: interaction_response_params(MODAL, Wish().to_dict()),
}


@pytest.mark.parametrize("answer", CALLBACKS)
async def test_callbacks_are_described(spec: DiscordSpec, library: Library, answer: str) -> None:
    """Deferring, suggesting and asking back are right answers to an interaction."""
    assert spec.violations(await library.callback(CALLBACKS[answer]())) == []


def commands() -> list[dict[str, Any]]:
    """Make a group with one subcommand of many options, and a context menu."""
    tree = app_commands.CommandTree(discord.Client(intents=NO_INTENTS))
    group = app_commands.Group(
        name="sora",
        description="Make videos",
        guild_only=True,
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_installs=app_commands.AppInstallationType(guild=True),
    )

    @group.command(description="Make a video")
    @app_commands.choices(duration=[app_commands.Choice(name=f"{it} s", value=it) for it in (4, 8)])
    async def create(  # noqa: PLR0917 - discord.py reads a command's options off its parameters
        interaction: discord.Interaction,
        duration: int,
        prompt: app_commands.Range[str, 1, 4000] = "",
        amount: app_commands.Range[int, 1, 100] = 1,
        share: app_commands.Range[float, 0, 1] = 0,
        image: discord.Attachment | None = None,
        member: discord.Member | None = None,
        channel: discord.TextChannel | None = None,
        role: discord.Role | None = None,
        public: bool = True,
    ) -> None: ...

    @create.autocomplete("prompt")
    async def suggest(
        interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        return []

    @app_commands.context_menu(name="Show Video")
    async def show(interaction: discord.Interaction, message: discord.Message) -> None: ...

    tree.add_command(group)
    return [group.to_dict(tree), show.to_dict(tree)]


@pytest.mark.parametrize("route", ["global_commands", "guild_commands"])
async def test_commands_are_described(spec: DiscordSpec, library: Library, route: str) -> None:
    """The two ways to register commands take all kinds of options."""
    assert spec.violations(await getattr(library, route)(commands())) == []
    assert spec.violations(await getattr(library, route)([])) == []


@pytest.mark.parametrize("route", ["global_commands", "guild_commands"])
async def test_the_bot_s_own_commands_are_described(
    spec: DiscordSpec, library: Library, route: str
) -> None:
    """As they are sent, with contexts and ways to install in each, and nothing that is outdated."""
    own = [
        dict(each)
        for each in await commands_of(Settings(discord=DiscordSettings(token=SecretStr("a-token"))))
    ]
    assert {each["type"] for each in own} == {1, 3}
    for each in own:
        assert (each["contexts"], each["integration_types"]) == ([0], [0])
        assert "dm_permission" not in each
    assert spec.violations(await getattr(library, route)(own)) == []


def places(found: list[str]) -> list[str]:
    """Tell where the violations are: the part between the path and the reason."""
    return [line.split(": ")[1] for line in found]


def spoilt(call: Call, place: str, value: Any) -> Call:
    """Put a value at a place (like ``embeds/0/title``) of a copy of a call's body."""
    body = copy.deepcopy(call.body)
    *steps, last = [int(it) if it.isdigit() else it for it in place.split("/")]
    owner = body
    for step in steps:
        owner = owner[step]
    owner[last] = value
    return Call(call.method, call.path, call.query, NOON, body, call.files, call.status)


FIELD = {"name": "Price", "value": "80 credits"}
BUTTON = {"type": 2, "style": 1, "label": "Cancel", "custom_id": "job:1:cancel"}

MESSAGE_SLIPS = [
    ("content", 5),
    ("embeds/0/title", "x" * 257),
    ("embeds/0/description", "x" * 4097),
    ("embeds/0/footer/text", "x" * 2049),
    ("embeds/0/author/name", "x" * 257),
    ("embeds/0/color", "5865F2"),
    ("embeds/0/color", 0x1000000),
    ("embeds/0/timestamp", "yesterday"),
    ("embeds/0/url", "no address"),
    ("embeds/0/fields", [FIELD] * 26),
    ("embeds/0/fields/0/name", "x" * 257),
    ("embeds/0/fields/0/value", "x" * 1025),
    ("embeds/0/fields/0/value", 80),
    ("embeds", [{"title": "A fox"}] * 11),
    ("components/0/components", [BUTTON] * 6),
    ("components/0/components", []),
    ("components/0/components/0/style", 99),
    ("components/0/components/0/style", "danger"),
    ("components/0/components/0/label", "x" * 81),
    ("components/0/components/0/custom_id", "x" * 101),
    ("components/1/components/0/options", []),
    ("attachments/0/id", "first"),
    ("attachments/0/description", "x" * 1025),
    ("allowed_mentions/parse", "everyone"),
    ("flags", "64"),
]


@pytest.mark.parametrize(("place", "value"), MESSAGE_SLIPS, ids=[it for it, _ in MESSAGE_SLIPS])
@pytest.mark.parametrize("route", POSTING + EDITING)
async def test_a_slip_in_a_message_is_caught(
    spec: DiscordSpec, library: Library, route: str, place: str, value: object
) -> None:
    """One wrong value is found at its place, and nothing else with it."""
    right = await getattr(library, route)(
        **MESSAGES["upload"](), content="Hello", allowed_mentions=NOBODY
    )
    place = f"data/{place}" if "callback" in right.path else place

    assert set(places(spec.violations(spoilt(right, place, value)))) == {f"body/{place}"}


@pytest.mark.parametrize("route", POSTING + EDITING)
@pytest.mark.parametrize("owner", ["", "embeds/0/", "components/0/components/0/", "attachments/0/"])
async def test_a_key_that_discord_does_not_know_is_caught(
    spec: DiscordSpec, library: Library, route: str, owner: str
) -> None:
    """Discord passes over unknown keys, so that a misspelt one goes unnoticed there."""
    right = await getattr(library, route)(**MESSAGES["upload"]())
    prefix = "data/" if "callback" in right.path else ""

    found = spec.violations(spoilt(right, f"{prefix}{owner}colour", 5))

    assert len(found) == 1
    assert "colour" in found[0]


CALLBACK_SLIPS = [
    ("thinking", "type", 99, "body"),
    ("thinking", "type", "5", "body"),
    ("thinking in private", "data/flags", "64", "body/data/flags"),
    ("suggestions", "data/choices", choices(26)["choices"], "body/data/choices"),
    ("suggestions", "data/choices/0/name", "x" * 101, "body/data/choices/0/name"),
    ("suggestions", "data", None, "body/data"),
    ("form", "data/title", "x" * 46, "body/data/title"),
    ("form", "data/custom_id", "", "body/data/custom_id"),
    ("form", "data/components", [], "body/data/components"),
    ("form", "data/components/0/label", "x" * 46, "body/data/components/0/label"),
    (
        "form",
        "data/components/0/component/style",
        3,
        "body/data/components/0/component/style",
    ),
]


@pytest.mark.parametrize(("answer", "place", "value", "expected"), CALLBACK_SLIPS)
async def test_a_slip_in_a_callback_is_caught(
    spec: DiscordSpec, library: Library, answer: str, place: str, value: object, expected: str
) -> None:
    """The type of a callback decides what its data may be."""
    right = await library.callback(CALLBACKS[answer]())

    assert set(places(spec.violations(spoilt(right, place, value)))) == {expected}


CREATE = "0/options/0"
COMMAND_SLIPS = [
    ("0/name", "x" * 33),
    ("0/description", "x" * 101),
    ("0/type", 9),
    ("0/default_member_permissions", "manage_guild"),
    ("0/contexts", ["guild"]),
    (f"{CREATE}/description", ""),
    (f"{CREATE}/options/0/choices", [{"name": f"{it} s", "value": it} for it in range(26)]),
    (f"{CREATE}/options/0/choices/0/value", "4"),
    (f"{CREATE}/options/1/max_length", 6001),
    (f"{CREATE}/options/1/required", "yes"),
    (f"{CREATE}/options/2/min_value", "1"),
    (f"{CREATE}/options/0/type", 12),
    ("1/options", [{"name": "x"}]),
]


@pytest.mark.parametrize(("place", "value"), COMMAND_SLIPS)
@pytest.mark.parametrize("route", ["global_commands", "guild_commands"])
async def test_a_slip_in_a_command_is_caught(
    spec: DiscordSpec, library: Library, route: str, place: str, value: object
) -> None:
    """One wrong value in a command is found at its place or in the option around it."""
    right = await getattr(library, route)(commands())

    found = places(spec.violations(spoilt(right, place, value)))

    assert found
    assert all(it.startswith(f"body/{place}") or f"body/{place}".startswith(it) for it in found)


async def test_commands_come_as_a_list(spec: DiscordSpec, library: Library) -> None:
    """One command without its list is not what the bulk route takes."""
    right = await library.global_commands(commands())
    right.body = right.body[0]

    assert places(spec.violations(right)) == ["body"]


def call(method: str, path: str, **fields: Any) -> Call:
    """Make a call that was answered 200 unless told otherwise."""
    answered: dict[str, Any] = {"query": {}, "at": NOON, "status": 200}
    return Call(method, path, **(answered | fields))


HELLO = {"content": "Hello"}
MESSAGES_PATH = "/api/v10/channels/1/messages"

RIGHT_CALLS = [
    call("GET", "/api/v10/users/@me"),
    call("GET", "/api/v10/gateway/bot"),
    call("GET", "/api/v10/oauth2/applications/@me"),
    call("GET", MESSAGES_PATH, query={"limit": "100", "before": "5"}),
    call("GET", f"{MESSAGES_PATH}/pins", query={"before": "2026-11-20T12:00:00Z"}),
    call("GET", "/api/v10/applications/1/commands", query={"with_localizations": "true"}),
    call("POST", "/api/v10/channels/1/typing", status=204),
    call("DELETE", f"{MESSAGES_PATH}/2", status=204),
    call("POST", MESSAGES_PATH, body=HELLO, status=429),
    call("POST", MESSAGES_PATH, status=500),
    call("POST", MESSAGES_PATH, status=None),
    call("GET", "/gateway/"),
    call("GET", "/attachments/1/2/video.mp4"),
]


@pytest.mark.parametrize("right", RIGHT_CALLS, ids=lambda it: f"{it.method} {it.path} {it.status}")
def test_other_right_calls_pass(spec: DiscordSpec, right: Call) -> None:
    """Routes without a body, refusals, broken connections and foreign paths are no violations."""
    assert spec.violations(right) == []


WRONG_CALLS = [
    (call("GET", "/api/v10/jobs"), "there is no such route"),
    (call("GET", "/api/v9/users/@me"), "there is no such route"),
    (call("PUT", f"{MESSAGES_PATH}/2", body=HELLO), "there is no such route"),
    (call("PATCH", f"{MESSAGES_PATH}/None", body=HELLO), "there is no such route"),
    (call("PATCH", f"{MESSAGES_PATH}/@original", body=HELLO), "there is no such route"),
    (call("GET", MESSAGES_PATH, query={"limit": "101"}), "query limit"),
    (call("GET", MESSAGES_PATH, query={"before": "now"}), "query before"),
    (call("GET", MESSAGES_PATH, query={"since": "5"}), "query since"),
    (call("GET", MESSAGES_PATH, body={}), "body: none belongs here"),
    (call("POST", "/api/v10/channels/1/typing", body={}, status=204), "body: none belongs here"),
    (call("POST", MESSAGES_PATH), "body: it is missing"),
    (call("POST", MESSAGES_PATH, body=HELLO, files=11), "files: 11"),
    (call("PUT", "/api/v10/applications/1/commands", body=[], files=1), "files: none belong here"),
    (call("POST", MESSAGES_PATH, body=HELLO, status=204), "status: it answered 204"),
]


@pytest.mark.parametrize(("wrong", "reason"), WRONG_CALLS, ids=[it for _, it in WRONG_CALLS])
def test_other_wrong_calls_are_caught(spec: DiscordSpec, wrong: Call, reason: str) -> None:
    """The route, the query, the presence of a body, the files and the success must fit."""
    found = spec.violations(wrong)

    assert len(found) == 1
    assert found[0].startswith(f"{wrong.method} {wrong.path}: {reason}")


def test_a_long_value_is_not_quoted_whole(spec: DiscordSpec) -> None:
    """A reason stays readable, however long the value."""
    found = spec.violations(call("POST", MESSAGES_PATH, body={"content": "x" * 100_000}))

    assert len(found[0]) < 300
    assert found[0].endswith("is longer than 4000 characters")


def test_a_value_that_is_none_of_several_is_named(spec: DiscordSpec) -> None:
    """Of a style that does not exist the reason tells the style, not one that was expected."""
    row = {"type": 1, "components": [BUTTON | {"style": 99}]}

    found = spec.violations(call("POST", MESSAGES_PATH, body={"components": [row]}))

    assert len(found) == 1
    assert ": 99 is not valid" in found[0]


def test_all_violations_are_listed_once(spec: DiscordSpec) -> None:
    """The assertion speaks of every violation of every call, and not twice of the same."""
    wrong = call("POST", MESSAGES_PATH, body={"content": 5, "tts": "no"})
    other = call("GET", "/api/v10/jobs")

    with pytest.raises(AssertionError) as failure:
        openapi.assert_described([wrong, *RIGHT_CALLS, other, wrong])

    lines = str(failure.value).splitlines()[1:]
    assert places(lines) == ["body/content", "body/tts", "there is no such route"]


def test_right_calls_are_asserted_in_silence() -> None:
    """Nothing happens where nothing is wrong."""
    openapi.assert_described(RIGHT_CALLS)


@pytest.fixture
def lonely(tmp_path: Path) -> Any:
    """Load the module as it is in a checkout with no description beside it."""
    path = tmp_path / "checkout" / "tests" / "openapi.py"
    path.parent.mkdir(parents=True)
    path.write_bytes(Path(openapi.__file__).read_bytes())
    found = importlib.util.spec_from_file_location("lonely_openapi", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_without_the_description_a_desk_checks_nothing(
    lonely: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Absent on a desk: nothing to load, and every call is let through."""
    monkeypatch.delenv("CI", raising=False)

    assert lonely.load() is None
    lonely.assert_described([call("GET", "/api/v10/jobs")])


def test_without_the_description_continuous_integration_fails(
    lonely: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Absent in CI: an error, so that the checks cannot vanish unnoticed."""
    monkeypatch.setenv("CI", "true")

    with pytest.raises(FileNotFoundError, match=r"discord-openapi\.json"):
        lonely.load()
    with pytest.raises(FileNotFoundError, match=r"discord-openapi\.json"):
        lonely.assert_described([])
