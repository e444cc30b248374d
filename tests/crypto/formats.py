"""Every format as one value: how a stored case of it opens, and how it is sealed again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from weerbaar.crypto import envelope, held
from weerbaar.crypto.envelope import Binding, DataKey, data_key
from weerbaar.crypto.frame import KEY_ID_SIZE, NONCE_SIZE
from weerbaar.crypto.keyring import Keyring
from weerbaar.crypto.quorum import open_share, seal_share
from weerbaar.crypto.recipients import PrivateKey
from weerbaar.crypto.wrapping import unwrap_private, wrap_private

Case = dict[str, Any]
NONCE_AT = 2 + KEY_ID_SIZE


@dataclass(frozen=True)
class Format:
    """Open gives the plaintext of a case; seal makes its `sealed` again."""

    open: Callable[[Case], bytes]
    seal: Callable[[Case], bytes]
    # Where in `sealed` the random bytes stand, to seal again with the same; None where the library
    # lets nobody choose them.
    random: tuple[int, int] | None = (NONCE_AT, NONCE_AT + NONCE_SIZE)


def binding(case: Case) -> Binding:
    place = case["binding"]
    return Binding(
        place["kind"], UUID(place["record_id"]), place["part"], place["epoch"], place["version"]
    )


def data_key_of(case: Case) -> DataKey:
    return data_key(case["half"], case["secret"], binding(case))


def keyring_of(case: Case) -> Keyring:
    return Keyring.parse(case["keyring"])


FORMATS = {
    "content": Format(
        lambda case: data_key_of(case).open(case["sealed"], binding(case)),
        lambda case: data_key_of(case).seal(case["plaintext"], binding(case)),
    ),
    "sealed-half": Format(
        lambda case: envelope.open_half(
            PrivateKey(case["seed"]), case["sealed"], binding(case), case["recipient"]
        ),
        lambda case: envelope.seal_half(
            PrivateKey(case["seed"]).public, case["plaintext"], binding(case), case["recipient"]
        ),
        None,
    ),
    "rewrapped-half": Format(
        lambda case: envelope.open_rewrapped(case["own_key"], case["sealed"], binding(case)),
        lambda case: envelope.rewrap_half(case["own_key"], case["plaintext"], binding(case)),
    ),
    "private-key": Format(
        lambda case: (
            unwrap_private(case["sealed"], case["what"], case["secret"], binding(case)).seed
        ),
        lambda case: wrap_private(
            PrivateKey(case["plaintext"]), case["what"], case["secret"], binding(case)
        ),
    ),
    "service": Format(
        lambda case: keyring_of(case).open(case["purpose"], case["sealed"], case["place"]),
        lambda case: keyring_of(case).seal(case["purpose"], case["plaintext"], case["place"]),
        (NONCE_AT + 8, NONCE_AT + 8 + NONCE_SIZE),
    ),
    "quorum-share": Format(
        lambda case: open_share(PrivateKey(case["seed"]), case["sealed"], case["place"]),
        lambda case: seal_share(PrivateKey(case["seed"]).public, case["plaintext"], case["place"]),
        None,
    ),
    "held": Format(
        lambda case: held.reveal(case["token"], case["secret"], case["sealed"], case["place"]),
        lambda case: held.hold(case["token"], case["secret"], case["plaintext"], case["place"]),
    ),
}
