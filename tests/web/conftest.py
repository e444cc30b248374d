"""The telephone's desk and people at the pages, for what the roof shows of them."""

import pytest

from tests.calls.conftest import Visit, visit
from tests.telephony.conftest import desk, exchange, make_desk

__all__ = ["desk", "exchange", "make_desk", "visit"]


@pytest.fixture
def visit_of():
    """Somebody at the pages of a desk that a test made itself."""
    return Visit
