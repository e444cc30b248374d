"""Fifty sign-ins at once: the memory they take, and the voice webhook meanwhile against a quiet one.

Real server processes, real Argon2id, PostgreSQL with fsync. Each person comes from a network of
his own, through a proxy that is trusted.
"""

import http.cookiejar
import os
import re
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Barrier
from typing import Any

import pyotp

from bench import spread, voice
from tests.installation import PASSWORD, Installation
from tests.postgres import Cluster
from weerbaar import migrations
from weerbaar.accounts import wrappings
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.wrappings import Stretched
from weerbaar.config.database import Database
from weerbaar.crypto.wrapping import AT_ONCE, STRONG, from_password, new_salt

# Each may be made smaller in the environment, to try it out.
PEOPLE = int(os.environ.get("BENCH_PEOPLE", "50"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
CALLS = int(os.environ.get("BENCH_CALLS", "600"))
TARGET = 2.0
STEP = 30
MIB = 1024
# What a process may grow by: its derivations, and what fifty sessions and their pages take.
BOUND_MIB = AT_ONCE * STRONG.memory_kib // MIB + 64
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Person:
    """Somebody who signs in, from an address of his own."""

    mail: str
    totp: pyotp.TOTP
    address: str
    step: int = 0

    def code(self) -> str:
        """A code that was not used yet, waited for where need be."""
        while int(time.time()) // STEP <= self.step:
            time.sleep(0.2)
        self.step = int(time.time()) // STEP
        return self.totp.generate_otp(self.step)


def run() -> dict[str, Any]:
    """Measure and print; the answer is what was printed, as values."""
    print(
        f"Sign-ins: {PEOPLE} at once, {CALLS} calls meanwhile, {ROUNDS} rounds, each beside a quiet one.\n"
        "Argon2id with 64 MiB and 4 passes; PostgreSQL with fsync, the key store a cluster of its own."
    )
    with (
        Cluster(durable=True) as data,
        Cluster(durable=True) as locks,
        tempfile.TemporaryDirectory() as folder,
    ):
        return _measured(data, locks, Path(folder))


def _measured(data: Cluster, locks: Cluster, folder: Path) -> dict[str, Any]:
    url = data.create("weerbaar")
    database = Database(url)
    migrations.upgrade(database.engine)
    voice.ROWS.metadata.create_all(database.engine)
    database.dispose()
    port = voice.free_port()
    installation = Installation(
        folder, url, KEYSTORE_URL=locks.create("keystore"), PUBLIC_URL=f"http://127.0.0.1:{port}"
    )
    voice.roster_of_years(installation)
    people = _people(installation)
    calls: dict[str, list[dict[str, float]]] = {"quiet": [], "signing": []}
    waited: list[list[float]] = []
    grown: list[list[float]] = []
    address = f"http://127.0.0.1:{port}"
    with (
        _log_when_it_fails(installation),
        voice.server(installation, port, TRUSTED_PROXIES="1") as server,
    ):
        voice.load(port, "telephony/voice", voice.WARM, first=10**9)
        # The first ones load what every later one finds.
        _all_at_once(address, people[:4])
        for number in range(ROUNDS):
            installation.house.vault.keystore.top_up(2 * CALLS + 10 * PEOPLE)
            first = number * 2 * CALLS + 1
            calls["quiet"].append(voice.load(port, "telephony/voice", CALLS, first=first))
            workers = _workers(server.pid)
            resting = [_memory(one, "VmRSS") for one in workers]
            for one in workers:
                _forget_peak(one)
            with ThreadPoolExecutor(1) as beside:
                signing = beside.submit(_all_at_once, address, people)
                # From when the first passwords are being stretched.
                time.sleep(0.5)
                calls["signing"].append(
                    voice.load(port, "telephony/voice", CALLS, first=first + CALLS)
                )
                over = signing.done()
                waited.append(signing.result())
            peaks = [_memory(one, "VmHWM") for one in workers]
            grown.append([peak - rest for peak, rest in zip(peaks, resting, strict=True)])
            print(
                f"  round {number + 1}: at rest {_mib(resting)}, at most {_mib(peaks)} MiB;"
                f" sign-ins took {min(waited[-1]):.1f} to {max(waited[-1]):.1f} s"
                + (", and were over before the calls were" if over else "")
            )
    installation.close()
    return _report(calls, waited, grown)


@contextmanager
def _log_when_it_fails(installation: Installation) -> Iterator[None]:
    try:
        yield
    except SystemExit:
        print((installation.folder / "server.log").read_text()[-3000:])
        raise


def _people(installation: Installation) -> list[Person]:
    """People whose password is as strong as in a real house; stretched once for all of them."""
    salt = new_salt()
    strong = Stretched(from_password(PASSWORD, salt, STRONG), salt, STRONG.name)
    found = []
    for number in range(PEOPLE):
        actor: Actor = installation.person(f"Persoon {number}", admitted=False)
        assert actor.keys is not None
        house = installation.house
        with house.database.session() as session:
            wrappings.set_password(
                session, house.vault, actor.keys, strong, installation.clock.now()
            )
            session.commit()
        totp = installation.totp(actor)
        found.append(Person(installation.mail(actor), totp, f"198.51.100.{number + 1}"))
    return found


def _all_at_once(address: str, people: list[Person]) -> list[float]:
    """Everybody's form goes out at one moment; how long each waited for the board."""
    start = Barrier(len(people))
    with ThreadPoolExecutor(len(people)) as crowd:
        return list(crowd.map(lambda one: _sign_in(address, one, start), people))


def _sign_in(address: str, person: Person, start: Barrier) -> float:
    browser = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), _Stay()
    )
    # A jar gives no secure cookie back over plain http; a browser does, on loopback.
    head = {"X-Forwarded-For": person.address}
    with browser.open(urllib.request.Request(f"{address}/sign-in", headers=head)) as page:
        token = TOKEN.search(page.read().decode())
        cookie = page.headers["Set-Cookie"].partition(";")[0]
    assert token is not None
    fields = {
        "csrf_token": token[1], "email": person.mail, "password": PASSWORD,
        "code": person.code(),
    }  # fmt: skip
    sent = urllib.request.Request(
        f"{address}/sign-in", urllib.parse.urlencode(fields).encode(), {**head, "Cookie": cookie}
    )
    start.wait()
    began = time.perf_counter()
    try:
        with browser.open(sent, timeout=300) as page:
            status = page.status
    except urllib.error.HTTPError as answer:
        status = answer.code
    took = time.perf_counter() - began
    if status != 303:
        raise SystemExit(f"a sign-in was answered with {status}")
    return took


class _Stay(urllib.request.HTTPRedirectHandler):
    """Where the answer sends to is not fetched."""

    def redirect_request(self, *_given: Any) -> None:
        """None: the redirect itself is the answer."""


# ---- memory --------------------------------------------------------------------------------


def _workers(pid: int) -> list[int]:
    """The server processes under the one that was started; the smallest are helpers of it."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(one) for one in (task / "children").read_text().split()]
    return [one for one in found if _memory(one, "VmRSS") > 60]


def _memory(pid: int, what: str) -> float:
    """`VmRSS` or `VmHWM` of a process, in MiB."""
    line = re.search(rf"^{what}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert line is not None
    return int(line[1]) / MIB


def _forget_peak(pid: int) -> None:
    """From now on VmHWM is the most since now (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _mib(values: list[float]) -> str:
    return " and ".join(f"{one:.0f}" for one in values)


def _report(
    calls: dict[str, list[dict[str, float]]], waited: list[list[float]], grown: list[list[float]]
) -> dict[str, Any]:
    def column(name: str, what: str) -> list[float]:
        return [row[what] for row in calls[name]]

    for what in ("each", "p50", "p99"):
        print(spread.line(f"voice, quiet, {what}", column("quiet", what)))
        print(spread.line(f"voice, while people sign in, {what}", column("signing", what)))
    for what, target in (("each", TARGET), ("p50", TARGET), ("p99", None)):
        name = f"signing in to quiet, {what}"
        print(spread.verdict(name, column("signing", what), column("quiet", what), target))
    print(spread.line("a sign-in waits, the longest", [max(one) for one in waited], "s ", 1.0))
    most = max(max(one) for one in grown)
    print(
        f"  a server process grows by {median(max(one) for one in grown):.0f} MiB, at most {most:.0f}"
        f"   bound {BOUND_MIB} MiB: {'met' if most <= BOUND_MIB else 'MISSED'}"
    )
    return {
        what: spread.ratio(column("signing", what), column("quiet", what))
        for what in ("each", "p50", "p99")
    } | {"grown_mib": grown, "longest_sign_in": [max(one) for one in waited]}
