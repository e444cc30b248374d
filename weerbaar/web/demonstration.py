"""Fills a demo through the rooms' own verbs: people, keys, a running roster and a few cases."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyotp
from sqlalchemy.orm import Session

from weerbaar.accounts import groups, people, quorum_cover, quorum_holders, wrappings
from weerbaar.accounts.actors import SYSTEM, Actor, Role, roles_of
from weerbaar.accounts.house import House, open_house
from weerbaar.accounts.wrappings import Way
from weerbaar.config.clock import AMSTERDAM, Clock, local
from weerbaar.config.settings import Settings
from weerbaar.crypto.wrapping import STRONG, Profile, RecoveryCode
from weerbaar.hotline.roster import rotation_rows, rotations
from weerbaar.hotline.roster import verbs as roster
from weerbaar.hotline.roster.rotation_blocks import usual
from weerbaar.hotline.roster.rotation_proposals import Begin
from weerbaar.hotline.roster.rotation_rules import Phase, Turns
from weerbaar.intake import casework
from weerbaar.intake.content import CaseFields
from weerbaar.web import fictitious, fictitious_quarter, fictitious_tour, founding
from weerbaar.web.fictitious import COORDINATOR, HOTLINE, PASSWORD, STAFF, STANDBY, Person

__all__ = [
    "HOTLINE", "STANDBY", "Account", "desk", "found", "keep_the_roster_running", "remembered",
    "welcome",
]  # fmt: skip


@dataclass(frozen=True)
class Account:
    """A demo person with the secret of his sign-in codes, for his phone on the desk."""

    name: str
    mail: str
    number: str
    roles: str
    totp_secret: str
    persona: str = "hand"


def found(
    settings: Settings,
    *,
    say: Callable[[str], None],
    clock: Clock | None = None,
    profile: Profile = STRONG,
) -> list[Account]:
    """Found an installation and fill it.

    Args:
        settings: where it goes.
        say: told about each long step.
        clock: where the time comes from; the machine's clock by default.
        profile: what a password costs to guess.
    """
    otpauth = founding.found(
        settings, mail=COORDINATOR.mail, name=COORDINATOR.name, password=PASSWORD,
        clock=clock, profile=profile,
    )  # fmt: skip
    secret = parse_qs(urlsplit(otpauth).query)["secret"][0]
    accounts = [_account(COORDINATOR, secret)]
    house = open_house(settings, clock, profile=profile)
    try:
        now = house.clock.now()
        with house.database.session() as session:
            founder = _finish_founder(session, house, now)
            session.commit()
            actors = {COORDINATOR.mail: founder}
            for person in STAFF:
                say(f"  {person.name}")
                account, actors[person.mail] = _join(session, house, founder, person, now)
                accounts.append(account)
                session.commit()
            _test_phones(session, house, actors, now)
            _share_keys(session, house, actors, now)
            say("  cases")
            _write_cases(session, house, actors, now)
            say("  the figures of a quarter")
            authors = [actors[mail] for mail in (*fictitious.ADMITTED, COORDINATOR.mail)]
            fictitious_quarter.fill(session, house.vault, authors, now)
            say("  the tour")
            fictitious_tour.fill(session, house.vault, actors[fictitious_tour.OFFICER], now)
            session.commit()
    finally:
        house.dispose()
    return accounts


def _account(person: Person, secret: str) -> Account:
    return Account(person.name, person.mail, person.phone, person.roles, secret, person.persona)


def _finish_founder(session: Session, house: House, now: datetime) -> Actor:
    # The demo's coordinator has a phone and a recovery code already, so that the first sign-in
    # leads straight to the board.
    person_id = people.by_mail(session, house.vault, COORDINATOR.mail)
    if person_id is None:
        raise LookupError("the coordinator is not there")
    row = wrappings.find(session, person_id, Way.PASSWORD)
    if row is None:
        raise LookupError("the coordinator has no password")
    keys = wrappings.open_with_password(house.vault, row, PASSWORD)
    card = people.card(session, house.vault, person_id)
    founder = Actor(person_id, card.roles, keys)
    people.change(
        session, house.vault, founder, person_id,
        phone=COORDINATOR.phone, now=now, hotline_number=house.settings.hotline_number,
    )  # fmt: skip
    wrappings.set_recovery(session, house.vault, keys, RecoveryCode.new(), now)
    return founder


def _join(
    session: Session, house: House, founder: Actor, person: Person, now: datetime
) -> tuple[Account, Actor]:
    vault = house.vault
    roles = roles_of(person.roles.replace("|", " "))
    person_id = people.invite(
        session, vault, founder,
        mail=person.mail, name=person.name, roles=roles, phone=person.phone, now=now,
        hotline_number=house.settings.hotline_number,
    )  # fmt: skip
    secret = pyotp.random_base32()
    keys = people.activate(session, vault, person_id, totp_secret=secret, now=now)
    wrappings.set_password(session, vault, keys, wrappings.stretch(vault, PASSWORD), now)
    wrappings.set_recovery(session, vault, keys, RecoveryCode.new(), now)
    session.flush()
    if person.mail in fictitious.ADMITTED:
        groups.admit(session, vault, founder, "confidants", person_id, now)
    if Role.TOUR_OFFICER in roles:
        groups.admit(session, vault, founder, "tour", person_id, now)
    return _account(person, secret), Actor(person_id, roles, keys)


def _share_keys(session: Session, house: House, actors: dict[str, Actor], now: datetime) -> None:
    # Whoever was admitted keeps shares, and everybody's key is covered by them.
    founder = actors[COORDINATOR.mail]
    holders = [actors[mail].person_id for mail in (COORDINATOR.mail, *fictitious.ADMITTED)]
    wanted = [one for one in holders if one is not None]
    quorum_holders.choose(session, house.vault, founder, wanted, now)
    for actor in actors.values():
        if actor.keys is not None:
            quorum_cover.keep_up(session, house.vault, actor.keys, now)
    session.commit()


def _test_phones(session: Session, house: House, actors: dict[str, Actor], now: datetime) -> None:
    for mail, days in fictitious.TESTED.items():
        person_id = actors[mail].person_id
        assert person_id is not None
        phone = people.phones(session, house.vault, [person_id])[person_id]
        day = local(now).date() - timedelta(days=days)
        people.phone_tested(session, house.vault, person_id, phone, day)
    session.commit()


def _write_cases(session: Session, house: House, actors: dict[str, Actor], now: datetime) -> None:
    for case in fictitious.CASES:
        actor, at = actors[case.author], now - timedelta(days=case.days_ago)
        fields = CaseFields(**case.fields)  # type: ignore[arg-type]
        case_id = casework.open_case(session, house.vault, actor, fields, at)
        session.commit()
        for hours, text in enumerate(case.moments, start=2):
            casework.add_contact_moment(
                session, house.vault, actor, case_id, text, at + timedelta(hours=hours)
            )
            session.commit()
        for text in case.notes:
            casework.add_note(session, house.vault, actor, case_id, text, at)
            session.commit()
        if case.closed:
            casework.close_case(session, house.vault, actor, case_id, at + timedelta(days=7))
            session.commit()


def keep_the_roster_running(house: House) -> None:
    """Give the demo its rotations if it has none, and fill the roster ahead by them.

    Args:
        house: of the demo.
    """
    now, weeks = house.clock.now(), house.settings.roster_weeks
    with house.database.session() as session:
        if rotation_rows.every(session):
            rotations.generate_ahead(session, now, weeks)
        else:
            _begin_rotations(session, house, now, weeks)
        session.commit()


def _begin_rotations(session: Session, house: House, now: datetime, weeks: int) -> None:
    monday = local(now).date() - timedelta(days=local(now).weekday())
    # From the Sunday before, so that the whole of this week stands on the roster.
    since = datetime.combine(monday - timedelta(days=1), time(), AMSTERDAM).astimezone(UTC)
    for tier, pattern, mails in fictitious.ROTATIONS:
        order = [people.by_mail(session, house.vault, mail) for mail in mails]
        phase = Phase(
            from_on=monday - timedelta(weeks=1),
            tier=tier,
            blocks=usual(pattern),
            turns=Turns.WEEK,
            order=tuple(each for each in order if each is not None),
        )
        proposal = Begin(phase)
        shown = rotations.preview(session, None, proposal, now=since, weeks=weeks).mark
        rotations.carry_out(session, SYSTEM, None, proposal, shown=shown, now=since, weeks=weeks)


def desk(accounts: list[Account], *, app_url: str) -> str:
    """What the simulator puts on the desk, as JSON.

    Args:
        accounts: the demo's people.
        app_url: where the application is.
    """
    return json.dumps(
        {
            "hotline": HOTLINE,
            "app_url": app_url,
            "phones": [asdict(account) for account in accounts],
            "callers": [asdict(caller) for caller in fictitious.CALLERS],
        },
        ensure_ascii=False,
        indent=1,
    )


def remembered(path: Path) -> list[Account]:
    """The demo's people of an earlier start.

    Args:
        path: what `desk` was written to.
    """
    return [Account(**phone) for phone in json.loads(path.read_text(encoding="utf-8"))["phones"]]


def welcome(house: House, accounts: list[Account], app_url: str, desk_port: int) -> str:
    """What a newcomer reads when the demo runs.

    Args:
        house: of the demo.
        accounts: its people.
        app_url: where the application is.
        desk_port: where the simulator is.
    """
    with house.database.session() as session:
        cards = people.cards(session, house.vault)
        duty = roster.on_duty(session, house.clock.now())
    names = [cards[one.person_id].name for one in duty if one.tier == 1]
    on_duty = " en ".join(names) if names else "niemand"
    mail = next((one.mail for one in accounts if one.name in names), accounts[0].mail)
    rows = "\n".join(f"    {one.mail:<24} {one.name:<32} {one.roles}" for one in accounts)
    return f"""
Weerbaar runs. Everybody and everything in it is made up.

  the application        {app_url}
  the phones on the desk http://127.0.0.1:{desk_port}

  sign in with the password   {PASSWORD}
  and the code that stands on each person's phone on the desk
{rows}

  Try this
  1. Open the phones on the desk. Press "Bel 070" on the caller's phone and read what he hears.
     The phone of {on_duty} (on duty now) rings: answer, press 1, talk, hang up.
  2. Sign in to the application as {mail}. Under "Oproepen" the call waits,
     with the caller's number: record it as a case.
  3. Find it under "Casussen" and with "Zoeken", by a word of its text. "Terugbellen" calls the
     official back; his phone shows 070 - 37 38 314.

Ctrl-C stops everything; the data stays. `make run FRESH=1` starts over.
"""
