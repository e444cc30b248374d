"""A network in virtual time and a small application on loopback, both over real HTTP."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, Response, request
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from weerbaar.simulator import Account, LocalServer, Network, VirtualClock, api

ACCOUNT = Account("AC" + 32 * "0", "auth-token", "SK" + 32 * "1", "api-secret")
START = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)

PROVIDER = re.compile(r"^https://[a-z]+\.twilio\.com")
Answer = str | Response | Callable[[], Any]


@dataclass
class House:
    """Answers by path; every request must be signed; what came is kept."""

    answers: dict[str, Answer] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    refused: int = 0
    url: str = ""

    def app(self) -> Flask:
        app = Flask("house")
        validator = RequestValidator(ACCOUNT.token)

        @app.route("/<path:path>", methods=["GET", "POST"])
        def answer(path: str) -> Any:
            signature = request.headers.get("X-Twilio-Signature", "")
            form = request.form if request.method == "POST" else {}
            if not validator.validate(request.url, form, signature):
                self.refused += 1
                return Response("", 403)
            self.seen.append((path, dict(request.values), dict(request.headers)))
            found = self.answers.get(path, "")
            if callable(found) and not isinstance(found, Response):
                found = found()
            return Response(found, content_type="text/xml") if isinstance(found, str) else found

        return app

    def asked(self, path: str) -> list[dict[str, str]]:
        return [params for seen, params, _ in self.seen if seen == path]


class DeskHttpClient(TwilioHttpClient):
    """The client's own transport, with scheme and host replaced."""

    def __init__(self, url: str) -> None:
        super().__init__(timeout=5)
        self.base = url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, PROVIDER.sub(self.base, url), *args, **kwargs)


@dataclass
class Desk:
    network: Network
    house: House
    client: Client


def xml(inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[Network, House, LocalServer]]:
    house = House()
    network = Network(ACCOUNT, clock=VirtualClock(START), seed=1)
    with network, LocalServer(api(network)) as rest, LocalServer(house.app()) as served:
        network.api_url = rest.url
        house.url = served.url
        yield network, house, rest


@pytest.fixture
def desk(servers: tuple[Network, House, LocalServer]) -> Iterator[Desk]:
    network, house, rest = servers
    house.answers.clear()
    house.seen.clear()
    house.refused = 0
    network.reset(seed=1)
    network.rules = type(network.rules)()
    own = network.hotline
    own.voice_url = f"{house.url}/voice"
    own.voice_fallback_url = f"{house.url}/fallback"
    own.status_callback = f"{house.url}/status"
    transport = DeskHttpClient(rest.url)
    client = Client(ACCOUNT.api_key, ACCOUNT.api_secret, ACCOUNT.sid, http_client=transport)
    yield Desk(network, house, client)
    if transport.session is not None:
        transport.session.close()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's own Chromium."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return {
        **browser_type_launch_args,
        "executable_path": program,
        "args": ["--no-sandbox"],
    }


@pytest.fixture(scope="session")
def base_url() -> str:
    """No address of its own: each journey opens its own desk."""
    return ""
