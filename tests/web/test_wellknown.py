"""What programs of strangers ask for at fixed places."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.installation import Installation
from weerbaar.web.app import create_app

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def client_with(database_url, tmp_path):
    made = []

    def client(**settings):
        made.append(Installation(tmp_path, database_url, **settings))
        return create_app(made[-1].house).test_client(), made[-1].clock

    yield client
    for one in made:
        one.close()


def test_who_finds_a_weak_spot_is_told_whom_to_tell(client_with):
    client, clock = client_with(
        SECURITY_CONTACT="mailto:veiligheid@example.nl", PUBLIC_URL="https://hulp.example.nl"
    )
    answer = client.get("/.well-known/security.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert fields["Contact"] == "mailto:veiligheid@example.nl"
    assert fields["Canonical"] == "https://hulp.example.nl/.well-known/security.txt"
    expires = datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    # RFC 9116: it has not expired, and expires within a year.
    assert timedelta(days=30) < expires - clock.now() < timedelta(days=365)
    assert client.get("/security.txt").text == answer.text


def test_without_a_contact_there_is_no_such_file_and_robots_stay_out(client_with):
    client, _clock = client_with()
    assert client.get("/.well-known/security.txt").status_code == 404
    assert "Disallow: /" in client.get("/robots.txt").text.splitlines()
