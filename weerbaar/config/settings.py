"""Settings: environment variables `WEERBAAR_*`, also from `.env`, checked whole at the start."""

import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

import phonenumbers
from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "WEERBAAR_"
ENV_FILE = ".env"
# Names for the tools of the tests, which no installation reads.
TOOLS = f"{PREFIX}TEST_"
_SENDER_NAME = re.compile(r"[A-Za-z0-9 _&+-]{1,11}", re.ASCII)
_MAIL_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\"]+")
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
    # Where backups go: two places, for whoever has both has both locks.
    backup_folder: Path = Path("var/backups")
    keystore_backup_folder: Path = Path("var/keystore-backups")

    # The address people and the provider use; signatures are checked against it, never the Host.
    public_url: str = "http://127.0.0.1:8070"
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    # Whom strangers tell of a weak spot: mailto:, https: or tel:.
    security_contact: str | None = None
    # What the public statements say; what is not set, they say is missing. Contacts are a mail
    # address or an https address; limits stand between bars: `one | another`.
    organisation: str | None = None
    privacy_contact: str | None = None
    privacy_officer: str | None = None
    privacy_basis: str | None = None
    privacy_basis_en: str | None = None
    accessibility_contact: str | None = None
    accessibility_tested: date | None = None
    accessibility_limits: str | None = None
    accessibility_limits_en: str | None = None
    # Leaked passwords that nobody may choose: SHA-1:COUNT a line, in the order of the hashes.
    breached_passwords_file: Path | None = None

    # A newer list of municipalities and provinces than the house's own.
    governments_folder: Path | None = None

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
    # Whether callers are offered to leave a message, and the RSA key that opens recordings which
    # the provider encrypts (only with its Enterprise or Security Edition).
    voicemail: bool = True
    recording_key_file: Path | None = None

    # How many weeks ahead rotations fill the roster.
    roster_weeks: int = Field(default=26, ge=1, le=104)
    # Less rest between shifts, or more days of duty in a row, is warned of.
    roster_rest_hours: int = Field(default=11, ge=0, le=72)
    roster_days_in_a_row: int = Field(default=7, ge=1, le=60)

    # The goal of the tour: so many governments visited, on this day at the latest.
    tour_goal_municipalities: int = Field(default=342, ge=1, le=1000)
    tour_goal_provinces: int = Field(default=12, ge=1, le=100)
    # What the team may spend on trainers in a year; without, nothing is compared.
    tour_budget_euros: int | None = Field(default=None, ge=0)
    tour_goal_day: date = date(2024, 12, 31)

    # How long after the start of a shift one may say that one is there, in minutes.
    duty_confirm_minutes: int = Field(default=15, ge=6, le=120)

    # Notices and watching.
    sms_sender: str | None = None
    smtp_url: SecretStr | None = None
    mail_from: str | None = None
    imap_url: SecretStr | None = None
    metrics_token: SecretStr | None = None
    # It may hold a token of whoever listens for it.
    heartbeat_url: SecretStr | None = None
    # Where the newest row of the trail is told every day: a file, or mailto: and an address.
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

    @field_validator("security_contact")
    @classmethod
    def _contact(cls, value: str | None) -> str | None:
        if not value:
            return None
        # RFC 9116, section 2.5.3; a line end would add lines of somebody's choice.
        if not value.startswith(("mailto:", "https://", "tel:")) or not value.isprintable():
            raise ValueError("must begin with mailto:, https:// or tel:")
        return value

    @field_validator("privacy_contact", "privacy_officer", "accessibility_contact")
    @classmethod
    def _asked(cls, value: str | None) -> str | None:
        if value is None or not value.strip():
            return None
        contact = value.strip()
        if contact.startswith("https://") and contact.isprintable() and " " not in contact:
            return contact
        if _MAIL_ADDRESS.fullmatch(contact) is None:
            raise ValueError("must be a bare mail address, or begin with https://")
        return contact

    @field_validator("accessibility_tested", mode="before")
    @classmethod
    def _no_day(cls, value: Any) -> Any:
        return value or None

    @field_validator("heartbeat_url")
    @classmethod
    def _heartbeat(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an http or https address")
        return value

    @field_validator("sms_sender")
    @classmethod
    def _sender(cls, value: str | None) -> str | None:
        # The provider takes a number, or up to eleven letters, digits and spaces with a letter.
        if value in {None, ""}:
            return None
        sender = str(value).strip()
        if sender.startswith(("+", "0")):
            return _e164(sender)
        if _SENDER_NAME.fullmatch(sender) is None or not any(one.isalpha() for one in sender):
            raise ValueError(
                "must be a telephone number, or at most 11 letters, digits and spaces"
                " with at least one letter"
            )
        return sender

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("must begin with smtp:// or smtps:// and name a host")
        return value

    @field_validator("imap_url")
    @classmethod
    def _mailbox(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        parts = urlsplit(value.get_secret_value())
        local = parts.scheme == "imap" and parts.hostname in LOOPBACK
        if not (parts.scheme == "imaps" and parts.hostname) and not local:
            raise ValueError("must begin with imaps:// and name a host")
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_address(cls, value: str | None) -> str | None:
        if value in {None, ""}:
            return None
        address = str(value).strip()
        if _MAIL_ADDRESS.fullmatch(address) is None:
            raise ValueError("must be a bare mail address")
        return address

    @field_validator("database_url", "keystore_url")
    @classmethod
    def _database(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("sqlite:///", "postgresql")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return value

    @model_validator(mode="wrap")
    @classmethod
    def _all_at_once(cls, given: Any, handler: Any) -> Self:
        """Each setting by itself and all of them together: no problem hides another."""
        apart = dict(given) if isinstance(given, Mapping) else {}
        details = [_detail(problem, ()) for problem in _together(apart)]
        try:
            made: Self = handler(given)
        except ValidationError as refused:
            details = [
                *(_detail(_message(error), error["loc"]) for error in refused.errors()), *details
            ]  # fmt: skip
        if details:
            raise ValidationError.from_exception_data(cls.__name__, details)
        return made

    @property
    def snapshot_path(self) -> Path:
        """Where the snapshot is; the journal is a folder beside it."""
        return self.snapshot_file or self.service_keys_file.with_name("snapshot.sealed")

    @property
    def secure(self) -> bool:
        """Whether people reach the application over https."""
        return self.public_url.startswith("https://")


def _together(given: Mapping[str, Any]) -> list[str]:
    """What is wrong between settings, as they were given."""
    problems = [
        f"{PREFIX}{one.upper()} and {PREFIX}{other.upper()} are only used together"
        for one, other in (
            ("twilio_region", "twilio_edge"), ("twilio_api_key", "twilio_api_secret"),
            ("smtp_url", "mail_from"),
        )
        if (given.get(one) is None) != (given.get(other) is None)
    ]  # fmt: skip
    fields = Settings.model_fields
    standby, hotline = (
        _comparable(given.get(name, fields[name].default))
        for name in ("standby_number", "hotline_number")
    )
    if standby is not None and standby == hotline:
        problems.append(f"{PREFIX}STANDBY_NUMBER cannot be the {PREFIX}HOTLINE_NUMBER")
    places = [
        _revealed(given.get(name, fields[name].default))
        for name in ("database_url", "keystore_url")
    ]
    if places[0] == places[1]:
        problems.append(
            f"{PREFIX}KEYSTORE_URL cannot be the {PREFIX}DATABASE_URL: the two locks live apart"
        )
    folders = [
        Path(str(given.get(name, fields[name].default))).absolute()
        for name in ("backup_folder", "keystore_backup_folder")
    ]
    if folders[0] == folders[1]:
        problems.append(
            f"{PREFIX}KEYSTORE_BACKUP_FOLDER cannot be the {PREFIX}BACKUP_FOLDER:"
            " the two locks live apart"
        )
    return problems


def _comparable(number: Any) -> str | None:
    try:
        return _e164(str(number)) if number else None
    except ValueError:
        return None


def _revealed(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _detail(problem: str, place: tuple[int | str, ...]) -> InitErrorDetails:
    # The text travels as a value, so that braces in it mean nothing.
    kind = PydanticCustomError("setting", "{problem}", {"problem": problem})
    return InitErrorDetails(type=kind, loc=place, input=None)


class _FromProcess(BaseSettings, Settings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, extra="ignore", frozen=True, hide_input_in_errors=True
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


def unknown_names(environment: Mapping[str, str] | None = None) -> list[str]:
    """Names that look like settings and are none: a slip of the pen leaves a setting unset.

    Args:
        environment: names and values to use instead of the process's environment and `.env`.
    """
    given: Mapping[str, Any] = (
        {**dotenv_values(ENV_FILE), **os.environ} if environment is None else environment
    )
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return sorted(
        name
        for name in given
        if name.upper().startswith(PREFIX)
        and name.upper() not in known
        and not name.startswith(TOOLS)
    )


def _message(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


def _problem(error: Any) -> str:
    if not error["loc"]:
        return _message(error)
    return f"{PREFIX}{str(error['loc'][0]).upper()}: {_message(error)}"
