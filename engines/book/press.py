"""The press: cuts the fonts a book needs, measures text, and puts text, pictures and blocks on pages."""
import io
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Self

import uharfbuzz as hb
from fpdf import FPDF
from fpdf.enums import PageLayout
from fpdf.fonts import TTFFont
from PIL import Image, ImageOps

from engines.book.fonts import cut
from engines.book.runs import Face, Piece, clusters, fitted, pieces, runs_left, weak
from engines.errors import BadImage

POINT = 25.4 / 72
DOTS, QUALITY = 300, 90
BORN = datetime(2000, 1, 1, tzinfo=UTC)
"""One date for all books, so that the same book is the same file."""


class Press:
    """One PDF while it is made. Texts are announced before the first page, so that each font is cut once."""

    def __init__(self, page: float) -> None:
        self.page = page
        self._room = tempfile.TemporaryDirectory(prefix="book-")
        self.pdf = FPDF(unit="mm", format=(page, page))
        self.pdf.set_creation_date(BORN)
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(0)
        self.pdf.c_margin = 0
        self.pdf.alias_nb_pages("")
        self.pdf.page_layout = PageLayout.TWO_PAGE_RIGHT
        self.missing: set[str] = set()
        self._names: dict[tuple[Path, Face], str] = {}
        self._fonts: dict[str, hb.Font] = {}
        self._width = lru_cache(maxsize=200_000)(self._measured)
        self.pieces = lru_cache(maxsize=50_000)(self._pieces)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        """Close the fonts and throw their cuts away."""
        for font in self.pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.close()
        self._room.cleanup()

    def announce(self, texts: Iterable[tuple[str, Face]]) -> None:
        """Cut and load every font these texts need, also when their lines are broken anew."""
        wanted: dict[tuple[Path, Face], set[int]] = {}
        neutral: dict[Face, set[int]] = {}
        for text, face in texts:
            units = set(clusters(text.replace("\n", " ")))
            neutral.setdefault(face, {0x20}).update(ord(c) for unit in units if weak(unit) for c in unit)
            for part in [*text.split("\n"), *sorted(units)]:
                for letters, font in fitted(part, face, self.missing):
                    wanted.setdefault((font, face), set()).update(map(ord, letters))
        for (path, face), needed in wanted.items():
            self._load(path, face, needed | neutral[face])

    def _load(self, path: Path, face: Face, letters: set[int]) -> str:
        name = f"face{len(self._names)}"
        data = cut(path, face.weight, frozenset(letters))
        file = Path(self._room.name) / f"{name}{'.otf' if data[:4] == b'OTTO' else '.ttf'}"
        file.write_bytes(data)
        self.pdf.add_font(name, fname=str(file))
        self.pdf.fonts[name].name += f"-{len(self._names)}"  # two cuts of one font must not share a name in print
        self._names[path, face] = name
        self._fonts[name] = hb.Font(hb.Face(data))
        return name

    def _pieces(self, text: str, face: Face) -> tuple[Piece, ...]:
        return tuple(pieces(text, face, runs_left(text), self.missing))

    def _name(self, piece: Piece, face: Face) -> str:
        return self._names.get((piece.font, face)) or self._load(piece.font, face, set(map(ord, piece.text)))

    def _shaped(self, piece: Piece, face: Face) -> tuple[hb.Font, hb.Buffer]:
        font = self._fonts[self._name(piece, face)]
        glyphs = hb.Buffer()
        glyphs.add_str(piece.text)
        glyphs.guess_segment_properties()
        glyphs.direction = "ltr" if piece.rightward else "rtl"
        hb.shape(font, glyphs, {})
        return font, glyphs

    def _measured(self, text: str, face: Face) -> float:
        width = 0.0
        for piece in self.pieces(text, face):
            font, glyphs = self._shaped(piece, face)
            width += sum(place.x_advance for place in glyphs.glyph_positions) / font.face.upem
        return width

    def width(self, text: str, face: Face, size: float) -> float:
        """How wide the text is, in millimetres, at a size in points."""
        return self._width(text, face) * size * POINT

    def ink(self, text: str, face: Face) -> tuple[float, float, float]:
        """How wide the text is, where its foot stands and how high it rises, as shares of its size; a tail is not its foot."""
        low = high = right = at = 0.0
        for piece in self.pieces(text, face):
            font, glyphs = self._shaped(piece, face)
            for glyph, spot in zip(glyphs.glyph_infos, glyphs.glyph_positions, strict=True):
                box = font.get_glyph_extents(glyph.codepoint)
                if box is not None:
                    high = max(high, (spot.y_offset + box.y_bearing) / font.face.upem)
                    low = min(low, (spot.y_offset + box.y_bearing + box.height) / font.face.upem)
                    right = max(right, at + (spot.x_offset + box.x_bearing + box.width) / font.face.upem)
                at += spot.x_advance / font.face.upem
        return max(at, right), low if -0.15 < low < -0.03 else 0.0, high or 0.65

    def text(self, place: tuple[float, float], text: str, face: Face, size: float, color: str) -> float:
        """Put one line on the page, its baseline beginning at (x, y); gives back its width."""
        x, y = place
        self.pdf.set_text_color(color)
        for piece in self.pieces(text, face):
            name = self._name(piece, face)
            font, glyphs = self._shaped(piece, face)
            wide = sum(spot.x_advance for spot in glyphs.glyph_positions) / font.face.upem * size * POINT
            self.pdf.set_font(name, size=size)
            self.pdf.set_text_shaping(True, direction="ltr" if piece.rightward else "rtl")
            self.pdf.set_xy(x, y - 0.3 * size * POINT)
            self.pdf.cell(wide, 0, piece.text)
            x += wide
        return x - place[0]

    def centred(self, y: float, text: str, face: Face, size: float, color: str) -> None:
        """Put one line in the middle of the page."""
        self.text(((self.page - self.width(text, face, size)) / 2, y), text, face, size, color)

    def block(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """Fill a rectangle."""
        self.pdf.set_fill_color(color)
        self.pdf.rect(x, y, width, height, style="F")

    def picture(self, file: "Plate", place: tuple[float, float], width: float, said: str) -> None:
        """Put a picture on the page, as wide as this; its words are for those who cannot see it."""
        self.pdf.image(io.BytesIO(file.data), place[0], place[1], width, alt_text=said or None)


def flat_picture(path: Path) -> Image.Image:
    """The picture upright and without see-through parts, which become white."""
    try:
        with Image.open(path) as picture:
            upright = ImageOps.exif_transpose(picture)
            if upright.mode in ("RGBA", "LA", "PA", "P"):
                clear = upright.convert("RGBA")
                upright = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
            return upright.convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as trouble:
        raise BadImage("A picture of the song cannot be read; paint that verse again, then make the book again.") from trouble


class Plate:
    """A picture made ready for print: no finer than it can be printed, flat, JPEG."""

    def __init__(self, path: Path, longest: float) -> None:
        dots = int(longest / 25.4 * DOTS)
        flat = flat_picture(path)
        flat.thumbnail((dots, dots), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        flat.save(buffer, "JPEG", quality=QUALITY)
        self.data, self.ratio = buffer.getvalue(), flat.width / flat.height
