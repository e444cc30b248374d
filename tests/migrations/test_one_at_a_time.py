"""What the constraint on shifts needs of PostgreSQL, and what is said when it is not there."""

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import make_url

from weerbaar import migrations
from weerbaar.config.database import Database

NUMBER = "0015"


@pytest.fixture
def owner(cluster):
    """Whoever may do everything in a database, which is empty."""
    owner = Database(cluster.create("plain"))
    yield owner
    owner.dispose()
    cluster.drop("plain")


@pytest.fixture
def plain(owner):
    """The same database as an ordinary user has it: he may make tables there, and nothing more."""
    with owner.engine.begin() as connection:
        connection.execute(text("CREATE ROLE plain LOGIN"))
        connection.execute(text("GRANT ALL ON SCHEMA public TO plain"))
    database = Database(make_url(owner.url).set(username="plain").render_as_string())
    yield database
    database.dispose()
    with owner.engine.begin() as connection:
        connection.execute(text("DROP OWNED BY plain"))
        connection.execute(text("DROP ROLE plain"))


def test_without_the_right_the_step_says_what_it_needs(plain, owner):
    step = ScriptDirectory.from_config(migrations._config()).get_revision(NUMBER)
    migrations.upgrade(plain.engine, step.down_revision)
    with pytest.raises(RuntimeError, match="CREATE EXTENSION btree_gist"):
        migrations.upgrade(plain.engine)
    assert migrations.present(plain.engine) == step.down_revision
    with owner.engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION btree_gist"))
    migrations.upgrade(plain.engine)
    assert migrations.present(plain.engine) == migrations.newest()
