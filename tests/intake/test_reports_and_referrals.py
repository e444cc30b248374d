"""Reporting status by route, and referral with a warm hand-over: what we tell asks for consent."""

from datetime import timedelta

import pytest

from tests.intake.conftest import NOON
from weerbaar.accounts import trail
from weerbaar.intake import consents, referrals, reports, search, sharing
from weerbaar.intake.errors import (
    NoConsent,
    NothingToRecord,
    NotYourCase,
    UnknownCode,
    WhoNotShared,
)

TODAY = NOON.date()
DAY = timedelta(days=1)


def report(desk, case_id, route, actor=None, **others):
    facts = reports.Facts(**{"route": route, "on": TODAY, "by_whom": "caller", **others})
    return desk.do(reports.add, actor or desk.anna, case_id, facts, NOON)


def status(desk, case_id):
    return desk.read(desk.anna, case_id).what.reporting_status


def test_each_route_has_its_day_and_consent_and_the_status_follows(desk):
    case_id = desk.open_case(desk.anna, reporting_status="undecided")
    report(desk, case_id, "undecided", reason="advice_first", by_whom="")
    police = report(desk, case_id, "police_report", with_consent=True, note="Bij de wijkagent.")
    assert status(desk, case_id) == ("police_report",)
    report(desk, case_id, "internal_report", by_whom="employer", on=TODAY - DAY)
    assert status(desk, case_id) == ("internal_report", "police_report")
    # That nothing was reported does not undo what was.
    report(desk, case_id, "none", reason="no_use")
    assert status(desk, case_id) == ("internal_report", "police_report")
    found = [one for _record, one in desk.do(reports.of_case, desk.anna, case_id)]
    assert found[0].route == "internal_report"
    assert {(one.route, one.by_whom, one.with_consent) for one in found} == {
        ("internal_report", "employer", False), ("undecided", "", False),
        ("police_report", "caller", True), ("none", "", False),
    }  # fmt: skip
    # A case can be found by what was reported, and by what was said of it.
    for words in ("intern gemeld", "wijkagent"):
        assert len(desk.do(search.search, desk.anna, words, NOON).hits) == 1, words
    desk.do(reports.remove, desk.anna, case_id, police, NOON)
    assert status(desk, case_id) == ("internal_report",)
    for wrong in ({"on": TODAY + DAY}, {"by_whom": ""}):
        with pytest.raises(reports.ReportRefused):
            report(desk, case_id, "police_complaint", **wrong)
    for wrong in ({"route": "x"}, {"by_whom": "x"}, {"reason": "x"}):
        with pytest.raises(UnknownCode):
            report(desk, case_id, **{"route": "police_complaint", **wrong})
    with pytest.raises(NotYourCase):
        report(desk, case_id, "police_complaint", desk.bram)
    assert trail.verify(desk.database, desk.vault) == []


def test_we_report_for_somebody_only_with_a_consent_that_holds(desk):
    case_id = desk.open_case(desk.anna)
    desk.consent(desk.anna, case_id, "internal_report")
    with pytest.raises(NoConsent):
        report(desk, case_id, "police_report", by_whom="us", with_consent=True)
    record = desk.consent(desk.anna, case_id, "police_report")
    report(desk, case_id, "police_report", by_whom="us")
    ((_id, made),) = desk.do(reports.of_case, desk.anna, case_id)
    assert made.with_consent
    desk.do(consents.withdraw, desk.anna, case_id, record, NOON)
    with pytest.raises(NoConsent):
        report(desk, case_id, "police_report", by_whom="us")


def test_an_introduction_asks_for_consent_each_time(desk):
    case_id = desk.open_case(desk.anna)

    def refer(actor=None, **others):
        facts = {"to_whom": "Slachtofferhulp", "why": "Nazorg", "is_warm": True, **others}
        return desk.do(referrals.refer, actor or desk.anna, case_id, referrals.Facts(**facts), NOON)

    with pytest.raises(NoConsent):
        refer()
    # Telling somebody where he can go himself tells nobody anything.
    cold = refer(is_warm=False, told="Niets.")
    with pytest.raises(NothingToRecord):
        refer(to_whom=" ")
    consent = desk.consent(desk.anna, case_id, "referral")
    warm = refer(told="Het voorval, geen namen.")
    verbs = (referrals.introduce, referrals.take_over)
    for verb, record, on in (
        (referrals.introduce, warm, TODAY + DAY),
        (referrals.introduce, cold, TODAY),
        (referrals.take_over, warm, TODAY),
    ):
        with pytest.raises(referrals.ReferralRefused):
            desk.do(verb, desk.anna, case_id, record, on, NOON)
    desk.do(consents.withdraw, desk.anna, case_id, consent, NOON)
    with pytest.raises(NoConsent):
        desk.do(referrals.introduce, desk.anna, case_id, warm, TODAY, NOON)
    desk.consent(desk.anna, case_id, "referral")
    for verb in verbs:
        desk.do(verb, desk.anna, case_id, warm, TODAY, NOON)
    desk.do(referrals.take_over, desk.anna, case_id, cold, TODAY, NOON)
    found = dict(desk.do(referrals.of_case, desk.anna, case_id))
    assert (found[warm].introduced_on, found[warm].taken_over_on) == (TODAY, TODAY)
    assert (found[cold].told, found[cold].introduced_on) == ("", None)
    # To whom somebody is referred may say who it is: an expert who reads along does not see it.
    desk.do(sharing.share, desk.anna, case_id, desk.esther.person_id, {"what"}, NOON)
    assert desk.do(referrals.of_case, desk.esther, case_id) == []
    with pytest.raises(WhoNotShared):
        refer(desk.esther, is_warm=False)
    assert trail.verify(desk.database, desk.vault) == []
