"""What an attachment may be: told from its bytes, against a list. A name only says which of two.

Signatures: PNG (ISO/IEC 15948), JPEG (ITU-T T.81), WebP (RFC 9649), PDF (ISO 32000), Ogg (RFC
3533), RIFF/WAVE (Microsoft and IBM 1991), MPEG audio (ISO/IEC 11172-3) and ID3v2 (id3.org), ISO
base media files with their brands (ISO/IEC 14496-12, mp4ra.org), ZIP (APPNOTE 4.3.7), mail (RFC
5322).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# So many bytes are enough to tell a kind.
HEAD = 4096


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file.

    Args:
        code: its fixed word.
        media_type: as it is sent when it is shown.
        ending: of the neutral name it gets when it is saved.
        shown: how a page shows it: `picture`, `sound`, `film`, `document` or `text`; empty for
            what is only kept and saved.
    """

    code: str
    media_type: str
    ending: str
    shown: str = ""

    @property
    def is_text(self) -> bool:
        """Whether every byte of it must be of a text."""
        return self.media_type.startswith(("text/", "message/"))


_ALL = (
    FileKind("png", "image/png", "png", "picture"),
    FileKind("jpeg", "image/jpeg", "jpg", "picture"),
    FileKind("webp", "image/webp", "webp", "picture"),
    FileKind("heic", "image/heic", "heic"),
    FileKind("pdf", "application/pdf", "pdf", "document"),
    FileKind("mp3", "audio/mpeg", "mp3", "sound"),
    FileKind("m4a", "audio/mp4", "m4a", "sound"),
    FileKind("ogg", "audio/ogg", "ogg", "sound"),
    FileKind("wav", "audio/wav", "wav", "sound"),
    FileKind("mp4", "video/mp4", "mp4", "film"),
    FileKind("mov", "video/quicktime", "mov"),
    FileKind("text", "text/plain", "txt", "text"),
    FileKind("mail", "message/rfc822", "eml"),
    FileKind(
        "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"
    ),
)
KINDS: Mapping[str, FileKind] = {one.code: one for one in _ALL}
# For the browser's own window to choose files in; the server judges by the bytes.
ACCEPT = ",".join(f".{one.ending}" for one in _ALL) + ",.jpeg,.oga,.opus"

_HEIF = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})
_MOVING = frozenset({
    b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV",
    b"dash", b"3gp4", b"3gp5", b"3gp6", b"mmp4",
})  # fmt: skip
_HEADER_LINE = re.compile(rb"[!-9;-~]+:")
_OF_MAIL = re.compile(
    rb"^(?:received|return-path|from|message-id|delivered-to|mime-version):",
    re.IGNORECASE | re.MULTILINE,
)
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# Of the header of an MPEG audio frame (ISO/IEC 11172-3, 2.4.1.3): what no frame has.
_MPEG_SYNC, _MPEG_LAYER, _MPEG_RATES = 0xE0, 0x06, 0xF0


def tell(head: bytes, name: str) -> FileKind | None:
    """What a file is; None for what is not taken.

    Args:
        head: its first bytes, `HEAD` of them where there are so many.
        name: its name, which chooses where bytes alone do not tell.
    """
    low = name.lower()
    for code, fits in _TESTS:
        if fits(head, low):
            return KINDS[code]
    return None


def is_text(some: bytes) -> bool:
    """Whether bytes hold nothing that no text has; a page asks it of every piece."""
    return _NOT_TEXT.search(some) is None


def _brand(head: bytes) -> bytes:
    return head[8:12] if head[4:8] == b"ftyp" else b""


def _is_mpeg_audio(head: bytes) -> bool:
    if head.startswith(b"ID3"):
        return True
    return (
        len(head) > 3  # noqa: PLR2004 - the header of a frame
        and head[0] == 0xFF  # noqa: PLR2004 - as all its first bits
        and head[1] & _MPEG_SYNC == _MPEG_SYNC
        and head[1] & _MPEG_LAYER != 0
        and head[2] & _MPEG_RATES not in {0, _MPEG_RATES}
    )


def _is_docx(head: bytes, low: str) -> bool:
    first = head[30:62]
    parts = (b"[Content_Types].xml", b"_rels/", b"word/", b"docProps/")
    return low.endswith(".docx") and head[:4] == b"PK\x03\x04" and first.startswith(parts)


def _is_mail(head: bytes, low: str) -> bool:
    return (
        low.endswith(".eml")
        and is_text(head)
        and _HEADER_LINE.match(head) is not None
        and _OF_MAIL.search(head) is not None
    )


_TESTS: tuple[tuple[str, Callable[[bytes, str], bool]], ...] = (
    ("png", lambda head, _: head.startswith(b"\x89PNG\r\n\x1a\n")),
    ("jpeg", lambda head, _: head.startswith(b"\xff\xd8\xff")),
    ("webp", lambda head, _: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    ("wav", lambda head, _: head[:4] == b"RIFF" and head[8:12] == b"WAVE"),
    ("pdf", lambda head, _: head.startswith(b"%PDF-")),
    ("ogg", lambda head, _: head.startswith(b"OggS")),
    ("heic", lambda head, _: _brand(head) in _HEIF),
    ("m4a", lambda head, _: _brand(head) in {b"M4A ", b"M4B "}),
    ("m4a", lambda head, low: _brand(head) in _MOVING and low.endswith((".m4a", ".m4b"))),
    ("mp4", lambda head, _: _brand(head) in _MOVING),
    ("mov", lambda head, _: _brand(head) == b"qt  "),
    ("docx", _is_docx),
    ("mail", _is_mail),
    ("mp3", lambda head, _: _is_mpeg_audio(head)),
    ("text", lambda head, _: is_text(head)),
)
