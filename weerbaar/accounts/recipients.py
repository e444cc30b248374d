"""To whom something is sealed: a person or a group, as values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class GroupName(StrEnum):
    """The groups of the house; `setup` founds them all."""

    CONFIDANTS = "confidants"
    TOUR = "tour"
    FIGURES = "figures"


@dataclass(frozen=True, slots=True)
class Person:
    """One person, by id."""

    person_id: UUID

    @property
    def kind(self) -> str:
        """The kind of recipient, as rows and bindings name it."""
        return "person"

    @property
    def name(self) -> str:
        """What tells this recipient from others of its kind."""
        return str(self.person_id)


@dataclass(frozen=True, slots=True)
class Group:
    """One group, by its fixed name."""

    group_name: str

    def __post_init__(self) -> None:
        if self.group_name not in set(GroupName):
            raise ValueError("no such group")
        object.__setattr__(self, "group_name", GroupName(self.group_name).value)

    @property
    def kind(self) -> str:
        """The kind of recipient, as rows and bindings name it."""
        return "group"

    @property
    def name(self) -> str:
        """What tells this recipient from others of its kind."""
        return self.group_name


Recipient = Person | Group


class Pinned(Protocol):
    """What the key store knows the present state of: a key, or something else."""

    @property
    def kind(self) -> str:
        """What it is."""
        ...

    @property
    def name(self) -> str:
        """Which of its kind."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """Something that is no key, and of which the key store knows the present state all the same."""

    kind: str
    name: str


def label(recipient: Recipient, key_epoch: int) -> bytes:
    """What is bound into everything sealed to a recipient: kind, name and epoch of the key.

    Args:
        recipient: a person or a group.
        key_epoch: the epoch of the recipient's key pair.
    """
    return f"{recipient.kind}:{recipient.name}:{key_epoch}".encode()
