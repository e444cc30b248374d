"""Fixtures for every room: both databases, fresh for each test."""

import importlib
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests import memory
from tests.installation import Foundation, Installation
from tests.postgres import Cluster
from weerbaar.config.database import Database, Model

ROOMS_WITH_TABLES = (
    "weerbaar.accounts.models",
    "weerbaar.accounts.quorum_models",
    "weerbaar.accounts.reviews_models",
    "weerbaar.hotline.roster.models",
    "weerbaar.hotline.roster.feed_models",
    "weerbaar.hotline.roster.swaps_models",
    "weerbaar.hotline.roster.rotation_models",
    "weerbaar.hotline.roster.coverage_models",
    "weerbaar.hotline.roster.readiness_models",
    "weerbaar.hotline.calls.models",
    "weerbaar.intake.models",
    "weerbaar.tour.models",
    "weerbaar.tour.working_models",
    "weerbaar.intake.sharing_models",
    "weerbaar.intake.part_models",
    "weerbaar.intake.figures_models",
    "weerbaar.intake.requests_models",
    "weerbaar.intake.breaches_models",
    "weerbaar.intake.rights_models",
    "weerbaar.tour.trainer_models",
)

FOUNDED = "template_founded"
_numbers = itertools.count()

# What is made once and shared by a file is made by one process. The marks of pytest-xdist for this have
# no effect with pytest 9.2 (pytest-dev/pytest-xdist, issue 1386).
ONE_PROCESS = {
    "tests/promises/test_markers.py": "markers",
    "tests/web/test_demo.py": "demo",
    "tests/web/test_running_demo.py": "demo",
}

memory.work_there()


class Spread(LoadScopeScheduling):
    """Every test to whoever is free, but those that belong together to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return ONE_PROCESS.get(nodeid.partition("::")[0], nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Spread:
    return Spread(config, log)


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
def postgres_founded(
    cluster: Cluster, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Foundation:
    url = cluster.create(FOUNDED, postgres_template)
    return Foundation.lay(tmp_path_factory.mktemp("founded"), url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "weerbaar.sqlite"
    create_schema(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def sqlite_founded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Foundation:
    folder = tmp_path_factory.mktemp("founded")
    shutil.copy(sqlite_template, folder)
    return Foundation.lay(folder, f"sqlite:///{folder / sqlite_template.name}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database, on each engine in turn.

    It has the schema of the house; where something asks for `foundation` it is a copy of a
    founded one.
    """
    founded = "foundation" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "weerbaar.sqlite"
        template = request.getfixturevalue("sqlite_template")
        if founded:
            template = request.getfixturevalue("sqlite_founded").folder / template.name
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    template = request.getfixturevalue("postgres_template")
    if founded:
        request.getfixturevalue("postgres_founded")
        template = FOUNDED
    name = f"test_{next(_numbers)}"
    yield cluster.create(name, template)
    cluster.drop(name)


@pytest.fixture
def foundation(request: pytest.FixtureRequest, database_url: str) -> Foundation:
    """What the database of this test is a copy of."""
    engine = "sqlite" if database_url.startswith("sqlite") else "postgres"
    foundation: Foundation = request.getfixturevalue(f"{engine}_founded")
    return foundation


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, pool_size=5)
    yield database
    database.dispose()


@pytest.fixture
def installation(
    database_url: str, foundation: Foundation, tmp_path: Path
) -> Iterator[Installation]:
    """A founded installation on a fresh database, on each engine in turn."""
    founded = Installation(tmp_path, database_url, foundation)
    yield founded
    founded.close()
