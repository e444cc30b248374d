"""Promises 2 and 3: nothing readable at rest, nothing leaves. With real processes on real disks.

A day is spent in a real house (`marked_day`): server, worker and commands are processes of their
own, on each database engine, and every text and number of a caller is a marker. In the evening
everything that is anywhere is searched, in every disguise (`haystack`); then the whole disk is
handed to somebody who tries to open it (`disk`).

What still stands at the provider until the worker has deleted it there, some minutes after its end:
the inbound call with its `From`, the `Digits` a caller with a withheld number keyed in, and the `To`
of the official's leg of a call-back; on our side their ids, in `call.provider_sid` and
`provider_leftover.sid`.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from tests.promises import clear_columns, haystack, marked_day
from tests.promises.disk import Disk, material, open_all, open_held, read_disk
from tests.promises.haystack import Place, search
from tests.promises.marked_day import CASE, DIGITS, STEM, Day
from tests.promises.real_house import raw_connection, real_house
from weerbaar.accounts import keystore_tables, people, sessions
from weerbaar.accounts.house import open_house
from weerbaar.config.database import Model
from weerbaar.crypto.padding import padme
from weerbaar.crypto.wrapping import STRONG, RecoveryCode, from_password
from weerbaar.hotline.telephony import staff_calls, watchdog
from weerbaar.simulator.ledger import RestRequest, Webhook
from weerbaar.web import app as _every_room  # noqa: F401 - every table of the house is known now

pytestmark = pytest.mark.slow


NEEDLES = [haystack.word("a word", STEM), haystack.number("a number", DIGITS)]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """The evening of a day: the processes have ended, the disks are still there."""
    folder = tmp_path_factory.mktemp(f"marked-{request.param}")
    with real_house(request.param, folder) as house:
        spent = marked_day.spend(house, folder)
        house.stop()
        yield spent


def disk_places(day: Day) -> Iterator[Place]:
    """Every file of databases, key store, WAL, PostgreSQL's logs, service keys and leftovers."""
    assert day.copy is not None
    yield from haystack.files(day.copy, "disk")


def row_places(*disks: Disk | None) -> Iterator[Place]:
    """Every value of every row, as the drivers give them."""
    for disk in disks:
        assert disk is not None
        yield from haystack.rows(disk.database, "database")
        yield from haystack.rows(disk.keystore, "key store")


def output_places(day: Day) -> Iterator[Place]:
    """Everything that any process said: commands, server with its access log, worker."""
    yield from haystack.files(day.house.outputs, "outputs")


# ---- the searcher finds ------------------------------------------------------------------


def test_a_marker_planted_in_each_kind_of_place_is_found(day: Day, tmp_path: Path) -> None:
    """The very places that are searched below, each with one marker in the clear."""
    house, planted = day.house, marked_day.word("geplant")
    engine = "postgresql" if house.clusters else "sqlite"
    row = f"INSERT INTO refusal_count (minute, kind, count) VALUES ('2026-01-01', '{planted}', 1)"
    pin = f"INSERT INTO pin (kind, name) VALUES ('x', '{planted}')"
    before = len(list(output_places(day)))
    (house.folder / "leftover.txt").write_text(planted)
    house.execute("-c", f"print({planted!r})")
    house.execute("-c", f"import sys; print({planted!r}, file=sys.stderr)")
    house.network.ledger.add(_a_webhook(f"{house.url}/telephony/voice?name={planted}"))
    undo = _plant(house.environment["WEERBAAR_DATABASE_URL"], row)
    undo_pin = _plant(house.environment["WEERBAAR_KEYSTORE_URL"], pin)
    try:
        with raw_connection(house.environment["WEERBAAR_DATABASE_URL"]) as holding:
            holding.execute("SELECT 1")
            copy = house.copy_of_disk(tmp_path / "planted")
        found = {one.place for one in search(haystack.files(copy, "disk"), NEEDLES[:1])}
        assert "disk: folder/leftover.txt" in found
        if engine == "postgresql":
            for name in ("database", "keystore"):
                assert any(one.startswith(f"disk: {name}/data/base/") for one in found)
                assert any(one.startswith(f"disk: {name}/data/pg_wal/") for one in found)
            # A statement that fails is in the server's log, with whatever stands in its text.
            assert "disk: database/log" in found
        else:
            assert any(one.startswith("disk: folder/database.sqlite") for one in found)
            assert any(one.startswith("disk: folder/keystore.sqlite") for one in found)
        rows = {one.place for one in search(row_places(read_disk(house.settings())), NEEDLES)}
        assert rows == {"database: refusal_count.kind", "key store: pin.name"}
        said = {one.place for one in search(output_places(day), NEEDLES)}
        assert len(said) == 2
        assert search(_urls(day), NEEDLES)
    finally:
        undo()
        undo_pin()
        (house.folder / "leftover.txt").unlink()
        for path in sorted(house.outputs.iterdir())[-4:]:
            path.unlink()
        house.network.ledger.records.pop()
    assert len(list(output_places(day))) == before


def _plant(url: str, statement: str):
    table = re.search(r"INTO (\w+)", statement)[1]
    column = {"refusal_count": "kind", "pin": "name"}[table]
    planted = marked_day.word("geplant")
    with raw_connection(url) as connection:
        connection.execute(statement)
        connection.commit()
        if not url.startswith("sqlite"):
            with pytest.raises(Exception, match="syntax error"):
                connection.execute(f"SELEKT '{planted}'")
            connection.rollback()

    def undo() -> None:
        with raw_connection(url) as connection:
            connection.execute(f"DELETE FROM {table} WHERE {column} = '{planted}'")
            connection.commit()

    return undo


def _a_webhook(url: str) -> Webhook:
    now = datetime.now(UTC)
    return Webhook(now, "document", url, "POST", {}, "CA" + 32 * "0", "planted")


# ---- nothing readable at rest ------------------------------------------------------------


def test_no_row_of_database_or_key_store_holds_a_marker(day: Day) -> None:
    needles = [*day.callers(), *day.staff(), *day.never_kept()]
    assert search(row_places(day.during_call_back, day.in_the_evening), needles) == []
    for table in (
        "case_record",
        "case_entry",
        "case_attachment",
        "case_part",
        "case_draft",
        "case_request",
        "breach",
        "rights_request",
        "call",
        "call_back",
        "work_item",
    ):
        assert day.in_the_evening.database[table], table
    assert any(row["held"] for row in day.during_call_back.database["call_back"])


def test_no_file_of_database_wal_log_or_keys_holds_a_marker(day: Day) -> None:
    places = list(disk_places(day))
    names = " ".join(one.name for one in places)
    backups = ("var/backups/weerbaar-", "var/keystore-backups/keystore-")
    for part in ("service-keys.json", *backups, *_files_of(day)):
        assert part in names, part
    assert search(places, [*day.callers(), *day.staff(), *day.never_kept()]) == []


def _files_of(day: Day) -> Iterable[str]:
    if day.house.clusters:
        return ("database/data/pg_wal/0", "keystore/data/base/", "database/log", "keystore/log")
    return ("database.sqlite", "database.sqlite-wal", "keystore.sqlite", "keystore.sqlite-wal")


def test_postgresql_logs_the_statements_that_failed_and_none_of_their_values(day: Day) -> None:
    if not day.house.clusters:  # SQLite keeps no log
        assert list(day.copy.rglob("*log")) == []
        return
    log = (day.copy / "database" / "log").read_text()
    for table in ("case_entry", "call_event"):
        assert f'relation "{table}" does not exist' in log
    assert "STATEMENT:" in log
    assert search([Place("log", log.encode())], [*day.callers(), *day.staff()]) == []


def test_no_process_says_a_marker(day: Day) -> None:
    """Server, worker and commands; those whose answer is a mail address or a link say only that."""
    said = {path.name: path.read_text() for path in day.house.outputs.iterdir()}
    logged = "\n".join(said.values())
    for event in ("worker started", "answered", "late form", "store failed", "step failed"):
        assert event in logged, event
    assert search(output_places(day), day.callers()) == []
    found = search(output_places(day), [*day.staff(), *day.never_kept()])
    assert not [one for one in found if one.place.endswith(".err")]
    # By contract: `setup` ends in the otpauth address, `people invite` gives mails and links,
    # `calls show` names colleagues by their mail.
    parts = ("otpauth://", "/invitation/", '"call_sid"')
    allowed = {name for name, text in said.items() if any(part in text for part in parts)}
    assert {one.place.removeprefix("outputs: ") for one in found} <= {
        name for name in allowed if name.endswith(".out")
    }


# ---- nothing leaves ----------------------------------------------------------------------


def _urls(day: Day) -> Iterator[Place]:
    for url in day.house.network.ledger.urls():
        yield Place("a URL at the provider", url.encode())


def test_no_url_at_the_provider_holds_a_marker(day: Day) -> None:
    assert len(list(_urls(day))) > 10
    assert search(_urls(day), [*day.callers(), *day.staff()]) == []


def test_we_tell_the_provider_a_callers_number_once_to_call_it_back(day: Day) -> None:
    told = []
    for record in day.house.network.ledger.records:
        assert isinstance(record, Webhook | RestRequest), "something else left"
        ours = record.body if isinstance(record, Webhook) else json.dumps(record.params)
        told += [(record, one) for one in search([Place("ours", ours.encode())], day.callers())]
    assert len(told) == 1
    record, found = told[0]
    assert found.needle == "a number"
    path = urlsplit(record.url).path
    assert re.fullmatch(r"/telephony/back/[^/]+/[^/]+/press", path)
    assert re.findall(r"<Number[^>]*>([^<]*)</Number>", record.body) == [marked_day.KNOWN]
    assert (
        len(search([Place("", record.body.replace(marked_day.KNOWN, "").encode())], day.callers()))
        == 0
    )


def test_the_provider_names_a_number_only_as_the_end_of_a_line(day: Day) -> None:
    """In what it sends us: the caller, the official's leg, and the digits a caller keyed in."""
    said: dict[tuple[str, str], list[bytes]] = {}
    for record in day.house.network.ledger.webhooks():
        for key, value in record.params.items():
            direction = record.params.get("Direction", "")
            said.setdefault((direction, key), []).append(value.encode())
    named = {
        where
        for where, values in said.items()
        if search([Place("", haystack.BETWEEN.join(values))], day.callers())
    }
    assert named == {
        ("inbound", "From"), ("inbound", "Caller"), ("inbound", "Digits"),
        ("outbound-dial", "To"), ("outbound-dial", "Called"),
    }  # fmt: skip


def test_nothing_was_sent_by_text_message(day: Day) -> None:
    assert day.house.network.ledger.messages() == []


def test_addresses_titles_and_headers_of_pages_hold_no_marker(day: Day) -> None:
    """What a browser's history, a proxy's log and the next site's Referer would have."""
    seen = [one for browser in day.browsers() for one in browser.seen]
    assert len(seen) > 80
    assert {200, 303, 400, 401, 403, 404, 405, 409, 410, 422, 503} <= {one.status for one in seen}
    needles = [*day.callers(), *day.staff(), *day.never_kept()]
    links = re.compile(r"/invitation/[A-Za-z0-9_-]+")
    for one in seen:
        headers = {name: text for name, text in one.headers if name != "set-cookie"}
        parts = (
            [one.title, *headers.values()]
            if one.typed
            else [one.asked, one.title, *headers.values()]
        )
        data = haystack.BETWEEN.join(links.sub("/invitation/-", part).encode() for part in parts)
        places = [Place(one.title, data)]
        assert search(places, needles) == [], (one.title, one.status)
    # Redirects, and the empty answer to a webhook that was not signed, are no pages.
    shown = [one for one in seen if one.is_page and one.status not in {302, 303}]
    titles = {one.title for one in shown if "/telephony/" not in one.asked}
    assert [one for one in titles if not re.fullmatch(r"[A-Z][\w ,:?]{2,60} - Weerbaar", one)] == []


def test_every_page_is_kept_nowhere_and_tells_other_sites_nothing(day: Day) -> None:
    for one in (one for browser in day.browsers() for one in browser.seen):
        headers = dict(one.headers)
        assert headers["cache-control"] == "no-store", one.title
        assert headers["referrer-policy"] == "same-origin", one.title
        if one.is_page:
            assert "default-src 'none'" in headers["content-security-policy"]


# ---- the whole disk in hand --------------------------------------------------------------


@pytest.fixture(scope="module")
def disk(day: Day) -> Disk:
    assert day.in_the_evening is not None
    return day.in_the_evening


def test_the_whole_disk_opens_nothing_of_callers_and_cases(day: Day, disk: Disk) -> None:
    """Database, key store and service keys, every value of them tried as every key."""
    opened = open_all(disk, material(disk))
    assert (opened.contents, opened.keys) == ({}, {})
    assert opened.tried > 10_000
    assert open_held(day.during_call_back, material(day.during_call_back)) == {}
    kinds = {row["kind"] for row in disk.database["envelope"]}
    assert kinds >= {
        "caller-number", "case-who", "case-what", "case-note", "case-part", "draft", "attachment",
        "handover-note",
    }  # fmt: skip


def test_the_same_attempt_opens_everything_with_a_readers_password(day: Day, disk: Disk) -> None:
    """It is the missing password that keeps the disk shut, not a clumsy attempt."""
    anna = day.people["anna"]
    opened = open_all(disk, {_stretched(disk, _id_of(day, anna.mail), anna.password)})
    text = b"".join(opened.contents.values()).decode()
    for field in (
        "narrative", "name", "code_word", "duress_word", "word_plan", "safe_windows",
        "if_other_answers",
    ):  # fmt: skip
        assert json.dumps(CASE[field], ensure_ascii=False)[1:-1] in text or CASE[field] in text, (
            field
        )
    for marker in (
        "note", "telaat", "concept", "tweede", "gewijzigd", "overdracht", "prive", "vervolg",
        "melding", "nazorg", "harm", "oordeel", "omvang", "uitkomst", "goed",
    ):  # fmt: skip
        assert marked_day.word(marker) in text, marker
    for number in (marked_day.KNOWN, marked_day.KEYED, marked_day.SAFE):
        assert number in text
    # Facts for figures are sealed to a group of their own, breaches to coordinators: she is in
    # neither.
    kinds = {row["kind"] for row in disk.database["envelope"]}
    assert "figures" in kinds
    assert kinds - {"figures", "breach"} == {
        place.partition(" ")[0] for place in opened.contents if not place.startswith("session")
    }


def test_a_number_held_for_a_call_back_opens_with_the_token_of_the_address(day: Day) -> None:
    url = next(one for one in day.house.network.ledger.urls() if "/telephony/back/" in one)
    token = urlsplit(url).path.split("/")[4].encode()
    opened = open_held(day.during_call_back, {token})
    assert list(opened.values()) == [marked_day.KNOWN.encode()]


def test_a_session_opens_with_its_cookie_alone(day: Day, disk: Disk) -> None:
    import base64

    cookie = day.people["bram"].browser.cookies[sessions.COOKIE]
    identity, row_key = sessions._derived(base64.urlsafe_b64decode(cookie + "="))
    assert identity in {row["id"] for row in disk.database["session"]}
    opened = open_all(disk, {row_key, sessions._wrapping_key(row_key)})
    assert any(place.startswith("session") for place in opened.contents)
    assert any(place.startswith("key_wrapping session") for place in opened.keys)


def test_with_the_database_alone_no_password_can_be_tried(day: Day, disk: Disk) -> None:
    """Even the right password, and the right recovery code, look like any other."""
    anna = day.people["anna"]
    person = _id_of(day, anna.mail)
    password = _stretched(disk, person, anna.password)
    recovery = RecoveryCode.parse(anna.recovery).value
    locks = material(disk, keystore=False, keyring=False)
    opened = open_all(disk, {password, recovery}, locks=locks)
    assert (opened.contents, opened.keys) == ({}, {})
    assert opened.tried > 1_000
    row = next(
        one for one in disk.database["key_wrapping"]
        if (one["kind"], one["person_id"]) == ("password", person)
    )  # fmt: skip
    assert open_all(disk, {password}, locks={disk.secret(row["secret_id"])}).keys
    assert f"key_wrapping recovery {person}" in open_all(disk, {recovery}).keys


def _id_of(day: Day, mail: str) -> UUID:
    house = open_house(day.house.settings())
    try:
        with house.database.session() as session:
            found = people.by_mail(session, house.vault, mail)
    finally:
        house.dispose()
    assert found is not None
    return found


def _stretched(disk: Disk, person: UUID, password: str) -> bytes:
    row = next(
        one for one in disk.database["key_wrapping"]
        if (one["kind"], one["person_id"]) == ("password", person)
    )  # fmt: skip
    return from_password(password, row["salt"], STRONG)


def test_known_limit_names_of_staff_open_with_the_service_keys(day: Day) -> None:
    """Staff must be found, rung and told with nobody signed in: who has the disk can read them."""
    house = open_house(day.house.settings())
    try:
        with house.database.session() as session:
            cards = people.cards(session, house.vault).values()
    finally:
        house.dispose()
    assert {card.name for card in cards} == {one.name for one in day.people.values()}


# ---- the clear list ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metadata", "argued"),
    [
        (Model.metadata, clear_columns.CLEAR),
        (keystore_tables.METADATA, clear_columns.KEYSTORE),
    ],
    ids=["database", "key store"],
)
def test_every_column_was_argued_for(metadata, argued) -> None:
    """A new column fails here until `clear_columns` says what it may show, and why."""
    present = {table.name: set(table.columns.keys()) for table in metadata.sorted_tables}
    assert {name: set(columns) for name, columns in argued.items()} == present
    for table, columns in argued.items():
        for column, reason in columns.items():
            kind, _, why = reason.partition(";")
            assert kind in clear_columns.FITS, (table, column)
            assert kind != "moment" or why.strip(), (table, column)


def test_every_value_is_of_the_kind_its_column_was_argued_for(day: Day, disk: Disk) -> None:
    for tables, argued in (
        (disk.database, clear_columns.CLEAR),
        (day.during_call_back.database, clear_columns.CLEAR),
        (disk.keystore, clear_columns.KEYSTORE),
    ):
        for table, rows in tables.items():
            for row in rows:
                for column, value in row.items():
                    assert clear_columns.fits(argued[table][column], value), (table, column)


def test_sizes_of_sealed_content_go_in_steps(disk: Disk) -> None:
    # Format, suite, key id, nonce and tag around a padded content.
    frame = 2 + 32 + 12 + 16
    sizes = {len(row["content"]) - frame for row in disk.database["envelope"]}
    assert sizes
    assert all(size == padme(size) for size in sizes)


EXACT = {"trail.at", "work_item.due_at"}


def test_of_an_ended_call_the_clear_columns_hold_the_day(day: Day) -> None:
    """The worker's verb, an hour later; it comes last, because it changes the house."""
    house = open_house(day.house.settings())
    try:
        later = house.clock.now() + timedelta(minutes=2)
        watchdog.act_on_deadlines(house, later)
        sealed = watchdog.seal_courses(house, later + timedelta(minutes=60))
        staff_calls.tidy(house, later + timedelta(minutes=60))
    finally:
        house.dispose()
    disk = read_disk(day.house.settings())
    calls, backs = disk.database["call"], disk.database["call_back"]
    assert sealed == len(calls) + len(backs)
    # An alarm that nobody confirmed rings on; its legs are the team's own telephones.
    assert [leg for leg in disk.database["leg"] if leg["staff_call_id"] is None] == []
    assert disk.database["call_event"] == []
    for row in calls:
        assert row["state"] == "ended"
        assert row["course_record"] is not None
        stands = {name for name, value in row.items() if value not in {None, 0}}
        assert stands <= {
            "id", "token", "provider_sid", "state", "outcome", "created_day", "course_record",
            "number_record", "number_confirmed",
        }  # fmt: skip
    ids = {
        str(row["id"]) for name in ("call", "call_back", "work_item") for row in disk.database[name]
    }
    for table, rows in disk.database.items():
        for row in rows:
            if any(one in str(value) for value in row.values() for one in ids):
                for column, value in row.items():
                    if isinstance(value, datetime) and f"{table}.{column}" not in EXACT:
                        assert value.time() == time(0), f"{table}.{column}"
    _provider_ids_wait_for_their_deletion(day, disk)
    anna = day.people["anna"]
    opened = open_all(disk, {_stretched(disk, _id_of(day, anna.mail), anna.password)})
    courses = [text for place, text in opened.contents.items() if place.startswith("call-course")]
    assert len(courses) == len(calls)
    assert all(json.loads(one)["started_at"] for one in courses)
    assert search(row_places(disk), [*day.callers(), *day.staff()]) == []


def _provider_ids_wait_for_their_deletion(day: Day, disk: Disk) -> None:
    calls = {row["provider_sid"] for row in disk.database["call"]}
    assert calls == {day.calls[one].sid for one in ("known", "withheld")} | (
        {day.calls["lost"].sid} & calls
    )
    # A telephone that was rung without a database is found by the daily comparison.
    untold = {child.sid for child in day.calls["lost"].children}
    legs = {call.sid for call in day.house.network.calls} - {one.sid for one in day.calls.values()}
    legs -= untold | {leg["provider_sid"] for leg in disk.database["leg"]}
    left = {row["sid"] for row in disk.database["provider_leftover"]}
    assert left - untold == legs | {day.calls["call-back"].sid} | calls
