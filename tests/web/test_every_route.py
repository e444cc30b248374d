"""Every route as every role, as nobody, and with the ids of other people; from the route table.

The rows say who may come where, in words of the house and not of the code. A route takes the row
with the longest beginning that fits. One without a row fails, and so does one that lets in somebody
else than its row says.
"""

import re
from collections import Counter
from uuid import uuid4

import pytest

from tests.accounts.visitor import Visitor
from weerbaar.accounts.actors import Role
from weerbaar.accounts.declarations import declared, is_static
from weerbaar.accounts.permissions import allows
from weerbaar.intake import casework
from weerbaar.intake.content import CaseFields
from weerbaar.web.app import create_app

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EVERYBODY, WEBHOOK = "everybody", "webhook"
STAFF = frozenset(Role)
CONFIDANT = frozenset({Role.CONFIDANT})
COORDINATOR = frozenset({Role.COORDINATOR})
CASES = frozenset({Role.CONFIDANT, Role.EXPERT, Role.PEER, Role.COORDINATOR})
PLANS = frozenset({Role.ROSTER_MANAGER, Role.COORDINATOR})
TOUR = frozenset({Role.TOUR_OFFICER})
ADMIN = frozenset({Role.ADMIN})
AUDITOR = frozenset({Role.AUDITOR})
TRACES = frozenset({Role.COORDINATOR, Role.ADMIN, Role.AUDITOR})

ROWS = {
    # Whoever is not signed in.
    "/sign-in": EVERYBODY,
    "/invitation": EVERYBODY,
    "/new-app": EVERYBODY,
    "/sign-out": EVERYBODY,
    "/close-everything": EVERYBODY,
    "/closed": EVERYBODY,
    "/language": EVERYBODY,
    "/appearance": EVERYBODY,
    "/accessibility": EVERYBODY,
    "/privacy-statement": EVERYBODY,
    "/health": EVERYBODY,
    "/metrics": EVERYBODY,
    "/.well-known": EVERYBODY,
    "/security.txt": EVERYBODY,
    "/robots.txt": EVERYBODY,
    "/roster/calendar": EVERYBODY,
    # The provider, by its signature.
    "/telephony": WEBHOOK,
    # Everybody of the staff: his own account, the board, who has duty.
    "/": STAFF,
    "/board": STAFF,
    "/duty-card": STAFF,
    "/notices": STAFF,
    "/account": STAFF,
    "/confirm": STAFF,
    "/unlock": STAFF,
    "/lock": STAFF,
    "/recovery-code": STAFF,
    "/test-call": STAFF,
    # Calls: for who takes them and for who assigns them.
    "/calls": CONFIDANT | COORDINATOR,
    "/calls/<uuid:item_id>": CONFIDANT,
    "/calls/<uuid:item_id>/close": CONFIDANT | COORDINATOR,
    "/calls/<uuid:item_id>/assign": COORDINATOR,
    "/calls/<uuid:item_id>/unblock": COORDINATOR,
    "/call-backs": CONFIDANT,
    "/call-backs/<uuid:call_back_id>/part": STAFF,
    "/after-care": CONFIDANT,
    "/provider": TRACES,
    # Cases: a grant comes on top.
    "/cases": CASES,
    "/cases/new": CONFIDANT,
    "/cases/<uuid:case_id>/call-back": CONFIDANT,
    "/cases/<uuid:case_id>/rights": CONFIDANT | COORDINATOR,
    "/cases/<uuid:case_id>/export": CONFIDANT | COORDINATOR,
    "/search": CASES,
    "/drafts": CASES,
    "/retention": TRACES | CONFIDANT,
    "POST /retention": COORDINATOR | ADMIN,
    "/retention/runs": COORDINATOR,
    "/consents": CASES,
    "/disclosures": CASES,
    "/follow-ups": CASES,
    "/figures": COORDINATOR,
    # Anybody may say that something leaked; who handles it, and who only watches over it.
    "/privacy": STAFF,
    "/privacy/breaches": COORDINATOR,
    "GET /privacy/breaches": COORDINATOR | AUDITOR,
    "/privacy/breaches/<uuid:breach_id>": COORDINATOR,
    "/privacy/breaches/new": STAFF,
    "/privacy/requests": CONFIDANT | COORDINATOR | AUDITOR,
    "/privacy/requests/<uuid:request_id>": CONFIDANT | COORDINATOR,
    "/privacy/requests/new": CONFIDANT | COORDINATOR,
    # The tour: another world. Anybody of the staff may write down what somebody asked.
    "/tour": TOUR,
    "/tour/enquiries/new": STAFF,
    "/tour/calendar": EVERYBODY,
    # The roster: everybody sees it, few plan it, the notes are for who takes calls.
    "/roster": STAFF,
    "/roster/hand-over": CONFIDANT | COORDINATOR,
    "/roster/files": PLANS,
    "/roster/hours/hours.<kind>": PLANS,
    "POST /roster/shifts": PLANS,
    "/roster/shifts/<uuid:shift_id>/replace": PLANS,
    "/roster/shifts/<uuid:shift_id>/remove": PLANS,
    "POST /roster/shifts/<uuid:shift_id>/take-over": STAFF,
    "POST /roster/shifts/<uuid:shift_id>/ask": STAFF,
    "/roster/tiers": PLANS,
    "/roster/cover/needs": PLANS,
    "/roster/cover/hours": PLANS,
    "/roster/swaps/<uuid:swap_id>/settle": PLANS,
    "/roster/rotations/new": PLANS,
    "/roster/rotations/<uuid:rotation_id>/change": PLANS,
    "POST /roster/rotations": PLANS,
    # People, keys, trail.
    "/people": COORDINATOR | ADMIN,
    "/people/new": ADMIN,
    "/people/<uuid:person_id>/change": ADMIN,
    "/people/<uuid:person_id>/invite": ADMIN,
    "/people/<uuid:person_id>/leave": ADMIN,
    "/people/<uuid:person_id>/admit": COORDINATOR,
    "/people/<uuid:person_id>/start-over": COORDINATOR,
    "/people/<uuid:person_id>/new-app": COORDINATOR,
    "/people/<uuid:person_id>/successor": COORDINATOR,
    "/people/keys": COORDINATOR,
    # Giving back a key: everybody may ask and may be a holder.
    "/quorum": STAFF,
    "/quorum/drill": COORDINATOR,
    "/quorum/holders": COORDINATOR,
    "/trail": COORDINATOR | AUDITOR,
    "/reviews": COORDINATOR | ADMIN | AUDITOR,
    "/reviews/changes": COORDINATOR | AUDITOR,
}
# What stands in addresses, by the kind of the place: known to nobody.
VALUES = {"UUIDConverter": uuid4, "IntegerConverter": lambda: 1}
# They end the session that is used to look.
LAST = {"/lock", "/sign-out", "/close-everything"}


def row_of(rule, method):
    """Who may come here; None where nobody said."""
    for start in sorted(ROWS, key=lambda one: (-len(one.rpartition(" ")[2]), -len(one))):
        verb, _, path = start.rpartition(" ")
        fits = rule == path or (path != "/" and rule.startswith(path + "/"))
        if fits and verb in {"", method}:
            return ROWS[start]
    return None


def routes(app):
    """Method, rule and an address of every route, with ids that nobody knows."""
    for rule in app.url_map.iter_rules():
        if is_static(rule.endpoint):
            continue
        values = {
            name: VALUES.get(type(kind).__name__, lambda: "other")()
            for name, kind in rule._converters.items()
        }
        for method in sorted(rule.methods & {"GET", "POST"}):
            path = app.url_map.bind("x").build(rule.endpoint, values, method=method)
            yield method, rule.rule, path


@pytest.fixture
def app(installation):
    return create_app(installation.house)


def ask(visitor, method, path, token):
    return visitor.see(path) if method == "GET" else visitor.post(path, {"csrf_token": token})


def test_every_route_has_a_row_and_every_row_a_route(app):
    found = {(method, rule) for method, rule, _path in routes(app)}
    assert [one for one in sorted(found) if row_of(one[1], one[0]) is None] == []
    used = {rule for _method, rule in found}
    for start in ROWS:
        path = start.rpartition(" ")[2]
        assert any(rule == path or rule.startswith(path + "/") for rule in used), start


def test_nobody_comes_in(app):
    wrong = []
    for method, rule, path in routes(app):
        visitor = Visitor(app)
        token = visitor.see("/sign-in").token()
        status = ask(visitor, method, path, token).status
        row = row_of(rule, method)
        if row is EVERYBODY:
            right = status < 500 and not visitor.location.startswith("/sign-in?")
        elif row is WEBHOOK:
            right = status == 403
        else:
            right = status in {302, 303} and visitor.location.startswith("/sign-in")
        if not right:
            wrong.append((method, rule, status, visitor.location))
    assert wrong == []


def declared_for(app):
    """Whom each route says to be for, by method and rule."""
    said = {}
    for rule in app.url_map.iter_rules():
        found = declared(app.view_functions[rule.endpoint])
        for method in rule.methods & {"GET", "POST"} if found else ():
            if found.signed or found.permission is None:
                said[method, rule.rule] = WEBHOOK if found.signed else EVERYBODY
            else:
                may = {role for role in Role if allows({role}, found.permission)}
                said[method, rule.rule] = frozenset(may)
    return said


def test_no_route_says_to_be_for_fewer_than_its_row(app):
    wrong = []
    for (method, rule), said in declared_for(app).items():
        row = row_of(rule, method)
        if row != said and (isinstance(row, str) or isinstance(said, str) or not row < said):
            wrong.append((method, rule))
    assert wrong == []


def test_who_may_comes_in_and_who_may_not_stays_out(app, installation):
    """Each route as one role that may and one that may not; all roles have their turn.

    Where a page is for fewer than it says, because it looks itself, every role is tried.
    """
    visitors = {}
    for role in Role:
        who = installation.person(f"Rol {role.value}", (role,), admitted=False)
        visitor = Visitor(app).sign_in(installation, who)
        visitors[role] = visitor, visitor.see("/account").token()
    said = declared_for(app)
    wrong, turns = [], {True: Counter(), False: Counter()}
    for method, rule, path in routes(app):
        row = row_of(rule, method)
        if row in {EVERYBODY, WEBHOOK} or rule in LAST:
            continue
        for may in (True, False):
            candidates = [role for role in Role if (role in row) is may]
            if row == said[method, rule]:
                candidates = sorted(candidates, key=lambda one, may=may: turns[may][one])[:1]
            for role in candidates:
                turns[may][role] += 1
                visitor, token = visitors[role]
                status = ask(visitor, method, path, token).status
                if (status == 403) is may or status >= 500:
                    wrong.append((method, rule, role.value, status))
    assert wrong == []
    assert turns[True].keys() == turns[False].keys() == set(Role)


def test_a_case_of_somebody_else_answers_like_one_that_never_was(app, installation):
    anna, bram = installation.person("Anna"), installation.person("Bram")
    house, now = installation.house, installation.clock.now()
    with house.database.session() as session:
        fields = CaseFields(narrative="Een brief onder de deur.")
        case_id = casework.open_case(session, house.vault, anna, fields, now)
        session.commit()
    visitor = Visitor(app).sign_in(installation, bram)
    token = visitor.see("/account").token()
    wrong, looked = [], 0
    for method, rule, path in routes(app):
        if "<uuid:case_id>" not in rule:
            continue
        looked += 1
        his = re.sub(r"(?<=/cases/)[0-9a-f-]{36}", str(case_id), path)
        unknown, other = (
            ask(visitor, method, one, token) and (visitor.status, visitor.text)
            for one in (path, his)
        )
        if other != unknown or other[0] != 404:
            wrong.append((method, rule, unknown[0], other[0]))
    assert wrong == []
    assert looked > 20
