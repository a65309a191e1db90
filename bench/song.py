"""Draws the contact sheet of a song: a picture for every verse with the same people in it, for people to look at.

python -m bench.song                                       docs/gallery/song.jpg
python -m bench.song --song goat --style anime --out /tmp/goat.png
"""

import argparse
from pathlib import Path

import yaml
from PIL import Image, ImageDraw, ImageFont

from engines.book.fonts import font_for
from engines.sketch.painter import paint
from engines.song.bible import read_bible, verse_scene
from engines.song.cast import VersePlan
from engines.song.lyrics import Verse, read_lyrics

SONGS = Path(__file__).parent.parent / "tests" / "language" / "lyrics.yaml"
PAPER, INK = "#f6efe0", "#3a2f2a"
GAP, LINE, MOST_BYTES = 10, 15, 300_000


def pictures(song: str, style: str, seed: int, width: int, height: int) -> list[tuple[Verse, VersePlan, Image.Image]]:
    """Every verse that has a picture of its own, with its plan and the picture."""
    row = yaml.safe_load(SONGS.read_text("utf-8"))[song]
    bible, before, made = read_bible(row["title"], row["lyrics"], style, seed), [], []
    for index, verse in enumerate(read_lyrics(row["lyrics"])):
        if verse.repeat_of is None:
            plan = verse_scene(bible, verse.text, index, before, seed + index)
            made.append((verse, plan, paint(plan.scene, width, height, seed + index, style).image))
        before.append(verse.text)
    return made


def sheet(song: str, style: str, seed: int, size: int, columns: int) -> Image.Image:
    """The pictures in a row, each with its verse below it."""
    width, height = size, size * 4 // 3
    made = pictures(song, style, seed, width * 2, height * 2)
    lines = max(len(verse.text.splitlines()) for verse, _, _ in made)
    step = height + 2 * GAP + LINE * lines
    page = Image.new("RGB", (GAP + columns * (width + GAP), GAP + step * -(-len(made) // columns)), PAPER)
    pen = ImageDraw.Draw(page)
    for number, (verse, _, picture) in enumerate(made):
        x, y = GAP + number % columns * (width + GAP), GAP + number // columns * step
        page.paste(picture.resize((width, height), Image.Resampling.LANCZOS), (x, y))
        face = font_for(frozenset(map(ord, verse.text.replace("\n", ""))), True, "ja", False)
        font = ImageFont.truetype(face, 11) if face else ImageFont.load_default(11)
        pen.multiline_text((x, y + height + 5), verse.text, INK, font, spacing=2)
    return page


def write(page: Image.Image, path: Path) -> None:
    """Save the sheet; a JPEG is made small enough to commit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for quality in (88, 82, 76, 70, 62, 54):
        page.save(path, **({"quality": quality, "optimize": True} if path.suffix == ".jpg" else {}))
        if path.suffix != ".jpg" or path.stat().st_size <= MOST_BYTES:
            return


def main() -> None:
    """The command line."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--song", default="scarf")
    asked.add_argument("--style", default="cinematic")
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--size", type=int, default=240)
    asked.add_argument("--columns", type=int, default=5)
    asked.add_argument("--out", type=Path, default=Path("docs/gallery/song.jpg"))
    args = asked.parse_args()
    write(sheet(args.song, args.style, args.seed, args.size, args.columns), args.out)


if __name__ == "__main__":
    main()
