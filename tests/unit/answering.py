"""Answers of a provider's, made by hand."""

import json
from typing import Any

from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.providers.http import Answer

HTML = b"<html><body><h1>Bad Gateway</h1></body></html>"
URL = "https://media.example/1.mp4"

_KEYS = ["status", "output", "video", "url", "error", "message", "request_id", "id", "credits"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*_KEYS, "current_balance"]), inner, max_size=5)
    ),
    max_leaves=12,
)
BODIES = _JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=30)
"""Whatever may come in place of an answer."""


def answer(status: int, body: Any = None, **headers: str) -> Answer:
    """Answer with JSON, or with bytes as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, CIMultiDict(fields), raw)
