"""Mail to the staff: one short text, over a verified connection, and nothing that names anybody.

An address that is refused, and a server that refuses before it has the text, sent nothing. A
server that goes silent after it was given the text may have sent it.
"""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from urllib.parse import unquote, urlsplit

from weerbaar.accounts.deliveries import NotNow, Parcel, Problem, Refused, Unanswered
from weerbaar.accounts.house import House
from weerbaar.config.settings import LOOPBACK, Settings

SECONDS = 5
SENDER_NAME = "Weerbaar"
SUBJECT = "Bericht van Weerbaar"
PORTS = {"smtp": 587, "smtps": 465}
# From here on an answer of the server says that it will not work later either.
PERMANENT = 500


@dataclass(frozen=True)
class Server:
    """Where mail is handed in."""

    host: str
    port: int
    implicit_tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def must_encrypt(self) -> bool:
        """Only what stays on this machine may travel in the clear."""
        return self.host not in LOOPBACK


def server_of(settings: Settings) -> Server | None:
    """The server of the settings; None where no mail is sent.

    Args:
        settings: `SMTP_URL` is `smtps://user:password@host:465` for TLS from the first byte, or
            `smtp://...:587` for STARTTLS.
    """
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    parts = urlsplit(settings.smtp_url.get_secret_value())
    return Server(
        host=parts.hostname or "",
        port=parts.port or PORTS[parts.scheme],
        implicit_tls=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def body_of(text: str, public_url: str) -> str:
    """All that a mail says.

    Args:
        text: one of the closed list.
        public_url: the bare address of the application.
    """
    return f"{text}\n\n{public_url}\n"


def send(house: House, parcel: Parcel, now: datetime) -> None:
    """Carry one mail; the sender of the channel *mail*.

    Args:
        house: its settings name the server.
        parcel: to whom and what.
        now: this instant, aware, UTC.

    Raises:
        NotNow: the server could not be reached, or said later.
        Unanswered: it went silent after it had the text.
        Refused: it will not take this mail.
    """
    server, sender = server_of(house.settings), house.settings.mail_from
    if server is None or sender is None:
        raise Refused(Problem.NO_SENDER)
    message = _message(parcel, sender, house.settings.public_url, now)
    connection = _open(server)
    try:
        _hand_in(connection, message, sender, parcel.address)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            connection.quit()


def _message(parcel: Parcel, sender: str, public_url: str, now: datetime) -> EmailMessage:
    message = EmailMessage()
    message["From"] = formataddr((SENDER_NAME, sender))
    message["To"] = parcel.address
    message["Subject"] = SUBJECT
    message["Date"] = format_datetime(now)
    # The same for every try: whoever stores mail can see that it is the same one.
    message["Message-ID"] = f"<{parcel.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "nl"
    message.set_content(body_of(parcel.text, public_url))
    return message


def _open(server: Server) -> smtplib.SMTP:
    # Nothing of the mail has left yet: whatever goes wrong here may be tried again.
    tls = ssl.create_default_context()
    try:
        if server.implicit_tls:
            return _greet(
                smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=tls), server
            )
        return _greet(smtplib.SMTP(server.host, server.port, timeout=SECONDS), server, tls)
    except (smtplib.SMTPException, OSError):
        raise NotNow from None


def _greet(
    connection: smtplib.SMTP, server: Server, tls: ssl.SSLContext | None = None
) -> smtplib.SMTP:
    try:
        connection.ehlo_or_helo_if_needed()
        if tls is not None and (server.must_encrypt or connection.has_extn("starttls")):
            connection.starttls(context=tls)
        if server.user is not None:
            connection.login(server.user, server.password or "")
    except (smtplib.SMTPException, OSError):
        connection.close()
        raise
    return connection


def _hand_in(connection: smtplib.SMTP, message: EmailMessage, sender: str, address: str) -> None:
    try:
        connection.send_message(message, sender, [address])
    except smtplib.SMTPRecipientsRefused as refused:
        raise _refusal(max(code for code, _text in refused.recipients.values())) from None
    except smtplib.SMTPResponseException as refused:
        raise _refusal(refused.smtp_code) from None
    except smtplib.SMTPNotSupportedError:
        raise Refused(Problem.NO_ADDRESS) from None
    except (smtplib.SMTPException, OSError):
        raise Unanswered from None


def _refusal(code: int) -> Exception:
    return Refused(Problem.REFUSED) if code >= PERMANENT else NotNow()
