"""Speaking to our own doors as the provider does: signed, over the public address.

Used to prove that what the provider would send arrives, is believed and is answered.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import requests
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from weerbaar.config.settings import Settings
from weerbaar.hotline.telephony.signature import HEADER

SECONDS = 15  # what the provider itself waits at most


class NoAnswer(Exception):
    """Our own address did not answer; the reason is a fixed word or a type of error."""


@dataclass(frozen=True)
class Answer:
    """What our door said, and how long it took."""

    status: int
    text: str = field(repr=False)
    milliseconds: int = 0


class OwnLine:
    """Requests to the doors of the telephone, as the provider would send them.

    Args:
        settings: the public address, the account and its tokens.
        token: which of the tokens signs; the first without.
    """

    def __init__(self, settings: Settings, token: SecretStr | None = None) -> None:
        self._public_url = settings.public_url
        self._account = settings.twilio_account_sid or ""
        first = settings.twilio_auth_tokens[0] if settings.twilio_auth_tokens else None
        self._token = token or first
        self._http = requests.Session()
        # Through the public address and nothing else: no proxy of this machine's.
        self._http.trust_env = False

    def __repr__(self) -> str:
        return "<OwnLine>"

    def post(self, address: str, fields: Mapping[str, str], *, signed: bool = True) -> Answer:
        """One request.

        Args:
            address: the whole address, as a document gave it, or a path under the public one.
            fields: the provider's fields.
            signed: False leaves the signature out.

        Raises:
            NoAnswer: nothing came back, or there is no token to sign with.
        """
        url = address.partition("#")[0]
        if url.startswith("/"):
            url = self._public_url + url
        form = {"AccountSid": self._account, **fields}
        headers = {}
        if signed:
            if self._token is None:
                raise NoAnswer("no token")
            validator = RequestValidator(self._token.get_secret_value())
            headers[HEADER] = validator.compute_signature(url, form)
        began = time.perf_counter()
        try:
            answer = self._http.post(
                url, data=form, headers=headers, timeout=SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            raise NoAnswer(type(error).__name__) from None
        spent = round((time.perf_counter() - began) * 1000)
        return Answer(answer.status_code, answer.text, spent)
