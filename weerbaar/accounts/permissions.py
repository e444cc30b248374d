"""Who may do what: one table, to be read aloud. Reading a case needs a grant on top."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from weerbaar.accounts.actors import Role


class Permission(StrEnum):
    """What a door may ask of the person before it."""

    BOARD_SEE = "board-see"
    CALLS_WORK = "calls-work"
    CALLS_ASSIGN = "calls-assign"
    CASES_WORK = "cases-work"
    CASES_CREATE = "cases-create"
    CASES_ASK_HAND_OVER = "cases-ask-hand-over"
    ROSTER_SEE = "roster-see"
    ROSTER_PLAN = "roster-plan"
    ROSTER_HAND_OVER = "roster-hand-over"
    PEOPLE_SEE = "people-see"
    PEOPLE_MANAGE = "people-manage"
    KEYS_ADMIT = "keys-admit"
    TRAIL_SEE = "trail-see"
    REVIEWS_WORK = "reviews-work"
    TOUR_SEE = "tour-see"
    TRACES_SEE = "traces-see"
    RETENTION_SEE = "retention-see"
    RETENTION_SET = "retention-set"
    PURGE_CONFIRM = "purge-confirm"
    FIGURES_SEE = "figures-see"
    BREACH_REPORT = "breach-report"
    BREACH_SEE = "breach-see"
    BREACH_HANDLE = "breach-handle"
    RIGHTS_SEE = "rights-see"
    RIGHTS_WORK = "rights-work"


# What everybody with an account may: see the board and who is on duty, and report a breach.
STAFF = frozenset({Permission.BOARD_SEE, Permission.ROSTER_SEE, Permission.BREACH_REPORT})

TABLE: Mapping[Role, frozenset[Permission]] = MappingProxyType({
    Role.CONFIDANT: STAFF | {
        Permission.CALLS_WORK, Permission.CASES_WORK, Permission.CASES_CREATE,
        Permission.ROSTER_HAND_OVER,
        Permission.RETENTION_SEE, Permission.RIGHTS_SEE, Permission.RIGHTS_WORK,
    },
    Role.EXPERT: STAFF | {Permission.CASES_WORK},
    Role.PEER: STAFF | {Permission.CASES_WORK},
    Role.COORDINATOR: STAFF | {
        Permission.CALLS_ASSIGN, Permission.CASES_WORK, Permission.CASES_ASK_HAND_OVER,
        Permission.ROSTER_PLAN,
        Permission.ROSTER_HAND_OVER, Permission.PEOPLE_SEE, Permission.KEYS_ADMIT,
        Permission.TRAIL_SEE, Permission.REVIEWS_WORK, Permission.TRACES_SEE,
        Permission.RETENTION_SEE, Permission.RETENTION_SET, Permission.PURGE_CONFIRM,
        Permission.FIGURES_SEE, Permission.BREACH_SEE, Permission.BREACH_HANDLE,
        Permission.RIGHTS_SEE, Permission.RIGHTS_WORK,
    },
    Role.ROSTER_MANAGER: STAFF | {Permission.ROSTER_PLAN},
    Role.TOUR_OFFICER: STAFF | {Permission.TOUR_SEE},
    Role.ADMIN: STAFF | {
        Permission.PEOPLE_SEE, Permission.PEOPLE_MANAGE, Permission.REVIEWS_WORK,
        Permission.TRACES_SEE,
        Permission.RETENTION_SEE, Permission.RETENTION_SET,
    },
    Role.AUDITOR: STAFF | {
        Permission.TRAIL_SEE, Permission.REVIEWS_WORK, Permission.TRACES_SEE,
        Permission.RETENTION_SEE, Permission.BREACH_SEE, Permission.RIGHTS_SEE,
    },
})  # fmt: skip


def allows(roles: Iterable[Role], permission: Permission) -> bool:
    """Whether one of these roles carries the permission; no role carries none.

    Args:
        roles: the roles of a person.
        permission: what the door asks.
    """
    return any(permission in TABLE[role] for role in roles)
