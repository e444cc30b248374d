"""The pages of governments in the tour: the list, one government, its contacts and notes."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import doors
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.permissions import Permission
from weerbaar.config.clock import local
from weerbaar.governments import registry
from weerbaar.tour import (
    absences,
    activities,
    activity_pages,
    agenda_pages,
    contacts,
    correction_pages,
    enquiry_pages,
    import_pages,
    notes,
    paper_pages,
    places,
    progress_pages,
    step_pages,
    steps,
    trainer_pages,
    wording,
)
from weerbaar.tour.activities import Activity
from weerbaar.tour.errors import NoSuchContact, NoSuchGovernment, NoSuchNote, NotAdmitted
from weerbaar.tour.forms import ContactForm, SearchForm, TourNoteForm
from weerbaar.tour.places import Place
from weerbaar.tour.stages import Stage, Standing, State, may_begin, may_repeat
from weerbaar.tour.tabs import tabs
from weerbaar.tour.trainers import FEWEST_ANSWERS

SEE_OTHER, INVALID, UNAVAILABLE = 303, 422, 503
PER_PAGE = 60
PROVINCES_ONLY = "provinces"


@dataclass(frozen=True)
class Line:
    """One government in the list."""

    place: Place
    standing: Standing


def blueprint() -> Blueprint:
    """The pages under `/tour`."""
    pages = Blueprint("tour", __name__)
    see = doors.permits(Permission.TOUR_SEE)
    sealed = doors.permits(Permission.TOUR_SEE, keys=True)
    for rule, name, guard, view, method in (
        ("/tour/governments", "governments", see, governments, "GET"),
        ("/tour/governments", "search", see, search, "POST"),
        ("/tour/governments/<code>", "government", sealed, government, "GET"),
        ("/tour/governments/<code>/notes", "write_note", sealed, write_note, "POST"),
        ("/tour/notes/<uuid:note_id>/destroy", "destroy_note", sealed, destroy_note, "POST"),
        ("/tour/governments/<code>/contacts", "contacts", see, edit_contacts, "GET"),
        ("/tour/governments/<code>/contacts", "put_contact", see, put_contact, "POST"),
        ("/tour/contacts/<uuid:contact_id>/remove", "remove_contact", see, remove_contact, "POST"),
    ):
        pages.add_url_rule(rule, name, guard(view), methods=[method])
    for more in (
        progress_pages, activity_pages, step_pages, enquiry_pages, agenda_pages, import_pages,
        trainer_pages, paper_pages, correction_pages,
    ):  # fmt: skip
        more.add_to(pages)
    for name, word in (
        ("tour_tabs", tabs),
        ("stage_name", wording.stage_name),
        ("activity_name", wording.activity_name),
        ("tour_state", wording.state_name),
        ("tour_tone", wording.tone),
        ("tour_role", wording.role_name),
        ("tour_mark", wording.mark),
        ("step_name", wording.step_name),
        ("enquiry_state", wording.enquiry_state),
        ("left_out", wording.left_out),
        ("month_name", wording.month_name),
        ("bearer_name", wording.bearer_name),
        ("why_not", wording.why_not),
        ("slip_name", wording.slip_name),
    ):
        pages.add_app_template_global(word, name)
    return pages


def place_or_404(code: str) -> Place:
    """The government of an address; one that only has records still is one too."""
    try:
        return places.place(code)
    except NoSuchGovernment:
        gone = places.unlisted(code)
        if activities.codes_with_records(doors.db()).isdisjoint(gone.codes):
            abort(404)
        return gone


def governments() -> ResponseReturnValue:
    """Every government with how far it is, by province and by state."""
    return _list_page(SearchForm(formdata=None))


def search() -> ResponseReturnValue:
    """Governments by a name; the only one that fits is shown at once."""
    form = SearchForm()
    if not form.validate_on_submit():
        return _list_page(form), INVALID
    found = places.find(form.q.data or "")
    if len(found) == 1:
        return redirect(url_for("tour.government", code=found[0].code), SEE_OTHER)
    standings = activities.standings(doors.db())
    return render_template(
        "tour/governments.html",
        form=form,
        lines=[Line(each, standings.get(each.code, Standing())) for each in found],
        found=True,
        total=len(found),
        page=1,
        pages=1,
        **_choices("", ""),
    )


def _list_page(form: SearchForm) -> str:
    province, state = request.args.get("province", ""), request.args.get("state", "")
    standings = activities.standings(doors.db())
    lines = [
        Line(each, standings.get(each.code, Standing()))
        for each in places.every(activities.codes_with_records(doors.db()))
    ]
    lines = [line for line in lines if _fits(line.place, province) and _is(line.standing, state)]
    pages = max(1, -(-len(lines) // PER_PAGE))
    asked = request.args.get("page", "1")
    page = min(max(1, int(asked)), pages) if asked.isascii() and asked.isdigit() else 1
    return render_template(
        "tour/governments.html",
        form=form,
        lines=lines[(page - 1) * PER_PAGE : page * PER_PAGE],
        found=False,
        total=len(lines),
        page=page,
        pages=pages,
        **_choices(province, state),
    )


def _choices(province: str, state: str) -> dict[str, object]:
    def address(number: int) -> str:
        return url_for(
            "tour.governments", page=number, province=province or None, state=state or None
        )

    return {
        "province": province,
        "state": state,
        "provinces": [
            ("", _("alle")),
            (PROVINCES_ONLY, _("alleen de provincies zelf")),
            *((each.code, each.name) for each in registry.provinces()),
        ],
        "states": [("", _("alle")), *narrowings()],
        "address": address,
        "credit": registry.credit(),
    }


def narrowings() -> list[tuple[str, str]]:
    """By what the list can be narrowed: code and word."""
    return [
        ("visited", _("bezocht")),
        ("not_visited", _("nog niet bezocht")),
        ("not_approached", _("nog niet benaderd")),
        ("underway", _("wel benaderd, nog niet bezocht")),
        ("session", _("sessie gehouden")),
        ("training", _("training gehouden")),
        ("declined", _("afgezien")),
    ]


def _fits(place: Place, province: str) -> bool:
    if province == PROVINCES_ONLY:
        return place.is_province
    return not province or place.province_code == province


def _is(standing: Standing, state: str) -> bool:
    begun = standing != Standing()
    return {
        "visited": standing.visited,
        "not_visited": not standing.visited,
        "not_approached": not begun,
        "underway": begun and not standing.visited,
        "session": standing.session is State.HELD,
        "training": standing.training is State.HELD,
        "declined": standing.declined,
    }.get(state, True)


@dataclass(frozen=True)
class StageCard:
    """One stage of a government: its activities, and whether a new one may begin."""

    stage: Stage
    activities: list[Activity]
    may_begin: bool
    too_early: bool


def _cards(present: list[Activity]) -> list[StageCard]:
    standing = activities.standing_of(present)
    cards = []
    for stage in Stage:
        own = [each for each in present if each.stage is stage]
        early = not may_begin(stage, standing)
        free = may_repeat(stage, (each.state for each in own))
        cards.append(StageCard(stage, own, free and not early, early))
    return cards


def government(code: str) -> ResponseReturnValue:
    """One government: whom we speak, how far it is, what we noted."""
    place = place_or_404(code)
    if place.code != code:
        return redirect(url_for("tour.government", code=place.code), SEE_OTHER)
    return _government_page(place, TourNoteForm(formdata=None))


def _government_page(place: Place, form: TourNoteForm) -> str:
    session, vault, actor, now = doors.db(), doors.house().vault, doors.actor(), doors.now()
    present = activities.of_codes(session, place.codes)
    admitted, noted = True, []
    try:
        noted = notes.of_place(session, vault, actor, place, now)
    except NotAdmitted:
        admitted = False
    moves = activities.moves_of(session, [each.id for each in present])
    step = steps.of_place(session, place)
    shown = render_template(
        "tour/government.html",
        place=place,
        cards=_cards(present),
        moves=moves,
        standing=activities.standing_of(present),
        contacts=contacts.of_place(session, vault, place),
        notes=noted,
        admitted=admitted,
        form=form,
        me=actor.person_id,
        step=step,
        today=local(now).date(),
        hindered={each.activity.id for each in absences.hindrances(session)} & set(moves),
        names=wording.names_of(
            [
                *(each.author_id for each in noted),
                *(each.officer_id for each in present),
                None if step is None else step.officer_id,
            ]
        ),
        fewest_answers=FEWEST_ANSWERS,
    )
    doors.commit()
    return shown


def write_note(code: str) -> ResponseReturnValue:
    """Write a note about a government."""
    place, form = place_or_404(code), TourNoteForm()
    if not form.validate_on_submit():
        return _government_page(place, form), INVALID
    try:
        notes.write(
            doors.db(), doors.house().vault, doors.actor(), place.code, form.text.data or "",
            doors.now(),
        )  # fmt: skip
    except NotAdmitted:
        doors.not_yours("tour.note", "government", place.code)
    except NoSuchGovernment:
        doors.rollback()
        form.text.errors = [listed_no_more()]
        return _government_page(place, form), INVALID
    except KeyStoreGone:
        doors.rollback()
        form.text.errors = [_("De notitie kon niet worden verzegeld en is niet bewaard.")]
        return _government_page(place, form), UNAVAILABLE
    doors.commit()
    doors.flash(_("De notitie is bewaard."))
    return redirect(url_for("tour.government", code=place.code), SEE_OTHER)


def listed_no_more() -> str:
    """What stands under a code of no list is only read."""
    return _("Deze gemeente of provincie staat niet meer op de lijst. Er kan niets meer bij.")


def destroy_note(note_id: UUID) -> ResponseReturnValue:
    """Destroy a note of one's own."""
    try:
        code = notes.destroy(doors.db(), doors.house().vault, doors.actor(), note_id, doors.now())
    except NoSuchNote:
        doors.not_yours("tour.note_off", "tour_note", note_id)
    doors.commit()
    doors.flash(_("De notitie is vernietigd."))
    return redirect(url_for("tour.government", code=code), SEE_OTHER)


def edit_contacts(code: str) -> ResponseReturnValue:
    """Whom we speak there."""
    return _contacts_page(place_or_404(code), None)


def put_contact(code: str) -> ResponseReturnValue:
    """Write down who somebody is."""
    place, form = place_or_404(code), ContactForm()
    form.offer((role, wording.role_name(role)) for role in contacts.roles_for(place))
    if not form.validate_on_submit():
        return _contacts_page(place, form), INVALID
    try:
        contacts.put(
            doors.db(), doors.house().vault, doors.actor(), place.code, form.contact, doors.now()
        )
    except NoSuchGovernment:
        doors.rollback()
        form.name.errors = [listed_no_more()]
        return _contacts_page(place, form), INVALID
    doors.commit()
    doors.flash(_("De contactpersoon is bewaard."))
    return redirect(url_for("tour.government", code=place.code), SEE_OTHER)


def remove_contact(contact_id: UUID) -> ResponseReturnValue:
    """Take a contact person off."""
    try:
        code = contacts.remove(doors.db(), doors.actor(), contact_id, doors.now())
    except NoSuchContact:
        doors.not_yours("tour.contact_off", "tour_contact", contact_id)
    doors.commit()
    doors.flash(_("De contactpersoon is weggehaald."))
    return redirect(url_for("tour.contacts", code=code), SEE_OTHER)


def _contacts_page(place: Place, form: ContactForm | None) -> str:
    present = contacts.of_place(doors.db(), doors.house().vault, place)
    if form is None:
        form = ContactForm(formdata=None)
        form.offer((role, wording.role_name(role)) for role in contacts.roles_for(place))
        taken = {each.role for each in present}
        form.role.data = next(
            (role.value for role in contacts.roles_for(place) if role not in taken), None
        )
    return render_template("tour/contacts.html", place=place, contacts=present, form=form)
