"""Forms: one place for classes, ARIA and the token."""

import re

import pytest
from wtforms import FieldList, FormField, StringField
from wtforms.validators import InputRequired, Length

from tests.face.site import CatalogueForm
from weerbaar.face import forms


@pytest.fixture
def context(site):
    with site.test_request_context("/"):
        yield site


def test_token_of_the_house_is_checked(context, client):
    assert client.post("/", data={"csrf_token": "another"}).status_code == 422
    page = client.post("/", data={}).get_data(as_text=True)
    assert "Dit formulier stond te lang open." in page
    assert forms.csrf_token() == "token-of-the-test"


def test_every_form_on_a_page_carries_the_token(client):
    page = client.get("/").get_data(as_text=True)
    posts = re.findall(r'<form[^>]*method="post".*?</form>', page, re.DOTALL)
    assert len(posts) > 5
    for form in posts:
        assert 'name="csrf_token"' in form
        assert 'value="token-of-the-test"' in form
    assert 'id="csrf_token"' not in page


def test_without_a_maker_and_without_a_secret_no_form_is_made(context):
    del context.extensions[forms.CSRF]
    with pytest.raises(RuntimeError, match="secret key"):
        CatalogueForm(formdata=None)


def test_controls_carry_class_and_links_to_their_texts(context):
    form = CatalogueForm(formdata=None)
    place = str(form.place())
    assert 'class="utrecht-textbox utrecht-textbox--html-input"' in place
    assert 'aria-describedby="place-help"' in place
    form.place.errors = ["Onbekend."]
    place = str(form.place(**{"class": "control--code"}))
    assert "utrecht-textbox--invalid" in place
    assert "control--code" in place
    assert 'aria-describedby="place-help place-error"' in place
    assert 'aria-invalid="true"' in place


def test_browser_neither_judges_nor_cuts(context):
    form = CatalogueForm(formdata=None)
    narrative = str(form.narrative())
    assert " required" not in narrative.replace("aria-required", "")
    assert "maxlength" not in narrative
    assert 'aria-required="true"' in narrative
    assert "required" not in str(next(iter(form.urgency))())


def test_problems_come_in_order_and_name_what_can_be_reached(context):
    class Line(forms.Form):
        class Meta(forms.Form.Meta):
            csrf = False

        name = StringField("Naam", validators=[InputRequired("Vul een naam in.")])

    class Whole(CatalogueForm):
        lines = FieldList(FormField(Line), min_entries=1)
        short = StringField("Kort", validators=[Length(max=1, message="Te lang.")])

    with context.test_request_context("/", method="POST", data={"short": "ab", "lines-0-name": ""}):
        form = Whole()
        assert not form.validate()
        found = forms.problems(form)
    texts = [text for _, text in found]
    assert texts.index("Kies hoe dringend dit is.") < texts.index("Vul het verhaal in.")
    assert ("urgency-0", "Kies hoe dringend dit is.") in found
    assert ("narrative", "Vul het verhaal in.") in found
    assert ("lines-0-name", "Vul een naam in.") in found
    assert ("short", "Te lang.") in found
    assert any(
        target is None and text.startswith("Dit formulier stond te lang") for target, text in found
    )
