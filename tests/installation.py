"""A complete installation for tests: real keys, a real key store, people with open keys."""

import itertools
import shutil
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pyotp
from sqlalchemy import select

from weerbaar.accounts import groups, installation, people, wrappings
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.house import House, open_house
from weerbaar.accounts.models import PersonRow
from weerbaar.accounts.wrappings import Way
from weerbaar.config.settings import Settings, load_settings
from weerbaar.crypto.wrapping import TESTS_ONLY, RecoveryCode, from_password

PASSWORD = "een-lang-wachtwoord"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ADMITTED = frozenset({Role.CONFIDANT, Role.COORDINATOR})


class SettableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, instant: datetime = START) -> None:
        self._instant = instant

    def now(self) -> datetime:
        return self._instant

    def set(self, instant: datetime) -> None:
        self._instant = instant

    def forward(self, **duration: float) -> datetime:
        """Move on: `forward(minutes=15)`."""
        self._instant += timedelta(**duration)
        return self._instant


def settings_for(folder: Path, database_url: str, **more: str) -> Settings:
    """Settings of an installation whose files are in a folder."""
    values = {
        "DATABASE_URL": database_url,
        "KEYSTORE_URL": f"sqlite:///{folder / 'keystore.sqlite'}",
        "SERVICE_KEYS_FILE": str(folder / "service-keys.json"),
        "BACKUP_FOLDER": str(folder / "backups"),
        "KEYSTORE_BACKUP_FOLDER": str(folder / "keystore-backups"),
        "PUBLIC_URL": "http://127.0.0.1:8070",
        "HOTLINE_NUMBER": "+31703738314",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKENS": "a-token-of-nobody",
        **more,
    }
    return load_settings({f"WEERBAAR_{name}": value for name, value in values.items()})


@dataclass(frozen=True)
class Foundation:
    """An installation that was founded once and is copied: the files beside its database.

    Founding makes a thousand secrets and a handful of keys. A test that is not about founding
    begins with a copy; the copies of one process are one installation, and never meet.
    """

    folder: Path
    otpauth: str

    @classmethod
    def lay(cls, folder: Path, database_url: str, **settings: str) -> "Foundation":
        """Found an installation on a database whose schema stands."""
        return cls(folder, _found(settings_for(folder, database_url, **settings), START))

    def copy(self, folder: Path) -> str:
        """Put key store and service keys in a folder; the otpauth address of the founder."""
        for path in self.folder.iterdir():
            shutil.copy(path, folder)
        return self.otpauth


def _found(settings: Settings, now: datetime) -> str:
    return installation.found(
        settings,
        mail="coordinator@example.nl",
        name="Coördinator Voorbeeld",
        password=PASSWORD,
        now=now,
        profile=TESTS_ONLY,
    )


class Installation:
    """Founded by a coordinator, on a database whose schema stands.

    `house` is what doors get, `clock` can be set, `coordinator` is the founder with open keys.
    With a foundation, the database is a copy of the one that it was laid on.
    """

    def __init__(
        self,
        folder: Path,
        database_url: str,
        foundation: Foundation | None = None,
        **settings: str,
    ) -> None:
        self.folder = folder
        self.settings = settings_for(folder, database_url, **settings)
        self.clock = SettableClock()
        self._phones = itertools.count(612345601)
        self.mails: dict[UUID, str] = {}
        if foundation is None:
            otpauth = _found(self.settings, self.clock.now())
        else:
            otpauth = foundation.copy(folder)
        self.house: House = open_house(self.settings, self.clock, profile=TESTS_ONLY, pool_size=5)
        self._totp = {"coordinator@example.nl": parse_qs(urlsplit(otpauth).query)["secret"][0]}
        self.coordinator = self._founder()

    def _founder(self) -> Actor:
        with self.house.database.session() as session:
            person_id = session.scalars(select(PersonRow.id)).one()
            self.mails[person_id] = "coordinator@example.nl"
        return self.actor(person_id)

    def actor(self, person_id: UUID) -> Actor:
        """Somebody with keys opened anew by his password, as a new request would have them."""
        with self.house.database.session() as session:
            row = wrappings.find(session, person_id, Way.PASSWORD)
            what = from_password(PASSWORD, bytes(row.salt), TESTS_ONLY)
            keys = wrappings.open_with(self.house.vault, row, what)
            roles = people.card(session, self.house.vault, person_id).roles
        return Actor(person_id, roles, keys)

    def person(
        self,
        name: str,
        roles: Iterable[Role] = (Role.CONFIDANT,),
        *,
        phone: str | None = "",
        admitted: bool = True,
        signed_in: bool = True,
    ) -> Actor:
        """Somebody active, with a password, a recovery code, a phone of his own and open keys.

        Args:
            name: his name; the mail address is made of it.
            roles: his roles.
            phone: E.164; one is made up without, None for nobody's phone.
            admitted: whether confidants and coordinators get the key of `confidants`.
            signed_in: without it he stays invited, and has no keys.
        """
        house, now, wanted = self.house, self.clock.now(), frozenset(roles)
        number = f"+31{next(self._phones)}" if phone == "" else phone
        mail = f"{_plain(name)}@example.nl"
        with house.database.session() as session:
            person_id = people.invite(
                session, house.vault, self.coordinator,
                mail=mail, name=name, roles=wanted, phone=number, now=now,
                hotline_number=house.settings.hotline_number,
            )  # fmt: skip
            self.mails[person_id] = mail
            if not signed_in:
                session.commit()
                return Actor(person_id, wanted)
            self._totp[mail] = pyotp.random_base32()
            keys = people.activate(
                session, house.vault, person_id, totp_secret=self._totp[mail], now=now
            )
            stretched = wrappings.stretch(house.vault, PASSWORD)
            wrappings.set_password(session, house.vault, keys, stretched, now)
            recovery = RecoveryCode.new().value
            wrappings.add(session, house.vault, keys, Way.RECOVERY, recovery, now)
            session.commit()
            if admitted and wanted & ADMITTED:
                groups.admit(session, house.vault, self.coordinator, "confidants", person_id, now)
                session.commit()
        return Actor(person_id, wanted, keys)

    def mail(self, actor: Actor) -> str:
        """Somebody's mail address."""
        return self.mails[actor.person_id]

    def code(self, actor: Actor, *, steps: int = 0) -> str:
        """The code on somebody's phone now, or some steps of 30 seconds away."""
        return self.totp(actor).at(self.clock.now() + timedelta(seconds=30 * steps))

    def totp(self, actor: Actor) -> pyotp.TOTP:
        """The app on somebody's phone."""
        return pyotp.TOTP(self._totp[self.mail(actor)])

    def close(self) -> None:
        self.house.dispose()


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(one for one in letters.lower().replace(" ", ".") if one.isalnum() or one == ".")
