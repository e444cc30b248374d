"""Ground room of the pages: form fields, formats, assets, headers. Knows Flask, no database."""

from weerbaar.face.plugging import plug

__all__ = ["plug"]
