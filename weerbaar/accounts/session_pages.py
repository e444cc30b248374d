"""Pages for one's own sessions, and the way out of all of them at once."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import doors, own_sessions, visit
from weerbaar.accounts.devices import Device
from weerbaar.accounts.own_pages import own_seat
from weerbaar.accounts.own_sessions import NoSuchSession
from weerbaar.accounts.signin_pages import SEE_OTHER, empty_browser


def device_names() -> dict[Device, str]:
    """What kinds of devices are called, for people."""
    return {
        Device.ANDROID: _("Android-apparaat"),
        Device.IPHONE: _("iPhone"),
        Device.IPAD: _("iPad"),
        Device.WINDOWS: _("Windows-computer"),
        Device.MAC: _("Mac"),
        Device.LINUX: _("Linux-computer"),
        Device.OTHER: _("ander apparaat"),
    }


def own_sessions_page() -> ResponseReturnValue:
    """The page `/account/sessions`."""
    found = own_sessions.listing(doors.db(), doors.house().vault, own_seat(), doors.now())
    return render_template("accounts/sessions.html", sessions=found, names=device_names())


def end_session() -> ResponseReturnValue:
    """End one of one's other sessions; which one stands in the form."""
    try:
        own_sessions.end(
            doors.db(), doors.house().vault, doors.actor(), own_seat(),
            request.form.get("session", ""), doors.now(),
        )  # fmt: skip
    except NoSuchSession:
        doors.flash(_("Die sessie was al afgelopen."), "info")
    else:
        doors.commit()
        doors.flash(_("De sessie is beëindigd."))
    return redirect(url_for("accounts.own_sessions_page"), SEE_OTHER)


def end_other_sessions() -> ResponseReturnValue:
    """End all of one's sessions but this one."""
    own_sessions.end_others(doors.db(), doors.house().vault, doors.actor(), own_seat(), doors.now())
    doors.commit()
    doors.flash(_("Op alle andere apparaten bent u uitgelogd."))
    return redirect(url_for("accounts.own_sessions_page"), SEE_OTHER)


def close_everything() -> ResponseReturnValue:
    """End everything of whoever is here, and go to a page that says nothing."""
    here = doors.seat()
    if here is not None:
        own_sessions.close_everything(doors.db(), doors.house().vault, here.person_id, doors.now())
        doors.commit()
        visit.take_seat(None)
    return empty_browser(redirect(url_for("accounts.closed"), SEE_OTHER))


def closed() -> ResponseReturnValue:
    """The page `/closed`: neutral, whoever looks along."""
    return render_template("accounts/closed.html")
