"""The operator's settings: a TOML file, overridden by SORA_BOT_SECTION__KEY in the environment.

This is the only module that reads the environment.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.errors import ConfigError

_SECRET_KEYS = {"token", "api_key"}


def _web_address(address: str) -> str:
    if not address.startswith(("http://", "https://")):
        raise ValueError("an address that starts with http:// or https://")
    return address.rstrip("/")


def _socket_address(address: str) -> str:
    if not address.startswith(("ws://", "wss://")):
        raise ValueError("an address that starts with ws:// or wss://")
    return address


def _sqlite_url(url: str) -> str:
    if not url.startswith("sqlite+aiosqlite:///") or url.endswith("///"):
        raise ValueError("sqlite+aiosqlite:///FILE")
    return url


WebAddress = Annotated[str, AfterValidator(_web_address)]
SocketAddress = Annotated[str, AfterValidator(_socket_address)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DiscordSettings(_Section):
    """How to reach Discord."""

    token: SecretStr = SecretStr("")
    api_url: WebAddress = "https://discord.com/api/v10"
    gateway_url: SocketAddress = "wss://gateway.discord.gg/"
    guilds: tuple[PositiveInt, ...] = ()
    """Register the commands in these servers only; empty: everywhere."""


class SegmindSettings(_Section):
    """How to reach Segmind."""

    api_key: SecretStr = SecretStr("")
    base_url: WebAddress = "https://api.segmind.com"
    upload_url: WebAddress = "https://workflows-api.segmind.com"
    requests_per_minute: PositiveInt = 60
    """What the key's plan allows, polls included (Segmind's plans: 5 to 1,000)."""


class AimlapiSettings(_Section):
    """How to reach AI/ML API; no model of the catalogue uses it yet."""

    api_key: SecretStr = SecretStr("")
    base_url: WebAddress = "https://api.aimlapi.com"


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


class JobSettings(_Section):
    """The pace of the work."""

    min_poll_seconds: PositiveFloat = 2.0
    max_poll_seconds: PositiveFloat = 15.0
    edit_seconds: PositiveFloat = 10.0
    max_running: NonNegativeInt = 50
    max_running_per_guild: NonNegativeInt = 20
    max_running_per_member: NonNegativeInt = 3

    @model_validator(mode="after")
    def _ordered(self) -> "JobSettings":
        if self.min_poll_seconds > self.max_poll_seconds:
            raise ValueError("min_poll_seconds no greater than max_poll_seconds")
        return self


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="SORA_BOT_", env_nested_delimiter="__"
    )

    discord: DiscordSettings = DiscordSettings()
    providers: ProviderSettings = ProviderSettings()
    database: DatabaseSettings = DatabaseSettings()
    storage: StorageSettings = StorageSettings()
    budgets: BudgetSettings = BudgetSettings()
    jobs: JobSettings = JobSettings()

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
    try:
        return Settings(**tables)
    except ValidationError as error:
        raise _first_mistake(error) from None


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
    allowed = first["msg"].removeprefix("Value error, ")
    # A whole section may hold a secret as well, so only plain values are shown.
    found = first["input"]
    secret = bool(_SECRET_KEYS & set(keys)) or not isinstance(found, (str, int, float))
    return ConfigError(".".join(keys), "a value not shown here" if secret else repr(found), allowed)
