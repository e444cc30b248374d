# ruff: noqa: RUF001 - names with the apostrophes that people type
"""Twelve people who call, as the domain reference tells of them, and what crosses them all.

Each is one case from the first words to where it ends or waits. No real person, place or number.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.intake.conftest import NOON
from weerbaar.accounts import trail
from weerbaar.accounts.models import NoticeRow
from weerbaar.config.clock import local
from weerbaar.governments import registry
from weerbaar.hotline.calls import gate
from weerbaar.hotline.calls.gate import Opening
from weerbaar.intake import (
    agreement,
    breaches_rules,
    casework,
    codewords,
    consented,
    consents,
    follow_ups,
    links,
    reports,
    retention,
    rights,
    search,
    sharing,
    taxonomy,
    telling,
)
from weerbaar.intake.agreement import Said
from weerbaar.intake.casework import NotYourCase
from weerbaar.intake.consents import Terms
from weerbaar.intake.content import CaseFields
from weerbaar.intake.errors import NoConsent
from weerbaar.intake.retention_rules import Category
from weerbaar.intake.rights_rules import Answer, Right

TODAY = NOON.date()
DAY = timedelta(days=1)


def agrees(desk, actor, case_id, purpose, *, to_whom, by="official", until=None):
    """Somebody consents on the telephone."""
    terms = Terms(purpose, to_whom, "Wat er is gebeurd.", by, "spoken", TODAY, until)
    return desk.do(consents.give, actor, case_id, terms, NOON)


def reported(desk, actor, case_id, route, by_whom="", **more):
    facts = reports.Facts(route=route, on=TODAY, by_whom=by_whom, **more)
    return desk.do(reports.add, actor, case_id, facts, NOON)


def routes(desk, actor, case_id):
    with desk.session() as session:
        found = reports.of_case(session, desk.vault, actor, case_id)
        session.commit()
    return {report.route: report for _record, report in found}


def told(desk):
    """Which notices wait for whom."""
    with desk.session() as session:
        return set(session.execute(select(NoticeRow.person_id, NoticeRow.code)).all())


def changed(desk, actor, case_id, **fields):
    """Change some fields of a case, as the form does."""
    view = desk.read(actor, case_id)
    parts = (view.what, view.who)
    present = {
        name: getattr(part, name)
        for part in parts
        for name in CaseFields.__dataclass_fields__
        if hasattr(part, name)
    }
    desk.do(
        casework.edit_case, actor, case_id, CaseFields(**{**present, **fields}), NOON,
        what_version=view.what.revision, who_version=view.who.revision,
    )  # fmt: skip


# A new councillor wants to know whether this is normal. No name; somebody asks again in two weeks.
def test_1_a_councillor_and_many_senders(desk):
    case_id = desk.open_case(
        desk.anna, narrative="Onder elk bericht staan scheldwoorden over haar afkomst.",
        request="Wil weten of dit erbij hoort.", advice="Blokkeren, bewijs bewaren.",
        function="council_member", types=("verbal_aggression", "discrimination"),
        main_type="discrimination", channel="social_public", place="online",
        alleged_offender="unknown", frequency="repeated", urgency="low",
        reporting_status=("undecided",),
    )  # fmt: skip
    due = TODAY + 14 * DAY
    desk.do(follow_ups.plan, desk.anna, case_id, "Hoe gaat het nu?", desk.anna.person_id, due, NOON)
    view = desk.read(desk.anna, case_id)
    assert (view.who.name, view.who.numbers) == ("", frozenset())
    assert "vervolgafspraak" in taxonomy.URGENCY_ANSWER[view.what.urgency]
    (waiting,) = desk.do(follow_ups.waiting, desk.anna, NOON)
    assert (waiting.case_id, waiting.due_on) == (case_id, due)
    # On its morning a notice that says nothing of it; nobody else is told.
    house = desk.installation.house
    assert follow_ups.remind(house, NOON + 13 * DAY) == 0
    assert follow_ups.remind(house, NOON + 14 * DAY) == 1
    assert told(desk) == {(desk.anna.person_id, follow_ups.NOTICE)}


# Threatened, and they know the school of the children: police the same day, the mayor with consent.
def test_2_an_alderman_whose_school_is_known(desk):
    case_id = desk.open_case(
        desk.anna, narrative="Een privébericht noemt de school van de kinderen.",
        function="alderperson", organisation="GM9999", name="Wethouder V.", types=("threat",),
        channel="direct_message", place="online", target="partner_children",
        alleged_offender="unknown", urgency="high", caller_number="+31612345681",
        safe_number="+31612345682", safe_hours="ma t/m vr 19.00-22.00",
    )  # fmt: skip
    assert "Dezelfde dag: politie" in taxonomy.URGENCY_ANSWER["high"]
    reported(desk, desk.anna, case_id, "police_report", "caller")
    # What we tell the mayor ourselves waits for her word.
    with pytest.raises(NoConsent):
        reported(desk, desk.anna, case_id, "internal_report", "us")
    agrees(desk, desk.anna, case_id, "internal_report", to_whom="burgemeester")
    reported(desk, desk.anna, case_id, "internal_report", "us")
    assert routes(desk, desk.anna, case_id)["internal_report"].with_consent
    view = desk.read(desk.anna, case_id)
    assert set(view.what.reporting_status) == {"police_report", "internal_report"}
    # Calling back is for the evening; by day it asks for a reason.
    by_day, in_the_evening = NOON, NOON.replace(hour=18, minute=30)
    assert gate.of_case(view.who, by_day).opening is Opening.OUTSIDE
    assert gate.of_case(view.who, by_day).needs_reason
    assert gate.of_case(view.who, in_the_evening).opening is Opening.INSIDE


# 112 first; a mayor is never told to go to the mayor; and one confidant alone reads it.
def test_3_a_mayor_and_people_who_mean_it(desk):
    case_id = desk.open_case(
        desk.anna, narrative="Twee mannen stonden bij het huis. De auto is beklad.",
        function="mayor", organisation="GM9999", types=("intimidation", "vandalism"),
        main_type="intimidation", channel="in_person", place="home",
        alleged_offender="organised_crime", urgency="acute",
    )  # fmt: skip
    assert taxonomy.URGENCY_ANSWER["acute"].startswith("Eerst 112.")
    first = [step for step in taxonomy.ACUTE_CHECKLIST if "112" in step]
    assert taxonomy.ACUTE_CHECKLIST.index(first[0]) == 1
    assert not any("burgemeester" in answer for answer in taxonomy.URGENCY_ANSWER.values())
    (step,) = [one for one in taxonomy.ACUTE_CHECKLIST if "burgemeester" in one]
    assert "Niet wie er zelf bij betrokken is." in step
    changed(desk, desk.anna, case_id, urgency="high")
    assert desk.read(desk.anna, case_id).what.urgency == "high"
    # The Commissaris hears of it with consent; neither colleague nor coordinator reads along.
    agrees(desk, desk.anna, case_id, "internal_report", to_whom="Commissaris van de Koning")
    reported(desk, desk.anna, case_id, "internal_report", "us")
    for other in (desk.bram, desk.carla, desk.esther):
        with pytest.raises(NotYourCase):
            desk.read(other, case_id)
    assert desk.read(desk.anna, case_id).only_reader


# One case for three times that they stood there, in the order in which it happened.
def test_4_a_states_member_and_three_incidents(desk):
    case_id = desk.open_case(
        desk.anna, narrative="Actievoerders volgen haar tot op de sportclub.",
        request="Wil weten wat ze tegen de pers zegt.", function="states_member",
        organisation="PV99", types=("intimidation",), channel="demonstration",
        place="private_setting", target="relatives", alleged_offender="activist",
        frequency="repeated", urgency="elevated",
    )  # fmt: skip
    days = [NOON - 9 * DAY, NOON - 2 * DAY, NOON - 5 * DAY]
    for number, at in enumerate(days):
        text = f"Voorval {number + 1}."
        desk.do(casework.add_contact_moment, desk.anna, case_id, text, NOON, at=at)
    view = desk.read(desk.anna, case_id)
    assert [entry.text for entry in view.entries] == ["Voorval 1.", "Voorval 3.", "Voorval 2."]
    assert view.what.last_contact == NOON
    assert view.who.organisation == "PV99"


# Sixty times in a month; no complaint, and why; his partner calls later, and has a case of her own.
def test_5_a_deputy_who_is_followed_and_his_partner(desk):
    his = desk.open_case(
        desk.anna, narrative="Zestig keer in een maand: e-mail, telefoon en post.",
        function="provincial_executive", organisation="PV99", types=("stalking",), channel="email",
        place="office", alleged_offender="confused_behaviour", frequency="ongoing",
        urgency="elevated",
    )  # fmt: skip
    reported(desk, desk.anna, his, "none", reason="escalation", note="Wil hem niet treffen.")
    report = routes(desk, desk.anna, his)["none"]
    assert (report.reason, report.by_whom) == ("escalation", "")
    hers = desk.open_case(desk.bram, narrative="Zijn partner slaapt slecht.", function="other")
    with pytest.raises(NotYourCase):
        desk.read(desk.anna, hers)
    # Who reads one of them alone cannot tie them together, nor learn that the other is there.
    for one, other, actor in ((his, hers, desk.anna), (hers, his, desk.bram)):
        with pytest.raises(NotYourCase):
            desk.do(links.link, actor, one, other, NOON)
    assert desk.do(casework.cases_with_number, desk.bram, "+31612345681") == []


# A colleague did it, and the registrar is his friend: nothing goes anywhere by itself.
def test_6_a_councillor_and_a_colleague(desk):
    case_id = desk.open_case(
        desk.anna, narrative="Een fractiegenoot stuurt berichten in de groepsapp.",
        function="council_member", organisation="GM9999", types=("sexual_intimidation",),
        channel="group_chat", alleged_offender="colleague", urgency="elevated",
    )  # fmt: skip
    with pytest.raises(NoConsent):
        reported(desk, desk.anna, case_id, "internal_report", "us")
    assert told(desk) == set()
    assert routes(desk, desk.anna, case_id) == {}
    # No part of the advice names the registrar as the one to go to.
    assert not any("griffier" in answer for answer in taxonomy.URGENCY_ANSWER.values())
    assert desk.read(desk.anna, case_id).only_reader


# The mayor calls about the same incident: the cases are tied, and neither shows the other.
def test_7_two_cases_of_one_incident(desk):
    hers = desk.open_case(
        desk.anna, narrative="Haar adres staat online.", function="alderperson",
        organisation="GM9999", types=("doxing", "online_hate"), main_type="doxing",
        channel="social_public", place="online", alleged_offender="unknown", urgency="high",
        advice="Bericht laten weghalen, politie, adres bij de KVK afschermen.",
    )  # fmt: skip
    his = desk.open_case(desk.bram, narrative="De burgemeester las het ook.", function="mayor")
    # Bram lets Anna read what happened; so she can tie the two.
    desk.do(sharing.share, desk.bram, his, desk.anna.person_id, {"what"}, NOON)
    desk.do(links.link, desk.anna, hers, his, NOON)
    (seen,) = desk.do(links.of_case, desk.bram, his)
    assert (seen.case_id, seen.title) == (None, "")
    assert seen.ask == (desk.anna.person_id,)
    (known,) = desk.do(links.of_case, desk.anna, hers)
    assert (known.case_id, known.title) == (his, "De burgemeester las het ook.")
    with pytest.raises(NotYourCase):
        desk.read(desk.bram, hers)


# Pushed by a resident. He doubts; the employer may file. What his knee has is in the story alone.
def test_8_a_councillor_who_was_pushed(desk):
    case_id = desk.open_case(
        desk.anna, narrative="Na de bewonersavond werd raadslid Proef geduwd. Knie gekneusd.",
        advice="Domiciliekeuze uitgelegd: een ander adres dan thuis mag altijd.", name="P. Proef",
        function="council_member", organisation="GM9999", types=("physical_aggression",),
        channel="in_person", place="event", alleged_offender="resident", urgency="high",
        reporting_status=("undecided",),
    )  # fmt: skip
    reported(desk, desk.anna, case_id, "employer_complaint", "employer", with_consent=True)
    status = desk.read(desk.anna, case_id).what.reporting_status
    assert status == ("employer_complaint",)
    # Before an expert reads along, what tells who it is is marked.
    view = desk.read(desk.anna, case_id)
    marked = [piece.text for part in telling.in_case(view) for piece in part.pieces if piece.marked]
    assert marked == ["Proef"]


# No role, no place, no number; the line drops. Later he says his word and is where he stopped.
def test_9_somebody_who_says_nothing_but_a_word(desk):
    case_id = desk.open_case(
        desk.anna, narrative="Een man van een bedrijf wachtte bij de sportclub.",
        types=("undue_pressure",), channel="in_person", place="private_setting",
        alleged_offender="organisation", urgency="high", code_word="zwaluw",
    )  # fmt: skip
    who = desk.read(desk.anna, case_id).who
    assert (who.function, who.organisation, who.numbers) == ("", "", frozenset())
    assert desk.do(codewords.cases_with_word, desk.anna, "merel", NOON) == []
    (known,) = desk.do(codewords.cases_with_word, desk.anna, "Zwaluw", NOON + DAY)
    assert (known.case_id, known.said) == (case_id, Said.CODE_WORD)
    again = "Hij belt terug."
    desk.do(casework.add_contact_moment, desk.anna, case_id, again, NOON + DAY)
    assert [one.text for one in desk.read(desk.anna, case_id).entries] == [again]


# She calls, it is about him: until he consented himself, no expert reads along.
def test_10_the_partner_of_a_mayor(desk):
    case_id = desk.open_case(
        desk.anna, narrative="Een brief met poeder op de mat. De partner van de burgemeester belt.",
        function="other", organisation="GM9999", types=("threat",), channel="post", place="home",
        alleged_offender="unknown", urgency="acute",
    )  # fmt: skip
    assert any("raak een verdacht pakket niet aan" in one for one in taxonomy.ACUTE_CHECKLIST)
    agrees(desk, desk.anna, case_id, "police_report", to_whom="politie", by="caller")
    ask = (consented.share, desk.anna, case_id, desk.esther.person_id, frozenset({"what"}), NOON)
    with pytest.raises(NoConsent):
        desk.do(*ask)
    agrees(desk, desk.anna, case_id, "expert", to_whom="ervaringsdeskundige", by="official")
    desk.do(*ask)
    assert desk.read(desk.esther, case_id).who is None


# He comes back: takes a consent back, has an older case whose day has come, and says a duress word.
def test_12_a_states_member_who_returns(desk):
    older = desk.open_case(desk.anna, NOON - 500 * DAY, narrative="Scheldmail.", name="S. Proef")
    desk.do(casework.close_case, desk.anna, older, NOON - 450 * DAY)
    case_id = desk.open_case(
        desk.anna, narrative="Bedreigd tijdens de Statenvergadering.", function="states_member",
        organisation="PV99", name="S. Proef", types=("verbal_aggression", "threat"),
        channel="phone", place="meeting", alleged_offender="resident", urgency="elevated",
        code_word="zwaluw", duress_word="paraplu", word_plan="Bel de wijkagent.",
    )  # fmt: skip
    given = agrees(desk, desk.anna, case_id, "expert", to_whom="ervaringsdeskundige")
    ask = (consented.share, desk.anna, case_id, desk.esther.person_id, frozenset({"what"}), NOON)
    desk.do(*ask)
    # Withdrawn after it was shared: what was read was read, the page says who still reads along.
    desk.do(consents.withdraw, desk.anna, case_id, given, NOON)
    assert desk.do(consented.reading_without, desk.anna, case_id, NOON) == [desk.esther.person_id]
    with pytest.raises(NoConsent):
        desk.do(consents.demand, desk.anna, case_id, "expert", NOON)
    ((_record, kept),) = desk.do(consents.of_case, desk.anna, case_id)
    assert kept.withdrawn_on == TODAY
    with desk.session() as session:
        due = retention.cases_due(session, Category.CASE_WHAT, TODAY)
    assert due == [older]
    said = desk.do(agreement.check_word, desk.anna, case_id, " Paraplu ", NOON)
    assert said is Said.DURESS_WORD
    assert desk.read(desk.anna, case_id).who.word_plan == "Bel de wijkagent."
    assert trail.verify(desk.database, desk.vault) == []


# The same man asks what is kept of him: a month, and nobody sees it but who handles it.
def test_12_he_asks_for_his_own_file(desk):
    case_id = desk.open_case(desk.anna, name="S. Proef", function="states_member")
    wish = rights.Request(
        Right.ACCESS, "S. Proef", proof="Gebeld op zijn nummer.", text="Alles wat er staat.",
        case_id=str(case_id),
    )  # fmt: skip
    asked = desk.do(rights.receive, desk.anna, wish, TODAY, desk.anna.person_id, NOON)
    (line,) = desk.do(rights.register, desk.anna)
    assert (line.due_on, line.request.right) == (date(2026, 12, 24), Right.ACCESS)
    (seen,) = desk.do(rights.register, desk.bram)
    assert seen.request is None
    answer = (rights.answer, desk.anna, asked, Answer.PARTLY)
    with pytest.raises(rights.WantsReason):
        desk.do(*answer, " ", NOON)
    desk.do(*answer, "Wat een ander vertelde, is weggelaten.", NOON)
    (line,) = desk.do(rights.register, desk.anna)
    assert not line.is_open


# ---- what crosses them all ---------------------------------------------------------------------

# 25 October 2026: half past two comes twice.
TWICE = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]


def test_two_talks_at_half_past_two_in_the_night_of_the_clocks(desk):
    case_id = desk.open_case(desk.anna, TWICE[0])
    for at, text in ((TWICE[1], "Tweede keer half drie."), (TWICE[0], "Eerste keer half drie.")):
        desk.do(casework.add_contact_moment, desk.anna, case_id, text, TWICE[1], at=at)
    view = desk.read(desk.anna, case_id)
    assert [one.text[:6] for one in view.entries] == ["Eerste", "Tweede"]
    assert view.what.last_contact == TWICE[1]
    assert view.created_day == date(2026, 10, 25)


def test_a_case_on_koningsdag_is_a_case_of_that_day(desk):
    night = datetime(2027, 4, 26, 22, 30, tzinfo=UTC)
    case_id = desk.open_case(desk.anna, night)
    assert desk.read(desk.anna, case_id).created_day == date(2027, 4, 27)
    day = date(2028, 4, 27)
    desk.do(follow_ups.plan, desk.anna, case_id, "Bellen.", desk.anna.person_id, day, night)
    assert follow_ups.remind(desk.installation.house, datetime(2028, 4, 27, 7, tzinfo=UTC)) == 1


@pytest.mark.parametrize(
    ("named", "code"), [("Weesp", "GM0363"), ("brielle", "GM1992"), ("Súdwest-Fryslân", "GM1900")]
)
def test_a_place_that_merged_is_found_by_its_old_name(desk, named, code):
    (found, *_) = registry.find(named)
    assert found.code == code
    case_id = desk.open_case(desk.anna, organisation=found.code)
    assert found.label in desk.read(desk.anna, case_id).who.labels


@pytest.mark.parametrize("asked", ["d'ancona", "D’ANCONA", "zoe", '"\'t hooft"'])
def test_a_name_is_found_however_it_is_typed(desk, asked):
    case_id = desk.open_case(desk.anna, name="Zoë d’Ancona-’t Hooft")
    hits = desk.do(search.search, desk.anna, asked, NOON).hits
    assert [hit.line.case_id for hit in hits] == [case_id]


# A breach that is found on Friday evening: the 72 hours are over on Monday evening.
def test_the_clock_of_a_breach_runs_through_the_weekend():
    friday = datetime(2026, 10, 23, 18, 0, tzinfo=UTC)
    due = breaches_rules.due(friday)
    assert due == datetime(2026, 10, 26, 18, 0, tzinfo=UTC)
    # In between the clocks went back: it is an hour earlier in the day.
    assert (local(friday).hour, local(due).hour) == (20, 19)
