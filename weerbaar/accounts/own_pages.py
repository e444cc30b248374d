"""Pages about one's own account: unlock, recovery code, password, language."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import (
    admission,
    deliveries,
    doors,
    notice_rules,
    passkeys,
    people,
    sessions,
    signin,
    signin_counts,
    trail,
    wrappings,
)
from weerbaar.accounts.forms import (
    ChangePasswordForm,
    NoticesForm,
    RecoveryCodeForm,
    UnlockForm,
    text_of,
)
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.notice_rules import Channel, Group
from weerbaar.accounts.passkey_forms import TouchForm
from weerbaar.accounts.people_pages import cases_alone, tested, undelivered
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.accounts.sessions import Seat, State
from weerbaar.accounts.signin_counts import TryLater
from weerbaar.accounts.signin_pages import SEE_OTHER, UNPROCESSABLE, back, later, party, source
from weerbaar.accounts.wrappings import Way
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.wrapping import NotARecoveryCode, RecoveryCode

LANGUAGE_COOKIE = "weerbaar-taal"
LANGUAGES = frozenset({"nl", "en"})
YEAR_SECONDS = 365 * 24 * 3600


def own_seat() -> Seat:
    """The session of this request; the guard has seen to it that there is one."""
    here = doors.seat()
    assert here is not None
    return here


def own_keys(here: Seat, password: str) -> OpenKeys | None:
    """The person's keys by his password, or None; the throttle counts it like a sign-in.

    Raises:
        TryLater: too many tries.
    """
    vault, now, session = doors.house().vault, doors.now(), doors.db()
    account = people.mail_index(vault, people.card(session, vault, here.person_id).mail)
    # Nobody without this very session can wear it out.
    own = b"session" + here.id
    try:
        signin_counts.knock(session, vault, account, source(), now, own=own)
        row = wrappings.find(session, here.person_id, Way.PASSWORD)
    finally:
        doors.commit()
    try:
        keys = None if row is None else wrappings.open_with_password(vault, row, password)
    except (CannotOpen, SecretGone):
        keys = None
    if keys is None:
        signin.failed(session, now)
        trail.record(
            session, doors.actor(), "password.check", "person", here.person_id, now,
            outcome="refused",
        )  # fmt: skip
        doors.commit()
        return None
    signin_counts.welcome(session, vault, account, source(), now, own=own)
    return keys


def unlock() -> ResponseReturnValue:
    """The page `/unlock` with the password."""
    here = own_seat()
    if here.state is State.OPEN:
        return redirect(back(), SEE_OTHER)
    form = UnlockForm()
    if not form.came_in_order():
        page = unlock_page(form)
        return page if request.method == "GET" else (page, UNPROCESSABLE)
    try:
        keys = own_keys(here, text_of(form.password))
    except TryLater as error:
        return later(error)
    if keys is None:
        form.password.errors = [_("Het wachtwoord klopt niet.")]
        return unlock_page(form), UNPROCESSABLE
    sessions.unlock(doors.db(), doors.house().vault, here, keys, doors.now())
    trail.record(doors.db(), doors.actor(), "unlock", "person", here.person_id, doors.now())
    doors.commit()
    return redirect(back(), SEE_OTHER)


def unlock_page(form: UnlockForm | None = None, touch: TouchForm | None = None) -> str:
    """The page of `/unlock`: with a passkey that opens, or with the password.

    Args:
        form: the password as it was sent.
        touch: the passkey as it was sent.
    """
    opening = wrappings.of_passkeys(doors.db(), own_seat().person_id)
    return render_template(
        "accounts/unlock.html",
        form=form or UnlockForm(formdata=None),
        touch=touch or TouchForm(formdata=None),
        site=party() if opening else None,
    )


def lock() -> ResponseReturnValue:
    """The page `/lock`: lock at once, for who walks away from the desk."""
    here = own_seat()
    if here.state is State.OPEN:
        sessions.lock(doors.db(), doors.house().vault, here, doors.now())
        doors.commit()
    return redirect(url_for("accounts.unlock"), SEE_OTHER)


def recovery_code() -> ResponseReturnValue:
    """The page `/recovery-code`: shown until it is typed back, then never again."""
    here = own_seat()
    contents = here.contents
    if contents.offered_recovery is None:
        if not contents.owes_recovery:
            return redirect(url_for("accounts.account"), SEE_OTHER)
        contents.offered_recovery = RecoveryCode.new().text()
        sessions.keep_contents(doors.db(), here)
        doors.commit()
    shown = contents.offered_recovery
    form = RecoveryCodeForm()
    sent = form.came_in_order()
    if sent and not _is_typed_back(form, shown):
        form.recovery_code_again.errors = [
            _("Dit is niet de herstelcode van deze pagina. Kijk haar nog eens na.")
        ]
        sent = False
    if not sent:
        page = render_template(
            "accounts/recovery_code.html", form=form, recovery=shown, owes=contents.owes_recovery
        )
        return page if request.method == "GET" else (page, UNPROCESSABLE)
    first = contents.owes_recovery
    signin.change_recovery(
        doors.db(), doors.house().vault, doors.actor(), RecoveryCode.parse(shown), doors.now(),
        first=first,
    )  # fmt: skip
    contents.offered_recovery, contents.owes_recovery = None, False
    sessions.keep_contents(doors.db(), here)
    doors.commit()
    doors.flash(_("Uw herstelcode is vastgelegd. Bewaar haar op een veilige plaats."))
    return redirect("/" if first else url_for("accounts.account"), SEE_OTHER)


def _is_typed_back(form: RecoveryCodeForm, shown: str) -> bool:
    try:
        typed = RecoveryCode.parse(text_of(form.recovery_code_again))
    except NotARecoveryCode:
        return False
    return typed == RecoveryCode.parse(shown)


def renew_recovery() -> ResponseReturnValue:
    """Offer a new recovery code; the old one works until the new one is typed back."""
    here = own_seat()
    if here.contents.offered_recovery is None:
        here.contents.offered_recovery = RecoveryCode.new().text()
        sessions.keep_contents(doors.db(), here)
        doors.commit()
    return redirect(url_for("accounts.recovery_code"), SEE_OTHER)


def account() -> ResponseReturnValue:
    """The page `/account`."""
    return _account_page(ChangePasswordForm(formdata=None))


def change_password() -> ResponseReturnValue:
    """A new password for oneself; every other session of oneself ends."""
    here = own_seat()
    vault, session = doors.house().vault, doors.db()
    form = ChangePasswordForm()
    card = people.card(session, vault, here.person_id)
    form.personal = (card.mail, card.name)
    if not form.came_in_order():
        return _account_page(form), UNPROCESSABLE
    try:
        keys = own_keys(here, text_of(form.present))
    except TryLater as error:
        return later(error)
    if keys is None:
        form.present.errors = [_("Het wachtwoord klopt niet.")]
        return _account_page(form), UNPROCESSABLE
    doors.commit()
    return keep_password(here, keys, text_of(form.password))


def keep_password(here: Seat, keys: OpenKeys, password: str) -> ResponseReturnValue:
    """Put a new password in place, end every other session, and go back to the account.

    Args:
        here: the session that stays.
        keys: of the person.
        password: as typed, and found good.
    """
    session, vault, now = doors.db(), doors.house().vault, doors.now()
    fresh = wrappings.stretch(vault, password)
    signin.change_password(session, vault, doors.actor(), keys, fresh, now)
    sessions.sign_out_everywhere(session, vault, here.person_id, now, but=here)
    doors.commit()
    doors.flash(_("Uw wachtwoord is gewijzigd. Op andere apparaten bent u uitgelogd."))
    return redirect(url_for("accounts.account"), SEE_OTHER)


def set_language() -> ResponseReturnValue:
    """Remember the language of the pages in this browser, and go back."""
    chosen = request.form.get("language", "")
    response = redirect(doors.own_path(request.form.get("back")) or "/", SEE_OTHER)
    if chosen in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE, chosen, max_age=YEAR_SECONDS, httponly=True,
            samesite="Strict", secure=doors.house().settings.secure,
        )  # fmt: skip
    return response


def choose_notices() -> ResponseReturnValue:
    """Keep by which channels the reader wants to be told."""
    here = own_seat()
    form = NoticesForm()
    if not form.came_in_order():
        return _account_page(ChangePasswordForm(formdata=None), form), UNPROCESSABLE
    deliveries.choose(
        doors.db(), here.person_id,
        {Group(name): map(Channel, form[name].data or ()) for name in notice_rules.CHOSEN},
    )  # fmt: skip
    doors.commit()
    doors.flash(_("Uw keuze is opgeslagen."))
    return redirect(url_for("accounts.account", _anchor="own-notices"), SEE_OTHER)


def sms_again() -> ResponseReturnValue:
    """Let SMS go to one's phone again, after its owner allowed it there."""
    people.refuse_sms(doors.db(), own_seat().person_id, None)
    doors.commit()
    doors.flash(_("Wij sturen weer sms-berichten naar uw telefoon."))
    return redirect(url_for("accounts.account", _anchor="own-notices"), SEE_OTHER)


def _notices_form(person_id: UUID) -> NoticesForm:
    chosen = deliveries.preferences(doors.db(), [person_id])[person_id]
    present = {
        group.value: sorted(chosen.get(group, notice_rules.DEFAULTS[group]))
        for group in notice_rules.CHOSEN
    }
    return NoticesForm(formdata=None, **present)


def _account_page(form: ChangePasswordForm, notices_form: NoticesForm | None = None) -> str:
    here = own_seat()
    vault, settings = doors.house().vault, doors.house().settings
    seen = admission.fingerprint(doors.db(), vault, here.person_id)
    return render_template(
        "accounts/account.html",
        words=seen.words if seen else None,
        form=form,
        card=people.card(doors.db(), vault, here.person_id),
        tested=tested,
        ends_at=here.ends_at,
        notices_form=notices_form or _notices_form(here.person_id),
        takes_sms=notice_rules.takes_sms,
        sms_is_set=settings.sms_sender is not None,
        mail_is_set=settings.smtp_url is not None,
        failures=undelivered(here.person_id),
        has_passkey=bool(passkeys.listing(doors.db(), vault, here.person_id)),
        works_on_cases=allows(doors.actor().roles, Permission.CASES_WORK),
        alone=cases_alone(here.person_id),
    )
