"""A house of real processes, with everything it writes and says kept for searching."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import requests

import weerbaar
from tests.postgres import Cluster
from weerbaar.config.settings import Settings, load_settings
from weerbaar.simulator import Account, LocalServer, Network, VirtualClock, api

ACCOUNT = Account("AC" + 32 * "0", "auth-token-of-nobody", "SK" + 32 * "1", "api-secret-of-nobody")
HOTLINE = "+31703738314"
START_SECONDS = 60


class NotStarted(Exception):
    """A process ended, or never answered."""


@dataclass
class RealHouse:
    """One installation: its folder, its processes, and the network around it.

    Everything any process writes on its standard outputs is a file in `outputs`; whatever else
    the house keeps is in `folder` and in the clusters.
    """

    folder: Path
    outputs: Path
    environment: dict[str, str]
    network: Network
    url: str
    clusters: dict[str, Cluster] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def settings(self) -> Settings:
        """The settings as the processes have them."""
        return load_settings(self.environment)

    # ---- commands and processes ------------------------------------------------------------

    def run(self, *arguments: str, expect: int = 0) -> str:
        """One `weerbaar` command from beginning to end; its standard output."""
        return self.execute("-m", "weerbaar.web.command", *arguments, expect=expect)

    def execute(self, *arguments: str, expect: int = 0) -> str:
        """One Python process from beginning to end, its outputs kept."""
        with self._outputs() as (out, err):
            process = subprocess.run(
                [sys.executable, *arguments], env=self.environment, cwd=self.folder,
                stdout=out, stderr=err, check=False, timeout=120,
            )  # fmt: skip
        said = Path(out.name).read_text(encoding="utf-8")
        assert process.returncode == expect, Path(err.name).read_text(encoding="utf-8")
        return said

    def start(self, *arguments: str) -> None:
        """One `weerbaar` process that goes on."""
        with self._outputs() as (out, err):
            process = subprocess.Popen(
                [sys.executable, "-m", "weerbaar.web.command", *arguments],
                env=self.environment, cwd=self.folder, stdout=out, stderr=err,
                start_new_session=True,
            )  # fmt: skip
        self.running.append(process)

    @contextmanager
    def _outputs(self) -> Iterator[tuple]:
        # Named by number: an argument may be somebody's address.
        name = f"{len(list(self.outputs.iterdir())) // 2:02d}"
        places = self.outputs / f"{name}.out", self.outputs / f"{name}.err"
        with places[0].open("wb") as out, places[1].open("wb") as err:
            yield out, err

    def wait_until_ready(self) -> None:
        """Wait for the server's own word that it can answer a call."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if any(process.poll() is not None for process in self.running):
                break
            try:
                if requests.get(f"{self.url}/health/ready", timeout=2).status_code == 200:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise NotStarted("\n".join(path.read_text() for path in sorted(self.outputs.iterdir())))

    def stop(self) -> None:
        """Ask every process to end, and wait."""
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.running.clear()

    # ---- what stands on disk ---------------------------------------------------------------

    def copy_of_disk(self, to: Path) -> Path:
        """Every file of the house as it stands while everything runs, logs and WAL included."""
        for name, cluster in self.clusters.items():
            with psycopg.connect(cluster.dsn("weerbaar"), autocommit=True) as connection:
                connection.execute("CHECKPOINT")
            _copy(cluster.folder, to / name)
        _copy(self.folder, to / "folder")
        return to

    def raw(self, which: str) -> Callable[[str], None]:
        """A way to change a database behind the back of the house: `database` or `keystore`."""

        def change(statement: str) -> None:
            with raw_connection(self.environment[f"WEERBAAR_{which.upper()}_URL"]) as connection:
                connection.execute(statement)
                connection.commit()

        return change


def _copy(folder: Path, to: Path) -> None:
    to.mkdir(parents=True)
    for path in folder.rglob("*"):
        target = to / path.relative_to(folder)
        try:
            if path.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            elif path.is_file() and not path.is_symlink():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        except FileNotFoundError:
            continue  # a file that came and went meanwhile


@contextmanager
def raw_connection(url: str) -> Iterator:
    """The bare driver's connection to a database, without anything of the house between."""
    if url.startswith("sqlite"):
        import sqlite3

        connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)
    else:
        name, _, query = url.rpartition("/")[2].partition("?")
        folder = requests.utils.unquote(query.removeprefix("host="))
        connection = psycopg.connect(f"host={folder} user=weerbaar dbname={name}")
    try:
        yield connection
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def real_house(engine: str, folder: Path, network: Network | None = None) -> Iterator[RealHouse]:
    """An empty place for a house on one engine, both databases of it apart, and a network."""
    house, outputs = folder / "house", folder / "outputs"
    for made in (house, outputs, house / "tmp"):
        made.mkdir()
    clusters: dict[str, Cluster] = {}
    network = network or Network(ACCOUNT, clock=VirtualClock(datetime.now(UTC)), seed=1)
    try:
        if engine == "postgresql":
            for name in ("database", "keystore"):
                clusters[name] = Cluster(durable=True).start()
        urls = {
            name: clusters[name].create("weerbaar")
            if clusters
            else f"sqlite:///{house / name}.sqlite"
            for name in ("database", "keystore")
        }
        with network, LocalServer(api(network)) as rest:
            network.api_url = rest.url
            url = f"http://127.0.0.1:{_free_port()}"
            network.hotline.voice_url = f"{url}/telephony/voice"
            network.hotline.voice_fallback_url = f"{url}/telephony/fallback"
            network.hotline.status_callback = f"{url}/telephony/status"
            built = RealHouse(
                house, outputs, _environment(house, url, rest.url, urls), network, url, clusters
            )
            try:
                yield built
            finally:
                built.stop()
    finally:
        for cluster in clusters.values():
            cluster.remove()


def _environment(house: Path, url: str, rest: str, urls: dict[str, str]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        # The processes run the very code that is tested here.
        "PYTHONPATH": str(Path(weerbaar.__file__).parents[1]),
        "LANG": "C.UTF-8",
        "HOME": str(house),
        "TMPDIR": str(house / "tmp"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "WEERBAAR_DATABASE_URL": urls["database"],
        "WEERBAAR_KEYSTORE_URL": urls["keystore"],
        "WEERBAAR_SERVICE_KEYS_FILE": str(house / "service-keys.json"),
        "WEERBAAR_PUBLIC_URL": url,
        "WEERBAAR_HOTLINE_NUMBER": HOTLINE,
        "WEERBAAR_TWILIO_ACCOUNT_SID": ACCOUNT.sid,
        "WEERBAAR_TWILIO_AUTH_TOKENS": ACCOUNT.token,
        "WEERBAAR_TWILIO_API_KEY": ACCOUNT.api_key or "",
        "WEERBAAR_TWILIO_API_SECRET": ACCOUNT.api_secret or "",
        "WEERBAAR_TWILIO_API_URL": rest,
    }
