"""Fifty callers at once and five confidants, in real time, through real processes.

Every caller must talk or become owned work. The time from a webhook to its document stands beside that
of the bare route (signed, one row committed), asked by the same network in the same burst of fifty.
Then the database is stopped, and the same fifty call again.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from twilio.rest import Client

from bench import spread
from bench.server import ROWS
from bench.voice import HOTLINE, TOKEN, free_port, server
from tests.installation import Installation
from tests.postgres import Cluster
from weerbaar import migrations
from weerbaar.accounts.actors import SYSTEM
from weerbaar.config.database import Database
from weerbaar.hotline.roster import rules
from weerbaar.hotline.roster import verbs as roster
from weerbaar.hotline.telephony.client import RewritingHttpClient
from weerbaar.hotline.telephony.twiml import FRAGMENT
from weerbaar.simulator import load_command

ROUNDS, CALLS, TALK = 5, 50, 15.0
CONFIDANTS = (("Anna", 1), ("Bram", 1), ("Cato", 1), ("Daan", 2), ("Eva", 2))
# The bare route is asked in as many bursts as make its count comparable.
BURSTS = 4
SNAPSHOT_SECONDS = 15


def run() -> dict[str, Any]:
    """Measure and print; the answer is what was printed, as values."""
    rounds = int(os.environ.get("BENCH_ROUNDS", ROUNDS))
    print(
        f"{CALLS} simultaneous calls, {len(CONFIDANTS)} confidants, {rounds} rounds in real time.\n"
        "Two server processes, one worker, PostgreSQL with fsync; the key store is a cluster of its own."
    )
    with (
        Cluster(durable=True) as data,
        Cluster(durable=True) as locks,
        tempfile.TemporaryDirectory() as folder,
    ):
        return _measured(data, locks, Path(folder), rounds)


def _measured(data: Cluster, locks: Cluster, folder: Path, rounds: int) -> dict[str, Any]:
    url = data.create("weerbaar")
    database = Database(url)
    migrations.upgrade(database.engine)
    ROWS.metadata.create_all(database.engine)
    port, desk_port = free_port(), free_port()
    desk = f"http://127.0.0.1:{desk_port}"
    installation = Installation(
        folder, url, KEYSTORE_URL=locks.create("keystore"), PUBLIC_URL=f"http://127.0.0.1:{port}",
        TWILIO_API_URL=desk,
    )  # fmt: skip
    _staff(installation)
    installation.house.vault.keystore.top_up(2000)
    bare: list[dict[str, float]] = []
    calls: list[dict[str, Any]] = []
    degraded: list[dict[str, Any]] = []
    with server(installation, port), _worker(installation), _network(installation, desk_port):
        for _ in range(rounds):
            _point(desk, installation, f"http://127.0.0.1:{port}/bare")
            bare.append(_burst(desk))
            _point(desk, installation, f"http://127.0.0.1:{port}/telephony/voice{FRAGMENT}")
            calls.append(load_command.run(desk, CALLS, len(CONFIDANTS), TALK))
            _settle(installation)
        time.sleep(SNAPSHOT_SECONDS)
        data.stop()
        for _ in range(rounds):
            degraded.append(load_command.run(desk, CALLS, len(CONFIDANTS), TALK))
            time.sleep(2)
        data.start()
    installation.close()
    database.dispose()
    return _report(bare, calls, degraded)


def _staff(installation: Installation) -> None:
    now = installation.clock.now()
    start, end = now - timedelta(days=365), now + timedelta(days=3650)
    numbers = [
        {"name": name, "number": f"+3161234560{place}"}
        for place, (name, _) in enumerate(CONFIDANTS, 1)
    ]
    with installation.house.database.session() as session:
        for (name, tier), phone in zip(CONFIDANTS, numbers, strict=True):
            person = installation.person(name, phone=phone["number"])
            roster.add_shift(
                session, SYSTEM, tier=tier, person_id=person.person_id, now=now,
                start=rules.Reading(start, start), end=rules.Reading(end, end),
            )  # fmt: skip
        session.commit()
    (installation.folder / "desk.json").write_text(json.dumps({"phones": numbers}))


def _environment(installation: Installation) -> dict[str, str]:
    settings = installation.settings
    return {
        **os.environ,
        "WEERBAAR_DATABASE_URL": settings.database_url.get_secret_value(),
        "WEERBAAR_KEYSTORE_URL": settings.keystore_url.get_secret_value(),
        "WEERBAAR_SERVICE_KEYS_FILE": str(settings.service_keys_file),
        "WEERBAAR_PUBLIC_URL": settings.public_url,
        "WEERBAAR_HOTLINE_NUMBER": HOTLINE,
        "WEERBAAR_TWILIO_ACCOUNT_SID": str(settings.twilio_account_sid),
        "WEERBAAR_TWILIO_AUTH_TOKENS": TOKEN,
        "WEERBAAR_TWILIO_API_URL": str(settings.twilio_api_url),
    }


@contextmanager
def _process(installation: Installation, name: str, *command: str) -> Iterator[None]:
    with (installation.folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env=_environment(installation), stdout=log, stderr=log
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _worker(installation: Installation) -> Any:
    return _process(installation, "worker", "weerbaar.web.command", "worker")


@contextmanager
def _network(installation: Installation, desk_port: int) -> Iterator[None]:
    with _process(
        installation, "network", "weerbaar.simulator", "--bind", f"127.0.0.1:{desk_port}",
        "--desk", str(installation.folder / "desk.json"),
    ):  # fmt: skip
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{desk_port}/desk/state", timeout=2):
                    break
            except OSError:
                time.sleep(0.1)
        yield


def _point(desk: str, installation: Installation, url: str) -> None:
    """Let the hotline's number lead to another address, as one does at the provider."""
    account = str(installation.settings.twilio_account_sid)
    client = Client(account, TOKEN, http_client=RewritingHttpClient(desk, 5), environment={})
    (own,) = client.incoming_phone_numbers.list()
    own.update(voice_url=url)


def _burst(desk: str) -> dict[str, float]:
    times = [load_command.run(desk, CALLS, 0, 0.0)["first"] for _ in range(BURSTS)]
    return {name: sorted(one[name] for one in times)[BURSTS // 2] for name in ("p50", "p95", "p99")}


def _settle(installation: Installation) -> None:
    installation.house.vault.keystore.top_up(1000)
    time.sleep(2)


def _report(
    bare: list[dict[str, float]], calls: list[dict[str, Any]], degraded: list[dict[str, Any]]
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for what in ("p50", "p95", "p99"):
        measured = [one[what] for one in bare]
        print(spread.line(f"bare, burst of {CALLS}, {what}", measured))
        for name, reports in (("calls", calls), ("without database", degraded)):
            first = [one["first"][what] for one in reports]
            print(spread.line(f"{name}, first document, {what}", first))
            print(spread.verdict(f"{name} to bare, {what}", first, measured, None))
            result[f"{name} {what}"] = spread.ratio(first, measured)
            print(
                spread.line(
                    f"{name}, every document, {what}", [one["documents"][what] for one in reports]
                )
            )
    for name, reports in (("calls", calls), ("without database", degraded)):
        endings = [one["ending"] for report in reports for one in report["endings"]]
        counted = {ending: endings.count(ending) for ending in sorted(set(endings))}
        print(f"  {name}: {len(endings)} callers: {counted}")
        result[name] = counted
    dead = sum(report["dead_ends"] + report["running"] for report in [*calls, *degraded])
    print(f"  dead ends: {dead}")
    if dead:
        raise SystemExit("a caller ended in nothing")
    return result
