"""The command `weerbaar roster explain`: it knows the order of ringing, so it lives here."""

import json

import click

from weerbaar.accounts import people
from weerbaar.accounts.house import House, pass_house
from weerbaar.hotline.calls import explain as explaining
from weerbaar.hotline.roster.commands import instant_of


@click.command()
@click.option("--at", metavar="ISO", help="The instant; without an offset: local time.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@pass_house
def explain(house: House, at: str | None, *, as_json: bool) -> None:
    """Who would ring at an instant, past or ahead, in which order, and why not the others."""
    now = house.clock.now().replace(microsecond=0)
    instant = now if at is None else instant_of(at)
    with house.database.session() as session:
        found = explaining.explain(session, house.vault, instant, now)
        cards = people.cards(session, house.vault, found.people)
    facts = explaining.facts(found, {one: card.mail for one, card in cards.items()})
    if as_json:
        click.echo(json.dumps(facts))
        return
    click.echo(f"{facts['at']}, roster version {facts['roster_version']}")
    if not found.remembered:
        click.echo("what was done to the roster before this instant was not kept")
    for place, turn in enumerate(facts["order"], 1):
        manner = ", at once" if turn["tier"] in found.plan.all_at_once else ""
        click.echo(f"{place}. tier {turn['tier']}{manner}: {turn['person']}")
    if not facts["order"]:
        click.echo("nobody would ring")
    for one in facts["skipped"]:
        click.echo(f"passed over: {one['person']} (tier {one['tier']}): {one['reason']}")
    for change in facts["changed_since"]:
        click.echo(
            f"changed since: {change['at']} {change['act']} by {change['by'] or 'the system'}:"
            f" {_line(change['before'])} -> {_line(change['after'])}"
        )


def _line(shift: dict[str, str] | None) -> str:
    if shift is None:
        return "nothing"
    return f"tier {shift['tier']} {shift['person']} {shift['start']} to {shift['end']}"
