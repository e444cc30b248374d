"""Unusual sign-ins: whose account was tried often today is told, by the worker.

The worker looks, never the page: a page that told known names would answer them more slowly.
"""

from datetime import datetime

from weerbaar.accounts import notices, people, signin_counts
from weerbaar.accounts.house import House

TRIED = "sign_in_tried"
# Tries today from networks that never signed in to the account, before its owner is told.
MANY = 10


def tell_of_tries(house: House, now: datetime) -> int:
    """Tell everybody at whose account strangers tried often today, once a day.

    Args:
        house: database and vault.
        now: the instant, aware.

    Returns:
        How many people were told now.
    """
    told = 0
    with house.database.session() as session:
        cards = people.cards(session, house.vault).values()
        accounts = {
            one.id: people.mail_index(house.vault, one.mail)
            for one in cards
            if one.state == people.ACTIVE
        }
        tries = signin_counts.strange_tries(session, house.vault, accounts.values(), now)
        for person_id, account in accounts.items():
            if tries.get(account, 0) >= MANY:
                key = f"{TRIED}:{now.date()}"
                told += notices.post(session, person_id, TRIED, now, key=key)
        session.commit()
    return told
