"""What an operator can set, with the bounds and defaults of each."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from bot.config.addresses import (
    check_proxy_address,
    check_socket_address,
    check_web_address,
)
from bot.redaction import keep_secret
from bot.validation import refuse, shown

LARGEST_ID = 2**63 - 1
"""The database takes no greater number."""
MOST_CREDITS = 1_000_000_000
SQLITE = "sqlite+aiosqlite:///"
SECRET_KEYS = frozenset({"token", "api_key"})
"""The names of the settings whose values are secret."""
ADDRESS_KEYS = frozenset({"api_url", "gateway_url", "base_url", "upload_url", "proxy"})


def _secret(secret: SecretStr) -> SecretStr:
    """Strip what files and variables add; refuse what no key has and no header can carry.

    Secrets that are mounted as files end in a line break. From here on no log shows it.
    """
    value = secret.get_secret_value().strip()
    if not value.isprintable():
        raise ValueError("a secret without line breaks or other invisible characters in it")
    if re.match(r"(?:Bot|Bearer|Key)\s", value, re.IGNORECASE):
        raise ValueError("the secret alone, without the word before it")
    keep_secret(value)
    return SecretStr(value)


def _sqlite_url(url: str) -> str:
    if not url.startswith(SQLITE) or url == SQLITE or not url.isprintable():
        raise ValueError(f"{SQLITE}FILE")
    return url


def _folder(path: object) -> object:
    if isinstance(path, str):
        path = path.strip()
        if not path or not path.isprintable():
            raise refuse(shown(path), "the path of a folder, without invisible characters")
    return path


def _words(value: object) -> object:
    """Read "1, 2" as a list, so that one can be given in the environment."""
    return re.findall(r"[^\s,\[\]]+", value) if isinstance(value, str) else value


def _number(value: object) -> object:
    """Refuse true and false, which pydantic would take for 1 and 0."""
    if isinstance(value, bool):
        raise refuse(str(value).lower(), "a number")
    return value


def _credits_or_off(value: object) -> int | None:
    """Read an amount of credits, or "off" as None."""
    text = str(value).strip()
    if text.lower() == "off":
        return None
    if not text.isdecimal() or int(text) > MOST_CREDITS:
        raise ValueError(f'a whole number of credits from 0 to {MOST_CREDITS:,}, or "off"')
    return int(text)


_Numeric = BeforeValidator(_number)
WebAddress = Annotated[str, AfterValidator(check_web_address)]
SocketAddress = Annotated[str, AfterValidator(check_socket_address)]
ProxyAddress = Annotated[str | None, AfterValidator(check_proxy_address)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
Count = Annotated[int, Field(ge=1, le=1_000_000), _Numeric]
Limit = Annotated[int, Field(ge=0, le=1_000_000), _Numeric]
"""0 is no limit, or nothing."""
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False), _Numeric]
Ceiling = Annotated[int | None, BeforeValidator(_credits_or_off)]
ServerId = Annotated[int, Field(ge=1, le=LARGEST_ID), _Numeric]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class DiscordSettings(_Section):
    """How to reach Discord."""

    token: Secret = SecretStr("")
    api_url: WebAddress = "https://discord.com/api/v10"
    gateway_url: SocketAddress = "wss://gateway.discord.gg/"
    guilds: Annotated[tuple[ServerId, ...], BeforeValidator(_words)] = ()
    """Serve these servers only, and show the commands nowhere else; empty: all servers."""


class NetworkSettings(_Section):
    """The way out."""

    proxy: ProxyAddress = None
    """Everything goes through it: Discord, the providers, and what is fetched."""


class SegmindSettings(_Section):
    """How to reach Segmind."""

    api_key: Secret = SecretStr("")
    base_url: WebAddress = "https://api.segmind.com"
    upload_url: WebAddress = "https://workflows-api.segmind.com"
    requests_per_minute: Count = 60
    """What the key's plan allows, polls included (Segmind's plans: 5 to 1,000)."""


class AimlapiSettings(_Section):
    """How to reach AI/ML API."""

    api_key: Secret = SecretStr("")
    base_url: WebAddress = "https://api.aimlapi.com"
    requests_per_minute: Count = 60


class ProviderSettings(_Section):
    """The providers, each with its key."""

    segmind: SegmindSettings = SegmindSettings()
    aimlapi: AimlapiSettings = AimlapiSettings()


class DatabaseSettings(_Section):
    """Where the books and the jobs are kept."""

    url: Annotated[str, AfterValidator(_sqlite_url)] = "sqlite+aiosqlite:///sora-bot.db"


class StorageSettings(_Section):
    """Where the videos are kept."""

    path: Annotated[Path, BeforeValidator(_folder)] = Path("videos")
    max_video_mib: Count = 512
    """The most that is fetched for one video."""


class BudgetSettings(_Section):
    """What a member may spend where no admin has said otherwise, and servers, where no operator."""

    default_allowance: Limit = 500
    period: Literal["day", "week", "month"] = "month"
    ceiling_per_guild: Ceiling = 5_000
    """Credits that a server may spend in a period; None, written "off": no ceiling."""
    ceiling_all: Ceiling = 20_000
    """The same for all servers together."""


class OperatorSettings(_Section):
    """What whoever runs the bot wants to be told."""

    warn_below_dollars: Annotated[tuple[Count, ...], BeforeValidator(_words)] = (50, 20, 5)
    """Levels of a provider's account; each is told once on the way down."""


class JobSettings(_Section):
    """The pace of the work."""

    min_poll_seconds: Seconds = 2.0
    max_poll_seconds: Annotated[Seconds, Field(validate_default=True)] = 15.0
    edit_seconds: Seconds = 10.0
    max_running: Limit = 50
    max_running_per_guild: Limit = 20
    max_running_per_member: Limit = 3
    max_waiting_per_member: Limit = 10
    """In a server; one more is refused."""
    orders_per_minute: Limit = 6
    """Of a member in a server, cancelled ones included."""

    @field_validator("max_poll_seconds")
    @classmethod
    def _ordered(cls, most: float, info: ValidationInfo) -> float:
        least = info.data.get("min_poll_seconds", most)
        if most < least:
            raise ValueError(f"min_poll_seconds ({least}) or more; the default is 15.0")
        return most


class Settings(_Section):
    """Everything an operator can set."""

    discord: DiscordSettings = DiscordSettings()
    network: NetworkSettings = NetworkSettings()
    providers: ProviderSettings = ProviderSettings()
    database: DatabaseSettings = DatabaseSettings()
    storage: StorageSettings = StorageSettings()
    budgets: BudgetSettings = BudgetSettings()
    jobs: JobSettings = JobSettings()
    operator: OperatorSettings = OperatorSettings()
    models: dict[str, dict[str, Any]] = {}
    """Tables laid over the catalogue; ``bot.catalogue`` checks them."""


def keys_at(path: Sequence[str | int]) -> tuple[str, ...]:
    """Name the keys of the section to which these keys lead; none: it is no section of ours."""
    model: Any = Settings
    for part in path:
        field = model.model_fields.get(part)
        if field is None or not isinstance(field.annotation, type):
            return ()
        model = field.annotation
        if not issubclass(model, BaseModel):
            return ()
    return tuple(model.model_fields)


def all_keys() -> Iterator[tuple[str, ...]]:
    """List the keys that lead to each section and setting."""
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        path = waiting.pop(0)
        for key in keys_at(path):
            yield (*path, key)
            waiting.append((*path, key))
