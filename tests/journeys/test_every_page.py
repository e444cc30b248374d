"""Every page of the demo as axe sees it: to each of the people who may open it, in light and in
dark, on a wide screen and on the narrowest. A page that is not in the table fails the test.
"""

from datetime import date
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import select

from tests.intake import foreign_files
from tests.intake.made_up_facts import seal_facts
from tests.journeys.conftest import write_consent_down
from weerbaar.accounts import app_links, invitations, people, quorum_drill, reviews
from weerbaar.accounts.actors import SYSTEM, Actor, Role
from weerbaar.accounts.reviews_rules import Scope, Verdict
from weerbaar.hotline.calls import listing
from weerbaar.hotline.calls.models import ItemKind
from weerbaar.hotline.roster import absences, swaps
from weerbaar.hotline.roster import verbs as roster
from weerbaar.hotline.roster.models import ShiftRow
from weerbaar.hotline.roster.rotation_models import RotationRow
from weerbaar.hotline.roster.rules import Reading
from weerbaar.intake import drafts
from weerbaar.intake.models import PurgeItemRow, PurgeRunRow
from weerbaar.tour import activities
from weerbaar.tour.activities import Step
from weerbaar.tour.stages import Stage, State
from weerbaar.tour.trainer_models import TrainerRow
from weerbaar.web.app import create_app

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
AXE = Axe().axe_script

NOBODY = "nobody"
STAFF = {"Carla", "Anna", "Rob", "Aad"}
CALLS = {"Carla", "Anna"}
PEOPLE = {"Carla"}
PLANS = {"Carla", "Rob"}
TOUR = {"Toos"}

# Each address of the application that is a page, where it is in the demo, and who may open it.
PAGES = {
    "/": (("/",), STAFF),
    "/accessibility": (("/accessibility",), {*STAFF, NOBODY}),
    "/account": (("/account",), STAFF),
    "/account/app": (("/account/app",), {"Aad"}),
    "/account/key": (("/account/key",), {"Aad", "Anna"}),
    "/account/key/renew": (("/account/key/renew",), {"Aad"}),
    "/account/passkeys": (("/account/passkeys",), STAFF),
    "/account/passkeys/new": (("/account/passkeys/new",), {"Anna"}),
    "/account/password/forgotten": (("/account/password/forgotten",), {"Anna"}),
    "/account/sessions": (("/account/sessions",), STAFF),
    "/after-care": (("/after-care",), CALLS),
    "/call-backs/<uuid:call_back_id>": (("{call_back}", "{outcome}"), {"Anna"}),
    "/call-backs/<uuid:call_back_id>/word": (("{word}",), {"Anna"}),
    "/calls": (("/calls", "/calls?state=done"), CALLS),
    "/calls/<uuid:item_id>/assign": (("/calls/{talk}/assign",), {"Carla"}),
    "/calls/<uuid:item_id>/call-back": (("/calls/{asked}/call-back",), CALLS),
    "/calls/<uuid:item_id>/close": (("/calls/{talk}/close",), CALLS),
    "/calls/<uuid:item_id>/code-word": (("/calls/{asked}/code-word",), CALLS),
    "/calls/<uuid:item_id>/record": (("/calls/{talk}/record", "/calls/{asked}/record"), CALLS),
    "/cases": (("/cases", "/cases?state=closed"), CALLS),
    "/cases/<uuid:case_id>": (("{case}", "{case}?who=1"), {"Anna"}),
    "/cases/<uuid:case_id>/access": (("{case}/access",), {"Anna"}),
    "/cases/<uuid:case_id>/access/<uuid:person_id>/revoke": (
        ("{case}/access/{anna}/revoke",),
        {"Anna"},
    ),
    "/cases/<uuid:case_id>/attachments/<uuid:record>": (
        ("{picture}", "{sound}", "{film}", "{letter}", "{text}", "{kept}"),
        {"Anna"},
    ),
    "/cases/<uuid:case_id>/attachments/<uuid:record>/remove": (("{picture}/remove",), {"Anna"}),
    "/cases/<uuid:case_id>/attachments/new": (("{case}/attachments/new",), {"Anna"}),
    "/cases/<uuid:case_id>/call-back": (("{case}/call-back",), {"Anna"}),
    "/cases/<uuid:case_id>/consents": (("{case}/consents",), {"Anna"}),
    "/cases/<uuid:case_id>/consents/<uuid:record>": (("{consent}",), {"Anna"}),
    "/cases/<uuid:case_id>/disclosures": (("{case}/disclosures",), {"Anna"}),
    "/cases/<uuid:case_id>/edit": (("{case}/edit",), {"Anna"}),
    "/cases/<uuid:case_id>/follow-ups": (("{case}/follow-ups",), {"Anna"}),
    "/cases/<uuid:case_id>/follow-ups/<uuid:record>": (("{follow_up}",), {"Anna"}),
    "/cases/<uuid:case_id>/links": (("{case}/links",), {"Anna"}),
    "/cases/<uuid:case_id>/referrals": (("{case}/referrals",), {"Anna"}),
    "/cases/<uuid:case_id>/referrals/<uuid:record>": (("{referral}",), {"Anna"}),
    "/cases/<uuid:case_id>/reports": (("{case}/reports",), {"Anna"}),
    "/cases/<uuid:case_id>/retention": (("{case}/retention",), {"Anna"}),
    "/cases/<uuid:case_id>/share": (("{case}/share",), {"Anna"}),
    "/cases/<uuid:case_id>/words": (("{case}/words",), {"Anna"}),
    "/cases/<uuid:case_id>/export": (("{case}/export",), {"Anna"}),
    "/cases/<uuid:case_id>/rights": (("{case}/rights",), {"Anna"}),
    "/cases/<uuid:case_id>/notes/<uuid:record>/remove": (("{private_note}",), {"Anna"}),
    "/cases/<uuid:case_id>/rights/document": (("{case}/rights/document",), {"Anna"}),
    "/cases/<uuid:case_id>/rights/rectify": (("{case}/rights/rectify",), {"Anna"}),
    "/cases/<uuid:case_id>/rights/erase": (("{case}/rights/erase",), {"Anna"}),
    "/cases/hand-over": (("/cases/hand-over",), CALLS),
    "/cases/new": (("/cases/new",), CALLS),
    "/closed": (("/closed",), {NOBODY}),
    "/confirm": (("/confirm",), {"Anna"}),
    "/consents": (("/consents",), CALLS),
    "/disclosures/<uuid:record>": (("{second_eyes}",), {"Bram"}),
    "/cases/rekeying": (("/cases/rekeying",), CALLS),
    "/cases/requests": (("/cases/requests",), CALLS),
    "/drafts/<form>/choose": (("{drafts}",), {"Anna"}),
    "/duty-card": (("/duty-card",), STAFF),
    "/follow-ups": (("/follow-ups",), CALLS),
    "/figures": (("/figures",), {"Carla"}),
    "/figures/<code>": (("/figures/2026-Q2", "/figures/2026-Q3"), {"Carla"}),
    "/invitation/<token>": (
        ("/invitation/{token}", "/invitation/{token}?way=passkey", "/invitation/not-a-token"),
        {NOBODY},
    ),
    "/new-app/<token>": (("/new-app/{app_token}", "/new-app/not-a-token"), {NOBODY}),
    "/people": (("/people", "/people?left=yes"), PEOPLE),
    "/people/<uuid:person_id>": (("/people/{cherie}", "/people/{anna}"), PEOPLE),
    "/people/<uuid:person_id>/admit": (("/people/{cherie}/admit", "/people/{anna}/admit"), PEOPLE),
    "/people/<uuid:person_id>/leave": (("/people/{cherie}/leave",), PEOPLE),
    "/people/<uuid:person_id>/start-over": (
        ("/people/{anna}/start-over", "/people/{cherie}/start-over"),
        PEOPLE,
    ),
    "/people/<uuid:person_id>/new-app": (("/people/{anna}/new-app",), PEOPLE),
    "/people/<uuid:person_id>/successor": (("/people/{anna}/successor",), PEOPLE),
    "/people/new": (("/people/new",), PEOPLE),
    "/privacy-statement": (("/privacy-statement",), {*STAFF, NOBODY}),
    "/privacy": (("/privacy",), STAFF),
    "/privacy/breaches": (("/privacy/breaches",), {"Carla", "Aad"}),
    "/privacy/breaches/<uuid:breach_id>": (("/privacy/breaches/{breach}",), {"Carla"}),
    "/privacy/breaches/new": (("/privacy/breaches/new",), STAFF),
    "/privacy/requests": (("/privacy/requests",), {"Carla", "Anna", "Aad"}),
    "/privacy/requests/<uuid:request_id>": (("/privacy/requests/{asked_right}",), {"Carla"}),
    "/privacy/requests/new": (("/privacy/requests/new",), CALLS),
    "/provider": (("/provider",), {"Carla", "Aad"}),
    "/quorum": (("/quorum",), {"Carla", "Aad"}),
    "/quorum/requests/<uuid:request_id>": (("/quorum/requests/{request}",), {"Anna"}),
    "/recovery-code": (("/recovery-code",), {"Carla"}),
    "/retention": (("/retention",), {"Carla", "Anna", "Aad"}),
    "/retention/log": (("/retention/log",), {"Carla", "Anna", "Aad"}),
    "/retention/runs/<uuid:run_id>": (("/retention/runs/{run}",), {"Carla"}),
    "/roster": (
        ("/roster", "/roster?week=2027-W40", "/roster?view=month", "/roster?view=person"),
        STAFF,
    ),
    "/roster/explain": (("/roster/explain", "/roster/explain?at=2026-11-01T12:00"), STAFF),
    "/roster/feeds": (("/roster/feeds",), STAFF),
    "/roster/files": (("/roster/files",), PLANS),
    "/roster/hours": (("/roster/hours", "/roster/hours?first=2026-11&last=2026-12"), STAFF),
    "/roster/mine": (("/roster/mine",), STAFF),
    "/roster/rotations": (("/roster/rotations",), STAFF),
    "/roster/rotations/<uuid:rotation_id>": (("/roster/rotations/{rotation}",), STAFF),
    "/roster/rotations/<uuid:rotation_id>/change": (
        ("/roster/rotations/{rotation}/change",),
        PLANS,
    ),
    "/roster/rotations/new": (
        ("/roster/rotations/new", "/roster/rotations/new?pattern=days"),
        PLANS,
    ),
    "/roster/cover": (("/roster/cover",), STAFF),
    "/roster/absences": (("/roster/absences",), STAFF),
    "/roster/cannot": (("/roster/cannot",), STAFF),
    "/roster/hand-over": (("/roster/hand-over",), CALLS),
    "/roster/swaps": (("/roster/swaps",), STAFF),
    "/roster/shifts/<uuid:shift_id>": (("/roster/shifts/{shift}", "/roster/shifts/{next}"), STAFF),
    "/roster/readiness": (("/roster/readiness",), STAFF),
    "/search": (("/search",), CALLS),
    "/sign-in": (("/sign-in",), {NOBODY}),
    "/sign-in/recover": (("/sign-in/recover",), {NOBODY}),
    "/test-call": (("/test-call",), STAFF),
    "/tour": (("/tour", "/tour?of=provinces"), TOUR),
    "/tour/activities/<uuid:activity_id>": (("{conversation}", "{session}", "{training}"), TOUR),
    "/tour/activities/<uuid:activity_id>/move": (("{session}/move",), TOUR),
    "/tour/activities/<uuid:activity_id>/correct": (("{conversation}/correct",), TOUR),
    "/tour/activities/<uuid:activity_id>/trainers": (("{training}/trainers",), TOUR),
    "/tour/costs": (("/tour/costs",), TOUR),
    "/tour/trainers": (("/tour/trainers",), TOUR),
    "/tour/trainers/<uuid:trainer_id>": (("/tour/trainers/{trainer}",), TOUR),
    "/tour/agenda": (("/tour/agenda",), TOUR),
    "/tour/enquiries": (("/tour/enquiries",), TOUR),
    "/tour/enquiries/new": (("/tour/enquiries/new",), {"Anna", "Toos"}),
    "/tour/governments": (("/tour/governments?province=PV24",), TOUR),
    "/tour/governments/<code>": (("{voorbeeldstad}",), TOUR),
    "/tour/governments/<code>/<stage>/new": (("{voorbeeldstad}/training/new",), TOUR),
    "/tour/governments/<code>/contacts": (("{voorbeeldstad}/contacts",), TOUR),
    "/tour/governments/<code>/step": (("{voorbeeldstad}/step",), TOUR),
    "/tour/import": (("/tour/import",), TOUR),
    "/tour/papers": (("/tour/papers",), TOUR),
    "/tour/invitations": (("/tour/invitations?province=PV24",), TOUR),
    "/tour/steps": (("/tour/steps",), TOUR),
    "/trail": (
        ("/trail", "/trail?kind=cases", "/trail?first=01-01-2020&last=02-01-2020"),
        {"Carla", "Aad"},
    ),
    "/reviews": (("/reviews",), {"Carla", "Aad"}),
    "/reviews/<uuid:review_id>": (("/reviews/{review}", "/reviews/{signed_review}"), {"Carla"}),
    "/reviews/<uuid:review_id>/sign": (("/reviews/{review}/sign",), {"Carla"}),
    "/reviews/changes": (
        ("/reviews/changes", "/reviews/changes?first=01-01-2020&last=02-01-2020"),
        {"Carla"},
    ),
    "/trail/export": (("/trail/export?kind=people",), {"Carla", "Aad"}),
    "/unlock": (("/unlock",), {"Rob"}),
}
# Parts of a page, answers for machines, and files.
NOT_PAGES = {
    "/board/part", "/call-backs/<uuid:call_back_id>/part", "/calls/part", "/health/live", "/health/ready", "/metrics", "/calls/<uuid:item_id>/messages/<uuid:message_id>",
    "/cases/<uuid:case_id>/recordings/<uuid:record>", "/figures/<code>/figures.csv",
    "/reviews/changes/<first>/<last>/file",
    "/cases/<uuid:case_id>/attachments/<uuid:record>/original",
    "/cases/<uuid:case_id>/attachments/<uuid:record>/shown",
    "/roster/calendar/<token>.ics", "/roster/files/roster.<kind>", "/roster/hours/hours.<kind>",
    "/tour/calendar/<token>.ics", "/tour/progress.<kind>", "/tour/papers/<kind>.pdf",
    "/sign-in/passkey", "/invitation/<token>/passkey", "/unlock/passkey", "/confirm/passkey", "/account/passkeys/new/passkey",
    "/test-call/part", "/static/<path:filename>", "/.well-known/security.txt", "/security.txt", "/robots.txt",
}  # fmt: skip


def test_the_table_names_every_page(demo):
    rules = create_app(demo.house).url_map.iter_rules()
    found = {rule.rule for rule in rules if "GET" in rule.methods}
    assert found == PAGES.keys() | NOT_PAGES


@pytest.fixture
def places(demo, earlier_call):
    """What stands in addresses: the calls, people and shifts of this demo."""
    earlier_call()
    earlier_call(answered=False)
    house = demo.house
    with house.database.session() as session:
        items = {one.kind: one.id for one in listing.waiting(session)}
        found = {
            "talk": items[ItemKind.CONVERSATION],
            "asked": items[ItemKind.CALLBACK_ASKED],
            "shift": session.scalars(select(ShiftRow.id)).first(),
            "rotation": session.scalars(select(RotationRow.id)).first(),
            "next": _arranged(session, house),
            "cherie": people.by_mail(session, house.vault, "cherie@example.nl"),
            "anna": people.by_mail(session, house.vault, "anna@example.nl"),
        }
        invited = people.invite(
            session, house.vault, SYSTEM, mail="noor@example.nl", name="Noor Nieuweling",
            roles=frozenset({Role.CONFIDANT}), phone="+31612345607", now=house.clock.now(),
            hotline_number=house.settings.hotline_number,
        )  # fmt: skip
        found["token"] = invitations.invite(
            session, house.vault, SYSTEM, invited, house.clock.now()
        )
        carla = people.by_mail(session, house.vault, "carla@example.nl")
        found["app_token"] = app_links.offer(
            session, house.vault, Actor(carla), found["anna"], house.clock.now()
        )
        bram = people.by_mail(session, house.vault, "bram@example.nl")
        found["request"] = quorum_drill.begin(session, house.vault, Actor(bram), house.clock.now())
        found["run"] = run_that_waits(session, house.clock.now())
        found["voorbeeldstad"] = "/tour/governments/GM9999"
        toos = people.by_mail(session, house.vault, "toos@example.nl")
        found |= _of_the_tour(session, toos, house.clock.now())
        # The demo has published the third quarter itself.
        seal_facts(session, house.vault, date(2026, 5, 1), house.clock.now())
        found["drafts"] = _two_drafts(session, house, found["anna"])
        found |= _reviews(session, house, Actor(bram))
        found["trainer"] = session.scalars(select(TrainerRow.id)).first()
        session.commit()
    return found


def _reviews(session, house, judge):
    """A signed review of everybody, and an open one in which one person is judged."""
    now, vault = house.clock.now(), house.vault
    done = reviews.begin(session, judge, Scope.EVERYBODY, now)
    for card in people.cards(session, vault).values():
        if card.state != people.LEFT and card.id != judge.person_id:
            reviews.judge(session, vault, judge, done, card.id, Verdict.FITS, "", {}, now)
    carla = Actor(people.by_mail(session, vault, "carla@example.nl"))
    reviews.judge(
        session, vault, carla, done, judge.person_id, Verdict.NOT_ANY_MORE, "heeft te veel", {}, now
    )
    reviews.sign(session, vault, judge, done, {}, now)
    reviews.sign(session, vault, carla, done, {}, now)
    open_one = reviews.begin(session, judge, Scope.PRIVILEGED, now)
    reviews.judge(
        session, vault, judge, open_one, carla.person_id, Verdict.NOT_ANY_MORE, "stopt", {}, now
    )
    return {"review": open_one, "signed_review": done}


def _two_drafts(session, house, writer):
    """What somebody wrote on a device that locked, beside what he wrote elsewhere."""
    form = f"note-{uuid4()}"
    for text in ("Op het bureau geschreven.", "Op de telefoon geschreven."):
        drafts.keep_late_form(
            session, house.vault, writer, f"/drafts/{form}", {"text": text}, house.clock.now()
        )
    return drafts.page_to_choose(form)


def _of_the_tour(session, officer_id, now):
    """An activity of each stage; the training for one person of a municipality without a session."""
    officer = Actor(officer_id, frozenset({Role.TOUR_OFFICER}))
    own = {each.stage: each.id for each in activities.of_codes(session, ["GM9999"])}
    activities.move(
        session, officer, own[Stage.SESSION], Step(State.DECLINED), now,
        seen=activities.one(session, own[Stage.SESSION]).version,
    )  # fmt: skip
    own[Stage.TRAINING] = activities.begin(
        session, officer, "GM9999", Stage.TRAINING, Step(State.OFFERED), now, personal=True
    )
    return {stage.value: f"/tour/activities/{own[stage]}" for stage in Stage}


def _arranged(session, house):
    """A shift of Anna's that she asks Carla for, after one she got; an absence, and a note."""
    now = house.clock.now()
    ids = {
        name: people.by_mail(session, house.vault, f"{name}@example.nl")
        for name in ("anna", "bram", "carla")
    }
    anna, bram = (Actor(ids[name], frozenset({Role.CONFIDANT})) for name in ("anna", "bram"))
    ahead = {name: roster.shifts_ahead(session, ids[name], now) for name in ids}
    own, theirs = ahead["anna"], ahead["bram"]
    done = swaps.ask(session, bram, theirs[2].shift_id, now=now, return_id=own[2].shift_id)
    swaps.accept(session, anna, done, now=now)
    swaps.ask(session, bram, theirs[3].shift_id, now=now, in_return=True)
    swaps.ask(session, anna, own[3].shift_id, now=now, asked_id=ids["carla"])
    away = Reading(own[4].starts, own[4].starts), Reading(own[4].ends, own[4].ends)
    absences.add(session, anna, ids["anna"], start=away[0], end=away[1], now=now)
    return own[5].shift_id


def run_that_waits(session, now):
    """Much that is too old, as a list that waits for a coordinator."""
    run = PurgeRunRow(
        id=uuid4(), state="waiting", slot=1, created_day=now.date(), listed=40, total=99
    )
    session.add(run)
    session.flush()
    for category in ("draft", "case_who", "case_what"):
        session.add(PurgeItemRow(run_id=run.id, category=category, object_id=uuid4()))
    return run.id


# How a page is looked at: whole in two ways, and for its colours in the two between.
WHOLE = ((1200, "light", RULES), (320, "dark", RULES))
ALL = (*WHOLE, (320, "light", COLOURS), (1200, "dark", COLOURS))
# Whoever sees a page after the first sees the same of it, save what he may not do.
AGAIN = ((320, "dark", RULES),)
# But these look otherwise to whoever has duty now.
OWN = frozenset({"/", "/roster/mine"})


def unseen(found):
    """What axe could not judge because text and ground have one colour: nobody can read that."""
    for node in found["nodes"]:
        if any((one["data"] or {}).get("messageKey") == "equalRatio" for one in node["any"]):
            yield node["html"][:160]


def look(page, faults, ways=ALL):
    """Look at the page that is open."""
    where = page.url
    page.evaluate(AXE)
    for width, scheme, rules in ways:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        response = page.evaluate("rules => axe.run(document, rules)", rules)
        for one in response["violations"]:
            faults.append((where, width, scheme, one["id"], one["nodes"][0]["html"][:160]))
        for one in response["incomplete"]:
            for html in unseen(one):
                faults.append((where, width, scheme, "text in the colour of its ground", html))
        over = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if over > 0:
            faults.append((where, width, scheme, "wider than the screen", over))
    if page.locator("[href^='tel:']").count():
        faults.append((where, "a link that dials"))


def visit(page, name, places, faults):
    for addresses, seen_by in PAGES.values():
        for address in addresses if name in seen_by else ():
            page.goto(address.format(**places))
            expect(page.get_by_role("heading", level=1)).to_have_count(1)
            look(page, faults, ALL if name == min(seen_by) or address in OWN else AGAIN)


def fill_registers(page, places):
    """A breach and a request of a person, as Carla puts them in."""
    page.goto("/privacy/breaches/new")
    page.get_by_label("Wat is er gebeurd").fill("Een rooster ging naar een verkeerd adres.")
    page.get_by_role("button", name="Melden").click()
    page.goto("/privacy/breaches")
    link = page.get_by_role("rowheader").get_by_role("link")
    places["breach"] = link.get_attribute("href").rpartition("/")[2]
    page.goto("/privacy/requests/new")
    page.get_by_label("Wissen").check()
    page.get_by_label("Wie vraagt het").fill("Zoë, wij bellen haar thuis")
    page.get_by_role("button", name="Vastleggen").click()
    page.wait_for_url("**/privacy/requests/*-*")
    places["asked_right"] = page.url.rpartition("/")[2]
    page.goto("/account")


def test_coordinator(sign_in, places, watch):
    watch.expected = {404, 422}
    page, faults = sign_in("Carla", at="/account"), []
    fill_registers(page, places)
    page.get_by_role("button", name="Nieuwe herstelcode maken").click()
    visit(page, "Carla", places, faults)
    page.goto("/people/new")
    page.get_by_role("button", name="Toevoegen").click()
    expect(page.get_by_role("alert")).to_contain_text("Vul de naam in.")
    look(page, faults)
    page.goto("/people")
    page.get_by_role("row").filter(has_text="Noor").get_by_role("button", name="Link maken").click()
    look(page, faults)
    page.goto("/roster/shifts/{shift}".format(**places))
    page.get_by_role("button", name="verwijderen").click()
    look(page, faults)
    page.goto("/roster/shifts/{next}".format(**places))
    page.get_by_role("button", name="Laten overnemen").click()
    expect(page.locator("[data-problems]")).to_contain_text("Kies wie de dienst overneemt.")
    look(page, faults)
    page.goto("/roster/rotations/{rotation}/change".format(**places))
    page.get_by_role("button", name="Bekijken wat er verandert").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wat er verandert")
    look(page, faults)
    page.goto("/never-was")
    look(page, faults)
    assert faults == []


FILES = {
    "picture": ("schermafdruk.png", foreign_files.png()),
    "sound": ("ingesproken.wav", foreign_files.wav()),
    "film": ("film.mp4", foreign_files.mp4()),
    "letter": ("brief.pdf", foreign_files.PDF),
    "text": (
        "bericht met een heel lange naam die nergens wordt afgebroken.txt",
        b"Wacht maar." * 90,
    ),
    "kept": ("brief.docx", foreign_files.DOCX),
}


def add_files(page, places):
    """One file of each way in which files are shown."""
    page.goto(places["case"] + "/attachments/new")
    page.get_by_label("Bestanden").set_input_files(
        [
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
            for name, content in FILES.values()
        ]
    )
    page.get_by_role("button", name="Toevoegen").click()
    page.wait_for_url("**" + places["case"] + "#attachments")
    for key, (name, _content) in FILES.items():
        link = page.get_by_role("link", name=name, exact=True)
        places[key] = link.get_attribute("href")


def add_parts(page, places):
    """One of everything that belongs to a case beside its story."""
    page.goto(places["case"])
    page.get_by_label("Tekst").fill("Ik maak mij zorgen.")
    page.get_by_role("button", name="Privénotitie toevoegen").click()
    private = page.get_by_role("link", name="Vernietigen deze privénotitie")
    places["private_note"] = private.get_attribute("href")
    page.goto(places["case"] + "/consents")
    write_consent_down(
        page, "doorverwijzen of overdragen aan een ander", "Slachtofferhulp", "Het voorval"
    )
    places["consent"] = page.get_by_role("link", name="Einddag kiezen").get_attribute("href")
    page.goto(places["case"] + "/follow-ups")
    page.get_by_label("Wat gaat er gebeuren").fill("Bellen hoe het gaat.")
    page.get_by_role("button", name="Vastleggen").click()
    places["follow_up"] = page.get_by_role("link", name="Gedaan").get_attribute("href")
    page.goto(places["case"] + "/referrals")
    page.get_by_label("Naar wie").fill("Slachtofferhulp")
    page.get_by_label("Wij stellen de beller daar zelf voor").check()
    page.get_by_role("button", name="Vastleggen").click()
    places["referral"] = page.get_by_role("link", name="Voorgesteld").get_attribute("href")
    page.goto(places["case"] + "/reports")
    page.get_by_label("melding bij de politie").check()
    page.get_by_label("Wie meldde het").select_option(label="de beller zelf")
    page.get_by_role("button", name="Vastleggen").click()
    page.get_by_text("Vastgelegd.").wait_for()
    page.goto(places["case"] + "/disclosures")
    boxes = page.get_by_role("main").get_by_role("textbox")
    for number in range(boxes.count()):
        boxes.nth(number).fill("Zoals besproken.")
    page.get_by_label("ja, ik heb het verteld").check()
    page.get_by_label("Bram").check()
    page.get_by_role("button", name="Besluit vastleggen").click()
    page.get_by_text("Uw collega krijgt bericht om mee te kijken.").wait_for()


def test_confidant(sign_in, places, watch):
    watch.expected = {422}
    page, faults = sign_in("Anna", at="/cases"), []
    places["case"] = page.get_by_role("rowheader").get_by_role("link").get_attribute("href")
    add_files(page, places)
    add_parts(page, places)
    page.goto(places["case"] + "/call-back")
    page.get_by_label("Ik heb beloofd nu te bellen").check()
    page.get_by_role("button", name="Terugbellen").click()
    page.wait_for_url("**/call-backs/**")
    places["call_back"] = page.url
    places["outcome"] = page.url.replace("?", "?note=1&")
    places["word"] = page.url.replace("?", "/word?")
    visit(page, "Anna", places, faults)
    page.goto("/search")
    page.get_by_label("Zoekwoorden").fill("school")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Laatste contact vanaf").fill("01-01-2026")
    page.get_by_role("button", name="Zoeken").click()
    expect(page.locator("mark").first).to_be_visible()
    look(page, faults)
    page.get_by_label("Zoekwoorden").fill("onvindbaar")
    page.get_by_role("button", name="Zoeken").click()
    expect(page.get_by_text("Niets gevonden")).to_be_visible()
    look(page, faults)
    page.goto("/cases/new")
    page.get_by_label("Telefoonnummer van de beller").fill("12")
    page.get_by_role("button", name="Vastleggen").click()
    expect(page.locator("[data-problems]")).to_be_visible()
    look(page, faults)
    bram = sign_in("Bram", at="/follow-ups")
    places["second_eyes"] = bram.get_by_role("link", name="Meekijken").get_attribute("href")
    visit(bram, "Bram", places, faults)
    assert faults == []


def test_roster_manager(sign_in, places, watch):
    watch.expected = {403}
    page, faults = sign_in("Rob", at="/account"), []
    page.goto("/calls")
    look(page, faults)
    page.goto("/account")
    page.get_by_role("button", name="Nu op slot zetten").click()
    page.wait_for_url("**/unlock")
    visit(page, "Rob", places, faults)
    assert faults == []


def test_tour_officer(sign_in, places, watch):
    watch.expected = {422}
    page, faults = sign_in("Toos"), []
    visit(page, "Toos", places, faults)
    page.goto("{voorbeeldstad}/training/new".format(**places))
    page.get_by_role("button", name="Opslaan").click()
    expect(page.locator("[data-problems]")).to_contain_text("Kies wat er is.")
    look(page, faults)
    page.goto("/tour/import")
    bad = {"name": "tour.csv", "mimeType": "text/csv", "buffer": b"naam\nUtrecht\n"}
    page.get_by_label("Bestand").set_input_files(bad)
    page.get_by_role("button", name="Bekijken").click()
    expect(page.get_by_role("alert")).to_contain_text("Regel 2: Utrecht is niet duidelijk")
    look(page, faults)
    good = {**bad, "buffer": b"naam,gesprek\nZwolle,uitgenodigd\nWeesp,afgezien\n"}
    page.get_by_label("Bestand").set_input_files(good)
    page.get_by_role("button", name="Bekijken").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overnemen?")
    look(page, faults)
    page.goto("/tour/agenda")
    page.get_by_role("button", name="Adres maken").click()
    expect(page.locator("#feed-address")).to_be_visible()
    look(page, faults)
    assert faults == []


def test_auditor(sign_in, places):
    page, faults = sign_in("Aad"), []
    visit(page, "Aad", places, faults)
    assert faults == []


def test_signed_out(new_browser, places, watch, outside):
    watch.expected = {410, 422}
    page, faults = new_browser(), []
    visit(page, NOBODY, places, faults)
    page.goto("/sign-in")
    page.get_by_role("button", name="Inloggen").click()
    expect(page.locator("[data-problems]")).to_be_visible()
    look(page, faults)
    assert faults == []


def test_telephones_on_the_desk(demo, desk, new_browser):
    faults = []
    caller, anna = desk("De beller"), desk("Anna Achterberg")
    page = new_browser()
    page.goto(demo.desk_url)
    look(page, faults)
    caller.dials_070("Anoniem (nummer afgeschermd)")
    anna.shows("Gaat over")
    page.reload()
    look(page, faults)
    assert faults == []
