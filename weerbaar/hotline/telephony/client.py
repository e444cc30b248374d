"""The provider's REST side: one client per process, with a time limit and no second tries."""

from dataclasses import dataclass
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

SECONDS = 5
TOO_MANY = 429
NOT_FOUND = 404
_LIVE = frozenset({"queued", "initiated", "ringing", "in-progress"})


class ProviderRefused(Exception):
    """The provider answered no: nothing was done there. `code` is the provider's."""

    def __init__(self, code: int | None) -> None:
        self.code = code
        super().__init__(f"code {code}")


class ProviderSilent(Exception):
    """The provider did not answer: what was asked may or may not have been done."""


class NoProvider(Exception):
    """The settings name no account at a provider."""


@dataclass(frozen=True)
class NewCall:
    """A call to place: to one telephone of the house, then steps of ours."""

    to: str
    url: str
    status_callback: str
    seconds: int

    def __repr__(self) -> str:
        return "<NewCall>"


@dataclass(frozen=True)
class OwnNumber:
    """Where the provider sends the calls to our number; an application or trunk overrides it."""

    sid: str
    voice_url: str
    fallback_url: str
    status_url: str
    overridden: bool


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

    def __init__(self, settings: Settings) -> None:
        self._hotline = settings.hotline_number
        self._sms_sender = settings.sms_sender
        self._client = _client(settings)

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
            )
        )
        return str(placed.sid)

    def text(self, to: str, body: str) -> str:
        """Send an SMS and give its id there.

        Args:
            to: a mobile number of the staff, E.164.
            body: what it says.

        Raises:
            ProviderRefused: it was not sent.
            ProviderSilent: it may have been sent; it must not be sent again.
            NoProvider: there is no account, or no sender.
        """
        if self._sms_sender is None:
            raise NoProvider
        sent = self._ask(
            lambda client: client.messages.create(to=to, from_=self._sms_sender, body=body)
        )
        return str(sent.sid)

    def is_live(self, sid: str) -> bool:
        """Whether a line still lives there.

        Raises:
            ProviderRefused: it would not say.
            ProviderSilent: it did not answer.
            NoProvider: there is no account.
        """
        try:
            found = self._ask(lambda client: client.calls(sid).fetch())
        except ProviderRefused as refused:
            if refused.code == NOT_FOUND:
                return False
            raise
        return str(getattr(found.status, "value", found.status)) in _LIVE

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

    def point(self, sid: str, *, voice_url: str, fallback_url: str, status_url: str) -> None:
        """Say where the calls to a number go.

        Args:
            sid: the provider's id of the number.
            voice_url: where a call begins.
            fallback_url: where it goes when that fails.
            status_url: where its end is told.

        Raises:
            ProviderRefused: it stays as it was.
            ProviderSilent: it may have changed.
            NoProvider: there is no account.
        """
        self._ask(
            lambda client: client.incoming_phone_numbers(sid).update(
                voice_url=voice_url, voice_method="POST",
                voice_fallback_url=fallback_url, voice_fallback_method="POST",
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

    def _ask(self, question: Any) -> Any:
        if self._client is None:
            raise NoProvider
        try:
            return question(self._client)
        except TwilioRestException as error:
            server_failed = error.status >= 500  # noqa: PLR2004 - HTTP's own boundary
            if server_failed:
                raise ProviderSilent from None
            known = NOT_FOUND if error.status == NOT_FOUND else error.code
            raise ProviderRefused(known) from None
        except (TwilioException, requests.RequestException, OSError):
            raise ProviderSilent from None


def _client(settings: Settings) -> Client | None:
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
        http_client=RewritingHttpClient(settings.twilio_api_url, SECONDS),
        environment={},
    )
    client.region, client.edge = settings.twilio_region, settings.twilio_edge
    return client


@cache
def provider(settings: Settings) -> Provider:
    """The one client of these settings in this process."""
    return Provider(settings)
