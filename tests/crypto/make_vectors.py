"""Make the stored vectors, once: `python -m tests.crypto.make_vectors`.

A file that is there is never written again: what it holds must open for ever. A new format gets a
new file, with the next number.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from tests.crypto.formats import FORMATS, binding, data_key_of
from weerbaar.accounts import vouching
from weerbaar.accounts.recipients import Group, Person
from weerbaar.crypto import chain
from weerbaar.crypto.encoding import encode
from weerbaar.crypto.keyring import Keyring
from weerbaar.crypto.quorum import split
from weerbaar.crypto.recipients import PrivateKey
from weerbaar.crypto.wrapping import STRONG, RecoveryCode, from_password

VECTORS = Path(__file__).parent / "vectors"
SIZES = (0, 1, 252, 253, 2000)
RECORD = UUID("5c9b1f0e-7a3d-4c55-9b1d-2f6a8e4d7c10")
PLACE = {"kind": "case-what", "record_id": str(RECORD), "part": "narrative", "epoch": 2}


def some(label: str, size: int = 32) -> bytes:
    """Bytes that look random and are the same every time."""
    return hashlib.shake_256(f"weerbaar vectors: {label}".encode()).digest(size)


def plain(value: Any) -> Any:
    """What JSON can hold: bytes become hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value


def place(version: int = 3) -> dict[str, Any]:
    return {**PLACE, "version": version}


def _keyring() -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "service-keys.json"
        Keyring([some("service key"), some("former service key")]).write(path)
        return path.read_text()


def cases_of(name: str) -> Iterator[dict[str, Any]]:
    """The inputs of a format's cases, before they are sealed."""
    text = _keyring() if name == "service" else ""
    fixed = name in {"sealed-half", "rewrapped-half", "private-key"}
    for number, size in enumerate((32, 32) if fixed else SIZES):
        common = {
            "binding": place(number + 1),
            "secret": some(f"secret {number}"),
            "plaintext": some(f"{name} {number}", size),
        }
        yield {
            "content": {**common, "half": some(f"half {number}")},
            "sealed-half": {
                "binding": common["binding"],
                "seed": some(f"seed {number}"),
                "recipient": f"person {number}".encode(),
                "plaintext": common["plaintext"],
            },
            "rewrapped-half": {
                "binding": common["binding"],
                "own_key": some(f"own key {number}"),
                "plaintext": common["plaintext"],
            },
            "private-key": {**common, "what": some(f"what {number}", 16 + 16 * number)},
            "service": {
                "keyring": text,
                "purpose": "person",
                "place": some(f"place {number}", 16),
                "plaintext": common["plaintext"],
            },
            "quorum-share": {
                "seed": some(f"seed {number}"),
                "place": some(f"place {number}", 16),
                "plaintext": common["plaintext"],
            },
            "held": {
                "token": some(f"token {number}"),
                "secret": common["secret"],
                "place": some(f"place {number}", 16),
                "plaintext": common["plaintext"],
            },
        }[name]


def chunked() -> Iterator[dict[str, Any]]:
    for number, sizes in enumerate(((), (0,), (300,), (1000, 1000, 17))):
        case = {
            "binding": place(number + 1),
            "half": some(f"half {number}"),
            "secret": some(f"secret {number}"),
            "chunks": [some(f"chunk {number} {nth}", size) for nth, size in enumerate(sizes)],
        }
        key = data_key_of(case)
        yield {**case, "sealed": list(key.seal_chunks(case["chunks"], binding(case)))}


def others() -> dict[str, Any]:
    """What is not sealed and must never change either."""
    keys = [PrivateKey(some(f"seed {number}")) for number in range(3)]
    codes = [RecoveryCode(some(f"code {number}", 16)) for number in range(3)]
    codes += [RecoveryCode(bytes(16)), RecoveryCode(b"\xff" * 16)]
    text = _keyring()
    keyring, former = Keyring.parse(text), Keyring([some("former service key")])
    previous, links = chain.START, []
    for number in range(3):
        row = encode(number, "case.edit", RECORD, None, some(f"row {number}"))
        previous = chain.link(some("trail key"), previous, row)
        links.append({"row": row, "mac": previous})
    return {
        "public-keys": [
            {
                "seed": key.seed,
                "public": key.public.raw,
                "fingerprint": key.public.fingerprint,
                "words": key.public.words(),
            }
            for key in keys
        ],
        "recovery-codes": [{"value": code.value, "text": code.text()} for code in codes],
        "service-macs": [
            {
                "keyring": text,
                "purpose": "public-key",
                "data": some("data", 50),
                "mac": keyring.mac("public-key", some("data", 50)),
                "former_mac": former.mac("public-key", some("data", 50)),
                "text": "anna@example.nl",
                "indexes": keyring.index_all("mail", "anna@example.nl"),
                "subkeys": keyring.subkeys("trail"),
            }
        ],
        "row-macs": [_row_macs(text, keyring, number) for number in range(3)],
        "passwords": [
            {
                "password": "correct paard batterij niet",
                "salt": some("salt", 16),
                "profile": STRONG.name,
                "stretched": from_password("correct paard batterij niet", some("salt", 16)),
            }
        ],
        "quorum-shares": [
            {"what": what, "shares": split(what, len(enough), holders), "enough": enough}
            for enough, holders in (([0, 2], 3), ([4, 0, 3], 5))
            for what in [some(f"what {holders}")]
        ],
        "chains": [{"key": some("trail key"), "links": links}],
    }


def _row_macs(text: str, keyring: Keyring, number: int) -> dict[str, Any]:
    person, secret, record = (
        UUID(bytes=some(f"{what} {number}", 16)) for what in ("person", "secret id", "record")
    )
    epoch, key_epoch, group_epoch = number + 1, number + 2, number + 3
    member = vouching.member_row("confidants", group_epoch, Person(person), key_epoch, secret)
    reader = vouching.reader_row(record, epoch, secret, Person(person), key_epoch)
    group = vouching.reader_row(record, epoch, secret, Group("confidants"), group_epoch)
    return {
        "keyring": text,
        "person": str(person),
        "secret_id": str(secret),
        "record_id": str(record),
        "epoch": epoch,
        "key_epoch": key_epoch,
        "group_epoch": group_epoch,
        "member": vouching.mac(keyring, vouching.MEMBER, member),
        "reader": vouching.mac(keyring, vouching.READER, reader),
        "group": vouching.mac(keyring, vouching.READER, group),
    }


def all_files() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for name, one in FORMATS.items():
        yield name, [{**case, "sealed": one.seal(case)} for case in cases_of(name)]
    yield "chunks", list(chunked())
    yield from others().items()


def main() -> None:
    VECTORS.mkdir(exist_ok=True)
    for name, cases in all_files():
        path = VECTORS / f"{name}-1.json"
        if path.exists():
            continue
        path.write_text(json.dumps(plain(cases), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
