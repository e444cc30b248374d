"""The commands `weerbaar purge`, `backup` and `restore`."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from weerbaar.accounts.house import KEYSTORE_SILENT, House, pass_house
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.trail_keeping import TrailNotWhole
from weerbaar.config.clock import SystemClock
from weerbaar.config.copying import CopyRefused
from weerbaar.intake.purging import Run
from weerbaar.intake.retention_rules import is_large
from weerbaar.web import given


@click.command("purge")
@click.option("--dry-run", is_flag=True, help="Only say what is due.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@pass_house
def purge_command(house: House, *, dry_run: bool, as_json: bool) -> None:
    """Destroy what may not be kept any longer.

    More than 25 records, or more than a tenth of all, wait until a coordinator confirms them on
    the page /retention: then the exit code is 1, and nothing was destroyed.
    """
    from weerbaar.web import purge  # noqa: PLC0415 - loads every room

    now = house.clock.now()
    if dry_run:
        _say_ahead(purge.look_ahead(house, now), purge.trail_due(house, now), as_json=as_json)
        return
    try:
        rows = purge.shorten_trail(house, now)
        done = purge.run(house, now)
    except KeyStoreGone:
        raise click.ClickException(KEYSTORE_SILENT) from None
    except TrailNotWhole as broken:
        raise click.ClickException(
            f"the trail does not hold ({broken}), see `weerbaar trail verify`; nothing went"
        ) from None
    if as_json:
        waits = None if done.waits is None else _facts(done.waits)
        click.echo(json.dumps({"destroyed": done.destroyed, "trail": rows, "waits": waits}))
    elif done.waits is None:
        click.echo(f"{done.destroyed} records destroyed, {rows} rows of the trail removed")
    else:
        click.echo(
            f"{done.waits.listed} of {done.waits.total} records are due: a coordinator must confirm"
            " that on the page /retention; nothing was destroyed",
            err=True,
        )
    if done.waits is not None:
        sys.exit(1)


def _facts(run: Run) -> dict[str, Any]:
    return {
        "run": str(run.id), "listed": run.listed, "total": run.total,
        "categories": {one.value: number for one, number in run.left.items()},
    }  # fmt: skip


def _say_ahead(found: list[Any], rows: int, *, as_json: bool) -> None:
    due, total = sum(one.now for one in found), sum(one.total for one in found)
    waits = due > 0 and is_large(due, total)
    if as_json:
        lines = [{**asdict(one), "category": one.category.value} for one in found]
        click.echo(
            json.dumps(
                {"due": due, "total": total, "waits": waits, "categories": lines, "trail": rows}
            )
        )
        return
    for one in found:
        click.echo(
            f"{one.category.value:<16}{one.now:6} now {one.week:6} within a week"
            f" {one.month:6} within a month {one.total:6} in all"
        )
    ending = ", which a coordinator must confirm" if waits else ""
    click.echo(f"{due} of {total} records are due{ending}")
    click.echo(f"{rows} rows of the trail are due")


_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("backup")
@click.argument("folder", required=False, type=_FOLDER)
@click.option("--keystore", is_flag=True, help="The key store instead of the database.")
def backup_command(folder: Path | None, *, keystore: bool) -> None:
    """Copy the database, or the key store, while the house goes on.

    It goes to FOLDER, or to WEERBAAR_BACKUP_FOLDER and WEERBAAR_KEYSTORE_BACKUP_FOLDER: two places
    that nobody has both of. Backups of the key store that are older than seven days are removed.
    """
    from weerbaar.web import backup  # noqa: PLC0415 - loads the application

    settings, now = given.settings(), SystemClock().now()
    store = backup.Store.KEYSTORE if keystore else backup.Store.DATABASE
    try:
        made = backup.make(settings, store, now, folder)
    except CopyRefused as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(str(made))
    if keystore:
        gone = backup.remove_old_keystores(settings, now, folder)
        if gone:
            click.echo(f"{gone} older than seven days removed", err=True)


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--keystore", is_flag=True, help="FILE is of the key store.")
@click.option("--replace", is_flag=True, help="The data that stands there may go.")
def restore_command(file: Path, *, keystore: bool, replace: bool) -> None:
    """Put a backup back, with `serve` and `worker` stopped.

    What was destroyed since stays destroyed, who left stays away, sessions and invitations end.
    Where both are lost: the key store first, then the database.
    """
    from weerbaar.web import restore  # noqa: PLC0415 - loads the application

    settings, now = given.settings(), SystemClock().now()
    try:
        if keystore:
            missing = restore.key_store(settings, file, now, replace=replace)
            click.echo("the key store is restored")
            if missing is None:
                click.echo("there is no database yet: restore it now")
            elif missing:
                click.echo(
                    f"{missing} secrets in use are younger than this backup:"
                    " what stood under them cannot be opened any more"
                )
            return
        restored = restore.database(settings, file, now, replace=replace)
    except restore.RestoreRefused as refused:
        raise click.ClickException(str(refused)) from None
    click.echo("the database is restored")
    for line in _told(restored):
        click.echo(line)


def _told(restored: Any) -> Iterator[str]:
    found = restored.findings
    yield f"sessions ended: {found.sessions}; invitations void: {found.invitations}"
    yield "codes of the last minute do not count: wait a minute before signing in"
    if found.destroyed:
        yield f"destroyed since the backup, and destroyed again: {found.destroyed}"
    if found.closed:
        yield f"cannot be opened, for the key store is older: {found.closed}"
    if found.renewed_groups:
        yield (
            f"groups with a new key: {', '.join(found.renewed_groups)};"
            " admit again who was admitted since"
        )
    if restored.left:
        yield f"left since the backup, and left again: {', '.join(restored.left)}"
    if restored.shut_out:
        yield (
            "no password or recovery code of theirs opens their keys any more:"
            f" {', '.join(restored.shut_out)}"
        )
    if found.missing_rows is not None:
        first, last = found.missing_rows
        until = f"{found.known_until:%Y-%m-%dT%H:%MZ}"
        yield f"missing of the trail: rows {first} to {last}, until {until}"
        yield (
            "rights to single cases that were taken back since the backup are there again:"
            " let the readers of each case take them back anew"
        )


COMMANDS = (purge_command, backup_command, restore_command)
