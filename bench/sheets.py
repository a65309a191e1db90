"""Draws the contact sheets of the sketch illustrator: twelve prompts in every style, or everyday ones, for people to look at.

python -m bench.sheets                     docs/gallery/styles.jpg
python -m bench.sheets --everyday          docs/gallery/everyday.jpg
python -m bench.sheets --size 384 --out /tmp/look.png --seed 5 --only fox,lake
"""

import argparse
import os
from pathlib import Path

import yaml
from PIL import Image, ImageDraw, ImageFont

from config.styles import styles
from engines.sketch.painter import paint
from engines.sketch.parser import parse
from engines.sketch.words import fold

PROMPTS = {
    "lighthouse": "a lighthouse on a cliff at sunset",
    "fox": "a red fox in a snowy forest at night",
    "rain": "a city skyline in the rain at dusk",
    "rooftop": "a girl with a red scarf and a black cat on a rooftop under the moon",
    "harbour": "an old fisherman in a harbour at dawn, three gulls",
    "forest": "a deer in a sunny forest",
    "room": "a cat under a table in a cosy room at night",
    "lake": "a sailing boat on a lake in the mountains in the morning",
    "village": "a boy and a dog in a snowy village at dusk",
    "desert": "a man with a horse in the desert",
    "garden": "an old woman on a bench in a garden in spring, three birds flying",
    "street": "a woman in a blue coat in a rainy street at night",
    "reader": "a woman reading a book in an armchair by the fireplace",
    "knight": "a knight and a dragon in the mountains",
    "train": "a steam train crossing a bridge in the autumn mountains",
    "violin": "a woman playing the violin on a stage",
    "pond": "a duck with six ducklings on a pond",
    "aurora": "a polar bear and her cub under the northern lights",
    "portrait": "a girl with red hair and green eyes, portrait",
    "island": "a treasure chest on a desert island",
}
STYLED = 12
"""So many of them are drawn in every style."""
EVERYDAY = Path("tests/language/everyday.yaml")
MOST_BYTES = 600_000
EVERYDAY_BYTES = 1_200_000


def sheet(names: list[str], looks: list[str], size: int, seed: int, columns: int | None = None) -> Image.Image:
    """One row per prompt and one column per style, or all pictures in so many columns."""
    columns = columns or len(looks)
    cells = [(name, look) for name in names for look in looks]
    page = Image.new("RGB", (columns * (size + 6) + 6, -(-len(cells) // columns) * (size + 6) + 6), "#f6efe0")
    for number, (name, look) in enumerate(cells):
        picture = paint(parse(PROMPTS[name], seed), size, size, seed, look).image
        page.paste(picture, (6 + number % columns * (size + 6), 6 + number // columns * (size + 6)))
    return page


def everyday(size: int, seed: int, columns: int = 10) -> Image.Image:
    """The hundred everyday prompts, each in another style than its neighbour, with its words below."""
    prompts = yaml.safe_load(EVERYDAY.read_text("utf-8"))
    looks = [name for name in styles() if name != "none"]
    wide, high = size + 6, size + 20
    page = Image.new("RGB", (columns * wide + 6, -(-len(prompts) // columns) * high + 6), "#f6efe0")
    ink, font = ImageDraw.Draw(page), ImageFont.load_default(10)
    for number, prompt in enumerate(prompts):
        row, column = divmod(number, columns)
        picture = paint(parse(prompt, seed + number), size, size, seed + number, looks[(column + row * 2) % len(looks)]).image
        page.paste(picture, (6 + column * wide, 6 + row * high))
        shown = prompt if len(prompt) * 5.4 < size else prompt[: int(size / 5.4) - 1] + "…"
        ink.text((6 + column * wide, 8 + row * high + size), fold(shown).encode("ascii", "ignore").decode(), fill="#5a5048", font=font)
    return page


def write(page: Image.Image, path: Path, most: int = MOST_BYTES) -> None:
    """Save the sheet; a JPEG is made small enough to commit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix != ".jpg":
        page.save(path)
        return
    for quality in (86, 80, 74, 66, 58, 50):
        page.save(path, quality=quality, optimize=True)
        if os.path.getsize(path) <= most:
            return


def main() -> None:
    """The command line."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--size", type=int, default=256)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--only", default=",".join(list(PROMPTS)[:STYLED]))
    asked.add_argument("--styles", default=",".join(name for name in styles() if name != "none"))
    asked.add_argument("--columns", type=int)
    asked.add_argument("--everyday", action="store_true", help="the hundred everyday prompts in mixed styles")
    asked.add_argument("--out", type=Path)
    args = asked.parse_args()
    if args.everyday:
        write(everyday(args.size, args.seed), args.out or Path("docs/gallery/everyday.jpg"), EVERYDAY_BYTES)
        return
    page = sheet(args.only.split(","), args.styles.split(","), args.size, args.seed, args.columns)
    write(page, args.out or Path("docs/gallery/styles.jpg"))


if __name__ == "__main__":
    main()
