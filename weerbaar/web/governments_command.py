"""The command `weerbaar governments`: which list is used, and what a newer one changes."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from weerbaar.accounts.house import House, pass_house
from weerbaar.governments import lists, registry
from weerbaar.governments.lists import Changes, ListRefused


@click.command("governments")
@click.option(
    "--check",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Say what the list in this folder would change; nothing is changed.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@pass_house
def governments_command(house: House, *, folder: Path | None, as_json: bool) -> None:
    """Say which list of municipalities and provinces is used, or check a newer one.

    A list that cannot be used is refused whole, with its lines. One that can is used once
    WEERBAAR_GOVERNMENTS_FOLDER names its folder and server and worker were started again.
    """
    with_records = _with_records(house)
    if folder is None:
        told = _present(with_records)
    else:
        try:
            newer = lists.read(folder, before=registry.own())
        except ListRefused as refused:
            raise click.ClickException("\n".join(refused.problems)) from None
        told = {
            "reference_date": newer.reference_date.isoformat(),
            **_changes(lists.changes(registry.present(), newer), with_records),
        }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for line in _lines(told):
            click.echo(line)


def _with_records(house: House) -> set[str]:
    from weerbaar.tour import activities  # noqa: PLC0415 - loads the room

    with house.database.session() as session:
        return activities.codes_with_records(session)


def _present(with_records: set[str]) -> dict[str, Any]:
    present = registry.present()
    former = {code: each.successor for code, each in present.merged.items() if code in with_records}
    return {
        "reference_date": present.reference_date.isoformat(),
        "source": present.source,
        "municipalities": len(present.municipalities),
        "provinces": len(present.provinces),
        "merged": len(present.merged),
        "records_of_merged": {code: to for code, to in former.items() if to is not None},
        "records_of_ended": [code for code, to in former.items() if to is None],
        "records_of_unknown": sorted(
            code
            for code in with_records
            if code not in present.merged and not registry.known(code, fictitious=True)
        ),
    }


def _changes(found: Changes, with_records: set[str]) -> dict[str, Any]:
    told = asdict(found)
    touched = {code for code, *_more in (*found.merged, *found.ended)} & with_records
    return {**told, "with_tour_records": sorted(touched)}


def _lines(told: dict[str, Any]) -> list[str]:
    lines = []
    for name, value in told.items():
        label = name.replace("_", " ")
        if isinstance(value, dict):
            lines += [f"{label}: {len(value)}", *(f"  {one} -> {to}" for one, to in value.items())]
        elif isinstance(value, list | tuple):
            rows = [each if isinstance(each, str) else " ".join(each) for each in value]
            lines += [f"{label}: {len(value)}", *(f"  {row}" for row in rows)]
        else:
            lines.append(f"{label}: {value}")
    return lines


COMMANDS = (governments_command,)
