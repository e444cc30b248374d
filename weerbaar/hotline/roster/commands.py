"""The commands `weerbaar roster ...`; instants are written in UTC."""

import json
import sys
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import click

from weerbaar.accounts import people
from weerbaar.accounts.actors import SYSTEM
from weerbaar.accounts.house import House, pass_house
from weerbaar.hotline.roster import coverage as outlooks
from weerbaar.hotline.roster import imports, rotations, rules, verbs
from weerbaar.hotline.roster.errors import ImportRefused

LONGEST_OUTLOOK_DAYS = 3660


@click.group()
def roster() -> None:
    """Who is on duty, and whether the roster holds."""


@roster.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_house
def import_file(house: House, file: Path) -> None:
    """Add the shifts of a CSV file with the header tier,email,start,end.

    Times are local (YYYY-MM-DDTHH:MM) or carry an offset. It only adds; a file with an error is
    refused whole.
    """
    try:
        text = imports.decode(file.read_bytes())
        with house.database.session() as session:
            done = imports.import_shifts(session, house.vault, SYSTEM, text, house.clock.now())
            session.commit()
    except ImportRefused as refused:
        _refuse([str(error) for error in refused.errors])
    click.echo(f"{done.added} added, {done.unchanged} unchanged")


@roster.command()
@click.option("--at", metavar="ISO", help="The instant; without an offset: local time.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@pass_house
def who(house: House, at: str | None, *, as_json: bool) -> None:
    """Who is on duty now, or at another instant."""
    instant = house.clock.now().replace(microsecond=0) if at is None else instant_of(at)
    with house.database.session() as session:
        duties = verbs.on_duty(session, instant)
        cards = people.cards(session, house.vault, {duty.person_id for duty in duties})
        version = verbs.version(session)
    tiers = [
        (tier, [cards[duty.person_id] for duty in those])
        for tier, those in groupby(duties, key=lambda duty: duty.tier)
    ]
    if as_json:
        answer = {
            "at": _utc(instant),
            "tiers": [
                {"tier": tier, "people": sorted(card.mail for card in those)}
                for tier, those in tiers
            ],
            "roster_version": version,
        }
        click.echo(json.dumps(answer))
        return
    click.echo(f"{_utc(instant)}, roster version {version}")
    for tier, those in tiers:
        click.echo(f"tier {tier}: " + ", ".join(f"{card.name} <{card.mail}>" for card in those))
    if not tiers:
        click.echo("nobody is on duty")


@roster.command()
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_OUTLOOK_DAYS),
    default=28,
    show_default=True,
    help="How far ahead, in days of 24 hours from now.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@pass_house
def coverage(house: House, days: int, *, as_json: bool) -> None:
    """Whether every required tier has somebody all the time; exit code 1 on a hole.

    Thin spots (fewer people than the tier needs, or people who may not be reached) are named too;
    they alone end with 0.
    """
    start = house.clock.now().replace(microsecond=0)
    end = start + timedelta(days=days)
    with house.database.session() as session:
        required = outlooks.required(session)
        holes, thin = outlooks.outlook(session, start, end)
    if as_json:
        answer = {
            "from": _utc(start),
            "to": _utc(end),
            "required": required,
            "holes": [
                {"tier": hole.tier, "start": _utc(hole.starts), "end": _utc(hole.ends)}
                for hole in holes
            ],
            "thin": [
                {
                    "tier": spot.tier, "start": _utc(spot.starts), "end": _utc(spot.ends),
                    "have": spot.have, "need": spot.need, "reasons": list(spot.reasons),
                }
                for spot in thin
            ],
        }  # fmt: skip
        click.echo(json.dumps(answer))
    else:
        for hole in holes:
            click.echo(f"tier {hole.tier}: nobody from {_utc(hole.starts)} to {_utc(hole.ends)}")
        for spot in thin:
            click.echo(
                f"tier {spot.tier}: thin from {_utc(spot.starts)} to {_utc(spot.ends)},"
                f" {spot.have} of {spot.need}: {', '.join(spot.reasons)}"
            )
        if not holes:
            click.echo(f"no holes from {_utc(start)} to {_utc(end)}")
    sys.exit(1 if holes else 0)


@roster.command()
@click.option(
    "--weeks",
    type=click.IntRange(1, LONGEST_OUTLOOK_DAYS // 7),
    help="How far ahead; WEERBAAR_ROSTER_WEEKS unless told otherwise.",
)
@pass_house
def generate(house: House, weeks: int | None) -> None:
    """Fill the roster ahead by the rotations; shifts that stand are left alone."""
    with house.database.session() as session:
        added = rotations.generate(
            session, SYSTEM, now=house.clock.now(), weeks=weeks or house.settings.roster_weeks
        )
        session.commit()
    click.echo(f"{added} added")


def instant_of(text: str) -> datetime:
    """The instant that an option names, UTC; of two, the first.

    Args:
        text: ISO 8601; without an offset local time of Europe/Amsterdam.
    """
    try:
        moment = datetime.fromisoformat(text)
        return rules.read_wall(moment).first if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter("is not an ISO 8601 time", param_hint="--at") from None


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _refuse(problems: list[str]) -> None:
    click.echo("refused; nothing was changed", err=True)
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(1)


COMMANDS = (roster,)
