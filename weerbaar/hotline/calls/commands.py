"""The command `weerbaar calls show`: why was she called at 03:12."""

import json
from typing import Any
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import people
from weerbaar.accounts.house import House, pass_house
from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import course, items
from weerbaar.hotline.calls.models import CallRow, LegRow


@click.group()
def calls() -> None:
    """What happened to calls."""


@calls.command()
@click.argument("call_sid")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@pass_house
def show(house: House, call_sid: str, *, as_json: bool) -> None:
    """Show one call by the provider's CALL_SID: state, plan, legs, work; never the number."""
    with house.database.session() as session:
        facts = facts_of(session, house.vault, call_sid)
    if facts is None:
        raise click.ClickException("no such call")
    if as_json:
        click.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        click.echo(f"{name}: {json.dumps(value)}")


def facts_of(session: Session, vault: Vault, sid: str) -> dict[str, Any] | None:
    """One call in plain values, people by their mail address; None when it is unknown.

    Args:
        session: where it is.
        vault: opens mail addresses.
        sid: the provider's id of the line.
    """
    call = session.scalar(select(CallRow).where(CallRow.provider_sid == sid))
    if call is None:
        return None
    legs = session.scalars(
        select(LegRow).where(LegRow.call_id == call.id).order_by(LegRow.number)
    ).all()
    mails = {str(one): card.mail for one, card in people.cards(session, vault).items()}
    item = items.of_call(session, call.id)
    return {
        "call_sid": sid,
        "state": call.state,
        "outcome": call.outcome,
        "drill": call.drill,
        "lane": course.lane(call),
        "started_at": None if call.started_at is None else _zulu(call.started_at),
        "next_deadline": None if call.next_deadline is None else _zulu(call.next_deadline),
        "plan": _plan(call, mails),
        "legs": [_leg(leg, mails) for leg in legs],
        "work_item": None if item is None else {
            "id": str(item.id),
            "kind": item.kind,
            "state": item.state,
            "done_reason": item.done_reason,
            "owner": _mail(mails, item.owner_id),
            "answered_by": _mail(mails, item.answered_by),
            "due_at": _zulu(item.due_at),
        },
    }  # fmt: skip


def _leg(leg: LegRow, mails: dict[str, str]) -> dict[str, Any]:
    facts = course.leg_facts(leg)
    return {**facts, "person": mails.get(facts["person"])}


def _plan(call: CallRow, mails: dict[str, str]) -> dict[str, Any] | None:
    if call.plan is None:
        return None
    plan: dict[str, Any] = json.loads(call.plan)
    for part in ("order", "skipped"):
        for one in plan[part]:
            one["person"] = mails.get(one["person"])
    return plan


def _mail(mails: dict[str, str], person_id: UUID | None) -> str | None:
    return None if person_id is None else mails.get(str(person_id))


def _zulu(instant: Any) -> str:
    return str(instant.isoformat().replace("+00:00", "Z"))


COMMANDS = (calls,)
