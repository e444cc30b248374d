"""The one way to fail when opening."""


class CannotOpen(Exception):
    """This does not open: wrong key, wrong place, or changed. Which one is not told."""

    def __init__(self) -> None:
        super().__init__("cannot open")
