"""Lays all pictures of a song on one sheet, to see at a glance whether they are of one hand."""
from collections.abc import Sequence
from functools import lru_cache
from math import ceil, sqrt
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps, features

from engines.base import Artifact, Engine, Made, Run
from engines.book import ornament
from engines.book.fonts import axes_of, hand_of
from engines.book.ornament import AZURE, COPE, GOLD, GROUND, INITIAL, INK, LINE, SOFT, STAFF_ON_COPE
from engines.book.pictures import usable
from engines.book.press import flat_picture
from engines.book.request import BookRequest, BookVerse
from engines.book.runs import Face, clean, clusters, pieces, runs_left, told_missing
from engines.image.save import save

WIDEST, EDGE, GAP = 1920, 56, 32
HEAD, CAPTION, FOOT = 216, 58, 84
FILM = (3, 2)
"""All frames of a sheet have one shape: that of most pictures, but no wider and no taller than this."""


class ContactSheet(Engine[BookRequest]):
    """One PNG with the picture and the label of every verse."""

    def generate(self, request: BookRequest, run: Run) -> Made:
        """Fill the sheet row by row."""
        run.progress(0.0, "Laying out the sheet")
        request, lost = usable(request, run)
        count = len(request.verses)
        across = min(count, 8, max(3, ceil(sqrt(count))))
        wide = (WIDEST - 2 * EDGE - GAP * (max(across, 3) - 1)) // max(across, 3)
        tall = round(wide / _shape(request, run))
        width = max(2 * EDGE + across * (wide + GAP) - GAP, 1200)
        left = (width - across * (wide + GAP) + GAP) // 2
        sheet = Sheet((width, HEAD + EDGE + ceil(count / across) * (tall + CAPTION + GAP) + FOOT), request)
        for k, verse in enumerate(request.verses):
            run.progress(k / count, f"Laying out {verse.label or verse.name}")
            sheet.frame((left + k % across * (wide + GAP), HEAD + EDGE + k // across * (tall + CAPTION + GAP), wide, tall), k, run)
        sheet.head(request)
        sheet.foot()
        run.progress(0.95, "Writing the sheet")
        path = save(sheet.image, run.folder / "sheet", "png", {})
        run.progress(1.0, "The sheet is ready")
        size = sheet.image.size
        art = Artifact(path=path, media_type="image/png", role="sheet", picture=sheet.image, width=size[0], height=size[1])
        return Made(artifacts=[art], notes=lost + told_missing(sheet.missing))


def _shape(request: BookRequest, run: Run) -> float:
    """Width over height of the frames: the middle one of the pictures' own."""
    ratios = sorted(_ratio(run.open(source)) for source in dict.fromkeys(verse.picture for verse in request.verses if verse.picture))
    middle = ratios[len(ratios) // 2] if ratios else 1.0
    return min(max(middle, FILM[1] / FILM[0]), FILM[0] / FILM[1])


def _ratio(path: Path) -> float:
    """Width over height; a file that is no picture counts as square here and is refused when its frame is filled."""
    try:
        with Image.open(path) as picture:
            return picture.width / picture.height
    except (OSError, SyntaxError, Image.DecompressionBombError):
        return 1.0


class Sheet:
    """The sheet while it is filled."""

    def __init__(self, size: tuple[int, int], request: BookRequest) -> None:
        self.image = Image.new("RGB", size, GROUND)
        self.pen = ImageDraw.Draw(self.image)
        self.missing: set[str] = set()
        self.fitted: dict[str, Image.Image] = {}
        self.title = " ".join(clean(request.title).split()) or "Untitled"
        self.verses = request.verses
        self.labels = [" ".join(clean(verse.label or verse.name).split()) for verse in request.verses]
        texts = [clean(verse.text) for verse in request.verses]
        self.hand = next((hand for text in [*texts, self.title] if (hand := hand_of(text))), "hans")
        self.tune = ornament.melody(texts, self.title)

    def block(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """Fill a rectangle, at least one pixel thick."""
        left, top = round(x), round(y)
        self.pen.rectangle((left, top, max(left, round(x + width) - 1), max(top, round(y + height) - 1)), fill=color)

    def head(self, request: BookRequest) -> None:
        """The band with the mark, the title and the colours."""
        width = self.image.width
        self.block(0, 0, width, HEAD, COPE)
        ornament.mark(self, EDGE, 62, 26, (STAFF_ON_COPE, GOLD))
        room = width - 2 * EDGE - 220
        line, size = self._fitted(self.title, Face(weight=500, hand=self.hand), room, (76, 64, 54, 44, 36))
        self._line((EDGE + 220, 118 + size // 3), line, Face(weight=500, hand=self.hand), size, "#FFFFFF")
        ornament.swatches(self, (0, HEAD - 14, width, 14), request.palette)

    def foot(self) -> None:
        """The whole song on its staff."""
        ornament.staff(self, EDGE, self.image.height - FOOT + 8, self.image.width - 2 * EDGE, 10, LINE)
        pace = (self.image.width - 2 * EDGE) / len(self.tune)
        for k, step in enumerate(self.tune):
            ornament.note(self, EDGE + pace * (k + 0.5), self.image.height - FOOT + 8, 10, step, AZURE)

    def frame(self, box: tuple[int, int, int, int], k: int, run: Run) -> None:
        """One verse: its picture whole in the frame, or a staff, and its label under it."""
        x, y, width, height = box
        verse: BookVerse = self.verses[k]
        self.block(x, y, width, height, "#FFFFFF")
        if verse.picture:
            fitted = self.fitted.get(verse.picture) or flat_picture(run.open(verse.picture))
            if verse.picture not in self.fitted:
                fitted = self.fitted[verse.picture] = ImageOps.contain(fitted.reduce(_times(fitted.size, width, height)), (width, height))
            self.image.paste(fitted, (x + (width - fitted.width) // 2, y + (height - fitted.height) // 2))
        else:
            gap = height / 12
            ornament.staff(self, x, y + height / 2 - 1.5 * gap, width, gap, LINE)
            ornament.note(self, x + width / 2, y + height / 2 - 1.5 * gap, gap, self.tune[k], SOFT)
        face = Face(italic=True, hand=hand_of(self.labels[k]) or self.hand)
        size = 28 if width > 300 else 22
        line, size = self._fitted(self.labels[k], face, width - 26, (size,))
        self.block(x, y + height + 21, 11, 11, INITIAL)
        self._line((x + 22, y + height + 35), line, face, size, INK)

    def _fitted(self, text: str, face: Face, room: float, sizes: Sequence[int]) -> tuple[str, int]:
        """The text at the largest of these sizes that has room; at the smallest it is shortened."""
        for size in sizes:
            if self._width(text, face, size) <= room:
                return text, size
        units = clusters(text)
        while units and self._width("".join(units) + "…", face, sizes[-1]) > room:
            units.pop()
        return "".join(units).rstrip() + "…", sizes[-1]

    def _width(self, text: str, face: Face, size: int) -> float:
        told = pieces(text, face, runs_left(text), self.missing)
        return sum(_font(piece.font, face.weight, size).getlength(_drawn(piece.text, piece.rightward)) for piece in told)

    def _line(self, place: tuple[float, float], text: str, face: Face, size: int, color: str) -> None:
        """Draw one line, its baseline beginning at (x, y)."""
        x, y = place
        for piece in pieces(text, face, runs_left(text), self.missing):
            font, letters = _font(piece.font, face.weight, size), _drawn(piece.text, piece.rightward)
            way = ("ltr" if piece.rightward else "rtl") if features.check("raqm") else None
            self.pen.text((x, y), letters, fill=color, font=font, anchor="ls", direction=way)
            x += font.getlength(letters, direction=way)


def _times(size: tuple[int, int], width: int, height: int) -> int:
    """How many times a picture can be halved and the like at once, and still be twice as fine as its frame."""
    return max(1, int(max(size[0] / width, size[1] / height) / 2))


def _drawn(text: str, rightward: bool) -> str:
    """Without Raqm nothing turns right-to-left text round, so it is turned here."""
    return text if rightward or features.check("raqm") else text[::-1]


@lru_cache(maxsize=64)
def _font(path: Path, weight: int, size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(str(path), size)
    axes = axes_of(path, weight)
    if axes:
        font.set_variation_by_axes(axes)
    return font
