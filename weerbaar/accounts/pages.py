"""The pages of this room under one blueprint."""

from flask import Blueprint

from weerbaar.accounts import (
    app_link_pages,
    comings_pages,
    confirm_pages,
    doors,
    joining_pages,
    key_pages,
    own_pages,
    passkey_pages,
    people_pages,
    quorum_pages,
    quorum_taking_pages,
    reviews_pages,
    session_pages,
    signin_pages,
    trail_export,
    trail_pages,
)
from weerbaar.accounts.permissions import Permission


def blueprint() -> Blueprint:
    """Sign-in, invitation, one's own account, people and the trail."""
    pages = Blueprint("accounts", __name__)
    get, post, both = ["GET"], ["POST"], ["GET", "POST"]
    own = doors.permits(Permission.BOARD_SEE)
    own_keys = doors.permits(Permission.BOARD_SEE, keys=True)
    own_fresh = doors.permits(Permission.BOARD_SEE, keys=True, fresh=True)
    see = doors.permits(Permission.PEOPLE_SEE)
    manage = doors.permits(Permission.PEOPLE_MANAGE)
    closes = doors.permits(Permission.PEOPLE_MANAGE, keys=True, fresh=True)
    admits = doors.permits(Permission.KEYS_ADMIT, keys=True)
    trail = doors.permits(Permission.TRAIL_SEE)
    takes_along = doors.permits(Permission.TRAIL_SEE, keys=True, fresh=True)
    for rule, guard, methods, view in (
        ("/sign-in", doors.public, both, passkey_pages.sign_in),
        ("/sign-in/recover", doors.public, both, signin_pages.recover),
        ("/sign-in/passkey", doors.public, get, passkey_pages.sign_in_options),
        ("/sign-out", doors.public, post, signin_pages.sign_out),
        ("/unlock", own, both, passkey_pages.unlock),
        ("/unlock/passkey", own, get, passkey_pages.unlock_options),
        ("/confirm", own_keys, both, confirm_pages.confirm),
        ("/confirm/passkey", own_keys, get, confirm_pages.confirm_options),
        ("/lock", own, post, own_pages.lock),
        ("/recovery-code", own_fresh, both, own_pages.recovery_code),
        ("/account", own, get, own_pages.account),
        ("/account/passkeys", own, get, passkey_pages.own_passkeys),
        ("/account/passkeys/new", own_fresh, both, passkey_pages.new_passkey),
        ("/account/passkeys/new/passkey", own_fresh, get, passkey_pages.new_passkey_options),
        (
            "/account/passkeys/<uuid:passkey_id>/remove",
            own_fresh,
            post,
            passkey_pages.remove_passkey,
        ),
        ("/account/sessions", own, get, session_pages.own_sessions_page),
        ("/account/sessions/end", own, post, session_pages.end_session),
        ("/account/sessions/end-others", own, post, session_pages.end_other_sessions),
        ("/close-everything", doors.public, post, session_pages.close_everything),
        ("/closed", doors.public, get, session_pages.closed),
        # These two ask for the password, or a passkey, in their own form.
        ("/account/password", own_keys, post, own_pages.change_password),
        ("/account/password/forgotten", own_keys, both, confirm_pages.forgotten_password),
        ("/account/recovery-code", own_fresh, post, own_pages.renew_recovery),
        ("/language", doors.public, post, own_pages.set_language),
        ("/account/notices", own, post, own_pages.choose_notices),
        ("/account/sms", own, post, own_pages.sms_again),
        ("/people", see, get, people_pages.everybody),
        ("/people/new", manage, both, people_pages.new),
        ("/people/keys", admits, post, people_pages.rekey),
        ("/people/<uuid:person_id>", see, get, people_pages.person),
        ("/people/<uuid:person_id>/change", manage, post, people_pages.change),
        ("/people/<uuid:person_id>/invite", manage, post, people_pages.invite),
        ("/people/<uuid:person_id>/admit", admits, both, people_pages.admit),
        ("/people/<uuid:person_id>/leave", closes, both, people_pages.leave),
        ("/trail", trail, get, trail_pages.trail),
        ("/trail", trail, post, trail_pages.ask_trail),
        ("/trail/export", takes_along, get, trail_export.trail_export),
        ("/trail/export", takes_along, post, trail_export.save_trail),
    ):
        pages.add_url_rule(rule, view_func=guard(view), methods=methods)
    key_pages.add_rules(pages)
    app_link_pages.add_rules(pages)
    joining_pages.add_rules(pages)
    quorum_pages.add_rules(pages)
    quorum_taking_pages.add_rules(pages)
    reviews_pages.add_rules(pages)
    comings_pages.add_rules(pages)
    return pages
