"""Searching 10,000 cases of 2 kB with 5 notes each: each round in a new process, nothing in the
clear kept between.

Compared with a bare loop over the same ciphertexts: fetch them, open each record's re-wrapped half
and its content, look for the word. A second loop has every data key before the clock runs, which
no search that keeps nothing can have; the ratio to it is reported beside. The first search of all,
which must open every reader half with HPKE, is reported against the sum of those openings.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench import houses, spread
from tests.installation import PASSWORD, Installation
from weerbaar.accounts import people, wrappings
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.house import open_house
from weerbaar.accounts.models import EnvelopeReaderRow, EnvelopeRow
from weerbaar.accounts.recipients import Person, label
from weerbaar.accounts.wrappings import Way
from weerbaar.config.settings import load_settings
from weerbaar.crypto import envelope
from weerbaar.crypto.envelope import Binding
from weerbaar.crypto.wrapping import TESTS_ONLY
from weerbaar.intake import casework, search
from weerbaar.intake.content import CaseFields

# `growth` measures 100,000.
CASES = int(os.environ.get("BENCH_CASES", "10000"))
SIZE, ROUNDS = 2_000, 5
NOTES, NOTE_SIZE = 5, 300
# Fewer cases, and what so many more of them may cost more than so many times as much.
FEWER, GROWTH_TARGET = 1_000, 1.3
TARGET = 2.0
WORD = "windmolenpark"
KINDS = ("case-who", "case-what", "case-note")
WORDS = [
    "vergadering",
    "bericht",
    "school",
    "raad",
    "gemeente",
    "avond",
    "auto",
    "brief",
    "dreiging",
    "politie",
    "gesprek",
    "partner",
    "kinderen",
    "telefoon",
    "bewoners",
    "besluit",
    "wethouder",
    "afspraak",
    "advies",
    "zorgen",
    "straat",
    "bijeenkomst",
    "reactie",
    "vragen",
    "stilte",
]


def run() -> dict[str, Any]:
    """Measure and print; the answer is what was printed, as values."""
    print(
        f"\nSearch: {CASES} cases of {SIZE} bytes with {NOTES} notes, embedded SQLite, {ROUNDS} rounds, each in a new process."
    )
    with tempfile.TemporaryDirectory() as folder:
        return _measured(Path(folder))


def _measured(folder: Path) -> dict[str, Any]:
    began = time.perf_counter()
    few = folder / "few"
    fill(few, FEWER)
    fill(folder, CASES)
    print(f"  (written in {time.perf_counter() - began:.0f} s)")
    in_new_process(few, "first")
    fewer = [in_new_process(few, "again")["search"] for _ in range(ROUNDS)]
    first = in_new_process(folder, "first")
    rounds = [in_new_process(folder, "again") for _ in range(ROUNDS)]
    searched, bare = [one["search"] for one in rounds], [one["bare"] for one in rounds]
    contents = [one["contents"] for one in rounds]
    hits = {one["hits"] for one in [first, *rounds]}
    if len(hits) != 1:
        raise SystemExit(f"searches disagree: {hits}")
    print(spread.line("keys opened before: search", searched))
    print(spread.line("bare loop, same ciphertexts", bare))
    print(spread.line("bare loop, data keys given", contents))
    print(spread.verdict("search to bare loop", searched, bare, TARGET))
    print(spread.verdict("search to loop with keys given", searched, contents, None))
    print(spread.line("first hits shown after", [one["shown"] for one in rounds]))
    times = CASES // FEWER
    print(spread.line(f"{FEWER} cases: search, {times} times", [one * times for one in fewer]))
    print(
        spread.verdict(
            "growth, beside straight", searched, [one * times for one in fewer], GROWTH_TARGET
        )
    )
    print(spread.line("never opened: search", [first["search"]]))
    print(spread.line("sum of the HPKE openings", [first["hpke"]]))
    print(spread.verdict("first search to HPKE openings", [first["search"]], [first["hpke"]], None))
    print(f"  every search found {hits.pop()} cases")
    return {"again": spread.ratio(searched, bare), "first": first["search"] / first["hpke"]}


def fill(folder: Path, cases: int) -> None:
    """A house with cases of one reader, written through the verbs."""
    with houses.house(folder) as installation:
        remember(folder, installation, write(installation, cases))


def remember(folder: Path, installation: Installation, reader: Actor) -> None:
    """Write down what a new process needs to search there."""
    url = installation.settings.database_url.get_secret_value()
    (folder / "reader.json").write_text(json.dumps({"mail": installation.mail(reader), "url": url}))


def write(installation: Installation, cases: int) -> Actor:
    """Write cases of 2 kB with 5 notes each; one in a hundred has the word. Their reader."""
    anna = installation.person("Anna")
    source = random.Random(1)
    now = installation.clock.now()
    with installation.house.database.session() as session:
        for number in range(cases):
            text = " ".join(source.choices(WORDS, k=SIZE // 7))[:SIZE]
            if number % 100 == 0:
                text = f"{WORD} {text}"[:SIZE]
            fields = CaseFields(
                narrative=text, urgency="low", function="council_member", organisation="GM9999"
            )
            at = now - timedelta(minutes=number)
            vault = installation.house.vault
            case_id = casework.open_case(session, vault, anna, fields, at)
            for _note in range(NOTES):
                text = " ".join(source.choices(WORDS, k=NOTE_SIZE // 7))
                casework.add_note(session, vault, anna, case_id, text, at)
            if number % 100 == 99:
                session.commit()
        session.commit()
    return anna


def in_new_process(folder: Path, how: str) -> dict[str, float]:
    """What `once` answers, in a process that has kept nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.search", how, str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def once(how: str, folder: Path) -> dict[str, float]:
    """One search and what it is compared with, in this process.

    Args:
        how: `first` for halves that were never opened, `again` for those that were, `search` for
            the search alone.
        folder: where the installation is.
    """
    reader = json.loads((folder / "reader.json").read_text())
    settings = load_settings({
        "WEERBAAR_DATABASE_URL": reader["url"],
        "WEERBAAR_KEYSTORE_URL": f"sqlite:///{folder / 'keystore.sqlite'}",
        "WEERBAAR_SERVICE_KEYS_FILE": str(folder / "service-keys.json"),
    })  # fmt: skip
    house = open_house(settings, profile=TESTS_ONLY)
    with house.database.session() as session:
        person_id = people.by_mail(session, house.vault, reader["mail"])
        assert person_id is not None
        row = wrappings.find(session, person_id, Way.PASSWORD)
        assert row is not None
        keys = wrappings.open_with_password(house.vault, row, PASSWORD)
        actor = Actor(person_id, people.card(session, house.vault, person_id).roles, keys)
    answer = {"hpke": _hpke(house, actor)} if how == "first" else {}
    with house.database.session() as session:
        began = time.perf_counter()
        going = search.begin(session, house.vault, actor, WORD, house.clock.now(), most=None)
        hits, shown = 0, 0.0
        for step in going.steps():
            session.commit()
            hits += len(step.hits)
            shown = shown or time.perf_counter() - began
        answer |= {"search": time.perf_counter() - began, "hits": hits, "shown": shown}
    if how == "again":
        answer["bare"], answer["contents"] = _bare(house, actor)
    return answer


def _hpke(house: Any, actor: Actor) -> float:
    with house.database.session() as session:
        rows = session.execute(
            select(EnvelopeRow.id, EnvelopeRow.kind, EnvelopeRow.part, EnvelopeRow.epoch, EnvelopeRow.version,
                   EnvelopeReaderRow.sealed_half, EnvelopeReaderRow.key_epoch)
            .join(EnvelopeReaderRow, EnvelopeReaderRow.record_id == EnvelopeRow.id)
            .where(EnvelopeReaderRow.person_id == actor.person_id, EnvelopeRow.kind.in_(KINDS))
        ).all()  # fmt: skip
    places = [
        (Binding(row.kind, row.id, row.part, row.epoch, row.version), row.sealed_half,
         label(Person(actor.person_id), row.key_epoch))
        for row in rows
    ]  # fmt: skip
    assert actor.keys is not None
    private = actor.keys.own.private
    began = time.perf_counter()
    for binding, sealed, recipient in places:
        envelope.open_half(private, sealed, binding, recipient)
    return time.perf_counter() - began


def _bare(house: Any, actor: Actor) -> tuple[float, float]:
    """The loops that cannot be avoided: fetch, open, look. In seconds: all of it, contents alone.

    The first opens what a search has to open, because nothing is kept between two of them: the
    re-wrapped half, the data key, the content. The second is given every data key beforehand.
    """
    assert actor.keys is not None
    own, wanted, found = actor.keys.own.symmetric, WORD.encode(), [0, 0]
    mine = select(
        EnvelopeRow.id, EnvelopeRow.secret_id, EnvelopeRow.content, EnvelopeReaderRow.rewrapped_half
    ).join(EnvelopeReaderRow, EnvelopeReaderRow.record_id == EnvelopeRow.id).where(
        EnvelopeReaderRow.person_id == actor.person_id, EnvelopeRow.kind.in_(KINDS)
    )  # fmt: skip
    with house.database.session() as session:
        places = {
            row.id: Binding(*row)
            for row in session.execute(
                select(EnvelopeRow.kind, EnvelopeRow.id, EnvelopeRow.part, EnvelopeRow.epoch, EnvelopeRow.version)
                .where(EnvelopeRow.kind.in_(KINDS))
            )
        }  # fmt: skip
        began = time.perf_counter()
        rows = session.connection().execute(mine).all()
        secrets = house.vault.keystore.get_many([row[1] for row in rows])
        for record_id, secret_id, content, rewrapped in rows:
            binding = places[record_id]
            half = envelope.open_rewrapped(own, rewrapped, binding)
            key = envelope.data_key(half, secrets[secret_id], binding)
            found[0] += wanted in key.open(content, binding)
        whole = time.perf_counter() - began
        ready = {
            row[0]: envelope.data_key(
                envelope.open_rewrapped(own, row[3], places[row[0]]),
                secrets[row[1]],
                places[row[0]],
            )
            for row in rows
        }
        began = time.perf_counter()
        for record_id, content in session.connection().execute(
            select(EnvelopeRow.id, EnvelopeRow.content).where(EnvelopeRow.kind.in_(KINDS))
        ):
            found[1] += wanted in ready[record_id].open(content, places[record_id])
        contents = time.perf_counter() - began
    assert found[0] == found[1] > 0
    return whole, contents


if __name__ == "__main__":
    json.dump(once(sys.argv[1], Path(sys.argv[2])), sys.stdout)
