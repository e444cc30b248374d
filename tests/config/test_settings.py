import pytest

from weerbaar.config.settings import SettingsRefused, load_settings, unknown_names


def test_every_wrong_setting_is_named_at_once_and_no_value_is_shown():
    with pytest.raises(SettingsRefused) as refused:
        load_settings(
            {
                "WEERBAAR_PUBLIC_URL": "http://hulp.example.nl",
                "WEERBAAR_HOTLINE_NUMBER": "geheim-nummer",
                "WEERBAAR_TRUSTED_PROXIES": "-1",
                "WEERBAAR_TWILIO_REGION": "ie1",
            }
        )
    text = str(refused.value)
    assert "WEERBAAR_PUBLIC_URL" in text
    assert "WEERBAAR_HOTLINE_NUMBER" in text
    assert "WEERBAAR_TRUSTED_PROXIES" in text
    assert "WEERBAAR_TWILIO_REGION and WEERBAAR_TWILIO_EDGE" in text
    assert len(refused.value.problems) == 4
    assert "geheim" not in text
    assert "hulp.example.nl" not in text


def test_region_without_edge_is_refused():
    with pytest.raises(SettingsRefused, match="TWILIO_REGION and WEERBAAR_TWILIO_EDGE"):
        load_settings({"WEERBAAR_TWILIO_REGION": "ie1"})


def test_the_two_locks_never_share_an_address():
    with pytest.raises(SettingsRefused, match="KEYSTORE_URL"):
        load_settings(
            {"WEERBAAR_DATABASE_URL": "sqlite:///x", "WEERBAAR_KEYSTORE_URL": "sqlite:///x"}
        )


def test_secrets_do_not_print():
    settings = load_settings(
        {
            "WEERBAAR_TWILIO_AUTH_TOKENS": "eerste-token,tweede-token",
            "WEERBAAR_DATABASE_URL": "postgresql://u:wachtwoord@127.0.0.1/x",
        }
    )
    assert [token.get_secret_value() for token in settings.twilio_auth_tokens] == [
        "eerste-token",
        "tweede-token",
    ]
    assert "-token" not in repr(settings)
    assert "wachtwoord" not in repr(settings)


def test_numbers_are_kept_in_international_form():
    settings = load_settings({"WEERBAAR_HOTLINE_NUMBER": "070 - 37 38 314"})
    assert settings.hotline_number == "+31703738314"


def test_the_stand_by_telephone_is_not_the_hotline_however_it_is_written():
    with pytest.raises(SettingsRefused, match="STANDBY_NUMBER cannot be"):
        load_settings({"WEERBAAR_STANDBY_NUMBER": "070-3738314"})


def test_a_slip_of_the_pen_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("WEERBAAR_STANDBY_NUMER=0612345699\nOTHER=1\n")
    monkeypatch.setenv("WEERBAAR_TEST_PROCESSES", "2")
    assert "WEERBAAR_STANDBY_NUMER" in unknown_names()
    assert not {"OTHER", "WEERBAAR_TEST_PROCESSES"} & set(unknown_names())
    assert unknown_names({"WEERBAAR_STANDBY_NUMBER": "x", "weerbaar_database_url": "x"}) == []


@pytest.mark.parametrize("contact", ["veiligheid@example.nl", "https://x.nl\nExpires: nooit"])
def test_a_security_contact_is_an_address_of_one_line(contact):
    with pytest.raises(SettingsRefused, match="WEERBAAR_SECURITY_CONTACT"):
        load_settings({"WEERBAAR_SECURITY_CONTACT": contact})


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"SMTP_URL": "smtps://mail.example.nl"}, "SMTP_URL and WEERBAAR_MAIL_FROM"),
        ({"MAIL_FROM": "weerbaar@example.nl"}, "SMTP_URL and WEERBAAR_MAIL_FROM"),
        ({"SMTP_URL": "https://geheim.example.nl", "MAIL_FROM": "a@example.nl"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://", "MAIL_FROM": "a@example.nl"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://x", "MAIL_FROM": "Geheim <a@example.nl>"}, "MAIL_FROM"),
    ],
)
def test_a_mail_server_and_a_sender_go_together_and_are_checked(values, named):
    with pytest.raises(SettingsRefused, match=named) as refused:
        load_settings({f"WEERBAAR_{name}": value for name, value in values.items()})
    assert "geheim" not in str(refused.value).lower()
