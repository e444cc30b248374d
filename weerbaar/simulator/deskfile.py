"""Who sits at which telephone of the demo: a JSON file."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp

from weerbaar.simulator import personas
from weerbaar.simulator.personas import Persona

# What a phone can be set to, by the name the desk uses, with the Dutch name for the page.
CHOICES: dict[str, tuple[str, Persona]] = {
    "hand": ("Met de hand", personas.manual()),
    "1": ("Neemt op, toetst 1", personas.answers("1")),
    "2": ("Neemt op, toetst 2", personas.refuses()),
    "wrong": ("Neemt op, toetst 7", personas.wrong_key()),
    "silent": ("Neemt op, toetst niets", personas.silent()),
    "screen": ("Neemt op, hangt weer op", personas.hangs_up_in_screen()),
    "voicemail": ("Voicemail", personas.voicemail()),
    "busy": ("In gesprek", personas.busy()),
    "rejects": ("Weigert", personas.rejects()),
    "off": ("Neemt niet op", personas.off()),
    "unreachable": ("Niet bereikbaar", personas.unreachable()),
}


class BadDeskFile(Exception):
    """The file cannot be read as a desk."""


@dataclass(frozen=True)
class Phone:
    """A person's telephone on the desk; the secret does not show."""

    name: str
    number: str
    mail: str = ""
    totp_secret: str | None = field(default=None, repr=False)
    persona: str = "hand"

    def code(self, seconds: float) -> str | None:
        """The sign-in code at this time (seconds since 1970)."""
        return pyotp.TOTP(self.totp_secret).at(int(seconds)) if self.totp_secret else None


@dataclass(frozen=True)
class DeskFile:
    """All telephones on the desk."""

    hotline: str | None = None
    app_url: str = ""
    phones: tuple[Phone, ...] = ()
    callers: tuple[Phone, ...] = ()


def load(path: Path) -> DeskFile:
    """Read a desk file.

    Raises:
        BadDeskFile: missing, no JSON, or a telephone without name or number, or with a
            secret that makes no code.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        return DeskFile(
            given.get("hotline"),
            given.get("app_url", ""),
            tuple(_phone(row) for row in given.get("phones", [])),
            tuple(_phone(row) for row in given.get("callers", [])),
        )
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as wrong:
        raise BadDeskFile(f"{path}: {type(wrong).__name__}") from None


def _phone(row: dict[str, Any]) -> Phone:
    persona = row.get("persona") or "hand"
    if persona not in CHOICES:
        raise ValueError(persona)
    phone = Phone(
        row["name"], row["number"], row.get("mail", ""), row.get("totp_secret") or None, persona
    )
    # A secret that makes no code is refused here, not on the page.
    phone.code(0)
    return phone
