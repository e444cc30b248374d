"""Write the README's pictures from a demo of its own: real pages, made-up people."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
PASSWORD = "voorbeeld-wachtwoord"  # noqa: S105 - the demo's


@contextmanager
def demo(folder: Path) -> Iterator[tuple[str, str]]:
    """A running demo: the addresses of application and desk."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "weerbaar.web.command", "demo", "--folder", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    said = ""
    for line in process.stdout or ():
        said += line
        if "Ctrl-C" in line:
            break
    app, desk = re.search(r"application\s+(\S+)\n.*desk (\S+)\n", said).groups()  # type: ignore[union-attr]
    try:
        yield app, desk
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def ask(address: str, **fields: str) -> Any:
    """One request to the desk."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        address, json.dumps(fields).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        return json.load(answer)


def page_of(browser: Browser, width: int, height: int, scheme: str) -> Page:
    """A page of a size and a colour scheme."""
    return browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale="nl-NL"
    ).new_page()


def sign_in(page: Page, app: str, person: dict[str, str]) -> None:
    """Through the sign-in form, with the code of this moment."""
    page.goto(app + "/sign-in")
    page.fill("[name=email]", person["mail"])
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=code]", pyotp.TOTP(person["totp_secret"]).now())
    page.click("button:has-text('Inloggen')")
    page.wait_for_url(app + "/")


def take(page: Page, name: str) -> None:
    """One picture."""
    page.wait_for_load_state()
    page.screenshot(path=PICTURES / f"{name}.png")
    print(PICTURES / f"{name}.png")  # noqa: T201 - a command


def main() -> None:
    """Every picture."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder) / "demo") as (app, desk):
        people = json.loads((Path(folder) / "demo" / "desk.json").read_text())["phones"]
        duty = json.loads(_who(Path(folder) / "demo"))["tiers"][0]["people"][0]
        person = next(one for one in people if one["mail"] == duty)
        ask(f"{desk}/desk/phones/{person['number'].replace('+', '%2B')}", persona="1")
        with sync_playwright() as play:
            browser = play.chromium.launch(
                executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"),
                args=["--no-sandbox", "--disable-background-networking"],
            )
            phones = page_of(browser, 1200, 900, "light")
            phones.goto(desk)
            phones.click("button:has-text('Bel 070')")
            phones.wait_for_timeout(25_000)  # the greeting is spoken, the phone rings, they talk
            call = _caller_of(desk)
            phones.screenshot(path=PICTURES / "desk.png")
            page = page_of(browser, 1200, 800, "light")
            sign_in(page, app, person)
            take(page, "board")
            ask(f"{desk}/desk/calls/{call}/hang-up")
            time.sleep(2)
            page.goto(app + "/calls")
            take(page, "calls")
            page.click("a[href$='/record']")
            take(page, "record")
            page.goto(app + "/roster")
            take(page, "roster")
            page.goto(app + "/duty-card")
            take(page, "duty-card")
            _leave_a_message(desk, people)
            page.goto(app + "/calls")
            _open_the_message(page, app)
            take(page, "message")
            page.emulate_media(color_scheme="dark")
            page.set_viewport_size({"width": 360, "height": 780})
            page.goto(app + "/calls")
            take(page, "phone-at-night")
            browser.close()


def _leave_a_message(desk: str, people: list[dict[str, str]]) -> None:
    """Somebody calls, nobody can be reached, and he speaks a message."""
    for one in people:
        ask(f"{desk}/desk/phones/{one['number'].replace('+', '%2B')}", persona="unreachable")
    sid = ask(f"{desk}/desk/calls", **{"from": "+31612345682"})["sid"]
    _until(desk, sid, "Toets dan 2")
    ask(f"{desk}/desk/calls/{sid}/press", keys="2")
    _until(desk, sid, "recording")
    time.sleep(8)
    ask(f"{desk}/desk/calls/{sid}/press", keys="#")
    time.sleep(10)  # the recording is fetched, sealed, and deleted at the provider


def _open_the_message(page: Page, app: str) -> None:
    """The page of the work that has a spoken message."""
    links = page.locator("a[href$='/record']")
    for address in {str(links.nth(place).get_attribute("href")) for place in range(links.count())}:
        page.goto(app + address)
        if page.locator("#messages").count():
            return
    raise SystemExit("no message among the work")


def _until(desk: str, sid: str, words: str) -> None:
    for _ in range(240):
        with urllib.request.urlopen(f"{desk}/desk/calls/{sid}", timeout=10) as answer:  # noqa: S310 - loopback
            lines = json.load(answer)["transcript"]
        if any(words in line["text"] or words == line["what"] for line in lines):
            return
        time.sleep(1)
    raise SystemExit(f"the caller never heard: {words}")


def _caller_of(desk: str) -> str:
    with urllib.request.urlopen(f"{desk}/desk/state", timeout=10) as answer:  # noqa: S310 - loopback
        calls = json.load(answer)["calls"]
    return next(str(call["sid"]) for call in calls if call["direction"] == "inbound")


def _who(folder: Path) -> str:
    environment = {
        **os.environ,
        "WEERBAAR_DATABASE_URL": f"sqlite:///{folder / 'weerbaar.sqlite'}",
        "WEERBAAR_KEYSTORE_URL": f"sqlite:///{folder / 'keystore.sqlite'}",
        "WEERBAAR_SERVICE_KEYS_FILE": str(folder / "service-keys.json"),
    }
    return subprocess.run(
        [sys.executable, "-m", "weerbaar.web.command", "roster", "who", "--json"],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


if __name__ == "__main__":
    main()
