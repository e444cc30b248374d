"""The settings that were given to this process, or an end with every problem named."""

import click

from weerbaar.config.settings import Settings, SettingsRefused, load_settings, unknown_names


def settings() -> Settings:
    """The settings of this process, or an end with every problem named."""
    for name in unknown_names():
        click.echo(f"{name} is no setting of Weerbaar; it is not used", err=True)
    try:
        return load_settings()
    except SettingsRefused as refused:
        raise click.ClickException("these settings are refused:\n" + str(refused)) from None
