"""How long a book and a contact sheet take, and how heavy they are, by number of verses and by script.

python -m bench.book [--verses 1,5,20,100] [--side 1024]
"""
import argparse
import tempfile
import time
from pathlib import Path

from PIL import Image

from engines.book.pdf import PdfBook
from engines.book.request import BookRequest, BookVerse
from engines.book.sheet import ContactSheet
from engines.sketch.painter import paint
from engines.sketch.parser import parse

PROMPTS = ("a lighthouse on a cliff in a storm", "a village in snow at dawn", "a red boat on the sea at sunset",
           "an old oak on a hill in autumn", "a castle under a full moon")
WORDS = {
    "Latin": "Over the hills and a long way off,\nthe wind shall blow my top-knot off,\n"
             "and I will go with you, my dear,\nover the hills and far from here",
    "ten scripts": "“Hi” سلام שלום 你好 नमस्ते\nสวัสดี 月が出た 안녕 🌍\nПривет, γειά σου",
}


class Desk:
    """A run that opens pictures by name and keeps no count."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def progress(self, fraction: float, note: str = "", preview: Image.Image | None = None) -> None:
        """Nobody watches."""

    def open(self, source: str) -> Path:
        """A picture of this bench."""
        return self.folder / f"{source}.png"

    def recall(self, artifact_id: str) -> dict[str, object]:
        """Nothing is varied here."""
        return {}


def main() -> None:
    """Paint five pictures, then bind and lay out songs of growing length."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--verses", default="1,5,20,100")
    asked.add_argument("--side", type=int, default=1024)
    args = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        for k, prompt in enumerate(PROMPTS):
            paint(parse(prompt, k), args.side, args.side, k, "none").image.convert("RGB").save(desk.folder / f"{k}.png", compress_level=1)
        for count in map(int, args.verses.split(",")):
            for script, words in WORDS.items():
                verses = [BookVerse(name=f"v{k}", label=f"Verse {k + 1}", text=f"{words} {k}", picture=str(k % 5)) for k in range(count)]
                request = BookRequest(title="The long way off", style="none", palette=["#1A2050", "#F0BC42"], verses=verses)
                told = [f"{count:4} verses  {script:12}"]
                for name, engine in (("book", PdfBook()), ("sheet", ContactSheet())):
                    start = time.perf_counter()
                    path = engine.generate(request, desk).artifacts[0].path
                    told.append(f"{name} {time.perf_counter() - start:5.2f} s {path.stat().st_size / 1e6:5.2f} MB")
                print("   ".join(told))


if __name__ == "__main__":
    main()
