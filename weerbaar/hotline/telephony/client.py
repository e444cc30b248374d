"""The provider's REST side: one client per process, with a time limit and no second tries."""

from dataclasses import dataclass
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


class RewritingHttpClient(TwilioHttpClient):
    """Sends what is meant for the provider's host to another one, such as a simulator's."""

    def __init__(self, base: str | None, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._base = urlsplit(base) if base else None
        # Bodies and addresses carry numbers: the library's own logging stays silent.
        self.logger.disabled = True

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
        return super().request(method, url, *args, **kwargs)


class Provider:
    """What the house asks of the provider: place a call, see whether a line lives, move it."""

    def __init__(self, settings: Settings) -> None:
        self._hotline = settings.hotline_number
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
