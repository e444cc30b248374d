"""Who carries notices out of the house: SMS by the provider, mail by SMTP, where they are set."""

from datetime import datetime

from weerbaar.accounts import deliveries, mail
from weerbaar.accounts.deliveries import Sender
from weerbaar.accounts.house import House
from weerbaar.accounts.notice_rules import Channel
from weerbaar.config.settings import Settings
from weerbaar.hotline.telephony import messages


def senders(settings: Settings) -> dict[Channel, Sender]:
    """The channels that an installation has; a missing one is for `doctor` to name."""
    found: dict[Channel, Sender] = {}
    if settings.sms_sender is not None and settings.twilio_account_sid is not None:
        found[Channel.SMS] = messages.send
    if mail.server_of(settings) is not None:
        found[Channel.MAIL] = mail.send
    return found


def carry(house: House, now: datetime) -> int:
    """A round of the worker: hand out new notices and carry what is due."""
    return deliveries.carry(house, senders(house.settings), now)


def forget_old(house: House, now: datetime) -> int:
    """A round of the worker: forget deliveries of long ago."""
    with house.database.session() as session:
        gone = deliveries.forget_old(session, now)
        session.commit()
    return gone
