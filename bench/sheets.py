"""Draws the contact sheets of the sketch illustrator: twelve prompts in every style, for people to look at.

python -m bench.sheets                     docs/gallery/styles.jpg
python -m bench.sheets --size 384 --out /tmp/look.png --seed 5 --only fox,lake
"""

import argparse
import os
from pathlib import Path

from PIL import Image

from config.styles import styles
from engines.sketch.painter import paint
from engines.sketch.parser import parse

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
}
MOST_BYTES = 600_000


def sheet(names: list[str], looks: list[str], size: int, seed: int, columns: int | None = None) -> Image.Image:
    """One row per prompt and one column per style, or all pictures in so many columns."""
    columns = columns or len(looks)
    cells = [(name, look) for name in names for look in looks]
    page = Image.new("RGB", (columns * (size + 6) + 6, -(-len(cells) // columns) * (size + 6) + 6), "#f6efe0")
    for number, (name, look) in enumerate(cells):
        picture = paint(parse(PROMPTS[name], seed), size, size, seed, look).image
        page.paste(picture, (6 + number % columns * (size + 6), 6 + number // columns * (size + 6)))
    return page


def write(page: Image.Image, path: Path) -> None:
    """Save the sheet; a JPEG is made small enough to commit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix != ".jpg":
        page.save(path)
        return
    for quality in (86, 80, 74, 66, 58):
        page.save(path, quality=quality, optimize=True)
        if os.path.getsize(path) <= MOST_BYTES:
            return


def main() -> None:
    """The command line."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--size", type=int, default=256)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--only", default=",".join(PROMPTS))
    asked.add_argument("--styles", default=",".join(name for name in styles() if name != "none"))
    asked.add_argument("--columns", type=int)
    asked.add_argument("--out", type=Path, default=Path("docs/gallery/styles.jpg"))
    args = asked.parse_args()
    write(sheet(args.only.split(","), args.styles.split(","), args.size, args.seed, args.columns), args.out)


if __name__ == "__main__":
    main()
