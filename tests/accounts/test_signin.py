"""Signing in: what works, what is refused, and that a refusal says nothing about whom."""

import re
import threading

import pytest
from sqlalchemy import select

from tests.accounts.visitor import Visitor, application
from tests.installation import PASSWORD
from weerbaar.accounts import signin
from weerbaar.accounts.actors import Role
from weerbaar.accounts.models import RefusalCountRow, SessionRow, TrailRow


def test_name_password_and_code_lead_to_the_board(signed_in):
    signed_in.follow()
    assert signed_in.status == 200
    assert "Nu" in signed_in.text
    assert "Anna" in signed_in.page


def test_the_cookie_is_one_a_script_and_another_site_cannot_use(signed_in, app, installation, anna):
    installation.clock.forward(minutes=1)
    visitor = Visitor(app).sign_in(installation, anna)
    (cookie,) = [one for one in visitor.cookies if one.startswith("__Host-weerbaar=")]
    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert "Max-Age" not in cookie
    assert "Expires" not in cookie


@pytest.mark.parametrize("wrong", ["email", "password", "code"])
def test_a_wrong_field_is_refused_without_saying_which(visitor, installation, anna, wrong):
    fields = {
        "email": installation.mail(anna),
        "password": PASSWORD,
        "code": installation.code(anna),
    }
    fields[wrong] = {
        "email": "niemand@example.nl",
        "password": "helemaal-iets-anders",
        "code": "000000",
    }[wrong]
    visitor.send("/sign-in", fields)
    assert visitor.status == 422
    assert visitor.cookie() is None
    assert "Het e-mailadres, het wachtwoord of de code klopt niet" in visitor.text
    assert re.search(r'name="password"[^>]*value="[^"]+"', visitor.page) is None


def test_unknown_and_known_names_get_the_same_page(app, installation, anna):
    def answer(mail):
        visitor = Visitor(app)
        visitor.send("/sign-in", {"email": mail, "password": "x" * 12, "code": "000000"})
        return visitor.status, visitor.text

    assert answer(installation.mail(anna)) == answer("niemand@example.nl")


def test_empty_fields_are_all_named_at_once(visitor):
    visitor.send("/sign-in", {})
    assert visitor.status == 422
    for text in ("Vul uw e-mailadres in.", "Vul uw wachtwoord in.", "Vul de zes cijfers"):
        assert text in visitor.text
    assert "<title>Fout:" in visitor.page


def test_a_code_works_once(app, installation, anna):
    code = installation.code(anna)
    assert Visitor(app).sign_in(installation, anna, code=code).status == 303
    assert Visitor(app).sign_in(installation, anna, code=code).status == 422


def test_a_code_is_used_up_by_a_wrong_password(app, installation, anna):
    code = installation.code(anna)
    assert (
        Visitor(app).sign_in(installation, anna, code=code, password="verkeerd-woord").status == 422
    )
    assert Visitor(app).sign_in(installation, anna, code=code).status == 422


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)])
def test_the_code_of_the_step_before_and_after_counts(app, installation, anna, steps, status):
    visitor = Visitor(app).sign_in(installation, anna, code=installation.code(anna, steps=steps))
    assert visitor.status == status


def test_a_code_with_a_space_counts(app, installation, anna):
    code = installation.code(anna)
    assert Visitor(app).sign_in(installation, anna, code=f"{code[:3]} {code[3:]} ").status == 303


def test_a_mail_address_in_capitals_counts(visitor, installation, anna):
    visitor.send("/sign-in", {
        "email": " ANNA@Example.NL ", "password": PASSWORD, "code": installation.code(anna),
    })  # fmt: skip
    assert visitor.location == "/"


def test_somebody_invited_or_gone_cannot_sign_in(app, installation):
    bram = installation.person("Bram")
    visitor = Visitor(app).sign_in(installation, bram)
    from weerbaar.accounts import people

    with installation.house.database.session() as session:
        people.leave(
            session, installation.house.vault, installation.coordinator, bram.person_id,
            installation.clock.now(),
        )  # fmt: skip
        session.commit()
    assert visitor.see("/").status == 302
    installation.clock.forward(minutes=2)
    assert Visitor(app).sign_in(installation, bram).status == 422


def test_a_new_sign_in_has_a_new_cookie_and_drops_the_old_session(app, installation, anna):
    visitor = Visitor(app).sign_in(installation, anna)
    first = visitor.cookie()
    installation.clock.forward(hours=13)
    visitor.sign_in(installation, anna)
    assert visitor.location == "/"
    assert visitor.cookie() != first
    with installation.house.database.session() as session:
        assert len(list(session.scalars(select(SessionRow)))) == 1


def test_who_asked_for_a_page_lands_there(visitor, installation, anna):
    visitor.see("/cases")
    assert visitor.location == "/sign-in?next=/cases"
    visitor.sign_in(installation, anna, at="/sign-in?next=/cases")
    assert visitor.location == "/cases"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//example.org",
        "https://example.org/",
        "/\\example.org",
        "javascript:alert(1)",
        "/a b",
        "/..",
        "/%0d%0a",
    ],
)
def test_nobody_is_sent_elsewhere(app, installation, anna, elsewhere):
    visitor = Visitor(app)
    token = visitor.see("/sign-in").token()
    answer = visitor.client.post(
        "/sign-in",
        query_string={"next": elsewhere},
        data={
            "csrf_token": token, "email": installation.mail(anna), "password": PASSWORD,
            "code": installation.code(anna),
        },
        base_url="http://127.0.0.1:8070",
    )  # fmt: skip
    assert answer.headers["Location"] == "/"


def test_a_failed_sign_in_is_counted_without_a_name(visitor, installation, anna):
    visitor.send(
        "/sign-in", {"email": "niemand@example.nl", "password": "x" * 12, "code": "123456"}
    )
    visitor.sign_in(installation, anna, password="verkeerd-woord")
    with installation.house.database.session() as session:
        assert [(row.kind, row.count) for row in session.scalars(select(RefusalCountRow))] == [
            ("sign-in", 2)
        ]
        assert "sign-in" not in set(session.scalars(select(TrailRow.action)))


def test_a_sign_in_leaves_a_row_in_the_trail(signed_in, installation, anna):
    with installation.house.database.session() as session:
        row = session.scalars(select(TrailRow).order_by(TrailRow.number.desc())).first()
    assert (row.action, row.actor_id, row.object_id) == (
        "sign-in",
        anna.person_id,
        str(anna.person_id),
    )


def test_the_founder_first_makes_a_recovery_code(app, installation):
    founder = installation.coordinator
    visitor = Visitor(app).sign_in(installation, founder)
    assert visitor.location == "/"
    assert visitor.follow().location == "/recovery-code"
    code = visitor.see("/recovery-code").shown("recovery-code")
    assert visitor.see("/recovery-code").shown("recovery-code") == code
    assert visitor.see("/people").location == "/recovery-code"
    visitor.send(
        "/recovery-code", {"recovery_code_again": code[:-1] + ("0" if code[-1] != "0" else "1")}
    )
    assert visitor.status == 422
    visitor.send("/recovery-code", {"recovery_code_again": code.lower().replace("-", " ")})
    assert visitor.location == "/"
    visitor.follow()
    assert visitor.status == 200
    assert code not in visitor.see("/recovery-code").page
    installation.clock.forward(minutes=1)
    assert Visitor(app).sign_in(installation, founder).follow().status == 200


def _recovery_code(visitor):
    visitor.send("/account/recovery-code", at="/account")
    assert visitor.location == "/recovery-code"
    code = visitor.follow().shown("recovery-code")
    visitor.send("/recovery-code", {"recovery_code_again": code})
    assert visitor.location == "/account"
    return code


def test_a_forgotten_password_is_replaced_with_the_recovery_code(
    app, signed_in, installation, anna
):
    code = _recovery_code(signed_in)
    fresh = "een heel ander wachtwoord"

    def recover(recovery, steps):
        installation.clock.forward(seconds=90)
        visitor = Visitor(app)
        visitor.send("/sign-in/recover", {
            "email": installation.mail(anna), "recovery_code": recovery, "code": installation.code(anna, steps=steps),
            "password": fresh, "password_again": fresh,
        })  # fmt: skip
        return visitor

    assert recover("0000-" * 6 + "0000", 0).status == 422
    visitor = recover(code, 0)
    assert visitor.location == "/recovery-code"
    next_code = visitor.follow().shown("recovery-code")
    assert next_code != code
    visitor.send("/recovery-code", {"recovery_code_again": next_code})
    assert visitor.location == "/"

    assert signed_in.see("/").location == "/sign-in", "other sessions have ended"
    installation.clock.forward(seconds=90)
    assert Visitor(app).sign_in(installation, anna).status == 422, "the old password is gone"
    installation.clock.forward(seconds=90)
    assert Visitor(app).sign_in(installation, anna, password=fresh).status == 303
    assert recover(code, 0).status == 422, "the old recovery code is gone"


def test_a_changed_password_ends_other_sessions(app, signed_in, installation, anna):
    installation.clock.forward(minutes=1)
    elsewhere = Visitor(app).sign_in(installation, anna)
    fields = {
        "present": PASSWORD,
        "password": "nog een lang wachtwoord",
        "password_again": "nog een lang wachtwoord",
    }
    signed_in.send("/account/password", {**fields, "present": "niet dit woord"}, at="/account")
    assert signed_in.status == 422
    signed_in.send("/account/password", fields, at="/account")
    assert signed_in.location == "/account"
    assert "gewijzigd" in signed_in.follow().text
    assert elsewhere.see("/").status == 302
    installation.clock.forward(minutes=1)
    assert Visitor(app).sign_in(installation, anna).status == 422


def test_sixteen_people_sign_in_at_once_and_all_get_in(installation):
    people = [installation.person(f"Persoon {number}", admitted=False) for number in range(16)]
    app = application(installation)
    done = []

    def go(actor):
        done.append(Visitor(app).sign_in(installation, actor).status)

    threads = [threading.Thread(target=go, args=(actor,), daemon=True) for actor in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert done == [303] * 16


def test_one_code_in_sixteen_hands_lets_one_in(installation, anna):
    app = application(installation)
    code = installation.code(anna)
    visitors = [Visitor(app, address=f"192.0.2.{number}") for number in range(1, 17)]
    tokens = [visitor.see("/sign-in").token() for visitor in visitors]
    done = []

    def go(visitor, token):
        visitor.post("/sign-in", {
            "csrf_token": token, "email": installation.mail(anna), "password": PASSWORD, "code": code,
        })  # fmt: skip
        done.append(visitor.status)

    threads = [
        threading.Thread(target=go, args=pair, daemon=True)
        for pair in zip(visitors, tokens, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(done) == [303] + [422] * 15


def test_the_password_is_stretched_only_after_the_right_code(app, installation, anna, monkeypatch):
    from weerbaar.crypto import wrapping

    stretched = []
    real = wrapping.from_password
    monkeypatch.setattr(
        wrapping, "from_password", lambda *a, **k: stretched.append(1) or real(*a, **k)
    )
    Visitor(app).sign_in(installation, anna, code="000000")
    Visitor(app).send(
        "/sign-in", {"email": "niemand@example.nl", "password": PASSWORD, "code": "000000"}
    )
    assert stretched == []
    Visitor(app).sign_in(installation, anna)
    assert stretched == [1]


def test_steps_and_counts_are_swept(signed_in, installation):
    from weerbaar.accounts.models import ThrottleRow, TotpStepRow

    now = installation.clock.forward(days=31)
    with installation.house.database.session() as session:
        assert signin.forget_old(session, now) > 0
        assert list(session.scalars(select(TotpStepRow))) == []
        assert list(session.scalars(select(ThrottleRow))) == []


def test_who_is_in_has_the_roles_of_now(signed_in, installation, anna):
    from weerbaar.accounts import people

    with installation.house.database.session() as session:
        people.change(
            session, installation.house.vault, installation.coordinator, anna.person_id,
            installation.clock.now(), hotline_number="+31703738314", roles={Role.ROSTER_MANAGER},
        )  # fmt: skip
        session.commit()
    assert signed_in.see("/cases").status == 403
    assert signed_in.see("/roster").status == 200
