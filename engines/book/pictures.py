"""Which of a song's pictures can be used: a lost or broken one leaves a quiet page, not a song without a book."""

from PIL import Image

from engines.base import Run
from engines.book.request import BookRequest
from engines.errors import BadRequest


def usable(request: BookRequest, run: Run) -> tuple[BookRequest, list[str]]:
    """The request without pictures that cannot be opened, and a sentence about each verse that lost its own."""
    good = {source: _opens(source, run) for source in {verse.picture for verse in request.verses if verse.picture}}
    notes, verses = [], []
    for verse in request.verses:
        if verse.picture and not good[verse.picture]:
            notes.append(f"The picture of {verse.label or verse.name} cannot be opened; paint that verse again, then make the book again.")
            verse = verse.model_copy(update={"picture": None})
        verses.append(verse)
    return request.model_copy(update={"verses": verses}), notes


def _opens(source: str, run: Run) -> bool:
    try:
        with Image.open(run.open(source)) as picture:
            picture.load()
    except (BadRequest, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return True
