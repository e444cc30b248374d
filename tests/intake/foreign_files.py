"""Files as phones and strangers send them: real pictures of 8 by 4 points, and what hides in them."""

import base64
import math
import struct
import zlib

# Half red, half blue; drawn and written by a browser.
_JPEG_TABLES_AND_SCAN = base64.b64decode(
    "/9sAQwAQCwwODAoQDg0OEhEQExgoGhgWFhgxIyUdKDozPTw5Mzg3QEhcTkBEV0U3OFBtUVdfYmdoZz5NcXlwZHhcZWdj"
    "/9sAQwEREhIYFRgvGhovY0I4QmNjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj"
    "/8AAEQgABAAIAwEiAAIRAQMRAf/EABUAAQEAAAAAAAAAAAAAAAAAAAAG/8QAGBABAAMBAAAAAAAAAAAAAAAAAAQTgcH/"
    "xAAVAQEBAAAAAAAAAAAAAAAAAAAEBv/EABoRAAAHAAAAAAAAAAAAAAAAAAABAgU0gbH/2gAMAwEAAhEDEQA/AJmfXvAF"
    "Qzwl6YQ6y11hD//Z"
)
_VP8 = base64.b64decode(
    "EAIAnQEqCAAEAALATCWoAnRyAKv/3ABXAAD+8jv8MH+3/aw/a/xTuIv//XWh/nf4p3EX/PQ/8Gv28pSNzf3D9vKUa4AA"
)
PLACE = b"52.0907N 5.1214E"
DEVICE = b"Toestel van Voorbeeld"


def segment(code: int, payload: bytes) -> bytes:
    """One segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, code, len(payload) + 2) + payload


def exif(*, side: int = 6) -> bytes:
    """Exif with a side that is up, a device and a place."""
    entries = [struct.pack(">HHIHH", 0x0112, 3, 1, side, 0)]
    entries.append(struct.pack(">HHII", 0x0110, 2, len(DEVICE), 60))
    entries.append(struct.pack(">HHII", 0x8825, 4, 1, 90))
    table = struct.pack(">H", len(entries)) + b"".join(entries) + bytes(4)
    tiff = (b"MM\0*" + struct.pack(">I", 8) + table).ljust(60, b"\0") + DEVICE
    return b"Exif\0\0" + tiff.ljust(90, b"\0") + PLACE


def jpeg(*, hidden: bool = True, side: int = 6) -> bytes:
    """A photograph; hidden: with all that phones put in and behind it."""
    start = b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    if not hidden:
        return start + _JPEG_TABLES_AND_SCAN
    more = (
        segment(0xE1, exif(side=side))
        + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PLACE)
        + segment(0xE2, b"MPF\0" + DEVICE)
        + segment(0xED, b"Photoshop 3.0\0" + PLACE)
        + segment(0xFE, b"gemaakt door " + DEVICE)
    )
    return start + more + _JPEG_TABLES_AND_SCAN + b"MotionPhoto" + PLACE


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*, hidden: bool = True, wide: int = 8, high: int = 4) -> bytes:
    """A screenshot; hidden: with a place, a moment, a device, and leftovers behind its end."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0))
    row = b"\0" + b"\xff\0\0" * 4 + b"\0\0\xff" * 4
    pixels = chunk(b"IDAT", zlib.compress(row * 4)) + chunk(b"IEND", b"")
    more = b""
    if hidden:
        more = (
            chunk(b"eXIf", exif()[6:])
            + chunk(b"tEXt", b"Comment\0" + PLACE)
            + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + DEVICE)
            + chunk(b"tIME", bytes((7, 234, 11, 24, 3, 12, 0)))
        )
        pixels += b"over van voor het knippen " + PLACE
    return b"\x89PNG\r\n\x1a\n" + header + more + pixels


def riff(kind: bytes, *parts: tuple[bytes, bytes]) -> bytes:
    """A RIFF file."""
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in parts
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + kind + body


def webp(*, hidden: bool = True) -> bytes:
    """A picture from the web."""
    if not hidden:
        return riff(b"WEBP", (b"VP8 ", _VP8))
    size = (7).to_bytes(3, "little") + (3).to_bytes(3, "little")
    extended = bytes((0x0C, 0, 0, 0)) + size
    return riff(
        b"WEBP", (b"VP8X", extended), (b"VP8 ", _VP8), (b"EXIF", exif()[6:]), (b"XMP ", PLACE)
    )


def wav(*, seconds: float = 0.2, hidden: bool = True) -> bytes:
    """A spoken threat."""
    rate = 8000
    samples = b"".join(
        struct.pack("<h", int(9000 * math.sin(one / 5))) for one in range(int(rate * seconds))
    )
    parts = [(b"fmt ", struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16))]
    if hidden:
        parts.append((b"LIST", b"INFOIART" + DEVICE))
    return riff(b"WAVE", *parts, (b"data", samples))


def mp3() -> bytes:
    """An MPEG audio file with tags at both ends."""
    body = b"TIT2" + struct.pack(">IH", len(DEVICE), 0) + DEVICE + PLACE
    size = len(body)
    tag = b"ID3\4\0\0" + bytes(
        ((size >> 21) & 127, (size >> 14) & 127, (size >> 7) & 127, size & 127)
    )
    frames = (b"\xff\xfb\x90\x64" + bytes(413)) * 3
    return tag + body + frames + (b"TAG" + DEVICE).ljust(128, b"\0")


def box(kind: bytes, *inside: bytes) -> bytes:
    """One box of an ISO media file."""
    data = b"".join(inside)
    return struct.pack(">I4s", len(data) + 8, kind) + data


def mp4(brand: bytes = b"isom") -> bytes:
    """A film with a place, a device and moments in its head."""
    times = struct.pack(">III", 0, 3_800_000_000, 3_800_000_000)
    return (
        box(b"ftyp", brand, bytes(4), b"mp42")
        + box(
            b"moov",
            box(b"mvhd", times, bytes(88)),
            box(b"trak", box(b"tkhd", times, bytes(72)), box(b"udta", box(b"name", DEVICE))),
            box(b"udta", box(b"\xa9xyz", PLACE)),
            box(b"meta", DEVICE),
        )
        + box(b"mdat", bytes(range(256)))
        + box(b"uuid", PLACE)
    )


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
OGG = b"OggS\0\2" + bytes(20) + b"\1\x13OpusHead" + bytes(11)
MAIL = b"Received: from voorbeeld\r\nFrom: iemand@example.nl\r\nSubject: u\r\n\r\nWacht maar.\r\n"
DOCX = b"PK\3\4" + bytes(22) + struct.pack("<HH", 19, 0) + b"[Content_Types].xml" + bytes(60)
