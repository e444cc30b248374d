"""The commands `weerbaar keys ...`: what is under which key, and new service keys."""

import json
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.accounts import (
    groups,
    people,
    quorum_cover,
    service_keys,
    vouching,
    vouching_watch,
)
from weerbaar.accounts.house import KEYSTORE_SILENT, House, pass_house
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.models import EnvelopeReaderRow, GroupKeyRow, KeyWrappingRow, PersonRow
from weerbaar.accounts.wrappings import Way
from weerbaar.crypto.keyring import Keyring, KeyringMissing

RESTART = "restart every `weerbaar serve` and `weerbaar worker`"


@click.group("keys")
def key_commands() -> None:
    """Keys: what stands under which, and new service keys."""


@key_commands.command("status")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@pass_house
def status(house: House, *, as_json: bool) -> None:
    """Say what is under which key, and what is left to move to a newer one.

    Exit code 1 when something does not hold.
    """
    try:
        with house.database.session() as session:
            found = _status(session, house)
    except KeyStoreGone:
        raise click.ClickException(KEYSTORE_SILENT) from None
    click.echo(json.dumps(found) if as_json else "\n".join(_lines(found)))
    if found["service"]["wrong"] or any(found["foreign"].values()):
        sys.exit(1)


@dataclass(frozen=True)
class _Epoch:
    present: int
    members: int
    former: int


def _status(session: Session, house: House) -> dict[str, Any]:
    keyring = house.vault.keyring
    under = service_keys.counted(session, house.vault)
    covered, others = quorum_cover.uncovered(session, house.vault)
    active = select(PersonRow.id).where(PersonRow.state == people.ACTIVE)
    rows = session.execute(
        select(KeyWrappingRow.kind, func.count(KeyWrappingRow.person_id.distinct()))
        .where(KeyWrappingRow.person_id.in_(active))
        .group_by(KeyWrappingRow.kind)
    )
    ways = {row[0]: row[1] for row in rows}
    epochs = {name: _epoch(session, name) for name in groups.names()}
    foreign = Counter(row.purpose for row in vouching_watch.foreign(session, keyring))
    return {
        "service": {
            "keys": [
                {"id": one, "state": "current" if not place else "former",
                 "values": under.values.get(one, 0)}
                for place, one in enumerate(keyring.ids)
            ],
            "coming": keyring.coming,
            "left": under.left(keyring.ids[0]),
            "wrong": under.wrong,
        },
        "persons": {
            "with_keys": len(covered) + len(others),
            "password": ways.get(Way.PASSWORD.value, 0),
            "recovery": ways.get(Way.RECOVERY.value, 0),
            "passkey": ways.get(Way.PASSKEY.value, 0),
            "shares": len(covered),
            "moving": ways.get(Way.FORMER.value, 0),
        },
        "groups": {
            name: {"epoch": one.present, "members": one.members, "former": one.former}
            for name, one in epochs.items()
        },
        # Rows that the house did not write: nothing is sealed to whom they name.
        "foreign": {
            "members": foreign[vouching.MEMBER],
            "readers": foreign[vouching.READER],
        },
    }  # fmt: skip


def _epoch(session: Session, name: str) -> _Epoch:
    present = session.scalar(
        select(func.max(GroupKeyRow.epoch)).where(GroupKeyRow.group_name == name)
    )
    former = session.scalar(
        select(func.count(EnvelopeReaderRow.id)).where(
            EnvelopeReaderRow.group_name == name, EnvelopeReaderRow.key_epoch < (present or 0)
        )
    )
    return _Epoch(present or 0, len(groups.members(session, name)), former or 0)


def _lines(found: dict[str, Any]) -> list[str]:
    service, persons = found["service"], found["persons"]
    lines = [
        f"service key {one['id']}  {one['state']:<8}{one['values']:6} values"
        for one in service["keys"]
    ]
    if service["coming"]:
        lines.append(f"service key {service['coming']}  coming: {RESTART}, then `keys rotate`")
    if service["left"]:
        lines.append(f"{service['left']} values under former keys: run `weerbaar keys reseal`")
    if service["wrong"]:
        lines.append(f"{service['wrong']} values under a key that is not here, or damaged")
    lines.append(
        f"persons: {persons['with_keys']} with keys; under a password {persons['password']},"
        f" a recovery code {persons['recovery']}, a passkey {persons['passkey']};"
        f" shares with holders {persons['shares']}; a former key not moved yet {persons['moving']}"
    )
    lines += [
        f"group {name}: epoch {one['epoch']}, {one['members']} can open it,"
        f" {one['former']} records under former epochs"
        for name, one in found["groups"].items()
    ]
    foreign = found["foreign"]
    if any(foreign.values()):
        lines.append(
            f"{foreign['members']} rows of members and {foreign['readers']} of readers that the"
            " house did not write: somebody writes in the database; nothing is sealed to them"
        )
    return lines


@key_commands.command("prepare")
@pass_house
def prepare(house: House) -> None:
    """Make the next service key known, without using it: the first of three steps."""
    keyring = house.vault.keyring
    if keyring.coming is not None:
        raise click.ClickException(f"one is known already: {RESTART}, then `weerbaar keys rotate`")
    made = keyring.prepared()
    _write(house, made)
    click.echo(f"key {made.coming} is known and not in use")
    click.echo(f"{RESTART}, wherever they run with this file; then `weerbaar keys rotate`")


@key_commands.command("rotate")
@pass_house
def rotate(house: House) -> None:
    """Use the next service key from now on: the second step, when every process knows it."""
    keyring = house.vault.keyring
    if keyring.coming is None:
        raise click.ClickException("no key is coming: run `weerbaar keys prepare` first")
    made = keyring.rotated()
    _write(house, made)
    click.echo(f"key {made.fingerprint} is the current one; {keyring.fingerprint} is a former one")
    click.echo(f"{RESTART}; then `weerbaar keys reseal`")


@key_commands.command("reseal")
@pass_house
def reseal(house: House) -> None:
    """Bring everything to the current service key: the last step. Broken off, run it again."""
    try:
        under = service_keys.reseal(house, lambda done: click.echo(f"{done} rows done"))
    except KeyStoreGone:
        raise click.ClickException(KEYSTORE_SILENT) from None
    left = under.left(house.vault.keyring.ids[0])
    if left or under.wrong:
        raise click.ClickException(f"{left} values are left, {under.wrong} do not hold: look why")
    click.echo("everything is under the current key; keep the former ones in the file, to read")
    click.echo("the trail of their time and older backups")


def _write(house: House, keyring: Keyring) -> None:
    try:
        keyring.replace(house.settings.service_keys_file)
    except KeyringMissing as refused:
        raise click.ClickException(f"WEERBAAR_{refused}") from None
