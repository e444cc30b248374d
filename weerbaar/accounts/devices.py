"""Kinds of devices, told from what a browser says of itself. Pure."""

from enum import StrEnum


class Device(StrEnum):
    """What somebody sits at, as coarse as its owner needs to know it again."""

    ANDROID = "android"
    IPHONE = "iphone"
    IPAD = "ipad"
    WINDOWS = "windows"
    MAC = "mac"
    LINUX = "linux"
    OTHER = "other"


# The first that fits counts: what says Android says Linux too, an iPhone also "like Mac OS X".
_WORDS = (
    ("Android", Device.ANDROID),
    ("iPhone", Device.IPHONE),
    ("iPad", Device.IPAD),
    ("Windows", Device.WINDOWS),
    ("Macintosh", Device.MAC),
    ("Linux", Device.LINUX),
)


def device_of(user_agent: str) -> Device:
    """The kind of device of a browser.

    Args:
        user_agent: the header, as it was sent; it may lie.
    """
    return next((device for word, device in _WORDS if word in user_agent), Device.OTHER)
