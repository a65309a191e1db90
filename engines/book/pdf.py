"""Binds a song as a printable book: a cover, a spread for every verse, a colophon."""
from engines.base import Artifact, Engine, Made, Run
from engines.book import ornament
from engines.book.fonts import hand_of
from engines.book.lines import broken
from engines.book.ornament import COPE, GOLD, GROUND, INK, LINE, PAPER, SOFT, STAFF_ON_COPE
from engines.book.pictures import usable
from engines.book.press import POINT, Plate, Press
from engines.book.request import BookRequest
from engines.book.runs import Face, clean, told_missing
from engines.book.setting import put, set_verse

PAGE, MARGIN = 210.0, 20.0
COVER = (166.0, 122.0)
CREDIT, PAINTED = "Made with Troubadour", "Painted in the style “{style}”"
UNTITLED = "Untitled"


class PdfBook(Engine[BookRequest]):
    """A square book, 210 mm each way: the picture on the left, its verse on the right."""

    def generate(self, request: BookRequest, run: Run) -> Made:
        """Set every page and write one PDF."""
        run.progress(0.0, "Choosing the type")
        request, lost = usable(request, run)
        with Press(PAGE) as press:
            Binding(request, run, press).bind()
            run.progress(0.95, "Binding the book")
            data, pages = bytes(press.pdf.output()), press.pdf.page
        path = run.folder / "book.pdf"
        path.write_bytes(data)
        run.progress(1.0, "The book is bound")
        art = Artifact(path=path, media_type="application/pdf", role="book", meta={"pages": pages})
        return Made(artifacts=[art], notes=lost + told_missing(press.missing))


class Binding:
    """One book while it is bound."""

    def __init__(self, request: BookRequest, run: Run, press: Press) -> None:
        self.request, self.run, self.press = request, run, press
        self.title = " ".join(clean(request.title).split()) or UNTITLED
        self.texts = [clean(verse.text) for verse in request.verses]
        self.labels = [" ".join(clean(verse.label).split()) for verse in request.verses]
        self.style = " ".join(clean(request.style).split())
        hand = next((hand for text in [*self.texts, self.title] if (hand := hand_of(text))), "hans")
        self.small = Face(italic=True, hand=hand)
        self.large = Face(weight=500, hand=hand_of(self.title) or hand)
        self.faces = [Face(hand=hand_of(text) or hand) for text in self.texts]
        self.tune = ornament.melody(self.texts, self.title)
        self.plates: dict[str, Plate] = {}

    def bind(self) -> None:
        """All pages, front to back."""
        press = self.press
        press.pdf.set_title(self.title)
        press.pdf.set_creator("Troubadour")
        told = [(f"{text}\n{text.upper()}", face) for text, face in zip(self.texts, self.faces, strict=True)]
        small = "\n".join([*self.labels, self.style, CREDIT, PAINTED, "…"])
        press.announce([*told, (small, self.small), (self.title, self.large)])
        self._cover()
        for k in range(len(self.texts)):
            self.run.progress(0.05 + 0.9 * k / len(self.texts), f"Setting {self.labels[k] or f'verse {k + 1}'}")
            self._spread(k)
        self._colophon()

    def _plate(self, source: str) -> Plate:
        if source not in self.plates:
            self.plates[source] = Plate(self.run.open(source), PAGE - 2 * MARGIN)
        return self.plates[source]

    def _cover(self) -> None:
        press = self.press
        press.pdf.add_page()
        press.block(0, 0, PAGE, PAGE, COPE)
        first = next((verse for verse in self.request.verses if verse.picture), None)
        if first is not None and first.picture:
            plate = self._plate(first.picture)
            width = min(COVER[0], COVER[1] * plate.ratio)
            height = width / plate.ratio
            x, y = (PAGE - width) / 2, 18 + (COVER[1] - height) / 2
            press.block(x - 2.2, y - 2.2, width + 4.4, height + 4.4, GOLD)
            press.block(x - 1.8, y - 1.8, width + 3.6, height + 3.6, COPE)
            press.picture(plate, (x, y), width, clean(first.summary))
        else:
            self._score(60.0, 13.0, (STAFF_ON_COPE, GOLD))
        self._title(161.0)
        ornament.mark(press, (PAGE - 27) / 2, 183, 4.5, (STAFF_ON_COPE, GOLD))
        ornament.swatches(press, (0, PAGE - 5, PAGE, 5), self.request.palette)

    def _title(self, middle: float) -> None:
        """The title in one line if it can be, else in two or three smaller ones."""
        press = self.press
        for size in (40.0, 36.0, 32.0, 28.0, 24.0, 20.0, 16.0, 13.0):
            def measure(part: str, size: float = size) -> float:
                return press.width(part, self.large, size)
            lines = broken(self.title, measure, lambda k: PAGE - 2 * MARGIN, 0.0)
            if len(lines) <= (1 if size > 30 else 2 if size > 20 else 6):
                break
        leading = size * 1.15 * POINT
        y = middle - (len(lines) - 1) * leading / 2 + size * POINT * 0.3
        for k, line in enumerate(lines):
            press.centred(y + k * leading, line.text, self.large, size, PAPER)

    def _spread(self, k: int) -> None:
        press, verse = self.press, self.request.verses[k]
        press.pdf.add_page()
        if verse.picture:
            plate = self._plate(verse.picture)
            room = PAGE - 2 * MARGIN
            width = min(room, room * plate.ratio)
            height = width / plate.ratio
            press.picture(plate, ((PAGE - width) / 2, (PAGE - height) * 0.48), width, clean(verse.summary))
        else:
            press.block(0, 0, PAGE, PAGE, GROUND)
            self._score(PAGE / 2 - 21, 14.0, (LINE, SOFT))
        setting = set_verse(press, self.texts[k], self.faces[k])
        parts = setting.pages()
        for n, part in enumerate(parts):
            self.run.progress(0.05 + 0.9 * (k + n / len(parts)) / len(self.texts), f"Setting {self.labels[k] or f'verse {k + 1}'}")
            press.pdf.add_page()
            put(press, setting, part, self.labels[k] if n == 0 else "", (self.faces[k], self.small), n == 0)
            ornament.procession(press, (30, 192.5, PAGE - 60), self.tune, k)
        if press.pdf.page % 2 == 0:
            press.pdf.add_page()
            self._score(PAGE / 2 - 21, 14.0, (LINE, LINE))

    def _score(self, y: float, gap: float, colors: tuple[str, str]) -> None:
        """The song's own melody across the whole page."""
        lines, notes = colors
        ornament.staff(self.press, 0, y, PAGE, gap, lines)
        tune = (self.tune * 6)[: max(6, min(9, len(self.tune)))]
        for n, step in enumerate(tune):
            ornament.note(self.press, PAGE * (n + 0.5) / len(tune), y, gap, step, notes)

    def _colophon(self) -> None:
        press, palette = self.press, self.request.palette
        press.pdf.add_page()
        ornament.mark(press, (PAGE - 36) / 2, 76, 6.0, (LINE, INK))
        press.centred(113, CREDIT, self.small, 15, INK)
        if self.style:
            said = PAINTED.format(style=self.style)
            press.centred(121, said, self.small, min(11.5, 11.5 * 150 / max(1.0, press.width(said, self.small, 11.5))), SOFT)
        if palette:
            each = min(7.0, 130.0 / len(palette))
            ornament.swatches(press, ((PAGE - each * len(palette)) / 2, 131, each * len(palette), each * 0.8), palette, each * 0.2)
        ornament.procession(press, (30, 192.5, PAGE - 60), self.tune, len(self.tune))
