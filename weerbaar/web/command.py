"""The command `weerbaar`: every room's commands under one name."""

import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from weerbaar import migrations
from weerbaar.accounts.house import KEYSTORE_SILENT, House, HouseRefused, open_house
from weerbaar.accounts.keystore import KeyStoreGone, KeyStoreRefused
from weerbaar.config.database import Database
from weerbaar.config.log import configure_logging
from weerbaar.config.patience import PAGE, UNHURRIED, within
from weerbaar.config.settings import Settings
from weerbaar.crypto.keyring import KeyringDamaged, KeyringMissing
from weerbaar.web.given import settings

EMPTY = "this installation is empty; run `weerbaar setup` first"
SMALLEST_PORT, LARGEST_PORT = 1, 65535


def opened() -> House:
    """The house of this process, or an end that names what is missing."""
    found = settings()
    _check_schema(found)
    try:
        return open_house(found)
    except HouseRefused as refused:
        raise click.ClickException(str(refused)) from None


def _opened_for_calls() -> House:
    # Whoever starts during an outage answers calls from the snapshot, and the rest afterwards.
    from weerbaar.web.serve import open_for_calls  # noqa: PLC0415 - loads the application

    found = settings()
    _check_schema(found, in_outage=True)
    try:
        return open_for_calls(found)
    except HouseRefused as refused:
        raise click.ClickException(str(refused)) from None


def _check_schema(found: Settings, *, in_outage: bool = False) -> None:
    url = make_url(found.database_url.get_secret_value())
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise click.ClickException(EMPTY)  # looking would make the file
    database = Database(
        found.database_url.get_secret_value(), pool_size=1,
        patience=PAGE if in_outage else UNHURRIED,
    )  # fmt: skip
    try:
        present = migrations.present(database.engine)
    except SQLAlchemyError as failed:
        if in_outage:
            return
        raise click.ClickException(
            f"WEERBAAR_DATABASE_URL: the database cannot be reached ({type(failed).__name__})"
        ) from None
    finally:
        database.dispose()
    if present is None:
        raise click.ClickException(EMPTY)
    if present != migrations.newest():
        raise click.ClickException(
            f"the database stands at step {present}, this code needs {migrations.newest()};"
            " run `weerbaar upgrade`"
        )


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="weerbaar")
@click.pass_context
def main(context: click.Context) -> None:
    """The system behind 070 - 37 38 314."""
    configure_logging()
    # A core dump would hold the keys of whoever is signed in; children inherit the limit.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    held: list[House] = []

    def opener() -> House:
        if not held:
            held.append(opened())
        return held[0]

    def close() -> None:
        for house in held:
            house.dispose()

    context.obj = opener
    context.call_on_close(close)


@main.command()
@click.option("--email", required=True, help="Mail address of the first coordinator.")
@click.option("--name", required=True, help="Name of the first coordinator.")
@click.option(
    "--password-file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File whose first line is the password.",
)
def setup(email: str, name: str, password_file: Path) -> None:
    """Found an empty installation: schema, keys, groups and the first coordinator."""
    from weerbaar.web.founding import SetupRefused, found  # noqa: PLC0415 - loads every model

    try:
        lines = password_file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise click.ClickException("the password file is not UTF-8 text") from None
    try:
        otpauth = found(settings(), mail=email, name=name, password=lines[0] if lines else "")
    except SetupRefused as refused:
        raise click.ClickException(str(refused)) from None
    click.echo("The installation is founded. The first sign-in asks for a recovery code.")
    click.echo("Add this address to an authenticator app:")
    click.echo(otpauth)


@main.command()
def upgrade() -> None:
    """Bring the schema of database and key store to what this code needs."""
    from weerbaar.web import upgrading  # noqa: PLC0415 - loads every model

    try:
        done = upgrading.upgrade(settings())
    except (KeyStoreRefused, KeyringMissing, KeyringDamaged) as refused:
        raise click.ClickException(f"WEERBAAR_{refused}") from None
    except KeyStoreGone:
        raise click.ClickException(KEYSTORE_SILENT) from None
    except upgrading.NothingThere:
        raise click.ClickException(EMPTY) from None
    click.echo(f"schema: {done.before} -> {migrations.newest()}")
    if done.keystore_changed:
        click.echo("the key store was brought up to this version too")
    taken = done.taken_up
    if taken.members or taken.readers:
        click.echo(
            f"vouched for {taken.members} rows of members and {taken.readers} of readers from"
            " before; let a coordinator look at the members on the page of the keys"
        )


@main.command()
@click.option("--bind", default="127.0.0.1:8070", show_default=True, metavar="HOST:PORT")
@click.option("--processes", type=click.IntRange(1, 64), help="Server processes.")
def serve(bind: str, processes: int | None) -> None:
    """Answer people and the provider."""
    host, port = parse_bind(bind)
    _opened_for_calls().dispose()  # refuse by name before any server process starts
    from weerbaar.web.serve import serve as serve_pages  # noqa: PLC0415 - loads the application

    serve_pages(host, port, processes=processes)


@main.command()
@click.option("--once", "single", is_flag=True, help="Do every duty once and stop.")
@click.pass_context
def worker(context: click.Context, *, single: bool) -> None:
    """Do what is due: deadlines, tasks, sessions, keys."""
    from weerbaar.web import duties, worker as loop  # noqa: PLC0415, I001 - loads the application

    house: House = context.obj()
    if single:
        click.echo(f"{loop.once(house, duties.rounds())} rows moved")
    else:
        loop.run(house, duties.rounds())


@main.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--fix", is_flag=True, help="Write our addresses at the provider.")
def doctor(*, as_json: bool, fix: bool) -> None:
    """Say whether this installation can answer a call, and what to do where it cannot.

    Exit code 1 when something is wrong; warnings do not count.
    """
    from weerbaar.web import doctor as practice  # noqa: PLC0415 - loads the application

    checks = []
    with within(PAGE):
        for check in practice.examine(settings(), fix=fix):
            checks.append(check)
            if not as_json:
                click.echo(f"{check.level.value:<12}{check.name}: {check.says}")
                for line in check.details:
                    click.echo(f"{'':<14}{line}")
    wrong = any(one.level is practice.Level.FAIL for one in checks)
    if as_json:
        listed = [asdict(one) for one in checks]
        click.echo(json.dumps({"ok": not wrong, "checks": listed}, ensure_ascii=False))
    if wrong:
        sys.exit(1)


@main.command()
@click.option("--ring", is_flag=True, help="Let the telephones of those on duty really ring.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, one step a line.")
@click.pass_context
def drill(context: click.Context, *, ring: bool, as_json: bool) -> None:
    """Call ourselves as the provider would, from greeting to promise; nobody is rung unasked.

    Exit code 1 when a step is not as a caller should hear it.
    """
    from weerbaar.hotline.telephony.drill import Drill  # noqa: PLC0415 - loads the telephone

    house: House = context.obj()
    if not house.settings.twilio_auth_tokens:
        raise click.ClickException("WEERBAAR_TWILIO_AUTH_TOKENS is needed to sign the requests")
    good = True
    for step in Drill(house, ring=ring).walk():
        good = good and step.good
        if as_json:
            click.echo(json.dumps(asdict(step), ensure_ascii=False))
        else:
            sign = "ok  " if step.good else "FAIL"
            click.echo(f"{sign} {step.milliseconds:5d} ms  {step.name}: {step.heard}")
    if not good:
        sys.exit(1)


@main.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    add_help_option=False,
)
@click.pass_context
def simulator(context: click.Context) -> None:
    """A telephone network on your desk (see `weerbaar simulator --help`)."""
    import subprocess  # noqa: PLC0415 - only here

    command = [sys.executable, "-m", "weerbaar.simulator", *context.args]
    sys.exit(subprocess.run(command, check=False).returncode)  # noqa: S603 - our own module


@main.command()
@click.option("--fresh", is_flag=True, help="Start over; the data of an earlier demo is removed.")
@click.option(
    "--folder",
    default=Path("var/demo"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
)
def demo(*, fresh: bool, folder: Path) -> None:
    """Start app, worker and simulator with fictitious people."""
    from weerbaar.web import demo as running  # noqa: PLC0415 - loads the application

    try:
        running.demo(folder.absolute(), fresh=fresh)
    except running.DemoStopped as stopped:
        raise click.ClickException(str(stopped)) from None


def parse_bind(bind: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`; IPv6 hosts stand in brackets.

    Args:
        bind: what was typed.
    """
    host, colon, port = bind.rpartition(":")
    if not colon or not port.isdigit() or not SMALLEST_PORT <= int(port) <= LARGEST_PORT:
        raise click.BadParameter("must be HOST:PORT", param_hint="--bind")
    return host.strip("[]") or "127.0.0.1", int(port)


def _plug_rooms() -> None:
    from weerbaar.accounts import commands as accounts  # noqa: PLC0415
    from weerbaar.hotline.calls import commands as calls  # noqa: PLC0415
    from weerbaar.hotline.calls import explain_commands  # noqa: PLC0415
    from weerbaar.hotline.roster import commands as roster  # noqa: PLC0415
    from weerbaar.hotline.telephony import commands as telephony  # noqa: PLC0415
    from weerbaar.intake import figures  # noqa: F401, PLC0415 - its rows move with the service keys
    from weerbaar.tour import contacts  # noqa: F401, PLC0415 - the same
    from weerbaar.web import governments_command as governments  # noqa: PLC0415
    from weerbaar.web import keeping_commands as keeping  # noqa: PLC0415

    for room in (accounts, roster, calls, telephony, keeping, governments):
        for command in room.COMMANDS:
            main.add_command(command)
    # Who would ring is known to calls, and asked of the roster.
    roster.roster.add_command(explain_commands.explain)


_plug_rooms()

if __name__ == "__main__":
    main()
