"""The commands `weerbaar people ...` and `weerbaar trail ...`."""

import sys
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy.orm import Session

from weerbaar.accounts import (
    invitations,
    people,
    reviews,  # noqa: F401 - the trail proves its rows
    witness,
)
from weerbaar.accounts.actors import SYSTEM
from weerbaar.accounts.house import House, pass_house
from weerbaar.accounts.key_commands import key_commands
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.people_import import ImportRefused, import_people
from weerbaar.accounts.trail import verify
from weerbaar.accounts.trail_proof import Finding
from weerbaar.accounts.witness import NoWitness, Statement


@click.group("people")
def people_commands() -> None:
    """The people of the staff."""


@people_commands.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_house
def import_file(house: House, file: Path) -> None:
    """Add people from a CSV file with the header email,name,roles,phone.

    Roles are separated by |. It only adds; a file with an error is refused whole.
    """
    with house.database.session() as session:
        try:
            done = import_people(
                session, house.vault, SYSTEM, file.read_bytes(), house.clock.now(),
                house.settings.hotline_number,
            )  # fmt: skip
        except ImportRefused as refused:
            _refuse(str(refused).splitlines())
        session.commit()
        cards = people.cards(session, house.vault, {one.person_id for one in done.changed})
    for one in done.changed:
        click.echo(f"line {one.line}: {cards[one.person_id].mail}: {', '.join(one.fields)} changed")
    click.echo(f"{len(done.added)} added, {len(done.changed)} changed, {done.unchanged} unchanged")


@people_commands.command()
@click.argument("email", required=False)
@click.option("--all", "everybody", is_flag=True, help="Everybody who has not signed in yet.")
@pass_house
def invite(house: House, email: str | None, *, everybody: bool) -> None:
    """Print a link for somebody to sign in for the first time: one line, EMAIL<TAB>LINK.

    A link works once, for 72 hours; a new one replaces the one before.
    """
    if (email is None) != everybody:
        raise click.UsageError("give one EMAIL, or --all")
    with house.database.session() as session:
        lines = [
            (
                card.mail,
                invitations.invite(session, house.vault, SYSTEM, card.id, house.clock.now()),
            )
            for card in _invited(house, session, email)
        ]
        session.commit()
    for mail, token in lines:
        click.echo(f"{mail}\t{house.settings.public_url}/invitation/{token}")


def _invited(house: House, session: Session, email: str | None) -> list[people.PersonCard]:
    if email is None:
        cards = people.cards(session, house.vault).values()
        return [card for card in cards if card.state == people.INVITED]
    person_id = people.by_mail(session, house.vault, email)
    if person_id is None:
        _refuse(["nobody has this mail address"])
    card = people.card(session, house.vault, person_id)
    if card.state != people.INVITED:
        _refuse(["this account is in use already"])
    return [card]


@click.group("trail")
def trail_commands() -> None:
    """The trail of what the staff did."""


@trail_commands.command("verify")
@click.option(
    "--witness", "file", type=click.Path(dir_okay=False, path_type=Path),
    help="Lines of the witness, of its file or its mails; else the file of TRAIL_WITNESS.",
)  # fmt: skip
@pass_house
def verify_trail(house: House, file: Path | None) -> None:
    """Prove that the trail is whole and that sealed records are those it tells of.

    Exit code 1 when something does not hold.
    """
    statement = _statement(house, file)
    try:
        findings = verify(house.database, house.vault, statement.heads, statement.told_at)
    except KeyStoreGone:
        _refuse(["the key store cannot be reached"])
    findings += [Finding("witness-line-not-signed", line) for line in statement.unsigned]
    for one in findings:
        place = "" if one.number is None else f" row {one.number}"
        record = "" if one.record_id is None else f" record {one.record_id}"
        click.echo(f"{one.code}:{place}{record}")
    if findings:
        sys.exit(1)
    click.echo("the trail is whole")


def _statement(house: House, file: Path | None) -> Statement:
    place = house.settings.trail_witness
    if file is None and place is not None and not place.startswith(witness.MAILTO):
        file = Path(place)
    if file is None:
        return Statement()
    try:
        return witness.of_file(house.vault, file)
    except NoWitness:
        _refuse([f"{file}: the witness cannot be read"])


@trail_commands.command("witness")
@click.option("--restored", is_flag=True, help="After a backup was put back.")
@pass_house
def tell_witness(house: House, *, restored: bool) -> None:
    """Tell the witness of TRAIL_WITNESS the newest row, as the worker does every day."""
    try:
        witness.tell(
            house, house.clock.now(), kind=witness.RESTORED if restored else witness.NEWEST
        )
    except NoWitness:
        _refuse(["WEERBAAR_TRAIL_WITNESS: there is no witness, or it could not be told"])
    click.echo("the witness was told")


def _refuse(problems: list[str]) -> NoReturn:
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(1)


COMMANDS = (people_commands, trail_commands, key_commands)
