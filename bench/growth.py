"""Searching 100,000 cases with 5 notes each against 1,000: does a case cost more among many?

Through the verbs so many cases take hours to write. So 1,000 are written through them and opened;
the others are those again, sealed anew under ids, halves and secrets of their own, as they stand
in the database once their reader opened them: each with its re-wrapped half (its sealed one, which
no search of opened cases looks at, is left empty). Each round is a new process.
"""

import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import create_engine, insert, select

from bench import houses, search, spread
from tests.installation import Installation
from weerbaar.accounts import envelopes, keystore_tables
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.models import EnvelopeReaderRow, EnvelopeRow
from weerbaar.crypto import envelope
from weerbaar.crypto.envelope import Binding
from weerbaar.intake.models import CaseEntryRow, CaseRow

FEW, MANY, ROUNDS = 1_000, 100_000, 3
TARGET = 1.3
AT_ONCE = 1_000


@dataclass(frozen=True)
class Content:
    """One record of a case that is written again."""

    kind: str
    part: str
    plaintext: bytes


def run() -> dict[str, Any]:
    """Measure and print; the answer is what was printed, as values."""
    many = int(os.environ.get("BENCH_CASES", MANY))
    print(
        f"\nGrowth: searching {many} cases with {search.NOTES} notes against {FEW}, {ROUNDS} rounds."
    )
    with tempfile.TemporaryDirectory() as name:
        began = time.perf_counter()
        small, large = Path(name) / "few", Path(name) / "many"
        search.fill(small, FEW)
        search.in_new_process(small, "first")
        with houses.house(large) as house:
            reader = search.write(house, FEW)
            _again(house, reader, many - FEW)
            search.remember(large, house, reader)
        search.in_new_process(large, "search")
        print(f"  (written in {time.perf_counter() - began:.0f} s)")
        few, most = [], []
        for _round in range(ROUNDS):
            few.append(search.in_new_process(small, "search"))
            most.append(search.in_new_process(large, "search"))
    times = many // FEW
    found = {one["hits"] for one in most}
    if found != {few[0]["hits"] * times}:
        raise SystemExit(f"searches disagree: {found}")
    straight = [one["search"] * times for one in few]
    searched = [one["search"] for one in most]
    print(spread.line(f"{FEW} cases, {times} times", straight))
    print(spread.line(f"{many} cases", searched))
    print(spread.line("first hits shown after", [one["shown"] for one in most]))
    print(spread.verdict("growth, beside straight", searched, straight, TARGET))
    return {"few": straight, "many": searched, "ratio": spread.ratio(searched, straight)}


def _again(house: Installation, reader: Actor, wanted: int) -> None:
    """Write the cases of a house again until there are so many more."""
    cases = list(_opened(house, reader))
    now = house.clock.now()
    store = create_engine(house.settings.keystore_url.get_secret_value())
    for start in range(0, wanted, AT_ONCE):
        locks: list[dict[str, Any]] = []
        rows: dict[Any, list[dict[str, Any]]] = {
            table: [] for table in (EnvelopeRow, EnvelopeReaderRow, CaseRow, CaseEntryRow)
        }
        for number in range(start, min(start + AT_ONCE, wanted)):
            former, contents = cases[number % len(cases)]
            day = (now - timedelta(minutes=FEW + number)).date()
            case_id = uuid4()
            records: dict[str, UUID] = {}
            for content in contents:
                record, secret = uuid4(), {
                    "id": uuid4(), "value": secrets.token_bytes(32), "taken": True,
                }  # fmt: skip
                locks.append(secret)
                plaintext = content.plaintext.replace(str(former).encode(), str(case_id).encode())
                _seal(rows, reader, Binding(content.kind, record, content.part, 1, 1), plaintext,
                      secret, day)  # fmt: skip
                if content.kind == Kind.CASE_NOTE.value:
                    rows[CaseEntryRow].append(
                        {"id": record, "case_id": case_id, "created_day": day}
                    )
                records[content.kind] = record
            rows[CaseRow].append({
                "id": case_id, "created_day": day, "worked_day": day, "is_open": True,
                "who_record": records.get(Kind.CASE_WHO.value),
                "what_record": records[Kind.CASE_WHAT.value],
            })  # fmt: skip
        with store.begin() as connection:
            connection.execute(insert(keystore_tables.secret), locks)
        with house.house.database.session() as session:
            for table, some in rows.items():
                session.connection().execute(insert(table), some)
            session.commit()
    store.dispose()


def _opened(house: Installation, reader: Actor) -> Iterator[tuple[UUID, list[Content]]]:
    with house.house.database.session() as session:
        cases = {
            row.id: [
                (Kind.CASE_WHO, "who", row.who_record), (Kind.CASE_WHAT, "what", row.what_record),
            ]
            for row in session.execute(select(CaseRow.id, CaseRow.who_record, CaseRow.what_record))
        }  # fmt: skip
        for entry in session.execute(select(CaseEntryRow.id, CaseEntryRow.case_id)):
            cases[entry.case_id].append((Kind.CASE_NOTE, "entry", entry.id))
        for case_id, records in cases.items():
            yield case_id, [
                Content(kind.value, part, envelopes.open_one(
                    session, house.house.vault, reader.keys, record, kind=kind, part=part
                ))
                for kind, part, record in records
                if record is not None
            ]  # fmt: skip
        session.commit()


def _seal(
    rows: dict[Any, list[dict[str, Any]]], reader: Actor, binding: Binding, plaintext: bytes,
    secret: dict[str, Any], day: Any,
) -> None:  # fmt: skip
    assert reader.keys is not None
    half = envelope.new_half()
    rows[EnvelopeRow].append({
        "id": binding.record_id, "kind": binding.kind, "part": binding.part, "epoch": 1,
        "version": 1, "secret_id": secret["id"], "created_day": day,
        "content": envelope.data_key(half, secret["value"], binding).seal(plaintext, binding),
    })  # fmt: skip
    rows[EnvelopeReaderRow].append({
        "id": uuid4(), "record_id": binding.record_id, "person_id": reader.person_id,
        "group_name": None, "key_epoch": 1, "sealed_half": b"", "created_day": day,
        "rewrapped_half": envelope.rewrap_half(reader.keys.own.symmetric, half, binding),
    })  # fmt: skip
