"""Mistakes in the settings: all at once, with their places, in our words, and without secrets."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import load_settings, misspelt_variables
from bot.config.addresses import is_local
from bot.config.settings import ADDRESS_KEYS, SECRET_KEYS, all_keys, keys_at
from bot.errors import ConfigError, ConfigErrors

DISCORD_TOKEN = "MTE4NzY1NDMyMTA5ODc2NTQzMg.GabcDe.dGhpcyBpcyBubyB0b2tlbiBhdCBhbGwgcmVhbGx5"
API_KEY = "SG_9f8e7d6c5b4a3f2e"
HEX_KEY = "0f9e8d7c6b5a49382716051423324150"
SETTINGS = [path for path in all_keys() if not keys_at(path) and path != ("models",)]
SECRETS = [path for path in SETTINGS if path[-1] in SECRET_KEYS]


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in list(os.environ):
        if name.upper().startswith("SORA_BOT_"):
            monkeypatch.delenv(name)


def mistakes(folder: Path, text: str) -> tuple[ConfigError, ...]:
    """Load settings from a file with this text; give what is said of it."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    try:
        load_settings(file)
    except ConfigErrors as errors:
        return errors.mistakes
    return ()


def toml(path: tuple[str, ...], value: str) -> str:
    """Write a setting as a file has it."""
    return f"[{'.'.join(path[:-1])}]\n{path[-1]} = {value}\n"


def variable(path: tuple[str, ...]) -> str:
    """Name the variable of a setting."""
    return f"SORA_BOT_{'__'.join(path).upper()}"


def test_all_mistakes_of_file_environment_and_models_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with its line or its variable, in the order in which they stand."""
    monkeypatch.setenv("SORA_BOT_JOBS__MAX_RUNING", "3")
    monkeypatch.setenv("SORA_BOT_BUDGETS__PERIOD", "mnoth")
    text = (
        "[discord]\ntokn = 'a'\n\n[jobs]\nmax_running = -3\n[jobz]\n"
        "[models.sroa-2]\nretired = true\n[models.sora-2]\ntitel = 'Sora'\n"
    )

    found = [
        (each.where.removeprefix(f"{tmp_path}/"), each.key, each.hint)
        for each in mistakes(tmp_path, text)
    ]

    assert found == [
        ("config.toml, line 2", "discord.tokn", "Did you mean token?"),
        ("config.toml, line 5", "jobs.max_running", ""),
        ("config.toml, line 6", "jobz", "Did you mean [jobs]?"),
        ("config.toml, line 7", "models.sroa-2", "Did you mean sora-2?"),
        ("config.toml, line 10", "models.sora-2.titel", "Did you mean title?"),
        ("SORA_BOT_BUDGETS__PERIOD", "budgets.period", "Did you mean month?"),
        (
            "SORA_BOT_JOBS__MAX_RUNING",
            "jobs.max_runing",
            "Did you mean SORA_BOT_JOBS__MAX_RUNNING?",
        ),
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("token = 'a'", "Did you mean token in [discord]?"),
        ("[segmind]", "Did you mean [providers.segmind]?"),
        ("[providers]\nsegmnid = {}", "Did you mean [providers.segmind]?"),
        ("[model.sora-2]", "Did you mean [models]?"),
        (
            "[discord]\napi_key = 'a'",
            "Did you mean api_key in [providers.segmind] or api_key in [providers.aimlapi]?",
        ),
        ("[storage]\nurl = 'a'", "Did you mean url in [database]?"),
        ("[discord]\nxyz = 1", ""),
    ],
)
def test_an_unknown_name_asks_for_the_one_that_was_meant(
    tmp_path: Path, text: str, hint: str
) -> None:
    """The nearest in its section, or the same name elsewhere."""
    [found] = mistakes(tmp_path, text)

    assert found.hint == hint


def test_a_file_that_cannot_be_read_hides_no_mistake_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are told."""
    monkeypatch.setenv("SORA_BOT_JOBS__MAX_RUNNING", "many")

    assert [each.key for each in mistakes(tmp_path, "[discord")] == ["the text", "jobs.max_running"]


@pytest.mark.parametrize("value", ["1" * 5000, "[" * 5000 + "]" * 5000])
def test_what_python_cannot_read_is_a_mistake_like_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """It has limits of its own, whose errors are no errors of TOML or JSON."""
    [error] = mistakes(tmp_path, f"a = {value}\n")
    assert "without end" in error.found

    monkeypatch.setenv("SORA_BOT_DISCORD", value)
    [error] = mistakes(tmp_path, "")
    assert error.where == "SORA_BOT_DISCORD"


NAMES = st.sampled_from(["discord", "models", "jobs", "sora-2", "offers", "token", "guilds", "x"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4)
)


@settings(max_examples=300)
@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode), st.binary(max_size=20))
def test_whatever_a_file_holds_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, end: bytes
) -> None:
    """No content of a file is a crash."""
    file = tmp_path_factory.getbasetemp() / "any.toml"
    for start in (b"", b"[discord]\n", b"[discord]\ntoken = ", b"[models.cam]\nsizes = ["):
        file.write_bytes(start + content + end)
        try:
            load_settings(file)
        except ConfigErrors as errors:
            for each in errors.mistakes:
                _assert_in_our_words(each)


@settings(max_examples=300)
@given(st.dictionaries(st.lists(NAMES, min_size=1, max_size=5).map(tuple), TREES, max_size=4))
def test_whatever_the_environment_holds_is_read_or_told(
    values: dict[tuple[str, ...], object],
) -> None:
    """Nor is any variable, also where one stands in the way of another."""
    with pytest.MonkeyPatch.context() as patch:
        for path, value in values.items():
            text = value if isinstance(value, str) else json.dumps(value)
            patch.setenv(variable(path), text.replace("\0", ""))
        try:
            load_settings(None)
        except ConfigErrors as errors:
            for each in errors.mistakes:
                assert each.where.startswith("SORA_BOT_")
                _assert_in_our_words(each)


WRONG = ["-1", "0", "1.5", "1e300", "inf", "nan", "99999999999999999999", "true", "''", "'a'"]
WRONG += ["' '", '"\\u0000"', "[]", "['a', -1]", "[[1]]", "{}", "{ a = 1 }", "2026-01-01", "'://'"]
WRONG += ["1_000_001", "'1" + "0" * 5000 + "'", "'http://[::1'", "'https://a:b'", "10:00:00"]


@pytest.mark.parametrize("value", WRONG, ids=lambda value: value[:20])
def test_whatever_stands_in_a_setting_is_told_in_our_words(tmp_path: Path, value: str) -> None:
    """Each setting and each section takes it, or says in whole sentences what it expects."""
    for path in all_keys():
        if path == ("models",):
            continue
        text = toml(path, value) if path[:-1] else f"{path[0]} = {value}\n"
        for each in mistakes(tmp_path, text):
            assert each.where.endswith(("line 1", "line 2"))
            _assert_in_our_words(each)


@pytest.mark.parametrize("value", WRONG, ids=lambda value: value[:20])
def test_whatever_stands_in_a_models_table_is_told_in_our_words(tmp_path: Path, value: str) -> None:
    """Also deep within it."""
    model = ["title", "summary", "durations_seconds", "sizes", "credits_per_second", "retired"]
    model += ["usual_wait_seconds", "longest_wait_seconds", "last_deadline_seconds", "offers"]
    offer = ["provider", "slug", "prompt_field", "duration", "size", "image", "extra"]
    inner = ["duration.field", "duration.type", "duration.values", "size.field", "size.values"]
    inner += ["image.field", "image.required", "image.exact", "image.slug", "image.omit"]
    texts = [f"[models.sora-2]\n{key} = {value}\n" for key in model]
    texts += [f"[[models.sora-2.offers]]\n{key} = {value}\n" for key in [*offer, *inner]]

    for text in texts:
        for each in mistakes(tmp_path, text):
            assert each.where.endswith(("line 1", "line 2"))
            _assert_in_our_words(each)


def _assert_in_our_words(each: ConfigError) -> None:
    for theirs in ("Input", "should", "valid ", "constrained", "another kind", "Error", "pydantic"):
        assert theirs not in str(each), each
    assert each.found
    assert each.allowed
    assert str(each).endswith((".", "?"))
    assert len(str(each)) < 500


@pytest.mark.parametrize("secret", [DISCORD_TOKEN, API_KEY, HEX_KEY])
@pytest.mark.parametrize("quoted", ['"{}"', '["{}"]', '{{ inner = "{}" }}', '{{ "{}" = 1 }}'])
def test_a_secret_in_any_settings_place_is_never_shown(
    tmp_path: Path, secret: str, quoted: str
) -> None:
    """It is a mistake wherever it is no secret's place, and no word of it is repeated."""
    value = quoted.format(secret)
    texts = [toml(path, value) for path in SETTINGS if path not in SECRETS or quoted != '"{}"']
    texts += [f"{section} = {value}\n" for section in keys_at(())]
    texts += [f"[discord]\n{value} = 1\n", f"[models.sora-2]\ntitle = {value}\n"]
    texts += [f'["{secret}"]\na = 1\n', f'[discord]\n"{secret}" = 1\n', f'["{secret}".a]\n']
    texts += [f'[models."{secret}"]\nretired = true\n', f'[models.sora-2."{secret}"]\n']
    texts += [f"[[models.sora-2.offers]]\nprovider = {value}\n", f"{secret}\n", f"[{secret}\n"]
    texts += [f'[models.sora-2.credits_per_second]\n"{secret}" = 1\n', f"[discord]\n{secret} = 1\n"]
    texts += [f"[database]\nurl = 'sqlite+aiosqlite:///{secret}'\n"]
    texts += [f"[discord]\napi_url = 'https://{secret}'\n"]
    texts += [f"[discord]\napi_url = 'https://{secret}@discord.com'\n"]

    for text in texts:
        found = mistakes(tmp_path, text)
        assert found, text
        for each in found:
            assert secret.casefold() not in f"{each}{each!r}".casefold()


@pytest.mark.parametrize("secret", [DISCORD_TOKEN, API_KEY, HEX_KEY])
def test_a_secret_in_any_variables_place_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    """Nor in the name of one."""
    names = [variable(path) for path in SETTINGS if path not in SECRETS]
    names += ["SORA_BOT_DISCORD", "SORA_BOT_MODELS", "SORA_BOT_MODELS__SORA-2"]
    names += ["SORA_BOT_MODELS__SORA-2__TITLE", "SORA_BOT_DISCORD__TOKN", "SORA_BOT_JBOS__A"]
    names += [f"{variable(path)}_FILE" for path in SECRETS]
    names += [f"SORA_BOT_DISCORD__{secret}", f"SORA_BOT_{secret}__A"]
    for name in names:
        with monkeypatch.context() as patch:
            patch.setenv(name, secret)
            with pytest.raises(ConfigErrors) as caught:
                load_settings(None)

        assert secret.casefold() not in str(caught.value).casefold(), name


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("storage", "path", "/var/lib/docker/volumes/0f9e8d7c6b5a49382716051423324150/_data"),
        ("storage", "path", "./build-2026-11-29T10/videos"),
        ("storage", "path", "videos-of-my-community-2026"),
        ("database", "url", "sqlite+aiosqlite:////data/0f9e8d7c6b5a49382716051423324150/bot.db"),
        ("discord", "api_url", "https://sora-proxy-8f7d6c5b4a-uc.a.run.app/api/v10"),
    ],
)
def test_long_names_of_folders_and_hosts_are_no_secrets(
    tmp_path: Path, section: str, key: str, value: str
) -> None:
    """Volumes and clouds have such names."""
    assert mistakes(tmp_path, f'[{section}]\n{key} = "{value}"') == ()


@pytest.mark.parametrize("path", SECRETS)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_is_read_from_the_file_that_a_variable_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...], end: str
) -> None:
    """As containers mount them, with what ends the line; it wins over the configuration."""
    file = tmp_path / "secret"
    file.write_text(f"{API_KEY}{end}")
    config = tmp_path / "config.toml"
    config.write_text(toml(path, "'of the file'"))
    monkeypatch.setenv(f"{variable(path)}_FILE", str(file))

    found: Any = load_settings(config)

    for part in path:
        found = getattr(found, part)
    assert found.get_secret_value() == API_KEY


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, "no such file"),
        (b"", "which is empty"),
        (b" \n", "which is empty"),
        (b"\xff\xfe", "which is no text"),
        ("folder", "a folder"),
    ],
)
def test_a_secrets_file_that_is_no_use_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | str | None, found: str
) -> None:
    """With its variable, and why."""
    file = tmp_path / "secret"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content:
        file.mkdir()
    monkeypatch.setenv("SORA_BOT_DISCORD__TOKEN_FILE", str(file))

    [error] = mistakes(tmp_path, "")

    assert (error.where, error.key) == ("SORA_BOT_DISCORD__TOKEN_FILE", "discord.token")
    assert str(file) in error.found
    assert found in error.found


def test_a_secret_and_its_file_are_not_both_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which of them counts would be a guess."""
    (tmp_path / "secret").write_text(API_KEY)
    monkeypatch.setenv("SORA_BOT_DISCORD__TOKEN_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("SORA_BOT_DISCORD__TOKEN", DISCORD_TOKEN)

    [error] = mistakes(tmp_path, "")

    both = "both SORA_BOT_DISCORD__TOKEN and SORA_BOT_DISCORD__TOKEN_FILE"
    assert (error.key, error.found) == ("discord.token", both)


@pytest.mark.parametrize("path", [*SETTINGS, ("models",)])
@pytest.mark.parametrize("empty", ["", " ", "\n"])
def test_an_empty_variable_counts_as_not_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...], empty: str
) -> None:
    """Compose files pass on what is not set as empty text: the file's value stays."""
    config = tmp_path / "config.toml"
    config.write_text('[discord]\ntoken = "a"\nguilds = [1]\n[jobs]\nmax_running = 7\n')
    before = load_settings(config)
    monkeypatch.setenv(variable(path), empty)
    monkeypatch.setenv(f"{variable(path)}_FILE", empty)

    assert load_settings(config) == before


def test_variables_that_nobody_reads_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Single underscores and lacking sections are the usual mistakes."""
    for name in ("SORA_BOT_DISCORD_TOKEN", "SORA_BOT_SEGMIND_API_KEY", "SORA_BOT_PORT_80_TCP"):
        monkeypatch.setenv(name, "a")

    assert misspelt_variables() == {
        "SORA_BOT_DISCORD_TOKEN": "SORA_BOT_DISCORD__TOKEN",
        "SORA_BOT_SEGMIND_API_KEY": "SORA_BOT_PROVIDERS__SEGMIND__API_KEY",
    }


def test_a_models_keys_can_be_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their values are JSON, or text."""
    monkeypatch.setenv("SORA_BOT_MODELS__SORA-2__TITLE", "House Sora")
    monkeypatch.setenv("SORA_BOT_MODELS__SORA-2__RETIRED", "true")
    monkeypatch.setenv("SORA_BOT_MODELS", json.dumps({"veo-3.1": {"credits_per_second": 40}}))

    assert load_settings(None).models == {
        "sora-2": {"title": "House Sora", "retired": True},
        "veo-3.1": {"credits_per_second": 40},
    }


ADDRESSES = [
    (path, "ws" if path[-1] == "gateway_url" else "http")
    for path in SETTINGS
    if path[-1] in ADDRESS_KEYS and path != ("network", "proxy")
]
"""Where something is sent to; a proxy, which has a password, is the way there."""


@pytest.mark.parametrize(("path", "scheme"), ADDRESSES)
def test_a_key_goes_in_the_clear_within_a_network_alone(
    tmp_path: Path, path: tuple[str, ...], scheme: str
) -> None:
    """Plain http and ws to the internet are refused with the reason."""
    hosts = {
        "127.0.0.1:80": True,
        "[::1]:80": True,
        "10.1.2.3": True,
        "172.16.0.1": True,
        "192.168.1.1": True,
        "[fd00::1]": True,
        "localhost": True,
        "proxy:8080": True,
        "discord_proxy": True,
        "host.docker.internal": True,
        "proxy.default.svc.cluster.local": True,
        "discord.com": False,
        "8.8.8.8": False,
        "[2606:4700::1111]": False,
        "[::ffff:8.8.8.8]": False,
        "134744072": False,
        "0x08080808": False,
        "127.0.0.1.example.com": False,
        "localhost.example.com": False,
    }
    for host, allowed in hosts.items():
        found = mistakes(tmp_path, toml(path, f"'{scheme}://{host}/'"))
        assert (found == ()) is allowed, host
        assert mistakes(tmp_path, toml(path, f"'{scheme}s://{host}/'")) == (), host
        for each in found:
            assert each.found == f"{scheme}:// to a host on the internet"
            assert "the key would be readable on its way" in each.allowed


@pytest.mark.parametrize(("path", "scheme"), ADDRESSES)
@pytest.mark.parametrize(
    "rest", ["ada:word@a.example", "ada@localhost", "", ":80", "a.example/?a=1", "a.example/#a"]
)
def test_an_address_with_more_or_less_than_a_host_and_a_path_is_refused(
    tmp_path: Path, path: tuple[str, ...], scheme: str, rest: str
) -> None:
    """A name and a password before the host would be sent, and shown, in ways that nobody sees."""
    for safe in ("", "s"):
        [found] = mistakes(tmp_path, toml(path, f"'{scheme}{safe}://{rest}'"))
        assert "word" not in str(found).replace("password", "")


def test_a_host_is_local_by_its_form_alone() -> None:
    """No name is looked up: what it leads to may change."""
    assert is_local("LOCALHOST.")
    assert not is_local("")
    assert not is_local("a.b")
