"""Cases in a real browser: by keyboard, by touch on a small screen, and as axe sees them."""

import shutil
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from werkzeug.serving import make_server

from tests.intake.conftest import NOON
from weerbaar.accounts import sessions
from weerbaar.intake import casework, drafts
from weerbaar.web.app import create_app

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return {
        **browser_type_launch_args,
        "executable_path": program,
        "args": ["--no-sandbox", "--disable-background-networking", "--disable-sync"],
    }


@pytest.fixture
def served(desk):
    server = make_server("127.0.0.1", 0, create_app(desk.installation.house), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sit(browser, served, desk):
    """Anna at her screen; whatever the policy blocks or a script says fails the test."""
    complaints, contexts = [], []

    def heard(message):
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def sat(path, **options):
        with desk.session() as session:
            cookie, _seat = sessions.begin(session, desk.vault, desk.anna.keys, NOON)
            session.commit()
        context = browser.new_context(locale="nl-NL", base_url=served, **options)
        context.add_cookies(
            [
                {
                    "name": sessions.COOKIE,
                    "value": cookie,
                    "url": "https://127.0.0.1/",
                    "secure": True,
                }
            ]
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield sat
    for context in contexts:
        context.close()
    assert complaints == []


def findings(page):
    violations = Axe().run(page, options=RULES).response["violations"]
    return [(v["id"], [node["html"][:120] for node in v["nodes"]]) for v in violations]


def overflow(page):
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def first_case(desk):
    return desk.do(casework.caseload, desk.anna, NOON).lines[0].case_id


# A talk is recorded by keyboard alone: one page, eleven choices besides the story, one submit.
def test_recording_by_keyboard(sit, desk):
    page = sit("/cases/new")
    typed = [
        ("urgency-2", " "), ("narrative", "Er lag een brief onder de deur."), ("types-1", " "), ("frequency", "her"), ("channel", "bri"),
        ("place", "thu"), ("target", "de a"), ("alleged_offender", "onb"),
        ("reporting_status-4", " "), ("function", "wet"), ("organisation", "Voor"),
        ("code_word", "zwaluw"),
    ]  # fmt: skip
    page.locator("#urgency-0").focus()
    for name, keys in typed:
        for _ in range(40):
            if page.evaluate("document.activeElement.id") == name:
                break
            # Radios are one stop for Tab; within them the arrows go.
            page.keyboard.press("ArrowDown" if on_radio(page, name) else "Tab")
        assert page.evaluate("document.activeElement.id") == name
        if keys != " ":
            page.keyboard.type(keys)
        elif not page.locator(f"#{name}").is_checked():
            page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*-*")
    view = desk.read(desk.anna, first_case(desk))
    assert view.what.urgency == "high"
    assert view.what.types == ("threat",)
    assert (view.what.channel, view.what.place, view.what.target) == ("post", "home", "self")
    assert (view.what.alleged_offender, view.what.frequency) == ("unknown", "repeated")
    assert view.what.reporting_status == ("none",)
    assert (view.who.function, view.who.organisation) == ("alderperson", "GM9999")
    assert len(typed) - 1 <= 12


def on_radio(page, name):
    return page.evaluate(
        "name => document.activeElement.type === 'radio' && name.startsWith('urgency')", name
    )


def test_recording_by_touch_on_a_small_screen(sit, desk):
    page = sit("/cases/new", viewport={"width": 320, "height": 640}, has_touch=True)
    assert overflow(page) <= 0
    page.locator("#narrative").fill("Er lag een brief.")
    page.get_by_text("Hoog:").tap()
    page.get_by_text("bedreiging:").tap()
    page.locator("#channel").select_option("post")
    page.get_by_text("Veilig terugbellen").tap()
    page.locator("#safe_windows").fill("Na acht uur")
    page.get_by_role("button", name="Vastleggen").tap()
    page.wait_for_url("**/cases/*-*")
    assert overflow(page) <= 0
    view = desk.read(desk.anna, first_case(desk))
    assert (view.what.urgency, view.what.types) == ("high", ("threat",))
    assert view.who.safe_windows == "Na acht uur"


def test_recording_without_scripts(sit, desk):
    page = sit("/cases/new", java_script_enabled=False)
    page.locator("#narrative").fill("Er lag een brief.")
    page.get_by_role("button", name="Vastleggen").click()
    page.wait_for_url("**/cases/*-*")
    expect(page.get_by_text("De casus is vastgelegd.")).to_be_visible()


# What is being typed is kept by the page itself, and offered when the writer comes back.
def test_a_draft_is_kept_while_typing(sit, desk):
    page = sit("/cases/new")
    page.clock.install()
    page.reload()
    page.locator("#narrative").fill("Half verhaal")
    with page.expect_response("**/drafts/new"):
        page.clock.run_for(11_000)
    expect(page.locator("[data-draft-status]")).to_have_text("Concept bewaard om 13:00")
    other = sit("/cases/new")
    other.get_by_role("link", name="Verder op dit apparaat").click()
    expect(other.locator("#narrative")).to_have_value("Half verhaal")


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1200, "dark")])
def test_axe_finds_nothing(sit, desk, width, scheme):
    case_id = desk.open_case(
        desk.anna, urgency="acute", name="Zoë", function="mayor", caller_number="+31612345681",
        safe_windows="Na acht uur", types=("threat", "doxing"), code_word="w" * 90,
    )  # fmt: skip
    desk.do(casework.add_note, desk.anna, case_id, "x" * 400, NOON)
    page = sit("/cases", viewport={"width": width, "height": 800}, color_scheme=scheme)
    for path in (
        "/cases",
        "/cases/new",
        *(f"/cases/{case_id}{end}" for end in ("", "/edit", "/share")),
    ):
        page.goto(path)
        assert (path, findings(page)) == (path, [])
        assert overflow(page) <= 0, path
    page.goto("/search")
    page.locator("#q").fill("brief")
    page.get_by_role("button", name="Zoeken").click()
    page.locator("mark").first.wait_for()
    assert findings(page) == []
    assert overflow(page) <= 0
    page.goto("/cases/new")
    page.locator("#caller_number").fill("06")
    page.get_by_role("button", name="Vastleggen").click()
    page.locator("[data-problems]").wait_for()
    assert findings(page) == []
    assert overflow(page) <= 0


# Text that is sent after the session was locked is offered once it is unlocked.
def test_a_late_form_is_offered(sit, desk):
    page = sit("/cases/new", java_script_enabled=False)
    page.locator("#narrative").fill("Te laat verstuurd")
    page.locator("#code_word").fill("zwaluw")
    desk.installation.clock.forward(minutes=16)
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.locator("main")).to_contain_text("bewaard")
    assert desk.do(casework.caseload, desk.anna, NOON).count == 0
    with desk.session() as session:
        draft = drafts.draft_of(session, desk.vault, desk.anna.keys, "new")
    assert draft.fields == {"narrative": ["Te laat verstuurd"], "code_word": ["zwaluw"]}
