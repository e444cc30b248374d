"""The command `weerbaar fallback-twiml`: documents for another host."""

from pathlib import Path

import click

from weerbaar.config.settings import SettingsRefused, load_settings
from weerbaar.hotline.telephony import static_fallback


@click.command("fallback-twiml")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def fallback_twiml(folder: Path) -> None:
    """Write into DIR what the provider reads when the whole house is out of reach.

    Put the three files on a host that fails for other reasons than this one, serve them as
    text/xml, and set the number's fallback to start.xml with GET. Write them again when
    HOTLINE_NUMBER or STANDBY_NUMBER changes.
    """
    try:
        settings = load_settings()
    except SettingsRefused as refused:
        raise click.ClickException("these settings are refused:\n" + str(refused)) from None
    try:
        written = static_fallback.write(settings, folder)
    except OSError as failed:
        raise click.ClickException(f"not written: {failed.strerror}") from None
    for path in written:
        click.echo(str(path))
    if settings.standby_number is None:
        click.echo("WEERBAAR_STANDBY_NUMBER is not set: callers are only recorded", err=True)


COMMANDS = (fallback_twiml,)
