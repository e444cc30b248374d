"""The key store knows who the holders are: no earlier or other choice takes their place."""

from sqlalchemy import delete, select

from tests.accounts.test_quorum import Team, team
from weerbaar.accounts import quorum_holders
from weerbaar.accounts.keystore_tables import pin
from weerbaar.accounts.quorum_models import QuorumHolderRow, QuorumSetRow, QuorumShareRow

__all__ = ["team"]


def chosen(team: Team):
    return team.does(quorum_holders.present, team.vault)


def newest_choice_goes(session):
    """Somebody who writes the database puts back what was chosen before."""
    session.execute(delete(QuorumHolderRow).where(QuorumHolderRow.version == 2))
    session.execute(delete(QuorumSetRow).where(QuorumSetRow.version == 2))


def the_first_as_the_second(session):
    first = session.get_one(QuorumSetRow, 1)
    people = session.scalars(select(QuorumHolderRow.person_id)).all()
    session.add(
        QuorumSetRow(version=2, needed=2, mac=first.mac, created_day=first.created_day)
    )  # fmt: skip
    session.flush()
    session.add_all([QuorumHolderRow(version=2, person_id=one) for one in people])


def test_an_earlier_choice_that_is_put_back_is_none(team):
    team.choose(team.anna, team.bram, team.carla)
    eva = team.installation.person("Eva")
    team.choose(team.bram, team.carla, eva)
    team.does(newest_choice_goes)
    assert chosen(team) is None
    assert not team.sign_in(team.dirk)
    assert team.count(QuorumShareRow) == 0
    # A coordinator chooses anew, above what the key store knows.
    assert team.choose(team.bram, team.carla, eva) == 3
    assert team.sign_in(team.dirk)


def test_an_earlier_choice_under_the_number_of_the_present_one_is_none(team):
    team.choose(team.anna, team.bram, team.carla)
    team.choose(team.anna, team.bram, team.dirk)
    team.does(newest_choice_goes)
    assert chosen(team) is None
    team.does(the_first_as_the_second)
    assert chosen(team) is None


def test_a_choice_that_was_not_committed_changes_nothing(team):
    team.choose(team.anna, team.bram, team.carla)
    eva = team.installation.person("Eva")
    with team.house.database.session() as session:
        quorum_holders.choose(
            session, team.vault, team.coordinator,
            [one.person_id for one in (team.bram, team.carla, eva)], team.now,
        )  # fmt: skip
        # Whoever chooses sees his own choice; nobody else does.
        assert quorum_holders.present(session, team.vault).version == 2
        session.rollback()
    assert chosen(team).version == 1
    assert team.choose(team.bram, team.carla, eva) == 2
    assert chosen(team).version == 2


def test_a_choice_that_the_key_store_only_heard_announced_is_in_force_once_it_is_seen(team):
    team.choose(team.anna, team.bram, team.carla)
    # As after an end between the commit and the last word to the key store.
    before = team.vault.keystore.pin(quorum_holders.CHOICE)
    with team.vault.keystore._engine.begin() as connection:
        connection.execute(
            pin.update().where(pin.c.kind == "quorum").values(
                epoch=None, fingerprint=None,
                next_epoch=before.epoch, next_fingerprint=before.fingerprint,
            )
        )  # fmt: skip
    assert chosen(team).version == 1
    assert team.vault.keystore.pin(quorum_holders.CHOICE) == before


def test_an_older_key_store_learns_the_choice_and_a_newer_one_keeps_its_own(team):
    team.choose(team.anna, team.bram, team.carla)
    keystore = team.vault.keystore
    with keystore._engine.begin() as connection:
        connection.execute(pin.delete().where(pin.c.kind == "quorum"))
    assert chosen(team) is None
    team.does(quorum_holders.make_known, team.vault, keystore)
    assert chosen(team).version == 1
    eva = team.installation.person("Eva")
    team.choose(team.bram, team.carla, eva)
    team.does(newest_choice_goes)
    team.does(quorum_holders.make_known, team.vault, keystore)
    assert chosen(team) is None
