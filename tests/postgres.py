"""A PostgreSQL cluster of one's own, on a socket in a folder, for tests and the bench."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg


class PostgresMissing(Exception):
    """PostgreSQL's server programs are not on this machine."""


def programs() -> Path:
    """The folder with initdb and postgres."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise PostgresMissing(
        "install the Debian package 'postgresql' (initdb and postgres were not found)"
    )


class Cluster:
    """A throw-away cluster; it refuses to run as root, so root starts it as the user postgres."""

    def __init__(self, *, durable: bool = False) -> None:
        self.durable = durable
        self.folder = Path(tempfile.mkdtemp(prefix="weerbaar-pg-"))
        self._bin = programs()
        self._process: subprocess.Popen[bytes] | None = None

    def _as_owner(self) -> list[str]:
        return (
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            if os.geteuid() == 0
            else []
        )

    def start(self) -> Self:
        """Make the data folder when there is none, start the server and wait for it."""
        data = self.folder / "data"
        if not data.exists():
            if os.geteuid() == 0:
                owner = pwd.getpwnam("postgres")
                os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            subprocess.run(
                [
                    *self._as_owner(),
                    self._bin / "initdb",
                    "-D",
                    data,
                    "-U",
                    "weerbaar",
                    "-A",
                    "trust",
                    "--no-sync",
                    "-E",
                    "UTF8",
                    "--locale=C.UTF-8",
                ],
                check=True,
                stdout=subprocess.DEVNULL,
                cwd=self.folder,
            )
        safe = (
            []
            if self.durable
            else ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        )
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *self._as_owner(), self._bin / "postgres", "-D", data, "-k", self.folder,
                    "-c", "listen_addresses=", "-c", "max_connections=120", *safe,
                ],
                stdout=log, stderr=log, cwd=self.folder,
            )  # fmt: skip
        for _ in range(300):
            try:
                with psycopg.connect(self.dsn("postgres"), connect_timeout=2):
                    return self
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise PostgresMissing(f"the server did not start; see {self.folder / 'log'}")

    def dsn(self, name: str) -> str:
        return f"host={self.folder} user=weerbaar dbname={name}"

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://weerbaar@/{name}?host={quote(str(self.folder), safe='')}"

    def create(self, name: str, template: str = "template1") -> str:
        """Make a database and give its address."""
        # By pages of the log a whole database is written twice; copying its files is quicker.
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.url(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(2)  # SIGINT: fast shutdown
            self._process.wait(timeout=20)
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()
