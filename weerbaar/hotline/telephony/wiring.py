"""How our number stands at the provider, against how it should stand."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urldefrag

from weerbaar.accounts.house import House
from weerbaar.config.settings import Settings
from weerbaar.hotline.calls import pulses
from weerbaar.hotline.calls.models import Pulse
from weerbaar.hotline.telephony import client
from weerbaar.hotline.telephony.client import OwnNumber
from weerbaar.hotline.telephony.twiml import Documents


class Fault(StrEnum):
    """What is wrong with the number at the provider."""

    NO_ACCOUNT = "no-account"
    REFUSED = "refused"
    SILENT = "silent"
    NO_NUMBER = "no-number"
    OVERRIDDEN = "overridden"  # an application or a trunk takes the calls
    VOICE = "voice"  # calls do not begin here
    FALLBACK = "fallback"  # there is none
    STATUS = "status"  # the end of a line is not told here


@dataclass(frozen=True)
class Addresses:
    """Where the provider asks: a call's beginning, what to do when that fails, its end."""

    voice: str
    fallback: str
    status: str


def wanted(settings: Settings) -> Addresses:
    """The addresses of this installation."""
    documents = Documents(settings.public_url, settings.hotline_number)
    return Addresses(documents.url("voice"), documents.url("fallback"), documents.url("status"))


def faults(settings: Settings, found: OwnNumber | None) -> list[Fault]:
    """What is wrong with the number as it stands; the most harmful first.

    A fallback elsewhere is right: static documents on another host outlive this house. What
    stands behind the `#` is instructions to the provider and not looked at here.

    Args:
        settings: of this installation.
        found: how the number stands; None: it is not in the account.
    """
    if found is None:
        return [Fault.NO_NUMBER]
    right = wanted(settings)
    wrong = []
    if found.overridden:
        wrong.append(Fault.OVERRIDDEN)
    if not _same(found.voice_url, right.voice):
        wrong.append(Fault.VOICE)
    if not found.fallback_url:
        wrong.append(Fault.FALLBACK)
    if not _same(found.status_url, right.status):
        wrong.append(Fault.STATUS)
    return wrong


def _same(found: str, right: str) -> bool:
    return urldefrag(found).url == urldefrag(right).url


def exact(settings: Settings, found: OwnNumber) -> Addresses:
    """The addresses to set: ours, with the fallback left where it is when it is elsewhere."""
    right = wanted(settings)
    elsewhere = found.fallback_url and not _same(found.fallback_url, right.fallback)
    return Addresses(right.voice, found.fallback_url if elsewhere else right.fallback, right.status)


def look(house: House, now: datetime) -> int:
    """Ask the provider how our number stands, and keep what was found; the worker's duty.

    Args:
        house: settings, database and vault.
        now: this instant, aware, UTC.
    """
    finding = _ask(house.settings)
    with house.database.session() as session:
        pulses.note(session, house.vault, Pulse.PROVIDER, finding, now)
        session.commit()
    return 0


def _ask(settings: Settings) -> str:
    try:
        wrong = faults(settings, client.provider(settings).own_number())
    except client.NoProvider:
        return Fault.NO_ACCOUNT
    except client.ProviderRefused:
        return Fault.REFUSED
    except client.ProviderSilent:
        return Fault.SILENT
    return wrong[0] if wrong else pulses.WELL
