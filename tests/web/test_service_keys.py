"""Whatever stands under the service keys in any room moves with them."""

import pytest

from weerbaar.accounts import passkeys, service_keys
from weerbaar.accounts.house import open_house
from weerbaar.accounts.models import PasskeyRow
from weerbaar.crypto.keyring import Keyring
from weerbaar.crypto.wrapping import TESTS_ONLY
from weerbaar.tour import contacts, trainers
from weerbaar.tour.contacts import Contact, ContactRole

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_passkeys_and_contacts_are_read_with_the_new_key_alone(installation):
    house, now = installation.house, installation.clock.now()
    anna = installation.person("Anna")
    with house.database.session() as session:
        secret_id, secret = house.vault.keystore.take()
        row = PasskeyRow(
            person_id=anna.person_id, credential_id=b"c" * 16, public_key=b"p" * 32, prf_salt=b"s" * 32,
            secret_id=secret_id, created_day=now.date(), sign_count=0, mac=b"",
        )  # fmt: skip
        session.add(row)
        session.flush()
        row.label_sealed = house.vault.keyring.seal("passkey-label", b"telefoon", row.id.bytes)
        row.mac = house.vault.keyring.mac("passkey", passkeys._maced(row, secret))
        contact = Contact(ContactRole.CLERK, "Griffier Voorbeeld", code="GM0344")
        contacts.put(session, house.vault, installation.coordinator, "GM0344", contact, now)
        card = trainers.Card("Tessa Trainer")
        trainers.put(session, house.vault, installation.coordinator, card, now)
        session.commit()
    path = installation.settings.service_keys_file
    fresh = house.vault.keyring.rotated()
    fresh.replace(path)
    installation.house.dispose()
    installation.house = house = open_house(
        installation.settings, installation.clock, profile=TESTS_ONLY, pool_size=5
    )
    assert service_keys.reseal(house).left(fresh.ids[0]) == 0
    house.vault.keyring = Keyring([fresh._keys[0].raw])
    with house.database.session() as session:
        (one,) = passkeys.listing(session, house.vault, anna.person_id)
        assert one.label == "telefoon"
        found = contacts.of_place(session, house.vault, contacts.places.place("GM0344"))
        assert [each.name for each in found] == ["Griffier Voorbeeld"]
        assert [each.card for each in trainers.directory(session, house.vault)] == [card]
