"""The phones page, the control interface and the command."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.simulator.conftest import ACCOUNT, House, xml
from weerbaar.simulator import LocalServer, Network, VirtualClock, WallClock, api, messages
from weerbaar.simulator.deskfile import BadDeskFile, DeskFile, Phone, load

ANNA = "+31612345601"
SECRET = 2 * "JBSWY3DPEHPK3PXP"
DESK = DeskFile(
    phones=(
        Phone("Anna Voorbeeld", ANNA, "anna@example.nl", SECRET),
        Phone("Bram Voorbeeld", "+31612345602", persona="voicemail"),
    ),
    callers=(Phone("Wethouder Voorbeeldstad", "+31687654321"),),
)
START = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)


def lines(house: House) -> None:
    house.answers |= {
        "voice": xml(
            "<Say>Welkom bij de lijn.</Say><Dial callerId='+31703738314' action='/after'>"
            f"<Number url='/screen'>{ANNA}</Number></Dial>"
        ),
        "screen": xml(
            '<Gather numDigits="1" timeout="30" action="/ok"><Say>Toets 1.</Say></Gather><Hangup/>'
        ),
        "ok": xml(""),
        "after": xml("<Say>Dag.</Say>"),
        "status": "",
    }


def plugged(network: Network, house: House, served: LocalServer) -> None:
    lines(house)
    network.hotline.voice_url = f"{served.url}/voice"
    network.hotline.status_callback = f"{served.url}/status"


@pytest.fixture
def virtual() -> Iterator[tuple[Network, House]]:
    house = House()
    network = Network(ACCOUNT, clock=VirtualClock(START), seed=1)
    with network, LocalServer(house.app()) as served:
        plugged(network, house, served)
        yield network, house


def test_a_call_without_scripts(virtual) -> None:
    network, _ = virtual
    client = api(network, DESK).test_client()
    page = client.get("/").text
    assert "Anna Voorbeeld" in page
    assert re.search(r"<strong>\d{3} \d{3}</strong>", page)
    answer = client.post("/phones/call", data={"from": "+31687654321", "own": ""})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/#caller")
    network.advance(5)
    call, leg = network.calls
    page = client.get("/").text
    assert "Welkom bij de lijn." in page
    assert "Opnemen" in page
    assert "070 373 8314" in page
    assert leg.status == "ringing"
    client.post(f"/phones/line/{leg.sid}/answer")
    network.advance(1)
    client.post(f"/phones/line/{leg.sid}/press", data={"keys": "1"})
    network.advance(1)
    assert call.bridged_with == [ANNA]
    assert "U bent verbonden" in client.get("/").text
    client.post(f"/phones/line/{call.sid}/hang-up")
    network.run_until_idle()
    assert call.ended_by == "caller"


def test_the_code_on_the_desk_is_the_code_that_signs_in(virtual) -> None:
    network, _ = virtual
    page = api(network, DESK).test_client().get("/").text
    code = pyotp.TOTP(SECRET).at(int(START.timestamp()))
    assert f"{code[:3]} {code[3:]}" in page
    assert SECRET not in page
    assert SECRET not in repr(DESK)


def test_a_telephone_shows_the_text_messages_it_got_and_keeps_them(virtual) -> None:
    network, _ = virtual
    client = api(network, DESK).test_client()
    message = messages.send(network, "Weerbaar", ANNA, "Er staat een taak voor u klaar.", "")
    network.run_until_idle()
    del network.messages[message.sid]
    assert client.get("/").text.count("Er staat een taak voor u klaar.") == 1


def test_the_control_interface(virtual) -> None:
    network, _ = virtual
    client = api(network, DESK).test_client()
    assert client.post(f"/desk/phones/{ANNA}", json={"persona": "1"}).status_code == 200
    assert client.post(f"/desk/phones/{ANNA}", json={"persona": "x"}).status_code == 422
    sid = client.post("/desk/calls", json={"from": "anonymous"}).json["sid"]
    client.post("/desk/advance", json={"seconds": 30})
    assert client.get(f"/desk/calls/{sid}").json["bridged_with"] == [ANNA]
    client.post(f"/desk/calls/{sid}/hang-up")
    client.post("/desk/idle")
    state = client.get("/desk/state").json
    assert [call["over"] for call in state["calls"]] == [True, True]
    ledger = [json.loads(line) for line in client.get("/desk/ledger").text.splitlines()]
    assert "Webhook" in {record["record"] for record in ledger}


def test_another_site_cannot_ring_these_telephones(virtual) -> None:
    client = api(virtual[0], DESK).test_client()
    assert (
        client.post("/desk/calls", headers={"Origin": "https://elders.example"}).status_code == 403
    )
    assert client.get("/", headers={"Host": "elders.example"}).status_code == 403


def test_a_desk_file_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "desk.json"
    path.write_text(json.dumps({"phones": [{"name": "Anna", "number": ANNA, "persona": "off"}]}))
    assert load(path).phones[0].persona == "off"
    short = '{"phones": [{"name": "A", "number": "+31612345601", "totp_secret": "JBSW"}]}'
    for wrong in ("{", "[]", '{"phones": [{"name": "Anna"}]}', short):
        path.write_text(wrong)
        with pytest.raises(BadDeskFile):
            load(path)


def command(*more: str) -> list[str]:
    given = ["--account-sid", ACCOUNT.sid, "--auth-token", "t", *more]
    return [sys.executable, "-m", "weerbaar.simulator", *given]


def test_the_command_prints_its_address_and_reports_a_taken_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = subprocess.run(
            command("--bind", f"127.0.0.1:{port}"), capture_output=True, text=True, check=False
        )
    assert refused.returncode == 1
    assert "al in gebruik" in refused.stderr
    with subprocess.Popen(
        command("--bind", "127.0.0.1:0"), stdout=subprocess.PIPE, text=True, env=os.environ.copy()
    ) as running:
        assert "http://127.0.0.1:" in running.stdout.readline()
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 0


def test_a_bind_outside_this_machine_is_refused() -> None:
    refused = subprocess.run(
        command("--bind", "0.0.0.0:0"), capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2


@pytest.fixture
def live() -> Iterator[str]:
    house = House()
    network = Network(ACCOUNT, clock=WallClock())
    with network, LocalServer(house.app()) as served, LocalServer(api(network, DESK)) as desk:
        plugged(network, house, served)
        network.start()
        yield desk.url


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_call_in_a_browser(live: str, page: Page, scheme: str) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(live)
    clean(page)
    page.get_by_role("button", name="Bel 070").focus()
    page.keyboard.press("Enter")
    anna = page.get_by_role("region", name="Anna Voorbeeld", exact=True)
    caller = page.get_by_role("region", name="De beller", exact=True)
    expect(anna.get_by_role("status")).to_contain_text("Gaat over", timeout=15000)
    clean(page)
    anna.get_by_role("button", name="Opnemen").click()
    anna.get_by_role("button", name="1", exact=True).click()
    expect(caller.get_by_text("U bent verbonden")).to_be_visible(timeout=15000)
    clean(page)
    caller.get_by_role("button", name="Ophangen").click()
    expect(caller.get_by_role("button", name="Bel 070")).to_be_visible()
    expect(anna.get_by_role("status")).to_contain_text("Vrij")
    assert problems == []


def clean(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320


@pytest.mark.browser
def test_focus_stays_while_the_page_refreshes(live: str, page: Page) -> None:
    page.goto(live)
    own = page.get_by_label("Of een eigen nummer")
    own.fill("+3161")
    with page.expect_response(lambda answer: answer.url.endswith("/phones")):
        time.sleep(0)
    with page.expect_response(lambda answer: answer.url.endswith("/phones")):
        time.sleep(0)
    expect(own).to_be_focused()
    expect(own).to_have_value("+3161")
