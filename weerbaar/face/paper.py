"""A document as PDF, made in memory: it fetches nothing, and nothing of it comes on a disk."""

import logging
from pathlib import Path
from typing import Any

# Family and file: letters that the first does not have come from the second.
FONTS = {"House": "source-sans-3-latin", "House extended": "source-sans-3-latin-ext"}
_SCHEME = "font:"
_CSS = """
@page {
  size: A4; margin: 2cm;
  @bottom-center {
    content: counter(page) " / " counter(pages);
    font-family: "House", "DejaVu Sans", sans-serif; font-size: 9pt
  }
}
body {
  font-family: "House", "House extended", "DejaVu Sans", sans-serif;
  font-size: 10.5pt; line-height: 1.4
}
h1 { font-size: 18pt; margin: 0 0 .4cm }
h2 { font-size: 13pt; margin: .7cm 0 .2cm }
h3 { font-size: 11pt; margin: .4cm 0 .1cm }
h1, h2, h3 { break-after: avoid; line-height: 1.2 }
dl { margin: 0 }
dt { font-weight: 600; break-after: avoid }
dd { margin: 0 0 .2cm; white-space: pre-line }
p { margin: 0 0 .2cm }
.typed { white-space: pre-line }
.quiet { color: #444 }
.code { overflow-wrap: anywhere }
"""


class NoPdfHere(Exception):
    """The libraries of the system that draw text are missing on this machine."""


class _FetchesNothing(Exception):
    """A document asked for something outside itself."""


def pdf(html: str, static: Path, css: str = "") -> bytes:
    """A document as PDF, with its structure for who has it read out.

    Args:
        html: the whole document, without addresses of anything.
        static: where the built front end lies: its fonts are the only thing that is read.
        css: what this kind of document looks like besides.

    Raises:
        NoPdfHere: Pango and its like are not installed.
    """
    weasyprint = _library()
    fonts = _fonts(static)

    fetcher: Any = weasyprint.urls.URLFetcher

    class Fonts(fetcher):
        """Gives our own fonts, and nothing else."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            _ = headers
            name = url.removeprefix(_SCHEME)
            if not url.startswith(_SCHEME) or name not in fonts:
                raise _FetchesNothing
            return weasyprint.urls.URLFetcherResponse(
                url, fonts[name], {"Content-Type": "font/woff2"}
            )

    fetch = Fonts()
    faces = "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: 200 900;'
        f' src: url("{_SCHEME}{name}") }}'
        for family, name in FONTS.items()
        if name in fonts
    )
    configuration = weasyprint.text.fonts.FontConfiguration()
    sheet = weasyprint.CSS(string=faces + _CSS + css, url_fetcher=fetch, font_config=configuration)
    document = weasyprint.HTML(string=html, base_url=None, url_fetcher=fetch)
    made: bytes = document.write_pdf(
        stylesheets=[sheet], font_config=configuration, pdf_variant="pdf/ua-1"
    )
    return made


def available() -> bool:
    """Whether this machine can make PDFs."""
    try:
        _library()
    except NoPdfHere:
        return False
    return True


def _library() -> Any:
    try:
        # It loads libraries of the system, which a machine may lack; nothing else needs them.
        import weasyprint  # noqa: PLC0415
        import weasyprint.text.fonts  # noqa: PLC0415
        import weasyprint.urls  # noqa: PLC0415
    except (ImportError, OSError):
        raise NoPdfHere from None
    # What it says of a document may quote it.
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return weasyprint


def _fonts(static: Path) -> dict[str, bytes]:
    built = static / "built"
    return {
        name: path.read_bytes()
        for name in FONTS.values()
        for path in sorted(built.glob(f"{name}.*.woff2"))[:1]
    }
