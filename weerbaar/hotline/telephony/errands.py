"""What the provider is asked for calls that ring several telephones: after the commit, and once.

Whoever moved a call asks at once, in the same request; what a process left behind that died in
between, the worker asks.
"""

import time
from uuid import UUID

from weerbaar.accounts.house import House
from weerbaar.config.log import logger
from weerbaar.hotline.calls import rally
from weerbaar.hotline.calls.conversation import RING_SECONDS
from weerbaar.hotline.calls.rally import Errands, Placing
from weerbaar.hotline.telephony import client
from weerbaar.hotline.telephony.twiml import Documents

# A request of the provider waits four seconds for us: what takes longer is not waited for.
PATIENCE_SECONDS = 2.0
# Placing may show that a leg was given up meanwhile: that is asked in a second round.
ROUNDS = 3

_SILENT = (client.ProviderSilent, client.NoProvider)
_FAILED = (client.ProviderRefused, client.ProviderSilent, client.NoProvider)

_log = logger("hotline.telephony")


def attend(house: House, call_id: UUID) -> bool:
    """Ask the provider what one call needs: telephones to ring or stop, the caller to fetch.

    Args:
        house: settings, database, vault and clock.
        call_id: which call; its present state is committed.

    Returns:
        Whether the line moved, because the provider would ring nobody.
    """
    moved, left = False, set[int]()
    for _ in range(ROUNDS):
        with house.database.session() as session:
            errands = rally.take_errands(session, house.vault, call_id, house.clock.now())
            session.commit()
        if errands is None:
            break
        documents = Documents(house.settings.public_url, house.settings.hotline_number)
        if errands.fetch is not None:
            _fetch(house, call_id, errands, documents)
        if errands.place:
            moved = _place(house, call_id, errands, documents) or moved
        begun = time.monotonic()
        for ending in errands.end:
            url = documents.url(errands.token, "over", ending.number)
            hangs = time.monotonic() - begun > PATIENCE_SECONDS
            if hangs or not _end(house, url, ending.sid):
                left.add(ending.number)
    if left:
        # Whoever is alone in a room that has begun hears no rounds that would ask again. The
        # worker does: the next request of this line does not wait for a provider that hangs.
        with house.database.session() as session:
            rally.not_ended(session, call_id, left)
            session.commit()
    return moved


def _fetch(house: House, call_id: UUID, errands: Errands, documents: Documents) -> None:
    url = documents.url(errands.token, "join", errands.taken_leg or 0)
    try:
        client.provider(house.settings).move(errands.fetch or "", url)
    except _FAILED as error:
        _log.warning("caller not fetched", call=str(call_id), error=type(error).__name__)
        with house.database.session() as session:
            rally.not_fetched(session, call_id)
            session.commit()


def _place(house: House, call_id: UUID, errands: Errands, documents: Documents) -> bool:
    placed: dict[UUID, str] = {}
    refused: set[UUID] = set()
    silent: set[UUID] = set()
    begun = time.monotonic()
    for one in errands.place:
        if not placed and time.monotonic() - begun > PATIENCE_SECONDS:
            # The provider hangs: nobody waits for it once more, the rest is never sent.
            refused.add(one.leg_id)
            continue
        try:
            placed[one.leg_id] = client.quick(house.settings).place(
                _new_call(one, errands.token, documents)
            )
        except client.ProviderSilent:
            silent.add(one.leg_id)
        except (client.ProviderRefused, client.NoProvider):
            refused.add(one.leg_id)
    if refused or silent:
        _log.warning("legs not placed", call=str(call_id), count=len(refused) + len(silent))
    with house.database.session() as session:
        moved = rally.asked(
            session, house.vault, call_id, placed=placed, refused=frozenset(refused),
            silent=frozenset(silent), now=house.clock.now(),
        )  # fmt: skip
        session.commit()
    return moved


def _new_call(one: Placing, token: str, documents: Documents) -> client.NewCall:
    return client.NewCall(
        to=one.phone,
        url=documents.url(token, "screen", one.number),
        status_callback=documents.url(token, "leg", one.number),
        seconds=RING_SECONDS,
        fallback=documents.url("fallback"),
    )


def _end(house: House, url: str, sid: str) -> bool:
    """End one telephone: what still rings is cancelled, who picked up hears why it ends.

    Returns:
        Whether there is nothing left to ask: it is over, or it will hear why.
    """
    provider = client.provider(house.settings)
    try:
        provider.cancel(sid)
    except client.ProviderRefused:
        try:
            provider.move(sid, url)
        except _FAILED as error:
            return _is_over(house, sid, error)
    except _SILENT as error:
        _log.warning("leg not cancelled", error=type(error).__name__)
        return False
    return True


def _is_over(house: House, sid: str, error: Exception) -> bool:
    # The provider refuses alike what is over and what comes too often: it is asked which it was.
    try:
        over = not client.provider(house.settings).is_live(sid)
    except _FAILED:
        over = False
    _log.info("leg was over" if over else "leg not ended", error=type(error).__name__)
    return over
