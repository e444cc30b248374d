"""From a link to an account: one page, one use, 72 hours."""

import re

import pyotp
import pytest
from sqlalchemy import select

from tests.accounts.visitor import BASE, Visitor, application
from weerbaar.accounts import invitations, links, people, wrappings
from weerbaar.accounts.actors import Role
from weerbaar.accounts.forms import password_problems
from weerbaar.accounts.invitations import NotInvitable
from weerbaar.accounts.links import LinkOver
from weerbaar.accounts.models import InvitationRow, KeyWrappingRow, PersonRow, TrailRow
from weerbaar.accounts.wrappings import Way

PASSWORD = "bijna tien bananen"


@pytest.fixture
def bram(installation):
    return installation.person("Bram", (Role.CONFIDANT,), signed_in=False)


def _invite(installation, actor):
    house = installation.house
    with house.database.session() as session:
        token = invitations.invite(
            session, house.vault, installation.coordinator, actor.person_id, house.clock.now()
        )
        session.commit()
    return f"/invitation/{token}"


@pytest.fixture
def link(installation, bram):
    return _invite(installation, bram)


def _answer(visitor, installation, **other):
    secret = visitor.shown("totp-secret").replace(" ", "")
    return {
        "password": PASSWORD,
        "password_again": PASSWORD,
        "code": pyotp.TOTP(secret).at(installation.clock.now()),
        "recovery_code_again": visitor.shown("recovery-code"),
        **other,
    }


def test_a_link_makes_an_account_that_can_sign_in(visitor, app, installation, bram, link):
    visitor.see(link)
    assert visitor.status == 200
    secret, recovery = visitor.shown("totp-secret").replace(" ", ""), visitor.shown("recovery-code")
    visitor.send(link, _answer(visitor, installation))
    assert (visitor.status, visitor.location) == (303, "/")
    assert visitor.follow().status == 200
    assert visitor.see("/cases").status == 200, "the keys are open"

    with installation.house.database.session() as session:
        assert session.get(PersonRow, bram.person_id).state == "active"
        kinds = set(
            session.scalars(
                select(KeyWrappingRow.kind).where(KeyWrappingRow.person_id == bram.person_id)
            )
        )
        assert kinds == {"password", "recovery", "session"}
        assert secret.encode() not in bytes(session.get(PersonRow, bram.person_id).totp_sealed)
        row = wrappings.find(session, bram.person_id, Way.RECOVERY)
        from weerbaar.crypto.wrapping import RecoveryCode

        keys = wrappings.open_with(
            installation.house.vault, row, RecoveryCode.parse(recovery).value
        )
        assert keys.person_id == bram.person_id

    installation.clock.forward(minutes=1)
    again = Visitor(app)
    again.send("/sign-in", {
        "email": "bram@example.nl", "password": PASSWORD,
        "code": pyotp.TOTP(secret).at(installation.clock.now()),
    })  # fmt: skip
    assert again.location == "/"
    assert again.follow().status == 200, "no second recovery code is asked for"


def test_the_code_of_the_invitation_does_not_sign_in_again(visitor, app, installation, bram, link):
    visitor.see(link)
    fields = _answer(visitor, installation)
    visitor.send(link, fields)
    again = Visitor(app).send("/sign-in", {
        "email": "bram@example.nl", "password": PASSWORD, "code": fields["code"],
    })  # fmt: skip
    assert again.status == 422


def test_a_page_loaded_again_shows_the_same_codes(visitor, app, link):
    visitor.see(link)
    first = visitor.shown("totp-secret"), visitor.shown("recovery-code")
    visitor.see(link)
    assert (visitor.shown("totp-secret"), visitor.shown("recovery-code")) == first
    elsewhere = Visitor(app).see(link)
    assert (elsewhere.shown("totp-secret"), elsewhere.shown("recovery-code")) == first


def test_all_errors_come_together_and_the_codes_stay(visitor, installation, link):
    visitor.see(link)
    shown = visitor.shown("totp-secret"), visitor.shown("recovery-code")
    visitor.send(link, {
        "password": "kort", "password_again": "anders", "code": "123", "recovery_code_again": "ABCD",
    })  # fmt: skip
    assert visitor.status == 422
    for text in (
        "Gebruik ten minste 12 tekens", "niet gelijk", "De code klopt niet", "niet de herstelcode",
    ):  # fmt: skip
        assert text in visitor.text, text
    assert (visitor.shown("totp-secret"), visitor.shown("recovery-code")) == shown
    assert "kort" not in re.sub(r"[^\"]*te kort[^\"]*", "", visitor.page)
    visitor.send(link, _answer(visitor, installation))
    assert visitor.location == "/"


def test_nothing_is_used_up_by_an_error(visitor, installation, link):
    visitor.see(link)
    good = _answer(visitor, installation)
    visitor.send(link, {**good, "password_again": "x"})
    assert visitor.status == 422
    assert visitor.send(link, good).location == "/"


@pytest.mark.parametrize("field", ["password", "password_again", "code", "recovery_code_again"])
def test_an_empty_field_is_named(visitor, installation, link, field):
    visitor.see(link)
    visitor.send(link, _answer(visitor, installation, **{field: ""}))
    assert visitor.status == 422
    assert f'href="#{field}"' in visitor.page


def test_a_link_works_once(visitor, app, installation, link):
    visitor.see(link)
    fields = _answer(visitor, installation)
    visitor.send(link, fields)
    late = Visitor(app).see(link)
    assert late.status == 410
    assert "werkt niet meer" in late.text


def test_a_double_click_makes_one_account(visitor, installation, link):
    token = visitor.see(link).token()
    fields = {"csrf_token": token, **_answer(visitor, installation)}
    assert visitor.post(link, fields).location == "/"
    visitor.post(link, fields)
    assert visitor.status == 410
    assert visitor.see("/").status == 200, "the first one counts"


def test_whoever_comes_second_is_told_so_even_after_seeing_the_page(installation, bram, link):
    house = installation.house
    now, token = house.clock.now(), link.rsplit("/", 1)[1]
    fresh = wrappings.stretch(house.vault, PASSWORD)
    with house.database.session() as session:
        seen = invitations.look_up(session, house.vault, token, now)
    with house.database.session() as session:
        invitations.accept(session, house.vault, seen, fresh, 1, now)
        session.commit()
    with house.database.session() as session, pytest.raises(LinkOver):
        invitations.accept(session, house.vault, seen, fresh, 2, now)


def test_two_at_once_make_one_account(installation, bram, link):
    import threading

    app = application(installation)
    visitors = [Visitor(app) for _ in range(4)]
    posts = []
    for visitor in visitors:
        token = visitor.see(link).token()
        posts.append({"csrf_token": token, **_answer(visitor, installation)})
    threads = [
        threading.Thread(target=visitor.post, args=(link, fields), daemon=True)
        for visitor, fields in zip(visitors, posts, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(visitor.status for visitor in visitors) == [303, 410, 410, 410]


def test_after_72_hours_it_is_over_and_its_secret_destroyed(visitor, installation, link):
    assert visitor.see(link).status == 200
    installation.clock.forward(hours=72)
    assert visitor.see(link).status == 410
    house = installation.house
    with house.database.session() as session:
        (secret_id,) = session.scalars(select(InvitationRow.secret_id))
        assert links.expire(session, house.vault, house.clock.now()) == 1
        session.commit()
    assert house.vault.keystore.destroyed(secret_id)


def test_using_the_link_destroys_its_secret(visitor, installation, link):
    with installation.house.database.session() as session:
        (secret_id,) = session.scalars(select(InvitationRow.secret_id))
    visitor.see(link)
    visitor.send(link, _answer(visitor, installation))
    assert installation.house.vault.keystore.destroyed(secret_id)


def test_a_new_link_replaces_the_one_before(visitor, installation, bram, link):
    newer = _invite(installation, bram)
    assert visitor.see(link).status == 410
    assert visitor.see(newer).status == 200


def test_a_link_that_never_was_looks_like_one_that_is_over(visitor):
    assert visitor.see("/invitation/" + "A" * 43).status == 410
    assert visitor.see("/invitation/x").status == 410


def test_only_the_hash_of_a_link_is_kept(installation, link):
    token = link.rsplit("/", 1)[1]
    with installation.house.database.session() as session:
        row = session.scalars(select(InvitationRow)).one()
    assert token.encode() not in bytes(row.token_hash)


def test_who_has_an_account_cannot_be_invited(installation, anna):
    with pytest.raises(NotInvitable):
        _invite(installation, anna)


def test_who_left_meanwhile_cannot_use_his_link(visitor, installation, bram, link):
    house = installation.house
    with house.database.session() as session:
        people.leave(
            session, house.vault, installation.coordinator, bram.person_id, house.clock.now()
        )
        session.commit()
    assert visitor.see(link).status == 410


def test_the_page_says_nothing_in_styles_or_addresses(visitor, link):
    page = visitor.see(link).page
    assert "style=" not in page
    assert "otpauth:" not in page
    assert "<svg" in page
    assert "data:" not in page


def test_an_accepted_invitation_is_in_the_trail(visitor, installation, bram, link):
    visitor.see(link)
    visitor.send(link, _answer(visitor, installation))
    with installation.house.database.session() as session:
        actions = list(session.scalars(select(TrailRow.action).order_by(TrailRow.number)))
    assert {"person.invite", "person.activate", "invitation.accept"} <= set(actions)


def test_another_token_derives_nothing(installation, link):
    house = installation.house
    with house.database.session() as session, pytest.raises(LinkOver):
        invitations.look_up(session, house.vault, "B" * 43, house.clock.now())


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("elf tekens!", False),
        ("twaalf teken", True),
        ("anna@example.nl", False),
        ("Anna Voorbeeld", False),
        ("ANNAVOORBEELD", False),
        ("annavoorbeeld.", False),
        ("een zin over anna", True),
        ("aaaaaaaaaaaaaaaa", False),
        ("Welkom-2026-01", False),
        ("пароль-подлиннее", True),
    ],
)
def test_no_kinds_of_characters_are_asked_for(password, good):
    assert (not password_problems(password, "anna@example.nl", "Anna Voorbeeld")) is good


def test_links_of_the_command_line_open_the_page(visitor, installation, bram):
    from click.testing import CliRunner

    from weerbaar.accounts.commands import people_commands

    answer = CliRunner().invoke(
        people_commands, ["invite", "BRAM@example.nl"], obj=lambda: installation.house
    )
    assert answer.exit_code == 0
    mail, link = answer.output.rstrip("\n").split("\t")
    assert mail == "bram@example.nl"
    assert link.startswith(BASE + "/invitation/")
    assert visitor.see(link.removeprefix(BASE)).status == 200
