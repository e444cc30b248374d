"""A key comes back by enough holders, into the hands of who is known by voice, and no other way."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from weerbaar.accounts import (
    envelopes,
    groups,
    invitations,
    notices,
    people,
    quorum_cover,
    quorum_holders,
    quorum_requests,
    quorum_restore,
    rotation,
    wrappings,
)
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.envelopes import Kind, NotAReader
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.models import GroupHalfRow, KeyWrappingRow, NoticeRow
from weerbaar.accounts.quorum_holders import HoldersRefused
from weerbaar.accounts.quorum_models import (
    QuorumApprovalRow,
    QuorumHolderRow,
    QuorumRequestRow,
    QuorumSetRow,
    QuorumShareRow,
)
from weerbaar.accounts.quorum_requests import (
    AlreadyAsked,
    NotCovered,
    NotEnough,
    RequestOver,
    WordsDiffer,
)
from weerbaar.accounts.recipients import Person
from weerbaar.accounts.wrappings import Way
from weerbaar.crypto.errors import CannotOpen


class Team:
    """Three holders, and Dirk who loses everything; each act is a transaction of its own."""

    def __init__(self, installation):
        self.installation, self.house = installation, installation.house
        self.vault = self.house.vault
        self.anna, self.bram, self.carla, self.dirk = (
            installation.person(name) for name in ("Anna", "Bram", "Carla", "Dirk")
        )
        self.coordinator = installation.coordinator

    @property
    def now(self):
        return self.installation.clock.now()

    def does(self, verb, *given, **more):
        """A verb, with session, vault and the instant where it wants them, committed."""
        with self.house.database.session() as session:
            done = verb(session, *given, **more)
            session.commit()
        return done

    def choose(self, *holders, needed=2):
        chosen = [one.person_id for one in holders or (self.anna, self.bram, self.carla)]
        return self.does(
            quorum_holders.choose, self.vault, self.coordinator, chosen, self.now, needed=needed
        )

    def sign_in(self, actor):
        return self.does(quorum_cover.keep_up, self.vault, actor.keys, self.now)

    def write(self, reader, text=b"wat er gebeurde"):
        return self.does(
            envelopes.seal, self.vault, kind=Kind.CASE_WHAT, plaintext=text,
            recipients=[Person(reader.person_id)], now=self.now,
        )  # fmt: skip

    def read(self, actor, record):
        return self.does(envelopes.open_one, self.vault, actor.keys, record, kind=Kind.CASE_WHAT)

    def start_over(self, actor):
        token = self.does(
            invitations.start_over, self.vault, self.coordinator, actor.person_id, self.now
        )
        invited = self.does(invitations.look_up, self.vault, token, self.now)
        stretched = wrappings.stretch(self.vault, "een-heel-ander-wachtwoord")
        keys = self.does(invitations.accept, self.vault, invited, stretched, 1, self.now)
        return Actor(actor.person_id, actor.roles, keys)

    def ask(self, actor):
        return self.does(quorum_requests.ask, self.vault, actor, actor.person_id, self.now)

    def approve(self, holder, request, words):
        return self.does(quorum_requests.approve, self.vault, holder, request, words, self.now)

    def restore(self, actor, request):
        self.does(quorum_restore.restore, self.vault, actor, request, self.now)

    def count(self, row):
        return self.does(lambda session: session.scalar(select(func.count()).select_from(row)))

    def cover(self, actor):
        return self.does(quorum_cover.covers, self.vault).get(actor.person_id)


@pytest.fixture
def team(installation):
    return Team(installation)


@pytest.fixture
def lost(team):
    """Dirk was covered, wrote something, and had to start over: his new keys, and the record."""
    team.choose()
    team.sign_in(team.dirk)
    record = team.write(team.dirk)
    return team.start_over(team.dirk), record


def words(actor):
    return actor.keys.private.public.words()


def test_two_of_three_holders_give_a_key_back_and_everything_opens_again(team, lost):
    dirk, record = lost
    with pytest.raises(NotAReader):
        team.read(dirk, record)
    request = team.ask(dirk)
    assert team.approve(team.anna, request, words(dirk)) is False
    with pytest.raises(NotEnough):
        team.restore(dirk, request)
    assert team.approve(team.carla, request, words(dirk).upper()) is True
    team.restore(dirk, request)
    assert team.does(rotation.go_on, team.vault, dirk.keys, team.now) == 0
    assert team.read(dirk, record) == b"wat er gebeurde"
    assert dirk.person_id in team.does(groups.members, "confidants")
    # Nothing of it is kept: no share on its way, no former key.
    assert team.count(QuorumApprovalRow) == 0
    kinds = team.does(
        lambda session: session.scalars(
            select(KeyWrappingRow.kind).where(KeyWrappingRow.person_id == dirk.person_id)
        ).all()
    )
    assert sorted(kinds) == ["password", "recovery"]
    # And the new key is covered from now on.
    assert team.sign_in(dirk)
    assert team.cover(dirk).epoch == dirk.keys.epoch


def test_a_holder_who_hears_other_words_gives_nothing(team, lost):
    dirk, _record = lost
    request = team.ask(dirk)
    for heard in ("", words(team.anna), words(dirk) + " lusab", " ".join(words(dirk).split()[:3])):
        with pytest.raises(WordsDiffer):
            team.approve(team.bram, request, heard)
    assert team.count(QuorumApprovalRow) == 0


def test_nobody_but_a_holder_with_a_share_can_help_and_nobody_helps_himself(team, lost):
    dirk, _record = lost
    request = team.ask(dirk)
    for other in (team.coordinator, dirk):
        with pytest.raises(RequestOver):
            team.approve(other, request, words(dirk))
    team.approve(team.anna, request, words(dirk))
    with pytest.raises(RequestOver):
        team.approve(team.anna, request, words(dirk))


def test_a_refusal_ends_it_for_everybody_and_is_told(team, lost):
    dirk, _record = lost
    request = team.ask(dirk)
    team.approve(team.anna, request, words(dirk))
    team.does(quorum_requests.refuse, team.vault, team.bram, request, team.now)
    for holder in (team.carla, team.bram):
        with pytest.raises(RequestOver):
            team.approve(holder, request, words(dirk))
    with pytest.raises(RequestOver):
        team.restore(dirk, request)
    assert team.count(QuorumApprovalRow) == 0
    told = team.does(
        lambda session: session.scalars(
            select(NoticeRow.person_id).where(NoticeRow.code == "quorum_refused")
        ).all()
    )
    assert {dirk.person_id, team.coordinator.person_id} <= set(told)
    # A real colleague can ask again.
    assert team.ask(dirk) != request


def test_a_request_ends_after_a_week_with_the_shares_that_were_given(team, lost):
    dirk, _record = lost
    request = team.ask(dirk)
    team.approve(team.anna, request, words(dirk))
    team.installation.clock.forward(days=7)
    with pytest.raises(RequestOver):
        team.approve(team.bram, request, words(dirk))
    assert team.does(quorum_requests.expire, team.now) == [request]
    assert team.count(QuorumApprovalRow) == 0
    row = team.does(lambda session: session.get(QuorumRequestRow, request))
    assert (row.state, row.expires_at) == ("expired", None)


def test_one_request_at_a_time_for_one_key_and_two_people_at_once(team, lost):
    dirk, _record = lost
    request = team.ask(dirk)
    with pytest.raises(AlreadyAsked):
        team.ask(dirk)
    # A holder loses his keys at the same moment: the other two help him, and he cannot help Dirk.
    team.sign_in(team.anna)
    anna = team.start_over(team.anna)
    with pytest.raises(NotCovered):
        # Bram and Carla held shares of Anna's key under the present choice.
        team.ask(team.bram)
    hers = team.ask(anna)
    team.approve(team.bram, hers, words(anna))
    with pytest.raises(RequestOver):
        team.approve(team.anna, request, words(dirk))
    team.approve(team.carla, hers, words(anna))
    team.restore(anna, hers)
    assert team.does(rotation.go_on, team.vault, anna.keys, team.now) == 0
    # With her key came the shares that she keeps for others.
    anna.keys.forget_groups()
    assert team.approve(anna, request, words(dirk)) is False
    assert team.approve(team.carla, request, words(dirk)) is True


def test_a_holder_who_left_helps_no_more(team, lost):
    dirk, _record = lost
    request = team.ask(dirk)
    team.does(people.leave, team.vault, team.coordinator, team.anna.person_id, team.now)
    assert team.cover(dirk).helpers == {team.bram.person_id, team.carla.person_id}
    with pytest.raises(RequestOver):
        team.approve(team.anna, request, words(dirk))
    team.does(people.leave, team.vault, team.coordinator, team.bram.person_id, team.now)
    assert not team.cover(dirk).is_enough


def test_a_new_choice_of_holders_counts_at_the_next_sign_in(team):
    team.choose()
    assert team.sign_in(team.dirk)
    assert not team.sign_in(team.dirk)
    before = team.cover(team.dirk)
    eva = team.installation.person("Eva")
    team.choose(team.bram, team.carla, eva)
    # Until then who stayed can help; who is none any more lost his shares at once.
    assert team.cover(team.dirk).helpers == {team.bram.person_id, team.carla.person_id}
    assert team.sign_in(team.dirk)
    after = team.cover(team.dirk)
    assert after.helpers == {team.bram.person_id, team.carla.person_id, eva.person_id}
    assert after.wrapping_id != before.wrapping_id


def test_a_share_of_an_older_choice_still_gives_the_key_back(team, lost):
    dirk, record = lost
    eva = team.installation.person("Eva")
    team.choose(team.bram, team.carla, eva)
    # Dirk cannot sign in with his former key; the new choice left two of the old holders.
    assert not team.sign_in(dirk)
    request = team.ask(dirk)
    with pytest.raises(RequestOver):
        team.approve(team.anna, request, words(dirk))
    team.approve(team.bram, request, words(dirk))
    team.approve(team.carla, request, words(dirk))
    team.restore(dirk, request)
    team.does(rotation.go_on, team.vault, dirk.keys, team.now)
    assert team.read(dirk, record) == b"wat er gebeurde"


def test_one_damaged_share_does_not_stand_in_the_way_of_enough_good_ones(team, lost):
    dirk, record = lost
    request = team.ask(dirk)
    for holder in (team.anna, team.bram, team.carla):
        team.approve(holder, request, words(dirk))
    team.does(
        lambda session: session.execute(
            update(QuorumApprovalRow)
            .where(QuorumApprovalRow.holder_id == team.anna.person_id)
            .values(sealed_share=b"\x01\x01" + bytes(400))
        )
    )
    team.restore(dirk, request)
    team.does(rotation.go_on, team.vault, dirk.keys, team.now)
    assert team.read(dirk, record) == b"wat er gebeurde"


def test_without_cover_a_lost_key_stays_lost(team):
    record = team.write(team.dirk)
    dirk = team.start_over(team.dirk)
    with pytest.raises(NotCovered):
        team.ask(dirk)
    with pytest.raises(NotAReader):
        team.read(dirk, record)


def test_a_key_that_was_given_up_is_destroyed(team, lost):
    dirk, _record = lost
    secret = team.does(
        lambda session: wrappings.find(session, dirk.person_id, Way.QUORUM).secret_id
    )
    request = team.ask(dirk)
    team.does(quorum_restore.give_up, team.vault, dirk, team.now)
    with pytest.raises(RequestOver):
        team.approve(team.anna, request, words(dirk))
    with pytest.raises(SecretGone):
        team.vault.keystore.get(secret)
    told = team.does(notices.unread, dirk.person_id)
    assert "key_given_up" in [one.code for one in told]
    assert team.sign_in(dirk)


def test_a_new_key_pair_waits_for_the_former_key_that_the_holders_keep(team, lost):
    dirk, record = lost
    stretched = wrappings.stretch(team.vault, "een-heel-ander-wachtwoord")
    with pytest.raises(rotation.FormerWaits):
        team.does(rotation.begin, team.vault, dirk, stretched, team.now)
    request = team.ask(dirk)
    for holder in (team.anna, team.bram):
        team.approve(holder, request, words(dirk))
    team.restore(dirk, request)
    team.does(rotation.go_on, team.vault, dirk.keys, team.now)
    assert team.read(dirk, record) == b"wat er gebeurde"
    assert team.does(rotation.begin, team.vault, dirk, stretched, team.now)


def test_only_enough_admitted_people_can_be_holders(team):
    newcomer = team.installation.person("Noor", admitted=False)
    expert = team.installation.person("Els", (Role.EXPERT,))
    for wrong in (
        (team.anna, team.bram),
        (team.anna, team.bram, newcomer),
        (team.anna, team.bram, expert),
    ):
        with pytest.raises(HoldersRefused):
            team.choose(*wrong)
    with pytest.raises(HoldersRefused):
        team.choose(needed=3)
    with pytest.raises(HoldersRefused):
        team.choose(needed=1)


def test_whoever_writes_the_database_puts_nobody_among_the_holders(team):
    version = team.choose()
    team.does(
        lambda session: session.add(QuorumHolderRow(version=version, person_id=team.dirk.person_id))
    )
    assert team.does(quorum_holders.present, team.vault) is None
    assert not team.sign_in(team.bram)
    team.does(lambda session: session.execute(update(QuorumSetRow).values(needed=3)))
    assert team.does(quorum_holders.present, team.vault) is None


def test_a_share_that_was_put_at_another_key_does_not_open(team, lost):
    dirk, _record = lost
    team.sign_in(team.bram)
    other = team.does(
        lambda session: session.scalars(
            select(QuorumShareRow.sealed_share)
            .join(KeyWrappingRow, KeyWrappingRow.id == QuorumShareRow.wrapping_id)
            .where(
                KeyWrappingRow.person_id == team.bram.person_id,
                QuorumShareRow.holder_id == team.anna.person_id,
            )
        ).one()
    )
    request = team.ask(dirk)
    team.does(
        lambda session: session.execute(
            update(QuorumShareRow)
            .where(
                QuorumShareRow.wrapping_id == team.cover(dirk).wrapping_id,
                QuorumShareRow.holder_id == team.anna.person_id,
            )
            .values(sealed_share=other)
        )
    )
    with pytest.raises(CannotOpen):
        team.approve(team.anna, request, words(dirk))


def test_until_the_link_is_used_everything_stays_as_it_was(team):
    team.choose()
    record = team.write(team.dirk)
    team.does(invitations.start_over, team.vault, team.coordinator, team.dirk.person_id, team.now)
    assert team.read(team.installation.actor(team.dirk.person_id), record) == b"wat er gebeurde"
    team.installation.clock.set(team.now + timedelta(hours=73))
    assert team.read(team.installation.actor(team.dirk.person_id), record) == b"wat er gebeurde"


def test_nobody_lets_himself_start_over(team):
    with pytest.raises(invitations.NotInvitable):
        team.does(
            invitations.start_over, team.vault, team.coordinator,
            team.coordinator.person_id, team.now,
        )  # fmt: skip


def test_who_starts_over_is_a_newcomer_to_the_groups(team, lost):
    dirk, _record = lost
    assert dirk.person_id not in team.does(groups.members, "confidants")
    halves = team.does(
        lambda session: session.scalars(
            select(GroupHalfRow.person_epoch).where(GroupHalfRow.person_id == dirk.person_id)
        ).all()
    )
    assert dirk.keys.epoch not in halves


# The link was handed to somebody: if he was deceived, two deceived people must not be one.
def test_the_coordinator_who_made_the_link_gives_no_share_as_well(team):
    team.choose(team.coordinator, team.anna, team.bram)
    team.sign_in(team.dirk)
    record = team.write(team.dirk)
    dirk = team.start_over(team.dirk)
    request = team.ask(dirk)
    assert (
        team.does(quorum_requests.for_holder, team.vault, team.coordinator.person_id, team.now)
        == []
    )
    with pytest.raises(RequestOver):
        team.approve(team.coordinator, request, words(dirk))
    for holder in (team.anna, team.bram):
        team.approve(holder, request, words(dirk))
    team.restore(dirk, request)
    assert team.does(rotation.go_on, team.vault, dirk.keys, team.now) == 0
    assert team.read(dirk, record) == b"wat er gebeurde"


def test_with_too_few_others_another_coordinator_makes_the_link(team):
    ina = team.installation.person("Ina", (Role.COORDINATOR,))
    team.choose(team.coordinator, team.anna, team.dirk)
    team.sign_in(team.dirk)
    dirk = team.start_over(team.dirk)
    with pytest.raises(NotCovered):
        team.ask(dirk)
    team.coordinator, founder = ina, team.coordinator
    again = team.start_over(dirk)
    request = team.ask(again)
    for holder in (founder, team.anna):
        team.approve(holder, request, words(again))
    team.restore(again, request)


def test_a_coordinator_who_agrees_to_a_successor_gives_no_share_and_the_owner_is_told(team):
    team.choose(team.coordinator, team.anna, team.bram)
    team.sign_in(team.dirk)
    request = team.does(
        quorum_requests.ask, team.vault, team.coordinator, team.dirk.person_id, team.now,
        kind=quorum_requests.Kind.SUCCESSOR, for_id=team.carla.person_id,
    )  # fmt: skip
    with pytest.raises(RequestOver):
        team.approve(team.coordinator, request, words(team.carla))
    told = team.does(
        lambda session: session.scalars(
            select(NoticeRow.code).where(NoticeRow.person_id == team.dirk.person_id)
        ).all()
    )
    assert "quorum_successor" in told
