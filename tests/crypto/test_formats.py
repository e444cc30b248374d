"""The frame as its description says, read by a reader written from the description alone."""

import hashlib
import hmac
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.crypto.hpke_by_hand import expand, extract
from weerbaar.crypto.envelope import Binding, data_key
from weerbaar.crypto.frame import Suite

HALF, SECRET = bytes(range(32)), bytes(range(32, 64))
PLACE = Binding("case-who", UUID("5c9b1f0e-7a3d-4c55-9b1d-2f6a8e4d7c10"), "whole", 3, 7)


def test_content_opens_for_a_reader_who_knows_only_the_description():
    sealed = data_key(HALF, SECRET, PLACE).seal(b"verhaal", PLACE)
    lengths = (8).to_bytes(4, "big") + (5).to_bytes(4, "big")
    texts = b"case-who" + b"whole"
    record, epoch, version = PLACE.record_id.bytes, (3).to_bytes(8, "big"), (7).to_bytes(8, "big")

    root = expand(
        extract(record, HALF + SECRET),
        b"weerbaar data key\x01" + lengths + record + epoch + texts,
        32,
    )
    place = lengths + record + epoch + version + texts
    material = expand(root, b"weerbaar frame" + b"\x01\x02" + place, 64)
    head, nonce, rest = sealed[:34], sealed[34:46], sealed[46:]
    assert head == b"\x01\x02" + material[32:]
    padded = AESGCM(material[:32]).decrypt(nonce, rest, head + place)
    assert padded == b"\x00\x00\x00\x07verhaal" + bytes(256 - 11)


def test_our_hand_written_hkdf_is_the_published_one():
    # RFC 5869, A.1.
    key = extract(bytes.fromhex("000102030405060708090a0b0c"), b"\x0b" * 22)
    assert expand(key, bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"), 42).hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )
    assert hmac.new(b"", b"", hashlib.sha256).digest() == extract(b"", b"")


def test_every_suite_keeps_its_number():
    assert {suite.name: int(suite) for suite in Suite} == {
        "TO_KEY_PAIR": 1,
        "CONTENT": 2,
        "CHUNK": 3,
        "REWRAPPED_HALF": 4,
        "PRIVATE_KEY": 5,
        "SERVICE": 6,
        "HELD": 7,
    }
