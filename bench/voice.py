"""The voice webhook under load, against a bare signed route that commits one row."""

import json
import os
import socket
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

from sqlalchemy import func, select

from bench import spread
from bench.server import ROWS
from tests.installation import Installation
from tests.postgres import Cluster
from weerbaar import migrations
from weerbaar.accounts.actors import SYSTEM
from weerbaar.accounts.models import EnvelopeRow
from weerbaar.config.database import Database
from weerbaar.hotline.calls.models import CallRow
from weerbaar.hotline.roster import rules
from weerbaar.hotline.roster import verbs as roster

ROUNDS, REQUESTS, CONNECTIONS = 5, 1500, 16
WARM = 200
TARGET = 3.0
HOTLINE, TOKEN = "+31703738314", "a-token-of-nobody"


def run() -> dict[str, Any]:
    """Measure and print; the answer is what was printed, as values."""
    print(
        f"Voice webhook: {CONNECTIONS} connections, {REQUESTS} requests a round, {ROUNDS} rounds, alternating.\n"
        "PostgreSQL with fsync and synchronous_commit on; the key store is a cluster of its own."
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
    ROWS.metadata.create_all(database.engine)
    port = free_port()
    installation = Installation(
        folder, url, KEYSTORE_URL=locks.create("keystore"), PUBLIC_URL=f"http://127.0.0.1:{port}"
    )
    roster_of_years(installation)
    results: dict[str, list[dict[str, float]]] = {"bare": [], "voice": []}
    sent = 0
    with server(installation, port):
        for path in ("bare", "telephony/voice"):
            load(port, path, WARM, first=10**9 + len(path) * 10**6)
        for number in range(ROUNDS):
            # Secrets are made ahead by the worker; here before each round, so that it does not
            # compete for the two cores while the clock runs.
            installation.house.vault.keystore.top_up(REQUESTS + 1000)
            for name, path in (("bare", "bare"), ("voice", "telephony/voice")):
                first = (number * 2 + (name == "voice")) * REQUESTS + 1
                results[name].append(load(port, path, REQUESTS, first=first))
            sent += REQUESTS
    counted = _count(database, sent)
    installation.close()
    database.dispose()
    return _report(results, counted)


def roster_of_years(installation: Installation) -> None:
    people = [installation.person(name) for name in ("Anna", "Bram", "Cato")]
    now = installation.clock.now()
    start, end = now - timedelta(days=365), now + timedelta(days=3650)
    with installation.house.database.session() as session:
        for tier, person in zip((1, 1, 2), people, strict=True):
            roster.add_shift(
                session, SYSTEM, tier=tier, person_id=person.person_id, now=now,
                start=rules.Reading(start, start), end=rules.Reading(end, end),
            )  # fmt: skip
        session.commit()


@contextmanager
def server(
    installation: Installation, port: int, **more: str
) -> "Iterator[subprocess.Popen[bytes]]":
    settings = installation.settings
    environment = {
        **os.environ,
        "WEERBAAR_DATABASE_URL": settings.database_url.get_secret_value(),
        "WEERBAAR_KEYSTORE_URL": settings.keystore_url.get_secret_value(),
        "WEERBAAR_SERVICE_KEYS_FILE": str(settings.service_keys_file),
        "WEERBAAR_PUBLIC_URL": settings.public_url,
        "WEERBAAR_HOTLINE_NUMBER": HOTLINE,
        "WEERBAAR_TWILIO_ACCOUNT_SID": str(settings.twilio_account_sid),
        "WEERBAAR_TWILIO_AUTH_TOKENS": TOKEN,
        "WEERBAAR_TWILIO_API_URL": settings.twilio_api_url or "",
        **{f"WEERBAAR_{name}": value for name, value in more.items()},
    }
    with (installation.folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "bench.server", f"127.0.0.1:{port}"],
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        _wait(port, server)
        yield server
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(1200):
        if server.poll() is not None:
            raise SystemExit("the server did not start")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not answer")


def load(port: int, path: str, count: int, *, first: int) -> dict[str, float]:
    plan = {
        "url": f"http://127.0.0.1:{port}/{path}", "token": TOKEN, "count": count,
        "connections": CONNECTIONS, "first": first, "hotline": HOTLINE,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(plan).encode(),
        capture_output=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    if result["wrong"] or result["count"] != count:
        raise SystemExit(f"{path}: {result}")
    return result


def _count(database: Database, sent: int) -> dict[str, int]:
    with database.session() as session:
        calls = session.execute(
            select(func.count(), func.count(CallRow.plan), func.count(CallRow.number_record)).where(
                CallRow.provider_sid < "CA" + f"{10**9:032x}"
            )
        ).one()
        sealed = session.scalar(
            select(func.count())
            .select_from(CallRow)
            .join(EnvelopeRow, EnvelopeRow.id == CallRow.number_record)
            .where(
                CallRow.provider_sid < "CA" + f"{10**9:032x}", EnvelopeRow.kind == "caller-number"
            )
        )
    counted = {"sent": sent, "calls": calls[0], "plans": calls[1], "sealed": sealed or 0}
    if len(set(counted.values())) != 1:
        raise SystemExit(f"lost on the way: {counted}")
    return counted


def _report(results: dict[str, list[dict[str, float]]], counted: dict[str, int]) -> dict[str, Any]:
    def column(name: str, what: str) -> list[float]:
        return [row[what] for row in results[name]]

    for what, label in (("each", "cost of a request"), ("p50", "p50"), ("p99", "p99")):
        print(spread.line(f"bare, {label}", column("bare", what)))
        print(spread.line(f"voice, {label}", column("voice", what)))
    print(
        spread.verdict(
            "voice to bare, cost", column("voice", "each"), column("bare", "each"), TARGET
        )
    )
    print(spread.verdict("voice to bare, p50", column("voice", "p50"), column("bare", "p50"), None))
    print(
        spread.verdict("voice to bare, p99", column("voice", "p99"), column("bare", "p99"), TARGET)
    )
    print(
        f"  afterwards: {counted['sent']} sent, {counted['calls']} calls, {counted['plans']} plans,"
        f" {counted['sealed']} sealed numbers"
    )
    return {
        "cost": spread.ratio(column("voice", "each"), column("bare", "each")),
        "p50": spread.ratio(column("voice", "p50"), column("bare", "p50")),
        "p99": spread.ratio(column("voice", "p99"), column("bare", "p99")),
        "counted": counted,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
