"""Draws the contact sheet of the sketch sculptor: every kind of object and a few that stand together, for people to look at.

python -m bench.meshes                     docs/gallery/meshes.jpg
python -m bench.meshes --out /tmp/look.png --side 256 --seed 3 --only "cat,a cat on a table"
"""

import argparse
import math
import time
from pathlib import Path

from PIL import Image, ImageDraw

from engines.sketch.dice import Dice
from engines.sketch.sculptor import sculpt
from engines.sketch.sculptor_files import glb, stl
from engines.sketch.sculptor_model import kinds
from engines.sketch.sculptor_view import portrait

TOGETHER = (
    "a lighthouse on a rock", "two trees beside a house", "a cat on a table", "three big blue mushrooms",
    "a castle on a mountain", "a boat on the water", "a campfire in front of a tent", "a robot holding a key",
    "a moon above a house", "a train on a red bridge", "five flowers", "three apples in a basket", "a dog under a table",
    "a windmill on an island", "a snowman under a pine", "a yellow car and a small truck", "a purple dragon on a treasure chest",
    "a girl with a red coat beside a well", "a flying flurble",
)


def sheet(prompts: list[str], side: int, seed: int, columns: int) -> tuple[Image.Image, list[tuple[float, str]]]:
    """The pictures of the prompts, and the CPU seconds of each (sculpted, written in both formats, drawn)."""
    rows = math.ceil(len(prompts) / columns)
    whole = Image.new("RGB", (columns * side, rows * (side + 18)), "#f4efe4")
    draw, took = ImageDraw.Draw(whole), []
    for number, prompt in enumerate(prompts):
        began = time.process_time()
        made = sculpt(prompt, Dice(seed)).solid
        glb(made, prompt), stl(made)
        picture = portrait(made)
        took.append((time.process_time() - began, prompt))
        x, y = number % columns * side, number // columns * (side + 18)
        whole.paste(picture.resize((side, side), Image.Resampling.LANCZOS), (x, y))
        draw.text((x + 6, y + side + 3), prompt, fill="#5a4a40")
    return whole, took


def main() -> None:
    """Draw the sheet."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "docs" / "gallery" / "meshes.jpg")
    asked.add_argument("--side", type=int, default=170)
    asked.add_argument("--seed", type=int, default=3)
    asked.add_argument("--only", default="")
    asked.add_argument("--columns", type=int, default=9)
    told = asked.parse_args()
    prompts = told.only.split(",") if told.only else [*(name for name in kinds().kinds if name != "plinth"), *TOGETHER]
    whole, took = sheet(prompts, told.side, told.seed, told.columns)
    told.out.parent.mkdir(parents=True, exist_ok=True)
    whole.save(told.out, quality=80)
    took.sort(reverse=True)
    print(f"{len(prompts)} objects; CPU seconds worst {took[0][0]:.2f} ({took[0][1]}), middle {took[len(took) // 2][0]:.2f}")
    print(f"{told.out}: {told.out.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
