"""The provider's REST side: one client per process, with a time limit and no second tries."""

import time
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from weerbaar.config.settings import Settings
from weerbaar.hotline.calls.models import TraceKind
from weerbaar.hotline.telephony.provider_facts import (
    LIVE,
    Deletion,
    Line,
    NewCall,
    NoProvider,
    OwnNumber,
    ProviderRefused,
    ProviderSilent,
    Recording,
    TooLarge,
    is_recording,
    line_of,
    recording_of,
    text_of,
)

__all__ = [
    "Deletion", "Line", "NewCall", "NoProvider", "OwnNumber", "Provider", "ProviderRefused",
    "ProviderSilent", "Recording", "TooLarge", "is_recording", "provider", "quick",
]  # fmt: skip

SECONDS = 5
# Whoever waits for an answer on the line is not kept longer.
QUICK_SECONDS = 2.5
TOO_MANY = 429
NOT_FOUND = 404
OK = 200
SERVER_FAILED = 500
# Of the provider's record of a call, before it is final (section 8 of its reference: error 20009).
NOT_FINAL = 20009
THROTTLED = 20429
# A message of three minutes is 3 MB; what the fall-back documents record may be longer.
LARGEST_SOUND = 32 * 1024 * 1024
SOUND_SECONDS = 20
PIECE = 64 * 1024
# What one comparison reads of each kind; the next one reads on when these are gone.
MOST_LISTED = 1_000


class RewritingHttpClient(TwilioHttpClient):
    """Sends what is meant for the provider's host to another one, such as a simulator's."""

    def __init__(self, base: str | None, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._base = urlsplit(base) if base else None
        # Bodies and addresses carry numbers: the library's own logging stays silent.
        self.logger.disabled = True
        # The provider's own clock, as its newest answer told it.
        self.told_time: str | None = None

    def request(  # type: ignore[override]
        self, method: str, url: str, *args: Any, **kwargs: Any
    ) -> Response:
        """One request; see the library's class."""
        if self._base is not None:
            asked = urlsplit(url)
            url = urlunsplit(
                (self._base.scheme, self._base.netloc, self._base.path.rstrip("/") + asked.path,
                 asked.query, "")
            )  # fmt: skip
        answer = super().request(method, url, *args, **kwargs)
        self.told_time = (answer.headers or {}).get("Date")
        return answer


class Provider:
    """What the house asks of the provider: place a call, see whether a line lives, move it."""

    def __init__(self, settings: Settings, seconds: float = SECONDS) -> None:
        self._hotline = settings.hotline_number
        self._sms_sender = settings.sms_sender
        self._api_url = settings.twilio_api_url
        self._client = _client(settings, seconds)

    def __repr__(self) -> str:
        return "<Provider>"

    def place(self, call: NewCall) -> str:
        """Place a call and give its id there.

        Args:
            call: to whom and what then; the hotline's number shows.

        Raises:
            ProviderRefused: it was not placed.
            ProviderSilent: it may have been placed; it must not be sent again.
            NoProvider: there is no account.
        """
        second_try: dict[str, str] = {}
        if call.fallback:
            second_try = {"fallback_url": call.fallback, "fallback_method": "POST"}
        placed = self._ask(
            lambda client: client.calls.create(
                to=call.to,
                from_=self._hotline,
                url=call.url,
                method="POST",
                status_callback=call.status_callback,
                status_callback_method="POST",
                status_callback_event=["initiated", "ringing", "answered", "completed"],
                timeout=call.seconds,
                **second_try,
            )
        )
        return str(placed.sid)

    def text(self, to: str, body: str, status_callback: str) -> str:
        """Send an SMS and give its id there.

        Args:
            to: a mobile number of the staff, E.164.
            body: what it says.
            status_callback: where it is told whether it arrived.

        Raises:
            ProviderRefused: it was not sent.
            ProviderSilent: it may have been sent; it must not be sent again.
            NoProvider: there is no account, or no sender.
        """
        if self._sms_sender is None:
            raise NoProvider
        sent = self._ask(
            lambda client: client.messages.create(
                to=to, from_=self._sms_sender, body=body, status_callback=status_callback
            )
        )
        return str(sent.sid)

    def is_live(self, sid: str) -> bool:
        """Whether a line still lives there.

        Raises:
            ProviderRefused: it would not say.
            ProviderSilent: it did not answer.
            NoProvider: there is no account.
        """
        return self.word(sid) in LIVE

    def word(self, sid: str) -> str:
        """The provider's word for how a line fares; one it does not know has completed.

        Raises:
            ProviderRefused: it would not say.
            ProviderSilent: it did not answer.
            NoProvider: there is no account.
        """
        try:
            found = self._ask(lambda client: client.calls(sid).fetch())
        except ProviderRefused as refused:
            if refused.code == NOT_FOUND:
                return "completed"
            raise
        return text_of(found.status)

    def move(self, sid: str, url: str) -> None:
        """Make a live line fetch a document of ours.

        Args:
            sid: the line.
            url: where the document is.

        Raises:
            ProviderRefused: the line is over.
            ProviderSilent: it did not answer.
            NoProvider: there is no account.
        """
        self._ask(lambda client: client.calls(sid).update(url=url, method="POST"))

    def cancel(self, sid: str) -> None:
        """Stop a telephone that is not answered yet.

        Raises:
            ProviderRefused: it was answered, or is over.
            ProviderSilent: it did not answer.
            NoProvider: there is no account.
        """
        self._ask(lambda client: client.calls(sid).update(status="canceled"))

    def hang_up(self, sid: str) -> None:
        """End a live line.

        Raises:
            ProviderRefused: it is over already.
            ProviderSilent: it did not answer.
            NoProvider: there is no account.
        """
        self._ask(lambda client: client.calls(sid).update(status="completed"))

    def own_number(self) -> OwnNumber | None:
        """Where the calls to the number of the house go; None: it is not in the account.

        Raises:
            ProviderRefused: it would not say.
            ProviderSilent: it did not answer.
            NoProvider: there is no account.
        """
        found = self._ask(
            lambda client: client.incoming_phone_numbers.list(phone_number=self._hotline, limit=2)
        )
        for one in found:
            if one.phone_number == self._hotline:
                return OwnNumber(
                    sid=str(one.sid),
                    voice_url=one.voice_url or "",
                    fallback_url=one.voice_fallback_url or "",
                    status_url=one.status_callback or "",
                    overridden=bool(one.voice_application_sid or one.trunk_sid),
                )
        return None

    def point(self, sid: str, *, voice_url: str, fallback_url: str | None, status_url: str) -> None:
        """Say where the calls to a number go.

        Args:
            sid: the provider's id of the number.
            voice_url: where a call begins.
            fallback_url: where it goes when that fails; None leaves it as it is.
            status_url: where its end is told.

        Raises:
            ProviderRefused: it stays as it was.
            ProviderSilent: it may have changed.
            NoProvider: there is no account.
        """
        fallback = {}
        if fallback_url is not None:
            fallback = {"voice_fallback_url": fallback_url, "voice_fallback_method": "POST"}
        self._ask(
            lambda client: client.incoming_phone_numbers(sid).update(
                voice_url=voice_url, voice_method="POST", **fallback,
                status_callback=status_url, status_callback_method="POST",
            )
        )  # fmt: skip

    def countries_allowed(self) -> frozenset[str]:
        """The countries that the account may call (ISO codes): its geo permissions.

        Raises:
            ProviderRefused: it would not say.
            ProviderSilent: it did not answer.
            NoProvider: there is no account.
        """
        found = self._ask(
            lambda client: client.voice.v1.dialing_permissions.countries.list(
                low_risk_numbers_enabled=True, limit=300
            )
        )
        return frozenset(str(one.iso_code) for one in found)

    def newest_recording(self) -> str | None:
        """The address of the sound of some recording that is there; None: there is none.

        Raises:
            ProviderRefused: it would not say.
            ProviderSilent: it did not answer.
            NoProvider: there is no account.
        """
        found = self._ask(lambda client: client.recordings.list(limit=1))
        return str(found[0].media_url) + ".wav" if found else None

    @property
    def told_time(self) -> datetime | None:
        """What the provider's clock read at its newest answer, aware; None before the first."""
        http = None if self._client is None else self._client.http_client
        text = http.told_time if isinstance(http, RewritingHttpClient) else None
        try:
            return parsedate_to_datetime(text) if text else None
        except ValueError:
            return None

    # ---- what is left there --------------------------------------------------------------

    def delete(self, kind: TraceKind, sid: str) -> Deletion:
        """Ask for something to be deleted there.

        A call can be deleted about a minute after its end; until then the answer is error 20009.
        Deleting a recording removes its sound; its metadata stay for 40 days.

        Args:
            kind: what it is.
            sid: its id.

        Raises:
            ProviderRefused: it will not, for another reason.
            ProviderSilent: it did not answer.
            NoProvider: there is no account.
        """

        def ask(client: Client) -> Any:
            things: dict[TraceKind, Any] = {
                TraceKind.CALL: client.calls,
                TraceKind.RECORDING: client.recordings,
                TraceKind.MESSAGE: client.messages,
            }
            return things[kind](sid).delete()

        try:
            self._ask(ask)
        except ProviderRefused as refused:
            if refused.code == NOT_FOUND:
                return Deletion.GONE
            if refused.code in {NOT_FINAL, THROTTLED}:
                return Deletion.NOT_YET
            raise
        return Deletion.ASKED

    def line(self, sid: str) -> Line | None:
        """What the provider knows of a call; None where it knows none.

        Raises:
            As `delete`.
        """
        found = self._found(lambda client: client.calls(sid).fetch())
        return None if found is None else line_of(found)

    def recording(self, sid: str) -> Recording | None:
        """What the provider knows of a recording; None where it knows none.

        Raises:
            As `delete`.
        """
        found = self._found(lambda client: client.recordings(sid).fetch())
        return None if found is None else recording_of(found)

    def recordings(self, line_sid: str | None = None) -> list[Recording]:
        """The recordings there, of one line or all; deleted ones are not listed.

        Raises:
            As `delete`.
        """
        only = {} if line_sid is None else {"call_sid": line_sid}
        found = self._ask(lambda client: client.recordings.list(limit=MOST_LISTED, **only))
        return [recording_of(one) for one in found]

    def lines(self, number: str) -> list[Line]:
        """The calls to and from a number of ours that are listed there.

        Args:
            number: E.164.

        Raises:
            As `delete`.
        """
        found: list[Line] = []
        for end in ("to", "from_"):
            only = {end: number}
            listed = self._ask(
                lambda client, only=only: client.calls.list(limit=MOST_LISTED, **only)
            )
            found.extend(line_of(one) for one in listed)
        return found

    def messages(self, sender: str) -> list[str]:
        """The ids of the text messages from a sender of ours that are listed there.

        Raises:
            As `delete`.
        """
        listed = self._ask(lambda client: client.messages.list(limit=MOST_LISTED, from_=sender))
        return [str(one.sid) for one in listed]

    def sound(self, sid: str) -> bytes:
        """The file of a recording, whole.

        It is asked at our own account's address, made of the id alone: an address that came in
        a request is never followed, nor is a redirect.

        Args:
            sid: of the recording.

        Raises:
            TooLarge: it is larger than anything we keep.
            ProviderRefused: there is no such file, or not for us.
            ProviderSilent: it did not come, or not in time.
            NoProvider: there is no account.
        """
        if self._client is None:
            raise NoProvider
        if not is_recording(sid):
            raise ProviderRefused(NOT_FOUND)
        base = self._api_url or self._client.get_hostname("https://api.twilio.com")
        user, password = self._client.auth
        account = self._client.account_sid
        url = f"{base.rstrip('/')}/2010-04-01/Accounts/{account}/Recordings/{sid}.wav"
        try:
            with requests.get(
                url,
                auth=(str(user), str(password)),
                timeout=SECONDS,
                stream=True,
                allow_redirects=False,
            ) as answer:
                if answer.status_code >= SERVER_FAILED:
                    raise ProviderSilent
                if answer.status_code != OK:
                    raise ProviderRefused(answer.status_code)
                return _limited(answer)
        except (requests.RequestException, OSError):
            raise ProviderSilent from None

    def _found(self, question: Any) -> Any:
        try:
            return self._ask(question)
        except ProviderRefused as refused:
            if refused.code == NOT_FOUND:
                return None
            raise

    def _ask(self, question: Any) -> Any:
        if self._client is None:
            raise NoProvider
        try:
            return question(self._client)
        except TwilioRestException as error:
            if error.status >= SERVER_FAILED:
                raise ProviderSilent from None
            known = NOT_FOUND if error.status == NOT_FOUND else error.code
            raise ProviderRefused(known) from None
        except (TwilioException, requests.RequestException, OSError):
            raise ProviderSilent from None


def _limited(answer: requests.Response) -> bytes:
    until = time.monotonic() + SOUND_SECONDS
    sound = bytearray()
    for piece in answer.iter_content(PIECE):
        sound += piece
        if len(sound) > LARGEST_SOUND:
            raise TooLarge
        if time.monotonic() > until:
            raise ProviderSilent
    return bytes(sound)


def _client(settings: Settings, seconds: float) -> Client | None:
    account = settings.twilio_account_sid
    if account is None:
        return None
    if settings.twilio_api_key is not None and settings.twilio_api_secret is not None:
        user = settings.twilio_api_key.get_secret_value()
        password = settings.twilio_api_secret.get_secret_value()
    elif settings.twilio_auth_tokens:
        user, password = account, settings.twilio_auth_tokens[0].get_secret_value()
    else:
        return None
    # The library reads region and edge from the environment by itself; ours are the ones meant.
    client = Client(
        user,
        password,
        account,
        http_client=RewritingHttpClient(settings.twilio_api_url, seconds),
        environment={},
    )
    client.region, client.edge = settings.twilio_region, settings.twilio_edge
    return client


@cache
def provider(settings: Settings) -> Provider:
    """The one client of these settings in this process."""
    return Provider(settings)


@cache
def quick(settings: Settings) -> Provider:
    """A client of these settings for what somebody on the line waits for."""
    return Provider(settings, QUICK_SECONDS)
