"""A spoken message: left on a telephone, heard in a browser, kept with a case, gone elsewhere."""

import pytest
from playwright.sync_api import expect

from weerbaar.hotline.calls.models import VoiceMessageRow
from weerbaar.hotline.telephony import cleaning, voicemail
from weerbaar.simulator import personas

pytestmark = pytest.mark.browser

STORY = "Sprak in dat de bedreiging is herhaald."
HEARD = """async audio => {
    audio.muted = true;
    await audio.play();
    await new Promise(done => setTimeout(done, 400));
    const begun = audio.currentTime;
    audio.currentTime = audio.duration - 1;
    await new Promise(done => audio.addEventListener('ended', done, {once: true}));
    return {begun, duration: audio.duration, ended: audio.ended, error: audio.error && 1};
}"""


@pytest.fixture
def message(demo, earlier_call):
    """Left this morning by somebody whom nobody answered; the worker has had its rounds."""
    earlier_call(
        answered=False,
        caller=personas.caller(
            personas.presses("2", text="Toets dan 2", finished=True), speaks=40.0
        ),
    )
    voicemail.fetch_messages(demo.house, demo.clock.now())


def listed(demo):
    return [one for one in demo.network.recordings.values() if one.media]


def test_it_is_heard_and_kept_and_nothing_stays_at_the_provider(demo, message, sign_in):
    page = sign_in("Anna", at="/calls", width=320, height=640)
    page.get_by_role("link", name="Bericht ingesproken").click()
    player = page.get_by_label("Ingesproken bericht 1")
    expect(player).to_be_visible()
    box = player.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    player.focus()
    assert page.evaluate("document.activeElement.tagName") == "AUDIO"
    heard = player.evaluate(HEARD)
    assert heard["ended"]
    assert heard["error"] is None
    assert heard["begun"] > 0
    assert abs(heard["duration"] - 40) < 0.1

    page.locator("#narrative").fill(STORY)
    page.locator("#types-1").check()
    page.get_by_role("button", name="Vastleggen").click()
    page.wait_for_url("**/cases/*")
    expect(page.get_by_text(STORY).first).to_be_visible()
    kept = page.get_by_label("Ingesproken bericht 1")
    assert kept.evaluate(HEARD)["ended"]

    for _round in range(3):
        cleaning.delete_traces(demo.house, demo.clock.now())
        demo.clock.forward(minutes=3)
    assert listed(demo) == []
    with demo.house.database.session() as session:
        assert session.query(VoiceMessageRow).one().recording_sid is None
    carla = sign_in("Carla", at="/provider")
    expect(carla.get_by_text("Niets", exact=True)).to_be_visible()
