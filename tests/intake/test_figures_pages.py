"""The pages of figures: who may, what stands there before and after, and the file."""

import csv
import io
from datetime import timedelta

import pytest

from tests.intake.conftest import NOON
from tests.intake.made_up_facts import CASES
from tests.intake.test_figures import FIELDS, many
from weerbaar.accounts import groups
from weerbaar.intake import figures_pages

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def visitor(desk, app, visit):
    """Carla, who was admitted to the key of the figures, after the end of the quarter."""
    app.register_blueprint(figures_pages.blueprint())
    many(desk, CASES, NOON - timedelta(days=100))
    desk.open_case(desk.anna, **FIELDS)
    return visit


def admit(desk):
    coordinator = desk.installation.coordinator
    desk.do(groups.admit, coordinator, "figures", desk.carla.person_id, NOON)


def test_publishing_a_quarter(desk, visitor):
    carla = visitor("carla")
    assert "kwartaal 3 van 2026" in carla.see("/figures").text
    assert "kwartaal 4 van 2026" not in carla.text
    # Without the key nothing is counted, and nothing can be published.
    assert "U heeft de sleutel van de cijfers nog niet." in carla.see("/figures/2026-Q3").text
    assert "Publiceren" not in carla.text
    admit(desk)
    carla = visitor("carla")
    assert "Nog niet gepubliceerd" in carla.see("/figures/2026-Q3").text
    assert carla.see("/figures/2026-Q3/figures.csv").status == 404
    assert carla.send("/figures/2026-Q3").status == 303
    text = carla.see("/figures/2026-Q3").text
    assert "Gepubliceerd op 24-11-2026" in text
    assert "Publiceren" not in text
    assert "raadslid" in text
    for nothing in ("2026-Q4", "2026-Q2", "2026-Q9", "x"):
        assert carla.see(f"/figures/{nothing}").status == 404
    assert f"kwartaal 3 van 2026 {CASES} 24-11-2026" in carla.see("/figures").text

    rows = list(csv.DictReader(io.StringIO(carla.see("/figures/2026-Q3/figures.csv").page)))
    by_cell = {(row["table"], row["row"], row["column"]): row for row in rows}
    assert by_cell["total", "all", "all"]["count"] == str(CASES)
    raised = by_cell["function", "council_member", "all"]
    assert (raised["row_label"], raised["count"], raised["withheld"]) == ("raadslid", "18", "no")
    hidden = by_cell["function", "clerk", "all"]
    assert (hidden["count"], hidden["withheld"]) == ("", "yes")
    sent = by_cell["type-channel", "all", "sent"]
    assert (sent["column_label"], sent["count"]) == ("telefoon, e-mail en post", "25")

    # The file leaves the house: some time later it asks first who is there.
    for _ in range(2):
        desk.installation.clock.forward(minutes=5)
        carla.see("/figures")
    assert carla.see("/figures/2026-Q3/figures.csv").location.startswith("/confirm")


def test_who_has_no_part_in_it_is_refused(visitor):
    for name in ("anna", "rob"):
        for path in ("/figures", "/figures/2026-Q3", "/figures/2026-Q3/figures.csv"):
            assert visitor(name).see(path).status == 403
