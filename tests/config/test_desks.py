"""Desks: so many requests work at once, and who only waits makes room for the next."""

from threading import Event, Thread

import pytest

from weerbaar.config.desks import Desks, stepped_aside

PATIENCE = 20


def ask(desks, what):
    """A request in a thread of its own."""
    thread = Thread(target=desks, args=({"what": what}, None), daemon=True)
    thread.start()
    return thread


def test_who_waits_aside_holds_nobody_up():
    waits, may_end, answered = Event(), Event(), Event()

    def application(environ, _respond):
        if environ["what"] == "sign-in":
            with stepped_aside():
                waits.set()
                assert may_end.wait(PATIENCE)
        else:
            answered.set()
        return []

    desks = Desks(application, 1)
    sign_in = ask(desks, "sign-in")
    assert waits.wait(PATIENCE)
    call = ask(desks, "call")
    assert answered.wait(PATIENCE), "the one desk was given away"
    may_end.set()
    for thread in (sign_in, call):
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_no_more_work_at_once_than_there_are_desks():
    at_work, may_end, second = Event(), Event(), Event()

    def application(environ, _respond):
        if environ["what"] == "first":
            at_work.set()
            assert may_end.wait(PATIENCE)
        else:
            second.set()
        return []

    desks = Desks(application, 1)
    first = ask(desks, "first")
    assert at_work.wait(PATIENCE)
    other = ask(desks, "second")
    assert not second.wait(0.05)
    may_end.set()
    assert second.wait(PATIENCE)
    first.join(PATIENCE)
    other.join(PATIENCE)


def test_an_error_leaves_the_desk_free():
    def application(environ, _respond):
        if environ["what"] == "wrong":
            with stepped_aside():
                raise ValueError
        return [b"well"]

    desks = Desks(application, 1)
    for _ in range(3):
        with pytest.raises(ValueError):
            desks({"what": "wrong"}, None)
    assert desks({"what": "right"}, None) == [b"well"]
    with stepped_aside():
        pass
