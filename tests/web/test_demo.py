"""The demo as a newcomer starts it: real processes, printed addresses, Ctrl-C, and a second start."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from weerbaar.web.demo import kept_port

pytestmark = pytest.mark.slow


def environment():
    """Ours, without settings of any house."""
    return {name: value for name, value in os.environ.items() if not name.startswith("WEERBAAR_")}


class Demo:
    def __init__(self, folder, *more):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "weerbaar.web.command", "demo", "--folder", str(folder), *more],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=environment(),
        )  # fmt: skip
        self.said = []
        watchdog = threading.Timer(120, self.process.kill)
        watchdog.start()
        for line in self.process.stdout:
            self.said.append(line)
            if "Ctrl-C" in line:
                break
        watchdog.cancel()
        self.text = "".join(self.said)

    def address(self, name):
        found = re.search(rf"{name}\s+(http://\S+)", self.text)
        assert found, self.text
        return found.group(1)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=40)
        return self.process.returncode


def processes_of(folder):
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = place.read_bytes()
        except OSError:
            continue
        if f"WEERBAAR_DATABASE_URL=sqlite:///{folder}".encode() in environment:
            found.append(place.parent.name)
    return found


def test_the_demo_starts_stops_keeps_its_data_and_starts_over(tmp_path):
    folder = tmp_path / "demo"
    demo = Demo(folder)
    assert "the application" in demo.text, demo.text
    with urllib.request.urlopen(demo.address("the application") + "/sign-in") as page:
        assert "Inloggen" in page.read().decode()
    with urllib.request.urlopen(demo.address("the phones on the desk") + "/") as page:
        assert "Anna Achterberg" in page.read().decode()
    assert demo.stop() == 0
    assert processes_of(folder) == []

    # Stopped while it was being filled: the next start fills it anew.
    (folder / "desk.json").rename(folder / "desk.away")
    half = Demo(folder)
    assert "Making keys" in half.text
    assert half.stop() == 0
    before = json.loads((folder / "desk.json").read_text())["phones"]

    again = Demo(folder)
    assert "Making keys" not in again.text
    assert again.stop() == 0
    assert json.loads((folder / "desk.json").read_text())["phones"] == before

    fresh = Demo(folder, "--fresh")
    assert "Making keys" in fresh.text
    assert fresh.stop() == 0
    assert json.loads((folder / "desk.json").read_text())["phones"] != before
    assert processes_of(folder) == []


def test_a_port_stays_kept_until_what_listens_there_has_started():
    with kept_port(18070) as first:
        port = first.getsockname()[1]
        first.close()
        with kept_port(18070) as second:
            assert second.getsockname()[1] > port
    with kept_port(18070) as again:
        assert again.getsockname()[1] == port
