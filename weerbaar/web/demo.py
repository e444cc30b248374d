"""`weerbaar demo`: app, worker and simulator together, with fictitious people."""

import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click

from weerbaar.accounts.house import open_house
from weerbaar.config.settings import ENV_FILE, load_settings
from weerbaar.hotline.telephony.twiml import FRAGMENT
from weerbaar.web import demonstration, upgrading

APP_PORT = 8070
DESK_PORT = 8071
START_SECONDS = 60
STOP_SECONDS = 10


class DemoStopped(Exception):
    """One of the three processes ended by itself."""


@dataclass(frozen=True)
class Places:
    """Where the demo keeps its things, all under one folder."""

    folder: Path

    @property
    def line(self) -> Path:
        """The account at the simulated provider."""
        return self.folder / "line.json"

    @property
    def desk(self) -> Path:
        """The phones on the desk, with each person's sign-in secret. Fictitious people only."""
        return self.folder / "desk.json"

    @property
    def settings(self) -> Path:
        """The settings of the demo: commands that are given in its folder are for the demo."""
        return self.folder / ENV_FILE


@contextmanager
def kept_port(wanted: int) -> Iterator[socket.socket]:
    """The wanted port when it is free on loopback, else the next free one; no other demo gets it.

    Filling a demo takes a while, and so does a process that starts: another demo that begins
    meanwhile must see that the port is taken, also after the socket was closed.

    Args:
        wanted: the port to try first.

    Yields:
        The socket that keeps it; closed by whoever starts what is to listen there.
    """
    for port in range(wanted, wanted + 50):
        with _claim(port) as claimed, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as kept:
            if not claimed:
                continue
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                kept.bind(("127.0.0.1", port))
                kept.listen()
            except OSError:
                continue
            yield kept
            return
    raise click.ClickException(f"no free port between {wanted} and {wanted + 50}")


@contextmanager
def _claim(port: int) -> Iterator[bool]:
    # A lock goes with its process, however that ends.
    path = Path(tempfile.gettempdir()) / f"weerbaar-demo-{os.getuid()}-{port}.lock"
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(file)


def _line(places: Places) -> dict[str, str]:
    if not places.line.exists():
        line = {
            "account_sid": "AC" + secrets.token_hex(16),
            "auth_token": secrets.token_hex(16),
            "api_key": "SK" + secrets.token_hex(16),
            "api_secret": secrets.token_hex(16),
        }
        write_private(places.line, json.dumps(line))
    loaded: dict[str, str] = json.loads(places.line.read_text())
    return loaded


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read.

    Args:
        path: where.
        text: what.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def demo(folder: Path, *, fresh: bool = False) -> None:
    """Fill the demo where needed, start its three processes and wait for Ctrl-C.

    Args:
        folder: where data, keys and accounts of the demo live.
        fresh: start over, all data of an earlier demo removed.
    """
    places = Places(folder)
    # What was stopped while it was being filled has no desk yet: half a demo is none.
    if folder.exists() and (fresh or not places.desk.exists()):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with kept_port(APP_PORT) as app, kept_port(DESK_PORT) as desk:
        _run(places, app, desk)


def _run(places: Places, app: socket.socket, desk: socket.socket) -> None:
    app_port, desk_port = app.getsockname()[1], desk.getsockname()[1]
    folder, line = places.folder, _line(places)
    own = {
        "WEERBAAR_DATABASE_URL": f"sqlite:///{folder / 'weerbaar.sqlite'}",
        "WEERBAAR_KEYSTORE_URL": f"sqlite:///{folder / 'keystore.sqlite'}",
        "WEERBAAR_SERVICE_KEYS_FILE": str(folder / "service-keys.json"),
        "WEERBAAR_BACKUP_FOLDER": str(folder / "backups"),
        "WEERBAAR_KEYSTORE_BACKUP_FOLDER": str(folder / "keystore-backups"),
        "WEERBAAR_PUBLIC_URL": f"http://127.0.0.1:{app_port}",
        "WEERBAAR_HOTLINE_NUMBER": demonstration.HOTLINE,
        "WEERBAAR_STANDBY_NUMBER": demonstration.STANDBY,
        "WEERBAAR_SMS_SENDER": "Weerbaar",
        "WEERBAAR_TWILIO_ACCOUNT_SID": line["account_sid"],
        "WEERBAAR_TWILIO_AUTH_TOKENS": line["auth_token"],
        "WEERBAAR_TWILIO_API_KEY": line["api_key"],
        "WEERBAAR_TWILIO_API_SECRET": line["api_secret"],
        "WEERBAAR_TWILIO_API_URL": f"http://127.0.0.1:{desk_port}",
    }
    environment = {**os.environ, **own}
    write_private(places.settings, "".join(f"{name}='{own[name]}'\n" for name in own))
    settings = load_settings(environment)
    if not places.desk.exists():
        click.echo("Making keys, a database and fictitious people (about ten seconds)")
        accounts = demonstration.found(settings, say=click.echo)
    else:
        upgrading.upgrade(settings)
        accounts = demonstration.remembered(places.desk)
    house = open_house(settings)
    demonstration.keep_the_roster_running(house)
    write_private(places.desk, demonstration.desk(accounts, app_url=settings.public_url))
    _explain_ports(app_port, desk_port)
    signal.signal(signal.SIGTERM, _interrupt)
    app.close()
    desk.close()
    with (
        suppress(KeyboardInterrupt),
        _processes(environment, app_port, desk_port, places, line) as running,
    ):
        _wait_until_ready(f"http://127.0.0.1:{app_port}/health/ready", running)
        _wait_until_ready(f"http://127.0.0.1:{desk_port}/", running)
        click.echo(demonstration.welcome(house, accounts, settings.public_url, desk_port))
        _wait(running)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _explain_ports(app_port: int, desk_port: int) -> None:
    for wanted, given in ((APP_PORT, app_port), (DESK_PORT, desk_port)):
        if wanted != given:
            click.echo(f"Port {wanted} is taken; using {given}")


@contextmanager
def _processes(
    environment: dict[str, str], app_port: int, desk_port: int, places: Places, line: dict[str, str]
) -> Iterator[dict[str, "subprocess.Popen[bytes]"]]:
    app_url = environment["WEERBAAR_PUBLIC_URL"]
    commands = {
        "app": [
            "-m", "weerbaar.web.command", "serve", "--bind", f"127.0.0.1:{app_port}",
            "--processes", "2",
        ],
        "worker": ["-m", "weerbaar.web.command", "worker"],
        "simulator": [
            "-m", "weerbaar.simulator",
            "--bind", f"127.0.0.1:{desk_port}",
            "--hotline", demonstration.HOTLINE,
            "--voice-url", f"{app_url}/telephony/voice{FRAGMENT}",
            "--fallback-url", f"{app_url}/telephony/fallback{FRAGMENT}",
            "--status-url", f"{app_url}/telephony/status{FRAGMENT}",
            "--account-sid", line["account_sid"],
            "--auth-token", line["auth_token"],
            "--api-key", line["api_key"],
            "--api-secret", line["api_secret"],
            "--desk", str(places.desk),
        ],
    }  # fmt: skip
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            running[name] = subprocess.Popen(  # noqa: S603 - our own commands
                [sys.executable, *command], env=environment, start_new_session=True
            )
        yield running
    finally:
        _stop(running)


def _stop(running: dict[str, "subprocess.Popen[bytes]"]) -> None:
    for process in running.values():
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in running.values():
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _check(running: dict[str, "subprocess.Popen[bytes]"]) -> None:
    for name, process in running.items():
        if process.poll() is not None:
            raise DemoStopped(f"the {name} ended with status {process.returncode}")


def _wait_until_ready(address: str, running: dict[str, "subprocess.Popen[bytes]"]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        _check(running)
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - loopback
                if answer.status == 200:  # noqa: PLR2004
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise DemoStopped(f"{address} did not answer within {START_SECONDS} seconds")


def _wait(running: dict[str, "subprocess.Popen[bytes]"]) -> None:
    try:
        while True:
            _check(running)
            time.sleep(0.5)
    except KeyboardInterrupt:
        click.echo("\nStopping")
