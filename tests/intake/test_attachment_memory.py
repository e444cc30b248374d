"""A file of 25 MB through a served process: it is never in memory whole, coming in or going out.

Measured on the processes themselves: the most memory they had (`VmHWM`), after the kernel was asked
to count anew. No time is measured.
"""

import http.client
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

import weerbaar
from tests.promises.real_house import _free_port
from weerbaar.accounts import sessions
from weerbaar.accounts.long_content import PIECE
from weerbaar.intake import attachment_receiving, casework
from weerbaar.intake.casework import CaseFields

MOST = 3 * PIECE
WARM = 12 * PIECE
LARGEST = attachment_receiving.LARGEST
PATIENCE = 60
# One process that serves, so that it is known whose memory counts.
SERVE = "import sys; from weerbaar.web.serve import serve; serve('127.0.0.1', int(sys.argv[1]), processes=1)"


@pytest.fixture
def served(installation, tmp_path):
    """The installation in a process of its own; gives its address and the serving process."""
    port = _free_port()
    settings = installation.settings
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(weerbaar.__file__).parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
        # What one thread let go another may take: else each of the eight keeps its own.
        "MALLOC_ARENA_MAX": "1",
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "WEERBAAR_DATABASE_URL": settings.database_url.get_secret_value(),
        "WEERBAAR_KEYSTORE_URL": settings.keystore_url.get_secret_value(),
        "WEERBAAR_SERVICE_KEYS_FILE": str(settings.service_keys_file),
        "WEERBAAR_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "WEERBAAR_HOTLINE_NUMBER": "+31703738314",
        "WEERBAAR_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "WEERBAAR_TWILIO_AUTH_TOKENS": "a-token-of-nobody",
    }
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(port)], env=environment, cwd=tmp_path,
            stdout=said, stderr=said,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(port):
            assert process.poll() is None, (tmp_path / "said").read_text()
            assert time.monotonic() < deadline, (tmp_path / "said").read_text()
            time.sleep(0.1)
        yield port, _serving(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _answers(port):
    try:
        with connected(port) as line:
            line.request("GET", "/health/live")
            return line.getresponse().status == 200
    except OSError:
        return False


def _serving(parent):
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    sizes = {int(child): memory(int(child), "VmRSS") for child in children}
    return max(sizes, key=sizes.get)


def memory(pid, name):
    """Bytes of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024


def least(pid, act):
    """How many bytes a process has at most above what it had before an act.

    The allocator adds to it now and then, a file in memory every time: of three times the least.
    """
    found = []
    while len(found) < 3 and not (found and min(found) <= MOST):
        Path(f"/proc/{pid}/clear_refs").write_text("5")
        before = memory(pid, "VmRSS")
        assert act()
        found.append(memory(pid, "VmHWM") - before)
    return min(found)


@contextmanager
def connected(port):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        yield line
    finally:
        line.close()


def upload(port, cookie, case_id, size, name):
    """Send a file little by little, as a browser does; gives the address of the answer."""
    with connected(port) as line:
        path = f"/cases/{case_id}/attachments/new"
        line.request("GET", path, headers={"Cookie": cookie})
        page = line.getresponse().read().decode()
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        head = (
            f'--grens\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
            f'--grens\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
            "%PDF-1.4"
        ).encode()
        end = b"\r\n--grens--\r\n"
        line.putrequest("POST", path)
        line.putheader("Cookie", cookie)
        line.putheader("Content-Type", "multipart/form-data; boundary=grens")
        line.putheader("Content-Length", str(len(head) + size - 8 + len(end)))
        line.endheaders(head)
        left, block = size - 8, os.urandom(64 * 1024)
        while left:
            line.send(block[: min(left, len(block))])
            left -= min(left, len(block))
        line.send(end)
        answer = line.getresponse()
        answer.read()
        return answer.status


def download(port, cookie, path):
    with connected(port) as line:
        line.request("GET", path, headers={"Cookie": cookie})
        answer = line.getresponse()
        size = 0
        while some := answer.read(64 * 1024):
            size += len(some)
        return size


def test_a_large_file_is_never_in_memory_whole(installation, served):
    port, pid = served
    house, now = installation.house, datetime.now(UTC)
    anna = installation.person("Anna", admitted=False)
    with house.database.session() as session:
        case_id = casework.open_case(
            session, house.vault, anna, CaseFields(narrative="Een brief."), now
        )
        secret, _seat = sessions.begin(session, house.vault, anna.keys, now)
        session.commit()
    cookie = f"{sessions.COOKIE}={secret}"
    # The base: everything was done once, so that code is loaded, connections stand, and what the
    # database keeps of pages (2 MB a connection in SQLite) is full.
    assert upload(port, cookie, case_id, WARM, "klein.pdf") == 303
    assert least(pid, lambda: upload(port, cookie, case_id, LARGEST, "groot.pdf") == 303) <= MOST
    with connected(port) as line:
        line.request("GET", f"/cases/{case_id}", headers={"Cookie": cookie})
        page = line.getresponse().read().decode()
    paths = dict.fromkeys(re.findall(r'href="(/cases/[^"]+/attachments/[0-9a-f-]{36})"', page))
    sizes = {path: download(port, cookie, f"{path}/original") for path in paths}
    assert set(sizes.values()) == {WARM, LARGEST}
    large = max(sizes, key=sizes.get)
    assert least(pid, lambda: download(port, cookie, f"{large}/original") == LARGEST) <= MOST
