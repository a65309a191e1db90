"""How long the sketch illustrator takes: processor seconds per picture, worst and middle, by size and style, the best of a few runs each.

MALLOC_MMAP_THRESHOLD_=4000000000 MALLOC_TRIM_THRESHOLD_=8000000000 python -m bench.painter [--sizes 512,768,1024] [--best 3]
"""

import argparse
import math
import statistics
import tempfile
import time
from pathlib import Path

from bench.sheets import PROMPTS, STYLED
from config.styles import styles
from engines.image.save import save
from engines.sketch.painter import paint
from engines.sketch.parser import parse


def main() -> None:
    """Paint every prompt in every style once per size, after one to warm up."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sizes", default="512,768,1024")
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--best", type=int, default=3)
    args = asked.parse_args()
    scenes = {name: parse(prompt, args.seed) for name, prompt in list(PROMPTS.items())[:STYLED]}
    for scene in scenes.values():
        paint(scene, 64, 64, args.seed, "none")
    for side in map(int, args.sizes.split(",")):
        for look in styles():
            took = dict.fromkeys(scenes, math.inf)
            for name, scene in [pair for pair in scenes.items() for _ in range(args.best)]:
                start = time.process_time()
                picture = paint(scene, side, side, args.seed, look).image
                took[name] = min(took[name], time.process_time() - start)
            worst = max(took, key=lambda name: took[name])
            print(f"{side}²  {look:15} middle {statistics.median(took.values()):.2f} s   worst {took[worst]:.2f} s ({worst})")
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            save(picture, Path(folder) / "picture", "png", {"parameters": "x"})
            print(f"{side}²  written as PNG in {1000 * (time.perf_counter() - start):.1f} ms")


if __name__ == "__main__":
    main()
