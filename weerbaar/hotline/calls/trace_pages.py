"""The page `/provider`: what is still at the provider, counted; no ids, nobody."""

from flask import render_template
from flask_babel import gettext as _

from weerbaar.accounts import doors
from weerbaar.hotline.calls import traces
from weerbaar.hotline.calls.models import TraceKind


def provider() -> str:
    """What is left there by kind, since when, and when that was last compared."""
    labels = {
        TraceKind.CALL: _("Gespreksgegevens (nummer en tijd)"),
        TraceKind.RECORDING: _("Ingesproken berichten"),
        TraceKind.MESSAGE: _("Sms-berichten aan het team"),
    }
    return render_template(
        "calls/provider.html",
        standing=traces.standing(doors.db()),
        labels=labels,
        has_provider=doors.house().settings.twilio_account_sid is not None,
    )
