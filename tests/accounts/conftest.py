"""People at the pages of this room."""

import pytest
from flask import Flask

from tests.accounts.visitor import Visitor, application
from tests.installation import Installation
from weerbaar.accounts.actors import Actor, Role


@pytest.fixture
def app(installation: Installation) -> Flask:
    return application(installation)


@pytest.fixture
def anna(installation: Installation) -> Actor:
    return installation.person("Anna", (Role.CONFIDANT,))


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def signed_in(app: Flask, installation: Installation, anna: Actor) -> Visitor:
    """Anna, signed in, at the board."""
    visitor = Visitor(app).sign_in(installation, anna)
    assert visitor.location == "/"
    return visitor
