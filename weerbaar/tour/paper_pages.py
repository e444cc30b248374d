"""What the tour puts on paper: invitations, the card and the poster of the hotline, a report."""

import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup
from wtforms.validators import InputRequired

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission
from weerbaar.config.clock import local
from weerbaar.face import formats, paper
from weerbaar.face.forms import Form
from weerbaar.governments import outlines, registry
from weerbaar.tour import activities, drawing, paper_texts, places, progress, wording
from weerbaar.tour.activities import Step
from weerbaar.tour.errors import MoveNotAllowed
from weerbaar.tour.forms import SelectChoice, _Boxes, _l
from weerbaar.tour.places import Place
from weerbaar.tour.progress import Level
from weerbaar.tour.progress_pages import goal
from weerbaar.tour.stages import Stage, Standing, State

SEE_OTHER, INVALID = 303, 422
_PAPERS = ("card", "poster", "report")
# On paper every map is light.
_COLOURS = {
    Level.NONE: "#e4e0d7",
    Level.DECLINED: "#b9b2a5",
    Level.UNDERWAY: "#f0c765",
    Level.CONVERSATION: "#8cc4c9",
    Level.SESSION: "#2f8390",
    Level.TRAINING: "#0a3f48",
}
_CSS = """
body { margin: 0 }
.letter { padding-top: 2cm }
.letter + .letter { break-before: page }
.letter .address { margin-bottom: 1.2cm }
.letter p { margin-bottom: .45cm }
.card {
  display: inline-block; width: 7.2cm; height: 10.6cm; padding: .4cm; border: .5pt dashed #777;
  margin: 0 .1cm .2cm 0; vertical-align: top
}
.card h2 { margin-top: 0 }
.number { font-size: 18pt; font-weight: 700; margin: .1cm 0 }
.poster { text-align: center; padding-top: 1cm }
.poster h1 { font-size: 34pt }
.poster p { font-size: 16pt; margin: .5cm 1cm }
.poster .number { font-size: 46pt }
.strong { font-weight: 700 }
table { border-collapse: collapse; width: 100%; margin-bottom: .5cm }
th, td { text-align: left; padding: .12cm .2cm; border-bottom: .5pt solid #aaa }
.count { text-align: right }
.map { width: 11cm; height: 13.4cm; margin: .4cm 0 }
.legend { list-style: none; padding: 0; margin: 0 }
.legend li { display: inline-block; margin-right: .6cm }
.box { display: inline-block; width: .35cm; height: .35cm; border: .5pt solid #777 }
.provinces { break-before: page }
"""
# What is handed out or sent has no page numbers: each sheet is one by itself.
_SHEETS = "@page { @bottom-center { content: none } }"


class InviteForm(Form):
    """Who is invited."""

    codes = _Boxes(
        _l("Wie wilt u uitnodigen?"), validators=[InputRequired(_l("Kies wie u uitnodigt."))]
    )


def add_to(pages: Blueprint) -> None:
    """Give the blueprint of the tour the pages of this file."""
    see = doors.permits(Permission.TOUR_SEE)
    for rule, name, view, method in (
        ("/tour/papers", "papers", papers, "GET"),
        ("/tour/papers/<kind>.pdf", "paper", one_paper, "GET"),
        ("/tour/invitations", "invitations", invitations, "GET"),
        ("/tour/invitations", "invite", invite, "POST"),
    ):
        pages.add_url_rule(rule, name, see(view), methods=[method])


def papers() -> ResponseReturnValue:
    """What there is to print."""
    return render_template("tour/papers.html", can_pdf=paper.available())


def one_paper(kind: str) -> ResponseReturnValue:
    """The card, the poster, or the report."""
    if kind not in _PAPERS:
        abort(404)
    more = _report() if kind == "report" else {}
    css = _CSS if kind == "report" else _CSS + _SHEETS
    return _pdf(f"tour/paper_{kind}.html", f"tour-{kind}.pdf", css, **more)


def _pdf(template: str, name: str, css: str, **more: object) -> ResponseReturnValue:
    number = formats.telephone(doors.house().settings.hotline_number)
    with force_locale("nl"):
        html = render_template(template, texts=paper_texts, number=number, **more)
    try:
        made = paper.pdf(html, Path(current_app.static_folder or ""), css)
    except paper.NoPdfHere:
        doors.flash(_("Een pdf maken kan hier niet."), "warning")
        return redirect(url_for("tour.papers"), SEE_OTHER)
    response = Response(made, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _report() -> dict[str, object]:
    found = progress.progress(doors.db())
    picture = drawing.country(found, provinces=False, address=str, words=wording.level_name)
    return {
        "found": found,
        "goal": goal(),
        "today": local(doors.now()).date(),
        "picture": _for_paper(picture),
        "not_drawn": drawing.not_drawn(),
        "legend": [
            (wording.level_name(code), number, _COLOURS[code])
            for code, number in drawing.legend(found.levels)
        ],
        "sessions": found.held(Stage.SESSION),
        "trainings": found.held(Stage.TRAINING),
        "credits": (registry.credit(), outlines.CREDIT),
    }


def _for_paper(drawn: Markup) -> Markup:
    """A map without links, its colours in itself: paper has no style sheet of the house."""
    # A plain text: what is put into markup is escaped.
    picture = "".join(drawn)
    for level, colour in _COLOURS.items():
        picture = picture.replace(
            f'class="map__place map__place--{level.value}"',
            f'fill="{colour}" stroke="#ffffff" stroke-width="1"',
        )
    picture = picture.replace(
        'class="map__borders"', 'fill="none" stroke="#6d777c" stroke-width="2"'
    )
    picture = re.sub(r"<a [^>]*>|</a>|<title>.*?</title>", "", picture)
    return Markup(picture)  # noqa: S704 - it was markup before, without a text of anybody


def invitations() -> ResponseReturnValue:
    """Governments of a province that were not approached, to be invited together."""
    return _invite_page(_form(_province(), submitted=False))


def _province() -> str:
    asked = request.args.get("province", "")
    known = {each.code for each in registry.provinces()}
    return asked if asked in known else registry.provinces()[0].code


def _waiting(province: str) -> list[Place]:
    standings = activities.standings(doors.db())
    return [
        each
        for each in places.every()
        if each.province_code == province
        and standings.get(each.code, Standing()).conversation is State.NOT_APPROACHED
    ]


def _form(province: str, *, submitted: bool) -> InviteForm:
    form = InviteForm() if submitted else InviteForm(formdata=None)
    form.codes.choices = [SelectChoice(each.code, each.label) for each in _waiting(province)]
    return form


def _invite_page(form: InviteForm) -> str:
    waiting = [places.place(choice.value) for choice in form.codes.choices]
    return render_template(
        "tour/invitations.html",
        form=form,
        province=_province(),
        provinces=registry.provinces(),
        subject=paper_texts.SUBJECT,
        mail=paper_texts.mail_text(),
        to_province=next((paper_texts.salutation(one) for one in waiting if one.is_province), None),
        can_pdf=paper.available(),
    )


def invite() -> ResponseReturnValue:
    """Letters for those chosen, or writing down that they were invited."""
    form = _form(_province(), submitted=True)
    if not form.validate_on_submit():
        return _invite_page(form), INVALID
    chosen = [places.place(code) for code in form.codes.data]
    if request.form.get("as") != "invited":
        return _letters(chosen, doors.now())
    step = Step(State.INVITED, officer_id=doors.actor().person_id)
    invited = 0
    for each in chosen:
        # Who sends the form twice, or at once with a colleague, has invited them already.
        with suppress(MoveNotAllowed):
            activities.begin(
                doors.db(), doors.actor(), each.code, Stage.CONVERSATION, step, doors.now()
            )
            invited += 1
    doors.commit()
    doors.flash(
        ngettext("%(num)d uitnodiging vastgelegd.", "%(num)d uitnodigingen vastgelegd.", invited)
    )
    return redirect(url_for("tour.invitations", province=_province()), SEE_OTHER)


def _letters(chosen: list[Place], now: datetime) -> ResponseReturnValue:
    return _pdf(
        "tour/paper_letters.html", "uitnodigingen.pdf", _CSS + _SHEETS,
        places=chosen, today=local(now),
    )  # fmt: skip
