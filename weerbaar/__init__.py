"""Weerbaar: the hotline, the sealed cases, the roster and the tour, floor by floor.

The house on one page is in the README; who may import whom is checked by import-linter.
"""
