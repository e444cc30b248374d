"""The commands of somebody on watch, given to a demo that runs: doctor, drill, many callers at once."""

import json
import re
import subprocess
import sys

import pytest
import requests
from dotenv import dotenv_values

from tests.web.test_demo import Demo, environment

pytestmark = pytest.mark.slow

CALLS = 6


class Watch:
    """Somebody in the folder of the demo, who types commands and can reach the provider."""

    def __init__(self, demo, folder):
        self.folder, self.desk = folder, demo.address("the phones on the desk")
        self.settings = {
            name.removeprefix("WEERBAAR_"): value
            for name, value in dotenv_values(folder / ".env").items()
        }

    def weerbaar(self, *command, expect=0):
        done = subprocess.run(
            [sys.executable, "-m", "weerbaar.web.command", *command],
            cwd=self.folder, env=environment(), capture_output=True, text=True, timeout=200,
            check=False,
        )  # fmt: skip
        assert done.returncode == expect, done.stdout + done.stderr
        for secret in ("TWILIO_AUTH_TOKENS", "TWILIO_API_SECRET"):
            assert self.settings[secret] not in done.stdout + done.stderr
        return done.stdout

    def checks(self, *more, expect=0):
        """What the doctor found, by name."""
        told = json.loads(self.weerbaar("doctor", "--json", *more, expect=expect))
        assert told["ok"] == (expect == 0)
        return {one["name"]: one for one in told["checks"]}

    def own_number(self, **changes):
        """Read our number at the provider, or change it there."""
        account = self.settings["TWILIO_ACCOUNT_SID"]
        key = account, self.settings["TWILIO_AUTH_TOKENS"]
        address = f"{self.desk}/2010-04-01/Accounts/{account}/IncomingPhoneNumbers"
        (own,) = requests.get(f"{address}.json", auth=key, timeout=10).json()[
            "incoming_phone_numbers"
        ]
        if changes:
            changed = requests.post(f"{address}/{own['sid']}.json", changes, auth=key, timeout=10)
            assert changed.status_code == 200
        return own

    def telephones_answer(self, how):
        for one in json.loads((self.folder / "desk.json").read_text())["phones"]:
            set_ = requests.post(
                f"{self.desk}/desk/phones/{one['number']}", json={"persona": how}, timeout=10
            )
            assert set_.status_code == 200


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("running") / "demo"
    demo = Demo(folder)
    yield Watch(demo, folder)
    assert demo.stop() == 0


def test_the_doctor_sees_a_number_that_leads_elsewhere_and_mends_it(watch):
    assert "fail" not in {one["level"] for one in watch.checks().values()}
    right = watch.own_number(VoiceUrl="http://127.0.0.1:9/elsewhere")["voice_url"]
    assert watch.checks(expect=1)["number at the provider"]["level"] == "fail"
    said = watch.weerbaar("doctor", "--fix")
    assert "http://127.0.0.1:9/elsewhere" in said
    assert watch.own_number()["voice_url"] == right
    assert watch.checks()["number at the provider"]["level"] == "ok"


def test_a_drill_rings_a_telephone_and_ends_in_a_conversation(watch):
    watch.telephones_answer("1")
    steps = [json.loads(line) for line in watch.weerbaar("drill", "--ring", "--json").splitlines()]
    assert [one for one in steps if not one["good"]] == []
    assert "a telephone rang, and 1 was pressed" in [one["name"] for one in steps]
    assert re.search(r"outcome talked.*number destroyed", steps[-1]["heard"])


def test_a_drill_that_nobody_answers_ends_in_owned_work(watch):
    said = watch.weerbaar("drill")
    assert "FAIL" not in said
    assert re.search(r"outcome callback_asked, work with an owner.*number destroyed", said)


def test_many_callers_at_once_end_in_nothing_bad(watch):
    said = watch.weerbaar(
        "simulator", "load", "--calls", str(CALLS), "--confidants", "5", "--talk", "1",
        "--desk", watch.desk,
    )  # fmt: skip
    assert f"{CALLS} bellers" in said
    assert "dode einden: 0" in said
    assert said.count("+31") >= CALLS
