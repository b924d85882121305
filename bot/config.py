"""The operator's settings: a TOML file, overridden by SORA_BOT_SECTION__KEY in the environment.

This is the only module that reads the environment.
"""

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from bot.errors import ConfigError
from bot.redaction import keep_secret

_PREFIX = "SORA_BOT_"
_SECRET_KEYS = {"token", "api_key"}


def _web_address(address: str) -> str:
    if not address.startswith(("http://", "https://")) or not address.isprintable():
        raise ValueError("an address that starts with http:// or https://")
    return address.rstrip("/")


def _socket_address(address: str) -> str:
    if not address.startswith(("ws://", "wss://")) or not address.isprintable():
        raise ValueError("an address that starts with ws:// or wss://")
    return address


def _secret(secret: SecretStr) -> SecretStr:
    """Strip what files and variables add; refuse what no key has and no header can carry.

    Secrets that are mounted as files end in a line break. From here on no log shows it.
    """
    value = secret.get_secret_value().strip()
    if not value.isprintable():
        raise ValueError("a secret without line breaks or other invisible characters in it")
    keep_secret(value)
    return SecretStr(value)


def _sqlite_url(url: str) -> str:
    if not url.startswith("sqlite+aiosqlite:///") or url.endswith("///"):
        raise ValueError("sqlite+aiosqlite:///FILE")
    return url


def _words(value: object) -> object:
    """Read "1, 2" as a list, so that one can be given in the environment."""
    return re.findall(r"[^\s,\[\]]+", value) if isinstance(value, str) else value


WebAddress = Annotated[str, AfterValidator(_web_address)]
SocketAddress = Annotated[str, AfterValidator(_socket_address)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class DiscordSettings(_Section):
    """How to reach Discord."""

    token: Secret = SecretStr("")
    api_url: WebAddress = "https://discord.com/api/v10"
    gateway_url: SocketAddress = "wss://gateway.discord.gg/"
    guilds: Annotated[tuple[PositiveInt, ...], NoDecode, BeforeValidator(_words)] = ()
    """Serve these servers only, and show the commands nowhere else; empty: all servers."""


class SegmindSettings(_Section):
    """How to reach Segmind."""

    api_key: Secret = SecretStr("")
    base_url: WebAddress = "https://api.segmind.com"
    upload_url: WebAddress = "https://workflows-api.segmind.com"
    requests_per_minute: PositiveInt = 60
    """What the key's plan allows, polls included (Segmind's plans: 5 to 1,000)."""


class AimlapiSettings(_Section):
    """How to reach AI/ML API."""

    api_key: Secret = SecretStr("")
    base_url: WebAddress = "https://api.aimlapi.com"
    requests_per_minute: PositiveInt = 60


class ProviderSettings(_Section):
    """The providers, each with its key."""

    segmind: SegmindSettings = SegmindSettings()
    aimlapi: AimlapiSettings = AimlapiSettings()


class DatabaseSettings(_Section):
    """Where the books and the jobs are kept."""

    url: Annotated[str, AfterValidator(_sqlite_url)] = "sqlite+aiosqlite:///sora-bot.db"


class StorageSettings(_Section):
    """Where the videos are kept."""

    path: Path = Path("videos")
    max_video_mib: PositiveInt = 512
    """The most that is fetched for one video."""


class BudgetSettings(_Section):
    """What a member may spend where no admin has said otherwise."""

    default_allowance: Annotated[int, Field(ge=0, le=1_000_000)] = 500
    period: Literal["day", "week", "month"] = "month"


class OperatorSettings(_Section):
    """What whoever runs the bot wants to be told."""

    warn_below_dollars: Annotated[tuple[PositiveInt, ...], NoDecode, BeforeValidator(_words)] = (
        50,
        20,
        5,
    )
    """Levels of a provider's account; each is told once on the way down."""


class JobSettings(_Section):
    """The pace of the work."""

    min_poll_seconds: PositiveFloat = 2.0
    max_poll_seconds: Annotated[PositiveFloat, Field(validate_default=True)] = 15.0
    edit_seconds: PositiveFloat = 10.0
    max_running: NonNegativeInt = 50
    max_running_per_guild: NonNegativeInt = 20
    max_running_per_member: NonNegativeInt = 3

    @field_validator("max_poll_seconds")
    @classmethod
    def _ordered(cls, most: float, info: ValidationInfo) -> float:
        least = info.data.get("min_poll_seconds", most)
        if most < least:
            raise ValueError(f"min_poll_seconds ({least}) or more")
        return most


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=_PREFIX, env_nested_delimiter="__"
    )

    discord: DiscordSettings = DiscordSettings()
    providers: ProviderSettings = ProviderSettings()
    database: DatabaseSettings = DatabaseSettings()
    storage: StorageSettings = StorageSettings()
    budgets: BudgetSettings = BudgetSettings()
    jobs: JobSettings = JobSettings()
    operator: OperatorSettings = OperatorSettings()
    models: dict[str, dict[str, Any]] = {}
    """Tables laid over the catalogue; ``bot.catalogue`` checks them."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, whose values come as init arguments."""
        return env_settings, init_settings


def load_settings(path: Path | None) -> Settings:
    """Read the file (where one is given) and the environment; raise ConfigError."""
    tables = {} if path is None else _read_toml(path)
    _check_environment()
    try:
        return Settings(**tables)
    except ValidationError as error:
        raise _first_mistake(error) from None
    except SettingsError as error:
        # A whole section in one variable; the library's words name it, and show no value.
        raise ConfigError("the environment", str(error), f"{_PREFIX}SECTION__KEY") from None


def _check_environment() -> None:
    """Raise ConfigError for a section that there is not: the library would pass over it.

    A variable without the double underscore may be somebody else's: Kubernetes makes such names
    of a service's.
    """
    for name in os.environ:
        section, delimiter, _ = name.lower().removeprefix(_PREFIX.lower()).partition("__")
        ours = name.upper().startswith(_PREFIX) and delimiter
        if ours and section not in Settings.model_fields:
            raise ConfigError(name, "an unknown section", ", ".join(Settings.model_fields))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            "--config", f"{path} ({error.strerror})", "a file that can be read"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), str(error), "a TOML file in UTF-8") from None


def _first_mistake(error: ValidationError) -> ConfigError:
    first = error.errors(include_url=False)[0]
    keys = [str(part) for part in first["loc"]]
    if first["type"] == "extra_forbidden":
        allowed = "no such key; config.example.toml lists them all"
        return ConfigError(".".join(keys), "an unknown key", allowed)
    key = ".".join(keys)
    if first["type"] in {"model_type", "dict_type"}:
        # What stands in a section's place may be a secret that was meant for one of its keys.
        return ConfigError(key, "a value not shown here", f"a section with keys, [{key}]")
    allowed = first["msg"].removeprefix("Value error, ")
    return ConfigError(key, _shown(first["input"], keys), allowed)


def _shown(found: object, keys: list[str]) -> str:
    """Show a plain value, where it is no secret and without a password in an address."""
    if _SECRET_KEYS & set(keys) or not isinstance(found, (str, int, float)):
        return "a value not shown here"
    return re.sub(r"//[^/\s]*@", "//…@", repr(found))
