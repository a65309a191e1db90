"""Binds a song as a printable book: a cover, a spread for every verse, a colophon."""
from datetime import UTC, datetime
from importlib.resources import as_file, files

from fpdf import FPDF

from engines.base import Artifact, Engine, Made, Run
from engines.book.request import BookRequest

PAGE, MARGIN = 210.0, 22.0


class PdfBook(Engine[BookRequest]):
    """A square book, 210 mm each way."""

    def generate(self, request: BookRequest, run: Run) -> Made:
        """Set every page and write one PDF."""
        book = FPDF(unit="mm", format=(PAGE, PAGE))
        book.set_creation_date(datetime(2000, 1, 1, tzinfo=UTC))
        book.set_auto_page_break(False)
        book.set_title(request.title)
        with as_file(files("fontpkg_eb_garamond") / "files" / "EBGaramond[wght].ttf") as face:
            book.add_font("book", fname=str(face))
        book.set_text_shaping(True)
        book.add_page()
        book.set_font("book", size=32)
        book.text(MARGIN, 60, request.title)
        for k, verse in enumerate(request.verses):
            run.progress(k / len(request.verses), f"Setting {verse.label or verse.name}")
            book.add_page()
            if verse.picture:
                book.image(run.open(verse.picture), MARGIN, MARGIN, PAGE - 2 * MARGIN, PAGE - 2 * MARGIN, keep_aspect_ratio=True)
            book.add_page()
            book.set_font("book", size=14)
            book.set_xy(MARGIN, MARGIN)
            book.multi_cell(PAGE - 2 * MARGIN, 8, f"{verse.label}\n\n{verse.text}", align="L")
        book.add_page()
        book.text(MARGIN, PAGE / 2, f"Made with Troubadour. Style: {request.style}")
        path = run.folder / "book.pdf"
        path.write_bytes(bytes(book.output()))
        return Made(artifacts=[Artifact(path=path, media_type="application/pdf", role="book", meta={"pages": book.page})])
