"""Contact sheets of everything the sketch engine can draw: `python -m bench.nouns` writes docs/gallery/nouns.jpg.

`--only cat dog` draws some, `--people` draws persons in poses, moods and clothes, `--size 96` draws them small,
`--out x.png` writes elsewhere. It prints how long the drawings took.
"""
import argparse
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engines.sketch.parts import Sprite, draw
from engines.sketch.scene import Thing
from engines.sketch.vocabulary import Noun, nouns

PAPER = (238, 232, 220)
GALLERY = Path(__file__).parent.parent / "docs" / "gallery" / "nouns.jpg"
PALETTE = ("#c8402f", "#3a6ea5", "#e0a82e", "#3f8a5a", "#8a4f9e")
POSES = ("standing", "walking", "running", "sitting", "seated", "sleeping", "dancing", "waving", "flying", "reading", "playing")
MOODS = ("happy", "sad", "surprised", "sleepy", "angry", "calm", "laughing", "crying", "scared")
WORN = ("scarf", "hat", "cap", "coat", "dress", "cloak", "umbrella", "crown", "lantern", "guitar", "glasses", "beard", "boots",
        "basket", "backpack", "balloon", "flower", "book", "bag", "sword", "ribbon", "apron")



def cell(sprite: Sprite, size: int, label: str) -> Image.Image:
    """The sprite on paper, its ground line at the same height in each cell, with its name."""
    paper = Image.new("RGB", (size, size + 14), PAPER)
    rgba = np.dstack([sprite.rgb, sprite.alpha])
    drawn = Image.fromarray((rgba * 255 + 0.5).astype(np.uint8))
    most = max(drawn.width / (size * 0.98), drawn.height / (size * 0.98), 1)
    if most > 1:
        drawn = drawn.resize((max(1, int(drawn.width / most)), max(1, int(drawn.height / most))), Image.Resampling.LANCZOS)
    paper.paste(drawn, ((size - drawn.width) // 2, size - drawn.height - 2), drawn)
    ImageDraw.Draw(paper).text((size / 2, size + 6), label, fill=(70, 60, 60), font=ImageFont.load_default(10), anchor="mm")
    return paper


def sheet(cells: list[Image.Image], columns: int) -> Image.Image:
    """The cells in rows."""
    width, height = cells[0].size
    rows = -(-len(cells) // columns)
    page = Image.new("RGB", (columns * width, rows * height), PAPER)
    for number, one in enumerate(cells):
        page.paste(one, (number % columns * width, number // columns * height))
    return page


def drawn(noun: Noun, size: int, label: str = "", night: bool = False, **fields: object) -> Image.Image:
    """One cell with the noun, as tall as fits."""
    thing = Thing.model_validate({"id": noun.name, "noun": noun.name} | fields)
    sprite = draw(noun, thing, size * 0.92 / max(1.0, noun.width), night=night)
    return cell(sprite, size, label or noun.name)


def people(size: int, names: list[str]) -> list[Image.Image]:
    """Each person in every pose and mood, and wearing everything."""
    cells = []
    for name in names:
        noun = nouns()[name]
        cells += [drawn(noun, size, f"{name} {pose}", pose=pose) for pose in POSES]
        cells += [drawn(noun, size, f"{name} {mood}", expression=mood) for mood in MOODS]
        cells += [drawn(noun, size, f"{name} {worn}", slots={worn: PALETTE[number % len(PALETTE)]})
                  for number, worn in enumerate(WORN)]
        cells += [drawn(noun, size, f"{name} {number}", id=f"{name}{number}") for number in range(13)]
    return cells


def main() -> None:
    """Draws the sheet that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--people", action="store_true")
    parser.add_argument("--night", action="store_true")
    parser.add_argument("--pose")
    parser.add_argument("--size", type=int, default=140)
    parser.add_argument("--columns", type=int, default=13)
    parser.add_argument("--out", type=Path, default=GALLERY)
    asked = parser.parse_args()
    started = time.perf_counter()
    chosen = asked.only or sorted(nouns(), key=lambda name: (nouns()[name].file, list(nouns()).index(name)))
    if asked.people:
        cells = people(asked.size, chosen)
    else:
        cells = [drawn(nouns()[name], asked.size, night=asked.night, pose=asked.pose) for name in chosen]
    took = time.perf_counter() - started
    page = sheet(cells, asked.columns)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    page.save(asked.out, quality=82) if asked.out.suffix == ".jpg" else page.save(asked.out)
    each = took / len(cells) * 1000
    print(f"{len(cells)} drawings in {took:.2f} s, {each:.0f} ms each; {asked.out} {asked.out.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
