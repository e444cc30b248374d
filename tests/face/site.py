"""A small site around the catalogue: every component of the face on one page, and every error."""

import hmac
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask, Response, abort, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.csrf.core import CSRF
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

import weerbaar
from weerbaar import face
from weerbaar.face import errors, forms

ROOT = Path(weerbaar.__file__).parent
NOW = datetime(2026, 3, 14, 2, 12, tzinfo=UTC)


class FixedToken(CSRF):
    """A token that needs no session: enough to see that forms carry and check one."""

    def generate_csrf_token(self, csrf_token_field):
        return "token-of-the-test"

    def validate_csrf_token(self, form, field):
        if not hmac.compare_digest(field.data or "", field.current_token):
            raise ValidationError("Dit formulier stond te lang open. Verstuur het nog eens.")


class CatalogueForm(forms.Form):
    function = SelectField(
        "Functie",
        choices=[
            SelectChoice("", "Maak een keuze"),
            SelectChoice("mayor", "Burgemeester"),
            SelectChoice("alderman", "Wethouder"),
            SelectChoice("councillor", "Raadslid"),
        ],
    )
    place = StringField("Plaats", description="Bijvoorbeeld: thuis, op het gemeentehuis, online.")
    day = DateField("Datum van het voorval")
    urgency = RadioField(
        "Urgentie",
        choices=[
            SelectChoice("acute", "Acuut gevaar"),
            SelectChoice("high", "Hoog"),
            SelectChoice("elevated", "Verhoogd"),
            SelectChoice("low", "Laag"),
        ],
        validators=[InputRequired("Kies hoe dringend dit is.")],
    )
    types = SelectMultipleField(
        "Wat gebeurde er?",
        choices=[
            SelectChoice("intimidation", "Intimidatie"),
            SelectChoice("threat", "Bedreiging"),
            SelectChoice("doxing", "Delen van privégegevens (doxing)"),
        ],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    narrative = TextAreaField(
        "Verhaal",
        description="Schrijf op wat de melder vertelt, in diens eigen woorden.",
        validators=[InputRequired("Vul het verhaal in."), Length(max=200, message="Te lang.")],
    )
    password = PasswordField("Wachtwoord", validators=[InputRequired("Vul uw wachtwoord in.")])
    consent = BooleanField("De melder stemt in met terugbellen")


def make_site(**plugged) -> Flask:
    app = Flask(
        "catalogue",
        root_path=str(Path(__file__).parent),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        static_url_path="/static",
    )
    app.jinja_loader.searchpath.append(str(Path(__file__).parent))
    app.extensions[forms.CSRF] = FixedToken
    app.extensions["weerbaar.flashes"] = lambda: [("ok", "De casus is vastgelegd.")]
    face.plug(app, **plugged)
    app.drafts = []
    app.sent = []
    app.alive = True
    app.locked = False
    app.broken = False
    app.gate = threading.Event()
    app.gate.set()
    _add_pages(app)
    for status in errors.FAULTS:
        app.register_error_handler(status, lambda fault: errors.answer(fault.code))
    return app


def _add_pages(app: Flask) -> None:
    @app.context_processor
    def shell():
        return {
            "navigation": [
                ("Nu", "/", "layout-dashboard", True),
                ("Oproepen", "/calls", "phone-incoming", False),
                ("Casussen", "/cases", "folder", False),
                ("Zoeken", "/search", "search", False),
                ("Rooster", "/roster", "calendar-week", False),
                ("Mensen", "/people", "users", False),
                ("Spoor", "/trail", "history", False),
            ],
            "signed_in": {"name": "Anna Voorbeeld"},
            "lock_seconds": 900,
        }

    @app.get("/")
    def catalogue():
        return _catalogue(CatalogueForm(formdata=None))

    @app.post("/")
    def send():
        form = CatalogueForm()
        if not form.validate():
            return _catalogue(form), 422
        app.sent.append(MultiDict(request.form))
        return redirect("/")

    @app.get("/part")
    def part():
        if not app.alive:
            return Response(status=401, headers={"HX-Redirect": "/plain"})
        if app.broken:
            abort(500)
        return render_template("part.html", now=NOW, count=len(app.drafts))

    @app.get("/plain")
    def plain():
        return render_template("plain.html", form=CatalogueForm(formdata=None))

    @app.get("/accessibility")
    def accessibility():
        return render_template("accessibility.html")

    @app.post("/draft")
    def draft():
        if app.locked:
            abort(401)
        app.drafts.append(MultiDict(request.form))
        return Response("03:12", mimetype="text/plain")

    @app.post("/appearance")
    def appearance():
        answer = redirect("/")
        answer.set_cookie(face.plugging.APPEARANCE_COOKIE, request.form["kleur"])
        return answer

    @app.post("/slow")
    def slow():
        app.sent.append(MultiDict(request.form))
        app.gate.wait(10)
        return redirect("/")

    @app.route("/error/<int:status>", methods=["GET", "POST"])
    def error(status):
        return errors.answer(status)


def _catalogue(form):
    return render_template(
        "catalogue.html",
        form=form,
        now=NOW,
        hour=timedelta(hours=1),
        page_url=lambda n: f"/?page={n}",
    )
