"""The demo, served whole, its telephones on the desk, and people in front of real browsers."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, expect

from tests.installation import settings_for
from tests.postgres import Cluster
from tests.telephony import ledger
from weerbaar.accounts.house import House, open_house
from weerbaar.config.log import configure_logging
from weerbaar.crypto.wrapping import TESTS_ONLY
from weerbaar.simulator import (
    Account,
    Call,
    LocalServer,
    Network,
    Persona,
    Rules,
    VirtualClock,
    WallClock,
    api,
    personas,
)
from weerbaar.simulator.deskfile import DeskFile, Phone
from weerbaar.web import demonstration, fictitious
from weerbaar.web.app import create_app
from weerbaar.web.demonstration import Account as Staff

# A Tuesday, half past ten in Amsterdam: Anna has the first line, Carla stands behind her.
START = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LINE = Account("AC" + 32 * "0", "auth-token", "SK" + 32 * "1", "api-secret")
STEP = 30
TELEPHONE_PATIENCE = 30_000


class RunningClock(WallClock):
    """Goes at the pace of the clock on the wall, from another instant, and can be moved on."""

    def __init__(self, start: datetime) -> None:
        self._ahead = start - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def seconds(self) -> float:
        return self.now().timestamp()

    def forward(self, **duration: float) -> None:
        """Move on: `forward(minutes=16)`."""
        self._ahead += timedelta(**duration)


@dataclass
class Served:
    """What answers at the one address that all journeys use; each puts its own house there."""

    app: Any = None
    url: str = ""

    def __call__(self, environ: Any, respond: Any) -> Any:
        return self.app(environ, respond)


@dataclass(frozen=True)
class Template:
    """A filled demo that is not in use: a database to copy, and a folder beside it."""

    database: str
    folder: Path
    staff: tuple[Staff, ...]


@dataclass
class Demo:
    """A demo in use."""

    house: House
    clock: RunningClock
    network: Network
    url: str
    desk_url: str
    staff: dict[str, Staff]
    _used: set[tuple[str, int]] = field(default_factory=set)

    def mail(self, name: str) -> str:
        """`anna@example.nl` for Anna."""
        return f"{name.lower()}@example.nl"

    def code(self, name: str, secret: str | None = None) -> str:
        """A code of somebody's app that was not used yet; time moves on where there is none."""
        totp = pyotp.TOTP(secret or self.staff[self.mail(name)].totp_secret)
        while True:
            step = int(self.clock.seconds()) // STEP
            for one in (step, step + 1):
                if (name, one) not in self._used:
                    self._used.add((name, one))
                    return totp.generate_otp(one)
            self.clock.forward(seconds=STEP)


def _serve(settings: Any, clock: RunningClock) -> House:
    return open_house(settings, clock, profile=TESTS_ONLY)


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    configure_logging(level="ERROR")
    board = Served()
    with LocalServer(board) as server:
        board.url = server.url
        yield board


@pytest.fixture(scope="session")
def template(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """What `weerbaar demo` fills, with passwords that are cheap to check."""
    folder = tmp_path_factory.mktemp("demo")
    settings = settings_for(folder, cluster.create("template_demo"))
    clock = RunningClock(START)
    staff = demonstration.found(settings, say=lambda _: None, clock=clock, profile=TESTS_ONLY)
    house = _serve(settings, clock)
    demonstration.keep_the_roster_running(house)
    house.dispose()
    return Template("template_demo", folder, tuple(staff))


@pytest.fixture
def demo(template: Template, cluster: Cluster, served: Served, tmp_path: Path) -> Iterator[Demo]:
    """A demo of one's own, with its telephones."""
    for path in template.folder.iterdir():
        shutil.copy(path, tmp_path)
    clock = RunningClock(START)
    # The voice speaks four times as fast as people do.
    network = Network(LINE, clock=clock, rules=Rules(characters_per_second=60))
    database = cluster.create("journey", template.database)
    desk = _desk(template.staff, served.url)
    with network, LocalServer(api(network, desk)) as line:
        settings = settings_for(
            tmp_path,
            database,
            PUBLIC_URL=served.url,
            STANDBY_NUMBER=fictitious.STANDBY,
            TWILIO_ACCOUNT_SID=LINE.sid,
            TWILIO_AUTH_TOKENS=LINE.token,
            TWILIO_API_KEY=LINE.api_key,
            TWILIO_API_SECRET=LINE.api_secret,
            TWILIO_API_URL=line.url,
        )
        house = _serve(settings, clock)
        served.app = create_app(house)
        network.api_url = line.url
        network.hotline.voice_url = f"{served.url}/telephony/voice"
        network.hotline.voice_fallback_url = f"{served.url}/telephony/fallback"
        network.hotline.status_callback = f"{served.url}/telephony/status"
        network.start()
        yield Demo(
            house, clock, network, served.url, line.url, {one.mail: one for one in template.staff}
        )
    served.app = None
    house.dispose()
    cluster.drop("journey")
    # Every journey is also a test of what left the house meanwhile.
    staff = {one.number for one in template.staff} | {fictitious.STANDBY}
    assert ledger.wrong(network, staff) == []


def _desk(staff: tuple[Staff, ...], app_url: str) -> DeskFile:
    return DeskFile(
        fictitious.HOTLINE,
        app_url,
        tuple(Phone(one.name, one.number, one.mail, one.totp_secret) for one in staff),
        tuple(Phone(one.name, one.number) for one in fictitious.CALLERS),
    )


# ---- browsers ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return {
        **browser_type_launch_args,
        "executable_path": program,
        "args": [
            "--no-sandbox",
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    }


@dataclass
class Watch:
    """What happened in the browsers that nobody asked for."""

    hosts: set[str]
    # Statuses from 400 on that the journey itself asks for.
    expected: set[int] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)

    def _said(self, message: Any) -> None:
        # The browser reports every answer from 400 on itself; those are looked at below.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and parts.netloc not in self.hosts:
            self.complaints.append(f"another host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.complaints.append(f"{response.status}: {response.url}")


@pytest.fixture
def watch(served: Served) -> Iterator[Watch]:
    watch = Watch({urlsplit(served.url).netloc})
    yield watch
    assert watch.complaints == []


@pytest.fixture
def new_browser(browser: Browser, served: Served, watch: Watch) -> Iterator[Callable[..., Page]]:
    """A browser of one's own: no cookies, one page."""
    contexts: list[BrowserContext] = []

    def opened(*, width: int = 1200, height: int = 900, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="nl-NL",
            **{"base_url": served.url, **options},
        )
        contexts.append(context)
        context.on("page", watch.follow)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def sign_in(demo: Demo, new_browser: Callable[..., Page]) -> Callable[..., Page]:
    """Signs somebody of the demo in through the page; `at` is the page that was asked for."""

    def signed_in(
        name: str,
        *,
        at: str = "/",
        page: Page | None = None,
        password: str = fictitious.PASSWORD,
        **options: Any,
    ) -> Page:
        page = page or new_browser(**options)
        page.goto(at)
        fill_sign_in(page, demo.mail(name), password, demo.code(name))
        page.wait_for_url(demo.url + at)
        return page

    return signed_in


def fill_sign_in(page: Page, mail: str, password: str, code: str) -> None:
    """The form of `/sign-in`, as a person fills it in."""
    page.get_by_label("E-mailadres").fill(mail)
    page.get_by_label("Wachtwoord").fill(password)
    page.get_by_label("Code uit uw app").fill(code)
    page.get_by_role("button", name="Inloggen").click()


def write_consent_down(page: Page, purpose: str, to_whom: str, scope: str) -> None:
    """The form of a case's consents, as a person fills it in."""
    page.get_by_label("Waarvoor").select_option(label=purpose)
    page.get_by_label("Aan wie mag het verteld worden").fill(to_whom)
    page.get_by_label("Wat mag precies verteld worden").fill(scope)
    page.get_by_label("de ambtsdrager zelf").check()
    page.get_by_label("mondeling").check()
    page.get_by_role("button", name="Vastleggen").click()
    page.get_by_text("De toestemming is vastgelegd.").wait_for()


# ---- telephones ----------------------------------------------------------------------------


class Handset:
    """One telephone on the desk's page, as a person uses it."""

    def __init__(self, page: Page, name: str) -> None:
        self.section = page.get_by_role("region", name=name, exact=True)

    def shows(self, text: str) -> None:
        expect(self.section.get_by_role("status")).to_contain_text(text, timeout=TELEPHONE_PATIENCE)

    def hears(self, text: str) -> None:
        expect(self.section.get_by_role("listitem").filter(has_text=text).last).to_be_visible(
            timeout=TELEPHONE_PATIENCE
        )

    def dials_070(self, caller: str) -> None:
        self.section.get_by_label("Bellen als").select_option(label=caller)
        self.section.get_by_role("button", name="Bel 070").click()

    def answers(self) -> None:
        self.shows("Gaat over")
        self.section.get_by_role("button", name="Opnemen").click()

    def presses(self, key: str) -> None:
        self.section.get_by_role("button", name=key, exact=True).click()

    def hangs_up(self) -> None:
        self.section.get_by_role("button", name="Ophangen").click()

    def code(self) -> str:
        return self.section.locator(".code strong").inner_text()


@pytest.fixture
def desk(demo: Demo, watch: Watch, new_browser: Callable[..., Page]) -> Callable[[str], Handset]:
    """The telephones on the desk, by name."""
    watch.hosts.add(urlsplit(demo.desk_url).netloc)
    page = new_browser()
    page.goto(demo.desk_url)
    return lambda name: Handset(page, name)


@pytest.fixture
def earlier_call(demo: Demo, served: Served) -> Callable[..., Call]:
    """A call of this morning, over before the journey begins."""
    minutes = itertools.count(60, -10)

    def called(
        number: str = fictitious.CALLERS[1].number,
        *,
        answered: bool = True,
        caller: Persona | None = None,
    ) -> Call:
        clock = VirtualClock(START - timedelta(minutes=next(minutes)))
        app, address = served.app, f"{served.url}/telephony"
        network = Network(
            LINE,
            clock=clock,
            voice_url=f"{address}/voice",
            fallback_url=f"{address}/fallback",
            status_url=f"{address}/status",
        )
        served.app = create_app(replace(demo.house, clock=clock))
        with network:
            for one in demo.staff.values():
                phone = personas.answers("1", talks=60) if answered else personas.off()
                network.phone(one.number, phone)
            asks = personas.presses("1", text="Toets dan 1", finished=True)
            call = network.call(number, caller or personas.caller(asks))
            network.run_until_idle()
        assert bool(call.bridged_with) is answered
        served.app = app
        # What the provider keeps of it stands where the demo asks for it.
        for one in network.calls:
            demo.network.by_sid[one.sid] = one
        demo.network.calls.extend(network.calls)
        demo.network.recordings.update(network.recordings)
        return call

    return called


# ---- elsewhere -----------------------------------------------------------------------------


@pytest.fixture
def outside(served: Served, watch: Watch) -> Iterator[str]:
    """The address of a page on another site that links to the caseload."""
    page = f'<!doctype html><html lang="nl"><title>Elders</title><link rel="icon" href="data:,"><a href="{served.url}/cases">Naar de casussen</a>'

    def elsewhere(_environ: Any, respond: Any) -> list[bytes]:
        respond("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [page.encode()]

    with LocalServer(elsewhere) as server:
        # Another host name is another site, on this very machine.
        address = f"http://localhost:{server.port}"
        watch.hosts.add(urlsplit(address).netloc)
        yield address
