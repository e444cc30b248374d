"""Taking a reader off 1,000 cases and re-keying them, in the session of a reader who stays.

Compared with a bare loop of the cryptography that cannot be avoided: open the re-wrapped half and
the content, make a new half, seal the content under it and a secret, seal the half to each reader
who stays. Taking the reader off is timed apart: from then on the house opens nothing for him.
"""

import secrets
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench import houses, spread
from tests.installation import Installation
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.models import EnvelopeReaderRow, EnvelopeRow
from weerbaar.accounts.recipients import Person, label
from weerbaar.crypto import envelope
from weerbaar.crypto.envelope import Binding
from weerbaar.intake import casework, revoking, sharing
from weerbaar.intake.content import CaseFields

CASES, SIZE, ROUNDS = 1_000, 2_000, 3
BOTH = {"who", "what"}


def run() -> dict[str, Any]:
    """Measure and print; the answer is what was printed, as values."""
    print(f"\nRe-keying: {CASES} cases of {SIZE} bytes, two readers who stay, {ROUNDS} rounds.")
    with tempfile.TemporaryDirectory() as name, houses.house(Path(name)) as house:
        return _measured(house)


def _measured(house: Installation) -> dict[str, Any]:
    anna, bram = house.person("Anna"), house.person("Bram")
    esther = house.person("Esther", (Role.PEER,))
    now, vault = house.clock.now(), house.house.vault
    cases = []
    with house.house.database.session() as session:
        for number in range(CASES):
            fields = CaseFields(narrative="x" * SIZE, name="Naam")
            cases.append(casework.open_case(session, vault, anna, fields, now))
            sharing.share(session, vault, anna, cases[-1], bram.person_id, BOTH, now)
            if number % 100 == 99:
                session.commit()
        session.commit()
    off, rekeyed, bare = [], [], []
    for _round in range(ROUNDS):
        with house.house.database.session() as session:
            for case_id in cases:
                sharing.share(session, vault, anna, case_id, esther.person_id, BOTH, now)
            session.commit()
        bare.append(_bare(house, anna, (anna, bram)))
        off.append(_timed(house, cases, lambda session, case_id: revoking.revoke(
            session, vault, anna, case_id, esther.person_id, now
        )))  # fmt: skip
        rekeyed.append(_timed(house, cases, lambda session, case_id: revoking.step(
            session, vault, anna, case_id, now
        )))  # fmt: skip
    print(spread.line("taking the reader off", off))
    print(spread.line("re-keying", rekeyed))
    print(spread.line("bare loop of cryptography", bare))
    print(spread.verdict("re-keying to bare loop", rekeyed, bare, None))
    return {"off": off, "rekeyed": rekeyed, "ratio": spread.ratio(rekeyed, bare)}


def _timed(house: Installation, cases: list[Any], act: Any) -> float:
    """Seconds for all cases, each in a transaction of its own as the pages have it."""
    began = time.perf_counter()
    for case_id in cases:
        with house.house.database.session() as session:
            act(session, case_id)
            session.commit()
    return time.perf_counter() - began


def _bare(house: Installation, reader: Actor, staying: tuple[Actor, ...]) -> float:
    assert reader.keys is not None
    own = reader.keys.own.symmetric
    with house.house.database.session() as session:
        rows = session.execute(
            select(EnvelopeRow.kind, EnvelopeRow.id, EnvelopeRow.part, EnvelopeRow.epoch,
                   EnvelopeRow.version, EnvelopeRow.secret_id, EnvelopeRow.content,
                   EnvelopeReaderRow.rewrapped_half)
            .join(EnvelopeReaderRow, EnvelopeReaderRow.record_id == EnvelopeRow.id)
            .where(EnvelopeReaderRow.person_id == reader.person_id,
                   EnvelopeRow.kind.in_(("case-who", "case-what")))
        ).all()  # fmt: skip
        known = house.house.vault.keystore.get_many([row.secret_id for row in rows])
        public = [
            house.house.vault.public_key_of(session, Person(one.person_id))
            for one in staying
            if one.person_id is not None
        ]
    began = time.perf_counter()
    for kind, record, part, epoch, version, secret_id, content, rewrapped in rows:
        old = Binding(kind, record, part, epoch, version)
        half = envelope.open_rewrapped(own, rewrapped, old)
        plaintext = envelope.data_key(half, known[secret_id], old).open(content, old)
        new = Binding(kind, record, part, epoch + 1, version + 1)
        fresh = envelope.new_half()
        envelope.data_key(fresh, secrets.token_bytes(32), new).seal(plaintext, new)
        for key in public:
            envelope.seal_half(key.public, fresh, new, label(key.recipient, key.epoch))
    return time.perf_counter() - began
