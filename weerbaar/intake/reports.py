"""What was reported by which route, when and with whose consent; and why something was not."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.intake import casefile, consent_codes, consents, disclosures, parts, rules
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.content import WHAT_FIELDS, CaseFields, What
from weerbaar.intake.errors import CaseworkRefused, NoConsent, UnknownCode
from weerbaar.intake.models import CaseRow
from weerbaar.intake.part_contents import Report
from weerbaar.intake.taxonomy import NOT_REPORTED, REPORTING


class ReportRefused(CaseworkRefused):
    """A report says who made it, and was not made in the future."""


@dataclass(frozen=True, repr=False)
class Facts:
    """A report as it is filled in.

    Args:
        route: a code of the field *reporting status*.
        on: the local day.
        by_whom: a code of `consent_codes.REPORTERS`; empty where nothing was reported.
        with_consent: whether the person it is about agreed.
        reason: a code of `consent_codes.REASONS`, where nothing was reported.
        note: what else is to be known of it.
    """

    route: str
    on: date
    by_whom: str = ""
    with_consent: bool = False
    reason: str = ""
    note: str = ""

    def __repr__(self) -> str:
        return "<Facts>"


def add(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, facts: Facts, now: datetime
) -> UUID:
    """Write down that something was reported, or that it was not.

    What we report ourselves asks for a consent that holds for that route; without one it is written
    down only where confidentiality was broken on the record.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: a reader of the case.
        case_id: the case.
        facts: what was filled in.
        now: the present instant, aware.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        UnknownCode: a code that its list does not have.
        ReportRefused: without who made it, or from the future.
        NoConsent: we would report without consent.
    """
    row = casefile.case_row(session, case_id, lock=True)
    what = casefile.open_what(session, vault, keys_of(actor), row)
    facts = _checked(facts, local(now).date())
    if facts.by_whom == consent_codes.CALLER:
        # Who reports it himself needs nobody's consent.
        facts = replace(facts, with_consent=True)
    if facts.by_whom == consent_codes.US:
        agreed = consents.given(session, vault, actor, case_id, facts.route, now)
        if not agreed and not disclosures.of_case(session, vault, actor, case_id):
            raise NoConsent(facts.route)
        facts = replace(facts, with_consent=agreed)
    report = Report(
        case_id=str(case_id), at=now, by=str(keys_of(actor).person_id), route=facts.route,
        on=facts.on, by_whom=facts.by_whom, with_consent=facts.with_consent, reason=facts.reason,
        note=facts.note.strip(),
    )  # fmt: skip
    record = parts.add(session, vault, actor, row, report, now)
    _set_status(session, vault, actor, row, what, _with(what, facts.route), now)
    trail.record(session, actor, "report.add", "case", case_id, now)
    return record


def _checked(facts: Facts, today: date) -> Facts:
    for name, codes in (
        ("route", consent_codes.ROUTES),
        ("by_whom", consent_codes.REPORTERS),
        ("reason", consent_codes.REASONS),
    ):
        code = getattr(facts, name)
        if code not in codes and (code or name == "route"):
            raise UnknownCode(name)
    if facts.on > today:
        raise ReportRefused
    if facts.route in NOT_REPORTED:
        return replace(facts, by_whom="", with_consent=False)
    if not facts.by_whom:
        raise ReportRefused
    return replace(facts, reason="")


def remove(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, record: UUID, now: datetime
) -> None:
    """Take back a report that was written down by mistake; its route goes with the last of it.

    Raises:
        NotYourCase: there is no such report for this person.
    """
    row = casefile.case_row(session, case_id, lock=True)
    what = casefile.open_what(session, vault, keys_of(actor), row)
    _row, report = parts.one(session, vault, keys_of(actor), record, Report, case_id=case_id)
    parts.destroy(session, vault, [record], now, actor=actor)
    others = {one.route for _record, one in of_case(session, vault, actor, case_id)}
    if report.route not in others:
        left = tuple(code for code in what.reporting_status if code != report.route)
        _set_status(session, vault, actor, row, what, left, now)
    trail.record(session, actor, "report.remove", "case", case_id, now)


def of_case(
    session: Session, vault: Vault, actor: Actor, case_id: UUID
) -> list[tuple[UUID, Report]]:
    """The reports of a case by their day; the door has opened the case."""
    found = parts.of_case(session, vault, keys_of(actor), case_id, Report)
    return sorted(found, key=lambda pair: (pair[1].on, pair[1].at))


def _with(what: What, route: str) -> tuple[str, ...]:
    """The reporting status with one route more; that nothing was reported gives way to a report."""
    made = set(what.reporting_status) - NOT_REPORTED
    if route in NOT_REPORTED:
        return what.reporting_status if made else (route,)
    return tuple(code.code for code in REPORTING if code.code in made | {route})


def _set_status(
    session: Session,
    vault: Vault,
    actor: Actor,
    row: CaseRow,
    what: What,
    status: tuple[str, ...],
    now: datetime,
) -> None:
    if status == what.reporting_status:
        return
    fields = CaseFields(**{name: getattr(what, name) for name in WHAT_FIELDS})
    labels = rules.what_labels(replace(fields, reporting_status=status))
    changed = replace(what, reporting_status=status, labels=labels, revision=what.revision + 1)
    casefile.save(session, vault, actor, row, changed, now)
