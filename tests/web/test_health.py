"""Doors for machines: what a balancer and a watcher learn of one process."""

import pytest
from sqlalchemy import create_engine

from tests.installation import Installation
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.hotline.telephony import watchdog
from weerbaar.web.app import create_app


@pytest.fixture
def make(database_url, tmp_path):
    made = []

    def installation(**settings):
        made.append(Installation(tmp_path, database_url, **settings))
        return made[-1]

    yield installation
    for one in made:
        one.close()


def client_of(installation):
    return create_app(installation.house).test_client()


def test_a_whole_process_is_ready(make):
    client = client_of(make())
    assert client.get("/health/live").json == {"status": "live"}
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json) == (200, {"status": "ready"})


def keep_snapshot(installation):
    return watchdog.keep_snapshot(installation.house, installation.clock.now())


def test_without_its_database_a_process_still_answers_calls(make, monkeypatch):
    installation = make()
    client = client_of(installation)
    keep_snapshot(installation)
    gone = create_engine(
        "postgresql+psycopg://nobody@127.0.0.1:1/nothing", connect_args={"connect_timeout": 1}
    )
    monkeypatch.setattr(installation.house.database, "_sessions", gone.connect)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json) == (200, {"status": "degraded"})


def test_without_its_key_store_too(make, monkeypatch):
    installation = make()
    client = client_of(installation)
    keep_snapshot(installation)

    def gone():
        raise KeyStoreGone

    monkeypatch.setattr(installation.house.vault.keystore, "ping", gone)
    assert client.get("/health/ready").json == {"status": "degraded"}


@pytest.mark.parametrize(("standby", "status"), [("+31612345698", 200), ("", 503)])
def test_without_database_and_snapshot_only_the_standby_answers(make, monkeypatch, standby, status):
    installation = make(STANDBY_NUMBER=standby)
    client = client_of(installation)

    def gone():
        raise KeyStoreGone

    monkeypatch.setattr(installation.house.vault.keystore, "ping", gone)
    assert client.get("/health/ready").status_code == status


def test_without_a_token_of_the_provider_no_call_can_be_answered(make):
    answer = client_of(make(TWILIO_AUTH_TOKENS="")).get("/health/ready")
    assert answer.status_code == 503


def test_metrics_are_for_who_has_the_token(make):
    client = client_of(make(METRICS_TOKEN="een-lang-geheim"))
    assert client.get("/metrics").status_code == 403
    assert (
        client.get("/metrics", headers={"Authorization": "Bearer iets-anders"}).status_code == 403
    )
    answer = client.get("/metrics", headers={"Authorization": "Bearer een-lang-geheim"})
    assert answer.status_code == 200
    assert "weerbaar_open_work_items 0.0" in answer.text


def test_metrics_without_a_token_are_for_this_machine_and_name_routes_only(make):
    client = client_of(make())
    client.get("/invitation/geheim-teken-in-het-adres")
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403
    text = client.get("/metrics").text
    assert 'route="/invitation/<token>"' in text
    assert "geheim-teken" not in text


def test_every_answer_carries_the_headers_of_the_policy(make):
    client = client_of(make(PUBLIC_URL="https://hulp.example.nl"))
    for path in ("/sign-in", "/health/live", "/no-such-page"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "max-age=31536000" in headers["Strict-Transport-Security"]
