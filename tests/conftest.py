"""Fixtures for every room: both databases, fresh for each test."""

import importlib
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import memory
from tests.installation import Installation
from tests.postgres import Cluster
from weerbaar.config.database import Database, Model

ROOMS_WITH_TABLES = (
    "weerbaar.accounts.models",
    "weerbaar.hotline.roster.models",
    "weerbaar.hotline.calls.models",
    "weerbaar.intake.models",
)

_numbers = itertools.count()

memory.work_there()


def create_schema(url: str) -> None:
    """The schema of the house in an empty database."""
    for room in ROOMS_WITH_TABLES:
        if importlib.util.find_spec(room) is not None:
            importlib.import_module(room)
    database = Database(url)
    Model.metadata.create_all(database.engine)
    database.dispose()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One PostgreSQL cluster per test process."""
    with Cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_template(cluster: Cluster) -> str:
    create_schema(cluster.create("template_weerbaar"))
    return "template_weerbaar"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "weerbaar.sqlite"
    create_schema(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database with the schema of the house, on each engine in turn."""
    if request.param == "sqlite":
        path = tmp_path / "weerbaar.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = f"test_{next(_numbers)}"
    yield cluster.create(name, request.getfixturevalue("postgres_template"))
    cluster.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, pool_size=5)
    yield database
    database.dispose()


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """A founded installation on a fresh database, on each engine in turn."""
    founded = Installation(tmp_path, database_url)
    yield founded
    founded.close()
