"""What is taken out of what others say, before anybody reads it."""

import json
from typing import Any

import pytest
from pydantic import SecretStr

from bot.client.invitation import invite_link
from bot.config import DiscordSettings
from bot.providers.http import Answer
from bot.redaction import (
    HIDDEN,
    PROMPT,
    hide_kept,
    hide_prompt,
    hide_secrets,
    looks_secret,
    redact_entry,
)

TYPED = 'A café in Kyōto, "naked" neon & rain\nat dawn 🎂'
FAULT = "The field duration must be one of 4, 8 or 12"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("x-api-key: SG_abcdef0123", f"x-api-key: {HIDDEN}"),
        ('{"x-api-key": "SG_abcdef0123"}', f'{{"x-api-key": "{HIDDEN}"}}'),
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {HIDDEN}"),
        ("authorization: Bot abc.def", f"authorization: {HIDDEN}"),
        ("Key 8d1e-77aa:0f is locked", f"Key {HIDDEN}:0f is locked"),
        ("Invalid API key: sk-live-123", f"Invalid API key: {HIDDEN}"),
        ("?api_key=sk-live-123", f"?{HIDDEN}"),
        (
            "https://bucket.test/a/b.mp4?X-Sig=1&e=2 is gone",
            f"https://bucket.test/a/b.mp4?{HIDDEN}",
        ),
        (f"{invite_link(12)}&token=abc", f"authorize?{HIDDEN}"),
        ("https://me:pass@proxy.test/x", f"https://{HIDDEN}@proxy.test/x"),
        ("/api/v10/webhooks/12/aW50ZXJ_x-y/messages/@original", f"/api/v10/webhooks/12/{HIDDEN}/m"),
        ("/interactions/12/tok.en/callback", f"/interactions/12/{HIDDEN}/callback"),
        ("data:image/jpeg;base64,/9j/4AAQ==", f"data:{HIDDEN}"),
    ],
)
def test_keys_tokens_and_signed_addresses_are_known_by_their_form(text: str, left: str) -> None:
    """Of an address the host and the path stay: they tell what it was."""
    assert left in hide_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "Invalid API key",
        "set a provider's api_key",
        "This bot is in no server. The token is missing",
        "402: Insufficient credits",
        FAULT,
        "https://api.segmind.com/v2/sora-2",
        "key: unknown",
        f"invite it with {invite_link(1234567890)}",
        f"invite it with {invite_link(1234567890)}: no one is served there",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """An operator needs the words."""
    assert hide_secrets(text) == text


def test_each_secret_of_the_settings_is_known_from_then_on() -> None:
    """Wherever it stands, also in an address; a new setting of that type needs nothing more."""
    DiscordSettings(token=SecretStr("correct horse/battery"))
    text = "for correct horse/battery, at /x/correct%20horse%2Fbattery/y"
    assert hide_secrets(text) == f"for {HIDDEN}, at /x/{HIDDEN}/y"


@pytest.mark.parametrize(
    "said",
    [
        TYPED,
        json.dumps(TYPED),
        repr(TYPED),
        json.dumps(json.dumps(TYPED)),
        TYPED.replace('"', "&quot;").replace("&", "&amp;"),
        TYPED[:21],
        TYPED[9:],
        TYPED.upper(),
        "word 'naked'",
    ],
)
def test_a_prompt_is_found_however_it_is_repeated(said: str) -> None:
    """Escaped, cut off, in capitals or a word of it: what the answer says beside it stays."""
    left = hide_prompt(f"400: {said} is refused: {FAULT}", TYPED)
    assert PROMPT in left
    assert left.startswith("400: ")
    assert left.endswith(f"is refused: {FAULT}")
    for word in ("caf", "Ky", "naked", "neon", "dawn", "🎂"):
        assert word.casefold() not in left.casefold()


@pytest.mark.parametrize("prompt", ["猫が庭で眠っている", "🎂🎂", "cat", "ox", "x" * 4000, "猫"])
def test_prompts_of_any_script_and_length(prompt: str) -> None:
    """One of a single word, of signs alone, or without spaces."""
    left = hide_prompt(f"400: the prompt '{prompt}' is bad", prompt)
    assert left == f"400: the prompt '{PROMPT}' is bad"


def test_without_a_prompt_nothing_is_cut() -> None:
    """What is said of no job is left as it is."""
    assert hide_prompt(r"a\nb &amp;", "") == r"a\nb &amp;"


ECHOES: list[Any] = [
    {"error": FAULT, "input": {"prompt": TYPED}},
    {"error": {"code": "bad", "message": FAULT}, "request": {"prompt": TYPED, "image": "data:x"}},
    {"detail": [{"loc": ["body", "duration"], "msg": FAULT, "input": TYPED}]},
]


@pytest.mark.parametrize("body", ECHOES)
def test_an_answer_is_told_by_its_status_and_words(body: dict[str, Any]) -> None:
    """What it repeats of the request is no part of that."""
    summary = Answer(400, {}, json.dumps(body).encode()).summary()
    assert summary.startswith("400: ")
    assert FAULT in summary
    assert "dawn" not in summary


def test_a_secret_is_cut_out_before_a_text_is_cut_off() -> None:
    """Else the beginning of a key could stay at the end."""
    DiscordSettings(token=SecretStr("swordfishes and whales"))
    for shift in range(30):
        body = "a" * (180 + shift) + " swordfishes and whales"
        for content in (body, json.dumps({"error": body})):
            assert "swordf" not in Answer(401, {}, content.encode()).summary()


def test_an_entry_of_any_kind_is_gone_through() -> None:
    """Values within values, and what is no text; names and numbers stay."""

    class Odd:
        def __repr__(self) -> str:
            return "<Bearer abc>"

    class Broken:
        def __repr__(self) -> str:
            raise ValueError

    broken = Broken()
    entry = {"event": "x", "job": 7, "ok": True, "odd": [Odd(), {"a": "Bearer abc"}], "b": broken}
    assert redact_entry(None, "info", entry) == {
        "event": "x",
        "job": 7,
        "ok": True,
        "odd": [f"<Bearer {HIDDEN}", {"a": f"Bearer {HIDDEN}"}],
        "b": broken,
    }


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("MTE4NzY1NDMyMTA5ODc2NTQzMg.GabcDe.dGhpcyBpcyBubyB0b2tlbiBhdCBhbGwgcmVhbGx5", True),
        ("SG_9f8e7d6c5b4a3f2e", True),
        ("sk-live-abcdefgh", True),
        ("0f9e8d7c6b5a49382716051423324150", True),
        ("9f8e7d6c-5b4a-4f2e-9d8c-7b6a5f4e3d2c", True),
        ("qV8Zt3LmNxY2bKpR", True),
        ("kling-3-standard-image2video", False),
        ("seedance-2.0-fast", False),
        ("max_running_per_member", False),
        ("videos-2026-11-29T10-30", False),
        ("test_a_folder_of_a_test_with_a_long_name0", False),
        ("MyVideoFolderName", False),
        ("1100000000000000000", False),
        ("sqlite+aiosqlite:///sora-bot.db", False),
        ("", False),
    ],
)
def test_keys_are_told_from_words_by_their_form(text: str, secret: bool) -> None:
    """Letters and figures change often in what was drawn by lot, and seldom in a name."""
    assert looks_secret(text) is secret


def test_our_own_texts_keep_their_addresses_and_lose_known_secrets() -> None:
    """The link of an invitation has a query, which signs nothing."""
    DiscordSettings(token=SecretStr("a-known-token"))

    shown = hide_kept("https://a.example/?client_id=1 with a-known-token and sk-live-abcdef")

    assert shown == f"https://a.example/?client_id=1 with {HIDDEN} and {HIDDEN}"
