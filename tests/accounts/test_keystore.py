"""The key store: each secret once, gone for good, never an older pin, never made by opening it."""

import multiprocessing
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from weerbaar.accounts import keystore, keystore_tables
from weerbaar.accounts.keystore import (
    Destroyed,
    Fate,
    Identity,
    KeyStore,
    KeyStoreGone,
    KeyStoreRefused,
    SecretGone,
)
from weerbaar.accounts.recipients import Group
from weerbaar.config.database import Database

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
GROUP = Group("confidants")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'keystore.sqlite'}"
        return
    cluster = request.getfixturevalue("cluster")
    name = f"keystore_{uuid4().hex}"
    yield cluster.create(name)
    cluster.drop(name)


@pytest.fixture
def store(url):
    store = KeyStore.create(url)
    yield store
    store.dispose()


def test_a_taken_secret_is_found_again_and_never_given_twice(store):
    taken = [store.take() for _ in range(3 * keystore.BATCH)]
    assert len(dict(taken)) == len({secret for _, secret in taken}) == len(taken)
    assert all(len(secret) == keystore.SECRET_BYTES for _, secret in taken)
    assert store.get_many([one for one, _ in taken]) == dict(taken)
    with pytest.raises(SecretGone):
        store.get(uuid4())


def test_secrets_are_made_ahead_and_on_demand(url, store):
    assert store.top_up() == 0
    for _ in range(keystore.BATCH):
        store.take()
    assert store.top_up() == keystore.BATCH
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(keystore_tables.secret.delete())
    database.dispose()
    assert store.take()


def test_threads_never_share_a_secret(url):
    stores = [KeyStore.create(url), KeyStore.open(url)]
    taken, lock = [], threading.Lock()

    def take(store):
        for _ in range(40):
            one = store.take()
            with lock:
                taken.append(one[0])

    threads = [threading.Thread(target=take, args=(store,)) for store in stores * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(taken)) == len(taken) == 240
    for store in stores:
        store.dispose()


def _take_some(store, answers):
    answers.put([store.take()[0] for _ in range(5)])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_takes_its_own(store):
    first = store.take()[0]
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    processes = [context.Process(target=_take_some, args=(store, answers)) for _ in range(2)]
    for process in processes:
        process.start()
    taken = [first, *answers.get(timeout=30), *answers.get(timeout=30)]
    for process in processes:
        process.join()
    taken.extend(store.take()[0] for _ in range(5))
    assert len(set(taken)) == len(taken)


def test_a_destroyed_secret_is_gone_from_the_files_and_logged(url, store):
    secret_id, secret = store.take()
    kept_id, kept = store.take()
    for _ in range(2):
        store.destroy([secret_id], NOW)
    with pytest.raises(SecretGone):
        store.get(secret_id)
    assert store.get_many([secret_id, kept_id]) == {kept_id: kept}
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        files = [one.read_bytes() for one in path.parent.iterdir()]
        assert any(kept in one for one in files)
        assert not any(secret in one for one in files)
    assert store.scrub()
    assert store.get(kept_id) == kept
    assert store.destructions() == [Destroyed(secret_id, date(2026, 3, 2), None)]
    assert store.destroyed(secret_id)
    assert not store.destroyed(kept_id)


def test_the_log_tells_what_it_was_as_long_as_it_must(store):
    told, untold = store.take()[0], store.take()[0]
    fate = Fate(uuid4(), "case-what", "period-over", None)
    store.destroy([told, untold], NOW, {told: fate})
    # Done again by a worker that knows no more: what stands, stands.
    store.destroy([told], NOW)
    assert {one.secret_id: one.fate for one in store.destructions()} == {told: fate, untold: None}
    assert store.forget_fates(date(2026, 3, 2)) == 0
    assert store.forget_fates(date(2026, 3, 3)) == 1
    assert {one.secret_id: one.fate for one in store.destructions()} == {told: None, untold: None}


def test_an_older_store_is_brought_up_and_keeps_what_it_holds(url, store):
    secret_id, _secret = store.take()
    store.destroy([secret_id], NOW)
    kept, value = store.take()
    database = Database(url)
    with database.engine.begin() as connection:
        for name in ("record_id", "kind", "why", "actor_id"):
            connection.execute(text(f"ALTER TABLE destruction DROP COLUMN {name}"))
        connection.execute(keystore_tables.version.update().values(version=1))
    database.dispose()
    with pytest.raises(KeyStoreRefused, match="weerbaar upgrade"):
        KeyStore.open(url)
    assert KeyStore.upgrade(url)
    assert not KeyStore.upgrade(url)
    opened = KeyStore.open(url)
    assert opened.get(kept) == value
    assert opened.destructions() == [Destroyed(secret_id, date(2026, 3, 2), None)]
    opened.dispose()


def test_a_pin_counts_once_confirmed_and_never_goes_back(store):
    assert store.pin(GROUP) is None
    assert not store.confirm_pin(GROUP, 1, b"a" * 32)
    store.announce_pin(GROUP, 1, b"x" * 32)
    store.announce_pin(GROUP, 1, b"a" * 32)
    assert store.pin(GROUP).epoch is None
    assert store.confirm_pin(GROUP, 1, b"a" * 32)
    store.announce_pin(GROUP, 2, b"b" * 32)
    assert (store.pin(GROUP).epoch, store.pin(GROUP).next_epoch) == (1, 2)
    assert store.confirm_pin(GROUP, 2, b"b" * 32)
    assert not store.confirm_pin(GROUP, 1, b"a" * 32)
    assert not store.confirm_pin(GROUP, 2, b"c" * 32)
    for epoch in (1, 2):
        with pytest.raises(KeyStoreRefused):
            store.announce_pin(GROUP, epoch, b"d" * 32)
    assert store.pins()[("group", "confidants")].fingerprint == b"b" * 32


def test_opening_never_makes_a_store(tmp_path, cluster):
    place = tmp_path / "none.sqlite"
    with pytest.raises(KeyStoreRefused, match="KEYSTORE_URL"):
        KeyStore.open(f"sqlite:///{place}")
    assert not place.exists()
    empty = cluster.create("empty_keystore")
    with pytest.raises(KeyStoreRefused, match="KEYSTORE_URL"):
        KeyStore.open(empty)
    cluster.drop("empty_keystore")
    with pytest.raises(KeyStoreGone):
        KeyStore.open("postgresql://nobody@127.0.0.1:1/none")


def test_another_version_of_the_tables_is_refused(url, store):
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(keystore_tables.version.update().values(version=99))
    database.dispose()
    with pytest.raises(KeyStoreRefused, match="version"):
        KeyStore.open(url)
    with pytest.raises(KeyStoreRefused, match="version"):
        KeyStore.create(url)
    with pytest.raises(KeyStoreRefused, match="newer"):
        KeyStore.upgrade(url)


def test_a_store_in_use_is_not_given_to_another_installation(store):
    first = Identity(uuid4(), b"canary")
    store.belongs_to(first)
    assert store.identity() == first
    second = Identity(uuid4(), b"other")
    store.announce_pin(GROUP, 1, b"a" * 32)
    store.belongs_to(second)  # founding failed half-way: nothing was confirmed
    store.announce_pin(GROUP, 1, b"a" * 32)
    store.confirm_pin(GROUP, 1, b"a" * 32)
    with pytest.raises(KeyStoreRefused, match="data already"):
        store.belongs_to(first)
    assert store.identity() == second


def test_repr_shows_no_address(store, url):
    assert repr(store) in {"<KeyStore sqlite>", "<KeyStore postgresql>"}
