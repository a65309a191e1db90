"""The texts a picture file carries: PNG text chunks, EXIF fields, comments. Bounded, and never more than text.

Whoever made the file chose every byte, so no length, encoding or compression in it is believed.
"""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from PIL import Image

LONGEST = 2 << 20
"""Bytes of one text that are read; what is longer is cut, and then it is no whole JSON any more."""
MOST = 32
"""Texts of one file that are read."""
SIGNATURE = b"\x89PNG\r\n\x1a\n"
EXIF_IFD = 0x8769
FIELDS = {0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model", 0x0131: "Software", 0x9286: "UserComment", 0x927C: "MakerNote"}


def texts_of(path: Path) -> dict[str, str]:
    """All texts by the name of their chunk or EXIF field, the first of each name; empty if there are none."""
    found: dict[str, str] = {}
    with open(path, "rb") as file:
        named = _png(file) if file.read(len(SIGNATURE)) == SIGNATURE else iter(())
        for name, text in named:
            found.setdefault(name, text)
    for name, text in _exif(path):
        found.setdefault(name, text)
    return dict(list(found.items())[:MOST])


def _png(file: IO[bytes]) -> Iterator[tuple[str, str]]:
    seen = 0
    while seen < MOST and len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            seen += 1
            body = file.read(min(length, LONGEST))
            file.seek(max(0, length - LONGEST) + 4, io.SEEK_CUR)
            text = _chunk(kind, body)
            if text is not None:
                yield text
        else:
            file.seek(length + 4, io.SEEK_CUR)


def _chunk(kind: bytes, body: bytes) -> tuple[str, str] | None:
    """The name and text of a text chunk; None if it is broken."""
    name, _, rest = body.partition(b"\0")
    packed = kind == b"zTXt"
    if kind == b"iTXt":
        packed, rest = rest[:1] == b"\1", rest[2:]
        _, _, rest = rest.partition(b"\0")  # language
        _, _, rest = rest.partition(b"\0")  # translated name
    elif packed:
        rest = rest[1:]
    if packed:
        try:
            rest = zlib.decompressobj().decompress(rest, LONGEST)
        except zlib.error:
            return None
    return clean(name.decode("latin-1"))[:80], plain(rest)


def plain(data: bytes) -> str:
    """Bytes as text: UTF-8 where they are, else Latin-1."""
    try:
        return clean(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        cut = len(data) >= LONGEST and error.start > len(data) - 4
        return clean(data.decode("utf-8", "ignore") if cut else data.decode("latin-1"))


def clean(text: str) -> str:
    """Text that can be stored and shown: no lone surrogates, no control characters but tab and newline."""
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").rstrip("\0")
    return "".join(sign for sign in text if sign in "\n\t" or sign.isprintable() or not sign.isascii()) if not text.isprintable() else text


def _exif(path: Path) -> Iterator[tuple[str, str]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as picture:
                block, comment = picture.getexif(), picture.info.get("comment")
                inner = block.get_ifd(EXIF_IFD)
    except Exception:  # Pillow raises whatever a broken block leads it to; then there is nothing to be read
        return
    for number, name in FIELDS.items():
        for value in (inner.get(number), block.get(number)):
            if text := field(value):
                yield name, text
    if isinstance(comment, bytes):
        yield "comment", plain(comment[:LONGEST])


def field(value: Any) -> str:
    """An EXIF field as text; UserComment begins with eight bytes that name its encoding."""
    if isinstance(value, str):
        return plain(value.encode("latin-1", "replace")[:LONGEST]) if value.isascii() is False else clean(value[:LONGEST])
    if not isinstance(value, bytes):
        return ""
    mark, rest = value[:8], value[8 : LONGEST + 8]
    if mark == b"UNICODE\0":
        return clean(_utf16(rest))
    return plain(rest if mark in (b"ASCII\0\0\0", b"JIS\0\0\0\0\0", b"\0" * 8) else value[:LONGEST])


def _utf16(data: bytes) -> str:
    """The standard leaves the byte order open, and tools differ: the one that gives more plain letters is meant."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    big, little = (data.decode(name, "replace") for name in ("utf-16-be", "utf-16-le"))
    return big if sum(map(str.isascii, big)) >= sum(map(str.isascii, little)) else little
