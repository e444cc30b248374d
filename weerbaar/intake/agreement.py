"""What was agreed on safe contact: the words that prove who speaks, and whether it still holds.

The words are opened in the reader's session, on request and with a reason; each view and each check
leaves a trail, which never says what came of it.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.intake import casefile, matching
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.content import Who
from weerbaar.intake.errors import NotYourCase


class WordsReason(StrEnum):
    """Why somebody wants to see the words."""

    CALLER_SAYS = "caller_says"
    BEFORE_CALL = "before_call"
    TO_CHANGE = "to_change"
    HAND_OVER = "hand_over"


# What people read of each; pages translate it.
REASON_LABELS: Mapping[WordsReason, str] = {
    WordsReason.CALLER_SAYS: "De beller zegt het woord en ik vergelijk het",
    WordsReason.BEFORE_CALL: "Ik bereid een gesprek voor",
    WordsReason.TO_CHANGE: "De beller wil een ander woord",
    WordsReason.HAND_OVER: "Ik draag de casus over",
}


class Said(StrEnum):
    """What a word is that the other said."""

    CODE_WORD = "code_word"
    DURESS_WORD = "duress_word"
    NEITHER = "neither"


@dataclass(frozen=True, repr=False)
class Words:
    """The words of a case, for a page that shows them."""

    code_word: str
    duress_word: str

    def __repr__(self) -> str:
        return "<Words>"


def _who(session: Session, vault: Vault, actor: Actor, case_id: UUID, *, lock: bool = False) -> Who:
    row = casefile.case_row(session, case_id, lock=lock)
    who = casefile.open_who(session, vault, keys_of(actor), row)
    if who is None:
        raise NotYourCase(case_id)
    return who


def safe_contact(session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime) -> Who:
    """The *who* part of a case, for the block above a call-back; the reading leaves a trail.

    Args:
        session: the door commits.
        vault: the key store.
        actor: the reader.
        case_id: the case.
        now: this instant, aware.

    Raises:
        NotYourCase: unknown, or who it is was not shared with this person.
    """
    who = _who(session, vault, actor, case_id)
    trail.record(session, actor, "case.read", "case", case_id, now)
    return who


def read_words(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    reason: WordsReason,
    now: datetime,
) -> Words:
    """The code word and the duress word; the view and its reason leave a trail.

    Args:
        session: the door commits.
        vault: the key store.
        actor: the reader.
        case_id: the case.
        reason: why.
        now: this instant, aware.

    Raises:
        NotYourCase: unknown, or who it is was not shared with this person.
    """
    who = _who(session, vault, actor, case_id)
    trail.record(session, actor, "case.words", "case", case_id, now, outcome=reason.value)
    return Words(who.code_word, who.duress_word)


def compare(who: Who, said: str) -> Said:
    """Which of the agreed words was said; always both are compared, in the same time.

    Args:
        who: the *who* part, opened.
        said: as typed; case, accents and spaces do not count.
    """
    heard = _digest(said)
    is_code = hmac.compare_digest(heard, _digest(who.code_word)) and bool(who.code_word)
    is_duress = hmac.compare_digest(heard, _digest(who.duress_word)) and bool(who.duress_word)
    if is_duress:
        return Said.DURESS_WORD
    return Said.CODE_WORD if is_code else Said.NEITHER


def _digest(word: str) -> bytes:
    return hashlib.sha256("".join(matching.fold(word).split()).encode()).digest()


def check_word(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, said: str, now: datetime
) -> Said:
    """Compare a word that the other said; the check leaves a trail, its result does not.

    Args:
        session: the door commits.
        vault: the key store.
        actor: who asks.
        case_id: the case.
        said: as typed.
        now: this instant, aware.

    Raises:
        NotYourCase: unknown, or who it is was not shared with this person.
    """
    who = _who(session, vault, actor, case_id)
    trail.record(session, actor, "case.word_check", "case", case_id, now)
    return compare(who, said)


def confirm(session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime) -> None:
    """Note that the agreement was asked about and still holds.

    Args:
        session: the door commits.
        vault: the key store.
        actor: who asked the other.
        case_id: the case.
        now: this instant, aware.

    Raises:
        NotYourCase: unknown, or who it is was not shared with this person.
    """
    who = _who(session, vault, actor, case_id, lock=True)
    row = casefile.case_row(session, case_id, lock=True)
    confirmed = replace(who, last_confirmed_at=now, revision=who.revision + 1)
    casefile.save(session, vault, actor, row, confirmed, now)
