"""The page `/trail`: who of the staff did what to which id; ids and fixed words alone."""

import re
from datetime import date

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from weerbaar.accounts import doors, trail_filters, trail_start
from weerbaar.accounts.models import TrailRow
from weerbaar.accounts.signin_pages import SEE_OTHER, UNPROCESSABLE
from weerbaar.accounts.trail_filters import Filter, TrailFilterForm

PER_PAGE = 50
LONGEST_PAGE_NUMBER = 9

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def words() -> dict[str, str]:
    """What an action or an object is called; a code without a word is shown as it is."""
    return {
        "sign-in": _("Aangemeld"),
        "sign-in.passkey": _("Aangemeld met passkey"),
        "sign-out": _("Uitgelogd"),
        "unlock": _("Ontgrendeld"),
        "unlock.passkey": _("Ontgrendeld met passkey"),
        "sessions.end": _("Eigen sessie beëindigd"),
        "sessions.panic": _("Alles gesloten"),
        "recover": _("Aangemeld met herstelcode"),
        "password.change": _("Wachtwoord gewijzigd"),
        "password.check": _("Wachtwoord gevraagd"),
        "passkey.add": _("Passkey toegevoegd"),
        "passkey.remove": _("Passkey verwijderd"),
        "passkey.check": _("Passkey gevraagd"),
        "passkey.copied": _("Passkey misschien nagemaakt"),
        "recovery.make": _("Herstelcode gemaakt"),
        "page.open": _("Pagina geopend"),
        "person.add": _("Persoon toegevoegd"),
        "person.invite": _("Uitnodiging gemaakt"),
        "person.activate": _("Account in gebruik genomen"),
        "person.name": _("Naam gewijzigd"),
        "person.roles": _("Rollen gewijzigd"),
        "person.phone": _("Telefoonnummer gewijzigd"),
        "person.leave": _("Account gesloten"),
        "invitation.accept": _("Uitnodiging gebruikt"),
        "group.found": _("Sleutelgroep opgericht"),
        "group.admit": _("Toegelaten tot sleutelgroep"),
        "group.renew": _("Sleutelgroep vernieuwd na een reservekopie"),
        "group.remove": _("Uit sleutelgroep gehaald"),
        "quorum.choose": _("Houders van sleuteldelen gekozen"),
        "quorum.cover": _("Sleutel verdeeld over de houders"),
        "quorum.ask-own": _("Eigen sleutel teruggevraagd"),
        "quorum.ask-successor": _("Sleutel gevraagd voor een opvolger"),
        "quorum.ask-drill": _("Oefening met sleuteldelen begonnen"),
        "quorum.approve": _("Sleuteldeel gegeven"),
        "quorum.refuse": _("Sleuteldeel geweigerd"),
        "quorum.withdraw": _("Verzoek om een sleutel ingetrokken"),
        "quorum.expire": _("Verzoek om een sleutel verlopen"),
        "quorum.restore": _("Sleutel teruggehaald"),
        "quorum.give-up": _("Vroegere sleutel opgegeven"),
        "quorum.drill": _("Oefening met sleuteldelen gelukt"),
        "quorum.succeed": _("Casussen van een vertrokken collega ontvangen"),
        "quorum.take": _("Sleutel van een ander gevraagd"),
        "quorum.words": _("Vier woorden van een verzoek gevraagd"),
        "group.rotate": _("Sleutel van een groep vernieuwd"),
        "row.foreign": _("Lezer of lid gevonden dat niet van ons is"),
        "keys.check": _("Sleutels gecontroleerd"),
        "totp.change": _("App voor codes vervangen"),
        "totp.offer": _("Link gemaakt voor een nieuwe app voor codes"),
        "totp.replace": _("App voor codes vervangen met een link"),
        "key.renew": _("Nieuwe sleutel gemaakt"),
        "key.moved": _("Alles naar de nieuwe sleutel verplaatst"),
        "person.start-over": _("Nieuwe start voor een account gemaakt"),
        "person.started-over": _("Nieuwe start van een account gebruikt"),
        "quorum": _("keuze van houders"),
        "quorum-request": _("verzoek om een sleutel"),
        "record.rekey": _("Sleutel van gegevens vernieuwd"),
        "record.destroy": _("Gegevens vernietigd"),
        "installation.found": _("Systeem ingericht"),
        "person.forget": _("Naam van een vertrokken persoon vernietigd"),
        "case.hold": _("Casus vastgehouden"),
        "case.release": _("Casus losgelaten"),
        "case.who.destroy": _("Wie het was, vernietigd"),
        "case.notes.destroy": _("Notities en contact vernietigd"),
        "case.what.destroy": _("Casus vernietigd"),
        "retention.period": _("Bewaartermijn gewijzigd"),
        "purge.list": _("Lijst gemaakt van wat weg moet"),
        "purge.confirm": _("Grote opruiming bevestigd"),
        "purge.run": _("Opgeruimd wat weg moest"),
        "person.report": _("Lijst van wie kwam en ging opgeslagen"),
        "review.begin": _("Controle van rechten begonnen"),
        "review.judge": _("Rechten van iemand beoordeeld"),
        "review.sign-first": _("Controle van rechten als eerste ondertekend"),
        "review.sign": _("Controle van rechten ondertekend"),
        "review": _("controle van rechten"),
        "fits": _("klopt"),
        "not_any_more": _("past niet meer"),
        "everybody": _("iedereen"),
        "privileged": _("wie meer mag dan anderen"),
        "whole": _("helemaal"),
        "part": _("een deel"),
        "trail.shorten": _("Oudste regels van het spoor weggehaald"),
        "trail.export": _("Spoor als bestand opgeslagen"),
        "trail": _("het spoor"),
        "installation.restore": _("Reservekopie teruggezet"),
        "category": _("soort gegevens"),
        "purge_run": _("opruiming"),
        "figures.count": _("Cijfers van een kwartaal geteld"),
        "figures.publish": _("Cijfers van een kwartaal gepubliceerd"),
        "figures.export": _("Cijfers als bestand opgeslagen"),
        "quarter": _("kwartaal"),
        "case.create": _("Casus vastgelegd"),
        "case.open": _("Casus geopend"),
        "case.read": _("Casus gelezen"),
        "case.who": _("Bekeken wie het is"),
        "private_note.remove": _("Eigen privénotitie vernietigd"),
        "consent.give": _("Toestemming vastgelegd"),
        "consent.limit": _("Toestemming beperkt"),
        "consent.withdraw": _("Toestemming ingetrokken"),
        "follow_up.plan": _("Vervolgafspraak gemaakt"),
        "follow_up.finish": _("Vervolgafspraak gedaan"),
        "report.add": _("Melding of aangifte vastgelegd"),
        "report.remove": _("Melding of aangifte verwijderd"),
        "referral.make": _("Doorverwijzing vastgelegd"),
        "referral.introduce": _("Beller voorgesteld bij een ander"),
        "referral.take_over": _("Hulp overgenomen door een ander"),
        "disclosure.decide": _("Besloten de geheimhouding te doorbreken"),
        "disclosure.ask": _("Gevraagd om mee te kijken"),
        "disclosure.read": _("Meegekeken bij doorbreken van geheimhouding"),
        "disclosure.agree": _("Meegekeken en eens met doorbreken"),
        "disclosure.disagree": _("Meegekeken en oneens met doorbreken"),
        "case.link": _("Verband gelegd met een andere casus"),
        "case.unlink": _("Verband met een andere casus weggehaald"),
        "case.edit": _("Casus gewijzigd"),
        "case.close": _("Casus gesloten"),
        "case.reopen": _("Casus heropend"),
        "case.search": _("Gezocht in casussen"),
        "case.listed": _("Casus getoond in overzicht"),
        "case.seal": _("Deel van een casus verzegeld"),
        "case.reseal": _("Deel van een casus opnieuw verzegeld"),
        "case.share-what": _("Casus gedeeld: wat er is gebeurd"),
        "case.share-who": _("Casus gedeeld: wie het is"),
        "case.share-with": _("Casus gedeeld"),
        "case.hand-over": _("Casus overgedragen"),
        "case.share-until": _("Einde van het delen gewijzigd"),
        "case.revoke": _("Toegang tot casus ingetrokken"),
        "case.revoke-who": _("Toegang ingetrokken tot wie het is"),
        "case.revoke-from": _("Toegang tot casus ingetrokken"),
        "case.right-over": _("Toegang tot casus verlopen"),
        "case.request-refuse": _("Verzoek om toegang afgewezen"),
        "case.request-accept": _("Verzoek om toegang ingewilligd"),
        "request.ask": _("Toegang tot een casus gevraagd"),
        "request.withdraw": _("Verzoek om toegang ingetrokken"),
        "request.open": _("Verzoek om toegang geopend"),
        "case_request": _("verzoek om toegang"),
        "breach.report": _("Datalek gemeld"),
        "breach.read": _("Datalek gelezen"),
        "breach.edit": _("Datalek bijgewerkt"),
        "breach.close": _("Datalek afgesloten"),
        "breach.reseal": _("Datalek opnieuw verzegeld"),
        "breach.share-with": _("Datalek gedeeld"),
        "breach.revoke-from": _("Toegang tot datalek ingetrokken"),
        "breach.open": _("Datalek geopend"),
        "breach": _("datalek"),
        "rights.receive": _("Privacyverzoek vastgelegd"),
        "rights.read": _("Privacyverzoek gelezen"),
        "rights.extend": _("Termijn van een privacyverzoek verlengd"),
        "rights.leave-out": _("Iets weggelaten uit een overzicht voor de melder"),
        "rights.answer": _("Privacyverzoek beantwoord"),
        "rights.hand-on": _("Privacyverzoek aan een collega gegeven"),
        "rights.open": _("Privacyverzoek geopend"),
        "rights_request": _("privacyverzoek"),
        "case.rectify": _("Verzoek om verbetering genoteerd"),
        "case.access-document": _("Overzicht voor de melder gemaakt"),
        "case.export": _("Uitvoer voor een aangifte gemaakt"),
        "case.call_back": _("Terugbellen vanuit een casus"),
        "case.words": _("Codewoord en noodwoord getoond"),
        "case.word_check": _("Woord van een beller gecontroleerd"),
        "case.word_search": _("Casus gezocht met een codewoord"),
        "caseload.read": _("Overzicht van casussen gelezen"),
        "item.claim": _("Taak opgepakt"),
        "item.number": _("Nummer van een taak gelezen"),
        "item.unblock": _("Nummer weer doorverbonden"),
        "item.close": _("Taak afgerond"),
        "attachment.add": _("Bijlage toegevoegd"),
        "attachment.read": _("Bijlage bekeken"),
        "attachment.download": _("Origineel van een bijlage opgeslagen"),
        "attachment.share": _("Bijlage gedeeld"),
        "attachment.destroy": _("Bijlage vernietigd"),
        "message.listen": _("Bericht beluisterd"),
        "case.share-spoken": _("Ingesproken bericht gedeeld"),
        "message.keep": _("Bericht bij een casus bewaard"),
        "item.assign": _("Taak toegewezen"),
        "item.pass_on": _("Taak doorgegeven"),
        "call_back.begin": _("Terugbellen begonnen"),
        "call_back.see": _("Terugbellen bekeken"),
        "call_back.outside": _("Buiten de afspraak teruggebeld"),
        "call_back.word": _("Woord van een beller gecontroleerd bij terugbellen"),
        "call_back.outcome": _("Uitkomst van terugbellen vastgelegd"),
        "duty.confirm": _("Gezegd er te zijn voor een dienst"),
        "tier.depth": _("Aantal mensen voor een lijn gewijzigd"),
        "tier.manner": _("Manier van overgaan van een lijn gewijzigd"),
        "alarm.raise": _("Alarm gegeven"),
        "alarm.confirm": _("Alarm bevestigd"),
        "test_call.begin": _("Proefoproep begonnen"),
        "test_call.confirm": _("Telefoon getest"),
        "shift.add": _("Dienst toegevoegd"),
        "shift.replace": _("Dienst overgenomen"),
        "shift.remove": _("Dienst verwijderd"),
        "feed.make": _("Agenda-adres gemaakt"),
        "feed.revoke": _("Agenda-adres ingetrokken"),
        "shift.take_over": _("Dienst of deel daarvan overgenomen"),
        "shift.swap": _("Dienst geruild"),
        "shift.undo": _("Ruil van diensten teruggedraaid"),
        "shift.sick_call": _("Dienst overgedragen: kon niet verder"),
        "duty.nobody": _("Kon geen dienst doen, zonder vervanger"),
        "swap.ask": _("Gevraagd om te ruilen"),
        "swap.accept": _("Verzoek om te ruilen aangenomen"),
        "swap.settle": _("Verzoek om te ruilen voor anderen geregeld"),
        "swap.decline": _("Verzoek om te ruilen afgewezen"),
        "swap.withdraw": _("Verzoek om te ruilen ingetrokken"),
        "swap.undo": _("Ruil teruggedraaid"),
        "absence.add": _("Afwezigheid opgegeven"),
        "absence.cancel": _("Afwezigheid ingetrokken"),
        "handover.write": _("Overdracht geschreven"),
        "handover.read": _("Overdracht getoond"),
        "handover.acknowledge": _("Overdracht gelezen"),
        "swap": _("verzoek om te ruilen"),
        "absence": _("afwezigheid"),
        "duty": _("lopende dienst"),
        "handover": _("overdracht"),
        "shift.plan": _("Dienst gemaakt door een ronde"),
        "shift.unplan": _("Dienst vervallen door een ronde"),
        "rotation.begin": _("Ronde gemaakt"),
        "rotation.alter": _("Ronde gewijzigd"),
        "rotation.join": _("Iemand bij een ronde gezet"),
        "rotation.leave": _("Iemand uit een ronde gehaald"),
        "rotation.stop": _("Ronde gestopt"),
        "tour.contact": _("Contactpersoon van de tour gewijzigd"),
        "tour.contact_off": _("Contactpersoon van de tour weggehaald"),
        "tour.note": _("Notitie van de tour geschreven"),
        "tour.note_off": _("Notitie van de tour vernietigd"),
        "tour.read": _("Gelezen in de tour"),
        "tour.write": _("Gesprek, sessie of training beschreven"),
        "tour.move": _("Fase van de tour bijgewerkt"),
        "tour.correct": _("Gehouden fase van de tour rechtgezet"),
        "not_held": _("was niet gehouden"),
        "wrong_government": _("was bij een andere gemeente of provincie"),
        "wrong_day": _("was op een andere dag"),
        "incomplete": _("er ontbrak iets"),
        "tour.trainer": _("Trainer gewijzigd"),
        "tour.trainer_end": _("Trainer werkt niet meer voor de tour"),
        "tour.away": _("Dagen opgegeven waarop een trainer niet kan"),
        "tour.away_off": _("Dagen waarop een trainer niet kan, weggehaald"),
        "tour.trainer_on": _("Trainer gekozen voor een sessie of training"),
        "tour.trainer_off": _("Trainer van een sessie of training gehaald"),
        "tour_trainer": _("trainer"),
        "tour.import": _("Fase van de tour overgenomen uit een bestand"),
        "tour.step": _("Volgende stap van de tour gekozen"),
        "tour.step_done": _("Stap van de tour gedaan"),
        "tour.enquiry": _("Vraag over de tour opgeschreven"),
        "tour.assign": _("Vraag over de tour toegewezen"),
        "tour.answer": _("Vraag over de tour beantwoord"),
        "tour.turn": _("Van een vraag een gesprek gemaakt"),
        "tour_step": _("stap van de tour"),
        "tour_enquiry": _("vraag over de tour"),
        "tour_contact": _("contactpersoon van de tour"),
        "tour_note": _("notitie van de tour"),
        "tour_activity": _("fase van de tour"),
        "government": _("gemeente of provincie"),
        "passkey": _("passkey"),
        "person": _("persoon"),
        "case": _("casus"),
        "caseload": _("overzicht van casussen"),
        "envelope": _("verzegelde gegevens"),
        "disclosure": _("doorbreken van geheimhouding"),
        "attachment": _("bijlage"),
        "group": _("sleutelgroep"),
        "confidants": _("vertrouwenspersonen"),
        "tour": _("tour"),
        "figures": _("cijfers"),
        "page": _("pagina"),
        "shift": _("dienst"),
        "feed": _("agenda-adres"),
        "own": _("eigen diensten"),
        "team": _("alle diensten, zonder namen"),
        "rotation": _("ronde"),
        "work_item": _("taak"),
        "call_back": _("terugbelverzoek"),
        "installation": _("systeem"),
        "done": _("gedaan"),
        "refused": _("geweigerd"),
    }


def trail() -> ResponseReturnValue:
    """The newest rows first, fifty a page."""
    known = words()
    asked = trail_filters.form_for(doors.db(), known, formdata=request.args, meta={"csrf": False})
    good = asked.validate()
    wanted = asked.asked()
    form = shown_form(known, wanted)
    for name, errors in asked.errors.items():
        form[str(name)].errors = list(errors)
    page = _page(form, wanted, known)
    return page if good else (page, UNPROCESSABLE)


def ask_trail() -> ResponseReturnValue:
    """Go on to the rows that are asked for; nothing that was typed stands in the address."""
    known = words()
    form = trail_filters.form_for(doors.db(), known)
    if not form.came_in_order():
        return _page(form, form.asked(), known), UNPROCESSABLE
    return redirect(url_for("accounts.trail", **form.asked().address()), SEE_OTHER)


def shown_form(known: dict[str, str], wanted: Filter) -> TrailFilterForm:
    """The form as it was answered, to be answered again."""
    data = {
        "first": f"{wanted.first:%d-%m-%Y}" if wanted.first else "",
        "last": f"{wanted.last:%d-%m-%Y}" if wanted.last else "",
        "who": wanted.who, "kind": wanted.kind, "action": wanted.action,
        "object_id": wanted.object_id,
    }  # fmt: skip
    return trail_filters.form_for(doors.db(), known, formdata=None, data=data)


def _page(form: TrailFilterForm, wanted: Filter, known: dict[str, str]) -> str:
    total = trail_filters.counted(doors.db(), wanted)
    pages = max(1, -(-total // PER_PAGE))
    page = min(_page_number(), pages)
    rows = doors.db().scalars(
        select(TrailRow)
        .where(*wanted.conditions())
        .order_by(TrailRow.number.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    listed = list(rows)

    def address(number: int) -> str:
        return url_for("accounts.trail", page=number, **wanted.address())

    def only(**more: str) -> str:
        return url_for("accounts.trail", **{**wanted.address(), **more})

    return render_template(
        "accounts/trail.html",
        form=form, rows=listed, words=known, changed=_changed(listed), page=page, pages=pages,
        total=total, address=address, only=only, filtered=bool(wanted.address()),
        open_filter=bool(wanted.address() or form.errors), is_id=_is_id,
        export=url_for("accounts.trail_export", **wanted.address()), start=_start(),
    )  # fmt: skip


def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def _start() -> date | None:
    """From before which day rows went because their period was over."""
    start = trail_start.read(doors.db())
    return None if start is None or start.before is None else start.before.date()


def _changed(rows: list[TrailRow]) -> dict[int, tuple[str, str]]:
    """By a row's number: what its object was and what it became, where a room can tell."""
    tell = current_app.extensions.get("weerbaar.changes")
    return {} if tell is None else tell(rows)


def _page_number() -> int:
    asked = request.args.get("page", "1")
    valid = asked.isascii() and asked.isdigit() and len(asked) < LONGEST_PAGE_NUMBER
    return max(1, int(asked)) if valid else 1
