"""The pages of reviewing rights, and of who came and who went."""

import csv
import io
from uuid import uuid4

import pytest
from sqlalchemy import select

from tests.accounts.visitor import Visitor
from weerbaar.accounts import people, trail
from weerbaar.accounts.actors import Role
from weerbaar.accounts.models import TrailRow
from weerbaar.accounts.reviews_models import ReviewRow

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def carla(app, installation):
    person = installation.person("Carla", (Role.COORDINATOR,))
    return Visitor(app).sign_in(installation, person), person


@pytest.fixture
def olga(app, installation):
    person = installation.person("Olga", (Role.AUDITOR,))
    return Visitor(app).sign_in(installation, person), person


def answers(whom, verdict, remark=""):
    return {
        f"verdict_{one.person_id.hex}": verdict for one in whom
    } | {f"remark_{one.person_id.hex}": remark for one in whom}  # fmt: skip


def test_from_the_first_judgement_to_the_frozen_record(carla, olga, installation, anna):
    (visitor, me), (auditor, other) = carla, olga
    founder = installation.coordinator
    assert "nog nooit" in visitor.see("/reviews").text
    visitor.send("/reviews", {"scope": "everybody"})
    page = visitor.location
    assert "Dit bent u zelf" in visitor.see(page).text
    visitor.send(page, answers([founder, anna, other], "fits"))
    assert "3 oordelen bewaard" in visitor.follow().text
    # What is sent about oneself counts for nothing.
    visitor.send(page, answers([me], "fits"))
    visitor.send(f"{page}/sign", {})
    assert "Nog 1 persoon is niet beoordeeld" in visitor.follow().text
    auditor.send(page, answers([me], "not_any_more", "is geen coördinator meer"))
    assert "is geen coördinator meer" in visitor.see(page).text
    assert f"/people/{me.person_id}" in visitor.page
    assert f"/people/{me.person_id}" not in auditor.see(page).page
    visitor.send(f"{page}/sign", {})
    assert "moet nog iemand anders ondertekenen" in visitor.follow().text
    assert "U ondertekende al" in visitor.see(f"{page}/sign").text
    assert "is geen coördinator meer" in auditor.see(f"{page}/sign").text
    auditor.send(f"{page}/sign", {})
    text = auditor.follow().text
    assert "Het verslag ligt vast" in text
    for word in ("Anna", "Carla, 02-03-2026", "Olga, 02-03-2026", "is geen coördinator meer"):
        assert word in text
    assert visitor.see(f"{page}/sign").status == 404
    assert trail.verify(installation.house.database, installation.house.vault) == []


def test_signing_asks_who_one_is(carla, installation):
    visitor, _me = carla
    visitor.send("/reviews", {"scope": "privileged"})
    page = visitor.location
    installation.clock.forward(minutes=11)
    assert visitor.see(f"{page}/sign").location.startswith("/confirm")


def test_what_is_not_there_is_unknown(carla):
    visitor, _me = carla
    assert visitor.see(f"/reviews/{uuid4()}").status == 404
    visitor.send("/reviews", {"scope": "nobody"})
    assert visitor.status == 404


def test_a_remark_that_is_too_long_is_refused_and_kept(carla, installation, anna):
    visitor, _me = carla
    visitor.send("/reviews", {"scope": "everybody"})
    page = visitor.location
    visitor.send(page, answers([anna], "fits", "x" * 1_001))
    assert visitor.status == 422
    assert "x" * 1_001 in visitor.page
    with installation.house.database.session() as session:
        assert session.scalars(select(ReviewRow.state)).all() == ["open"]


def test_who_came_and_who_went(carla, installation, anna):
    visitor, me = carla
    house, now = installation.house, installation.clock.now()
    with house.database.session() as session:
        for case in (uuid4(), uuid4()):
            for _ in range(2):
                trail.record(session, anna, "case.hand-over", "case", case, now)
        people.leave(session, house.vault, me, anna.person_id, now)
        session.commit()
    page = visitor.see("/reviews/changes")
    rows = [row for row in page.page.split("<tr")[1:] if "Anna" in row]
    assert [("Account gesloten" in row, ">2<" in row) for row in rows][-1] == (True, True)
    assert "Toegelaten tot sleutelgroep: Vertrouwenspersonen" in page.text
    assert (
        "In deze tijd kwam of ging niemand"
        in visitor.see("/reviews/changes?first=01-01-2020&last=02-01-2020").text
    )
    assert visitor.see("/reviews/changes?first=03-01-2020&last=02-01-2020").status == 422
    visitor.see("/reviews/changes/2026-03-01/2026-03-03/file")
    found = list(csv.DictReader(io.StringIO(visitor.page)))
    (left,) = [row for row in found if row["event"] == "Account gesloten"]
    assert (left["person"], left["by"], left["cases_handed_over"]) == ("Anna", "Carla", "2")
    with house.database.session() as session:
        newest = select(TrailRow.action).order_by(TrailRow.number.desc()).limit(1)
        assert session.scalar(newest) == "person.report"
    assert visitor.see("/reviews/changes/2026-03-03/2026-03-01/file").status == 404
    assert visitor.see("/reviews/changes/x/2026-03-01/file").status == 404
