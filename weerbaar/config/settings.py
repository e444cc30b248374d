"""Settings: environment variables `WEERBAAR_*`, also from `.env`, checked whole at the start."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

import phonenumbers
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "WEERBAAR_"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class SettingsRefused(Exception):
    """The settings cannot be used; every problem is named, no value is shown."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def _e164(value: str) -> str:
    try:
        number = phonenumbers.parse(value, "NL")
    except phonenumbers.NumberParseException:
        raise ValueError("is not a telephone number") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("is not a possible telephone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class Settings(BaseModel):
    """Everything that may differ between installations, frozen after the start."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    # Where the data lives. The key store is a file or a PostgreSQL cluster of its own.
    database_url: SecretStr = SecretStr("sqlite:///var/weerbaar.sqlite")
    keystore_url: SecretStr = SecretStr("sqlite:///var/keystore.sqlite")
    service_keys_file: Path = Path("var/service-keys.json")
    # What a call needs while the database is gone; beside the service keys when it is not set.
    snapshot_file: Path | None = None

    # The address people and the provider use; signatures are checked against it, never the Host.
    public_url: str = "http://127.0.0.1:8070"
    trusted_proxies: int = Field(default=0, ge=0, le=5)

    # The telephone.
    hotline_number: str = "+31703738314"
    standby_number: str | None = None
    twilio_account_sid: str | None = None
    twilio_auth_tokens: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    twilio_api_key: SecretStr | None = None
    twilio_api_secret: SecretStr | None = None
    twilio_api_url: str | None = None
    twilio_region: str | None = None
    twilio_edge: str | None = None

    # Notices and watching.
    sms_sender: str | None = None
    smtp_url: SecretStr | None = None
    mail_from: str | None = None
    imap_url: SecretStr | None = None
    metrics_token: SecretStr | None = None
    heartbeat_url: str | None = None
    trail_witness: str | None = None

    @field_validator("hotline_number", "standby_number")
    @classmethod
    def _telephone(cls, value: str | None) -> str | None:
        return None if value in {None, ""} else _e164(str(value))

    @field_validator("twilio_auth_tokens", mode="before")
    @classmethod
    def _tokens(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an http or https address")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("must be https; plain http is for loopback only")
        if parts.query or parts.fragment or parts.path not in {"", "/"}:
            raise ValueError("must be a bare address without path, query or fragment")
        return value.rstrip("/")

    @field_validator("database_url", "keystore_url")
    @classmethod
    def _database(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("sqlite:///", "postgresql")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return value

    @model_validator(mode="after")
    def _together(self) -> Self:
        problems = []
        if (self.twilio_region is None) != (self.twilio_edge is None):
            problems.append("TWILIO_REGION and TWILIO_EDGE are only used together")
        if (self.twilio_api_key is None) != (self.twilio_api_secret is None):
            problems.append("TWILIO_API_KEY and TWILIO_API_SECRET are only used together")
        if self.standby_number is not None and self.standby_number == self.hotline_number:
            problems.append("STANDBY_NUMBER cannot be the HOTLINE_NUMBER")
        if self.database_url == self.keystore_url:
            problems.append("KEYSTORE_URL cannot be the DATABASE_URL: the two locks live apart")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def snapshot_path(self) -> Path:
        """Where the snapshot is; the journal is a folder beside it."""
        return self.snapshot_file or self.service_keys_file.with_name("snapshot.sealed")

    @property
    def secure(self) -> bool:
        """Whether people reach the application over https."""
        return self.public_url.startswith("https://")


class _FromProcess(BaseSettings, Settings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings.

    Args:
        environment: names and values to use instead of the process's environment and `.env`.

    Raises:
        SettingsRefused: one or more settings are wrong; all are named at once.
    """
    try:
        if environment is None:
            return _FromProcess()
        values = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environment.items()
            if name.startswith(PREFIX)
        }
        return Settings.model_validate(values)
    except ValidationError as refused:
        raise SettingsRefused([_problem(error) for error in refused.errors()]) from None


def _problem(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if not error["loc"]:
        return message
    return f"{PREFIX}{str(error['loc'][0]).upper()}: {message}"
