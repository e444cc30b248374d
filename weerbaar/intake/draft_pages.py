"""Drafts between a page and the house: kept while somebody types, on whatever device he goes on."""

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from weerbaar.accounts import doors
from weerbaar.accounts.guard import DRAFT_HEADER
from weerbaar.accounts.permissions import Permission
from weerbaar.face import formats
from weerbaar.intake import drafts
from weerbaar.intake.casefile import keys_of

SEE_OTHER, CONFLICT, GONE = 303, 409, 410
# Which draft the writer has before him (asked), which one there is now (answered).
HEADER = DRAFT_HEADER

Answer = str | Response


def add_rules(pages: Blueprint) -> None:
    """The addresses under `/drafts`."""
    work = doors.permits(Permission.CASES_WORK, keys=True)
    for rule, view in (
        ("/drafts/<form>", keep_draft),
        ("/drafts/<form>/discard", discard_draft),
    ):
        pages.add_url_rule(rule, view.__name__, work(view), methods=["POST"])
    pages.add_url_rule(
        "/drafts/<form>/choose", "choose_draft", work(choose_draft), methods=["GET", "POST"]
    )
    pages.add_app_template_global(_beside, "drafts_beside")


def _beside(form: str) -> int:
    return drafts.beside(doors.db(), keys_of(doors.actor()).person_id, form)


def as_sent(draft: drafts.Draft) -> MultiDict[str, str]:
    """The fields of a draft as a browser would send them."""
    return MultiDict([(name, text) for name, texts in draft.fields.items() for text in texts])


def before(form: str, offered: drafts.Draft | None = None) -> str:
    """What a page says of the draft that its writer has before him.

    Args:
        form: the form's name.
        offered: the draft that waits beside the form; its writer does not have it before him.
    """
    if offered is not None:
        return drafts.NONE
    person = keys_of(doors.actor()).person_id
    return str(drafts.id_of(doors.db(), person, form) or drafts.NONE)


def keep_draft(form: str) -> Response:
    """Keep what is being typed; called by the page's own script."""
    session, vault, now = doors.db(), doors.house().vault, doors.now()
    person = keys_of(doors.actor()).person_id
    try:
        drafts.keep(
            session, vault, person, form, request.form, now, before=request.headers.get(HEADER)
        )
    except drafts.UnknownForm:
        abort(404)
    except drafts.DraftMovedOn as moved:
        return _elsewhere(form, moved.present)
    present = drafts.id_of(session, person, form)
    doors.commit()
    return _said(formats.clock_time(now), present)


def _elsewhere(form: str, present: UUID | None) -> Response:
    draft = drafts.draft_of(doors.db(), doors.house().vault, keys_of(doors.actor()), form)
    doors.rollback()
    if draft is None:
        return _said("", present, GONE)
    return _said(formats.moment(draft.saved_at), present, CONFLICT)


def _said(text: str, present: UUID | None, status: int = 200) -> Response:
    headers = {HEADER: str(present or drafts.NONE)}
    return Response(text, status, headers, mimetype="text/plain")


def choose_draft(form: str) -> Answer:
    """Every draft of a form beside one another, and with which of them its writer goes on."""
    session, vault, actor = doors.db(), doors.house().vault, doors.actor()
    if request.method == "POST":
        try:
            chosen = UUID(request.form.get("draft", ""))
        except ValueError:
            abort(404)
        if not drafts.choose(session, keys_of(actor).person_id, form, chosen):
            abort(404)
        doors.commit()
        page = drafts.page_of(form)
        return redirect(f"{page}{'&' if '?' in page else '?'}concept=1", SEE_OTHER)
    found = drafts.to_choose(session, vault, keys_of(actor), form)
    if not found:
        abort(404)
    page = render_template(
        "intake/choose_draft.html", form=form, page=drafts.page_of(form), drafts=found,
        texts_of=_texts,
    )  # fmt: skip
    doors.commit()
    return page


def _texts(draft: drafts.Draft) -> list[str]:
    told = drafts.TEXT_FIELDS | drafts.GROUNDS | {"text", "reason"}
    return [text for name, texts in draft.fields.items() if name in told for text in texts]


def discard_draft(form: str) -> Response:
    """Throw a draft away."""
    session, vault = doors.db(), doors.house().vault
    if not drafts.drop(session, vault, keys_of(doors.actor()).person_id, form, doors.now()):
        abort(404)
    doors.commit()
    doors.flash(_("Het concept is weggegooid."))
    person = keys_of(doors.actor()).person_id
    several = drafts.beside(session, person, drafts.named(form))
    page = drafts.page_to_choose(form) if several else drafts.page_of(form)
    return redirect(page, SEE_OTHER)
