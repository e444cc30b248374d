"""Sealing. Knows bytes only: no framework, no database, no other room.

Envelopes are in `envelope`, key pairs in `recipients`, what a person has in `wrapping`, the service
keys in `keyring`, the trail's chain in `chain`, values held for a moment in `held`. Whatever does
not open raises `errors.CannotOpen`, and nothing else.
"""
