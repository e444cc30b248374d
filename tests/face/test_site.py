"""Headers, assets, errors: what every answer carries."""

import re

import pytest
from jinja2 import UndefinedError

from tests.face.site import make_site
from weerbaar.face import assets, errors, headers


def test_every_page_carries_the_policy_and_is_kept_nowhere(client):
    for path in ("/", "/plain", "/error/404", "/nowhere"):
        answer = client.get(path)
        assert answer.headers["Content-Security-Policy"] == headers.CONTENT_POLICY
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Vary"] == "Cookie"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in answer.headers


def test_policy_allows_nothing_inline_and_nothing_foreign():
    for weak in ("unsafe", "*", "http:", "https:", "data:", "blob:"):
        assert weak not in headers.CONTENT_POLICY


def test_built_files_are_kept_forever_and_others_for_an_hour(client):
    style = re.search(r'href="(/static/built/main[^"]+)"', client.get("/").text)[1]
    answer = client.get(style, buffered=True)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert (
        client.get("/static/favicon.svg", buffered=True).headers["Cache-Control"]
        == "public, max-age=3600"
    )
    assert client.get("/static/built/main.css").headers["Cache-Control"] == "no-store"


def test_https_is_kept(built):
    answer = make_site(secure=True).test_client().get("/plain")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_missing_build_says_what_to_run(tmp_path):
    with pytest.raises(assets.FrontNotBuilt, match="make install"):
        assets.Manifest(tmp_path / "manifest.json").hashed("main.css")


def test_new_build_is_seen_without_a_restart(tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text('{"files": {"main.css": "main.1.css"}}')
    manifest = assets.Manifest(path)
    assert manifest.hashed("main.css") == "main.1.css"
    path.write_text('{"files": {"main.css": "main.2.css"}}')
    import os

    os.utime(path, (1, 1))
    assert manifest.hashed("main.css") == "main.2.css"
    with pytest.raises(assets.FrontNotBuilt, match=r"other\.css"):
        manifest.hashed("other.css")


def test_pages_hold_no_inline_script_or_style(client):
    for path in ("/", "/plain", "/error/500", "/accessibility"):
        page = client.get(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", page)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_every_icon_that_is_named_is_in_the_sprite(client):
    page = "".join(client.get(path).text for path in ("/", "/plain", "/error/500", "/error/403"))
    sprite = re.search(r'<use href="(/static/built/icons[^"#]+)#', page)[1]
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', client.get(sprite, buffered=True).text))
    assert set(re.findall(r'<use href="[^"#]+#([\w-]+)"', page)) <= drawn
    for fault in errors.FAULTS.values():
        assert fault.sign in drawn


def test_title_and_language(client):
    page = client.get("/plain").text
    assert "<title>Inloggen - Weerbaar</title>" in page
    assert '<html class="utrecht-root" lang="nl" data-kleur="systeem">' in page


def test_language_can_be_chosen_and_is_checked(built):
    assert 'lang="en"' in make_site(select_locale=lambda: "en").test_client().get("/plain").text
    assert 'lang="nl"' in make_site(select_locale=lambda: "xx").test_client().get("/plain").text


def test_unknown_colours_are_not_echoed(client):
    client.set_cookie("weerbaar-kleur", '"><script>')
    assert 'data-kleur="systeem"' in client.get("/plain").text


def test_missing_name_in_a_template_is_an_error(site):
    with site.test_request_context("/"), pytest.raises(UndefinedError):
        site.jinja_env.from_string("{{ nowhere }}").render()


@pytest.mark.parametrize("status", sorted(errors.FAULTS))
def test_error_page_is_calm_and_names_the_hotline(client, status):
    answer = client.get(f"/error/{status}")
    assert answer.status_code == status
    assert answer.text.count("070 - 37 38 314") == 2
    assert "tel:" not in answer.text
    assert "!" not in re.sub(r"<!doctype html>|<!--", "", answer.text)


def test_error_page_needs_no_context_of_the_application(site):
    @site.context_processor
    def database():
        raise RuntimeError("the database is gone")

    assert site.test_client().get("/error/503").status_code == 503


def test_typed_text_comes_back_on_an_error_page_and_secrets_do_not(client):
    text = "Er stond iemand <b>voor</b> de deur."
    answer = client.post(
        "/error/503",
        data={
            "narrative": text,
            "password": "een zin van vier woorden",
            "recovery_code_again": "ABCD-EFGH-IJKL-MNOP",
            "csrf_token": "token-of-the-test",
            "function": "mayor",
        },
    )
    assert "Er stond iemand &lt;b&gt;voor&lt;/b&gt; de deur." in answer.text
    for secret in ("vier woorden", "ABCD-EFGH", "token-of-the-test", ">mayor<"):
        assert secret not in answer.text


def test_unreadable_body_still_gives_the_page(site):
    site.config["MAX_CONTENT_LENGTH"] = 10
    answer = site.test_client().post("/error/413", data={"narrative": "x" * 100})
    assert answer.status_code == 413
