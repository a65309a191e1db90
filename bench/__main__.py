"""All measures, written into docs/performance.md: `make bench` (about five minutes on two quiet cores)."""

import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

from bench import film, likeness, media, models, queue
from bench.sheets import PROMPTS
from config import styles
from engines.image.save import save
from engines.sketch.painter import paint
from engines.sketch.parser import parse

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
HEAD = """# Measures

Made by `make bench` on {machine}, {when}. Every number is of one run; the aims are those the project set itself. The flat picture is
a hidden test row: one colour, so that what is measured is the studio. (ComfyUI 0.3 with nothing durable took 19 ms for the same flat
picture and made 64 to 70 a second of 200 queued, measured earlier on a like machine.)
"""

REAL = """## Real models

By `python -m bench.models`, on small models with random weights: seconds of CPU of one process, measured by turns, so that the ratios
hold on a busy machine too. Real sizes need a GPU: `python -m bench.gpu` builds FLUX.1, SDXL, CogVideoX 5B and MusicGen large with random
weights on the device and measures a plain call and our engine, in every way of keeping the weights, compiled, with batches of 1 to 16 and
the memory at its highest. It has not run on a GPU yet; with `--tiny` the same code has run on a CPU.
"""


def painting() -> list[queue.Row]:
    """CPU seconds of the sketch engine, worst prompt and style, and how fast a lossless picture is written."""
    rows = []
    for side, aim in ((512, "0.5 s"), (768, "1.2 s"), (1024, "2.0 s")):
        took = {}
        for name, words in PROMPTS.items():
            for style in styles():
                scene = parse(words, 7)
                began = time.process_time()
                picture = paint(scene, side, side, 7, style).image
                took[f"{name}, {style}"] = time.process_time() - began
        worst = max(took, key=lambda key: took[key])
        rows.append(
            (f"a sketch of {side}², CPU", f"middle {statistics.median(took.values()):.2f} s, worst {took[worst]:.2f} s ({worst})", aim)
        )
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        save(picture, Path(folder) / "picture", "png", {"parameters": "x"})
        fast = time.perf_counter() - began
        began = time.perf_counter()
        picture.save(Path(folder) / "slow.png")
        slow = time.perf_counter() - began
    rows.append(("lossless 1024² picture written", f"{fast * 1e3:.0f} ms (Pillow's default: {slow * 1e3:.0f} ms)", "50 ms"))
    return rows


def curve() -> list[queue.Row]:
    """How far a variation is from its original, over all prompts."""
    found = likeness.differences(list(PROMPTS), 192, 7)
    values = list(found.values())
    steady = values[0] == 0 and all(a < b for a, b in zip(values, values[1:]))
    said = ", ".join(f"{strength:g}: {difference:.1f}" for strength, difference in found.items())
    return [
        (
            f"likeness over {len(PROMPTS)} prompts: mean difference (0 to 255) by strength",
            said,
            f"0 is identical, steady ({'it is' if steady else 'NOT'})",
        )
    ]


def table(rows: list[queue.Row]) -> str:
    """Rows as Markdown."""
    return "\n".join(["| what | reached | aim |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)])


def main() -> None:
    """Measure and write."""
    cores = os.cpu_count()
    machine = f"{cores} cores ({platform.machine()}, Python {platform.python_version()}), load {os.getloadavg()[0]:.1f} at the start"
    rows = queue.measure() + media.measure() + painting() + film.measure() + curve()
    page = HEAD.format(machine=machine, when=time.strftime("%Y-%m-%d")) + "\n" + table(rows) + "\n\n" + REAL + "\n"
    PAGE.write_text(page + table(list(models.measure())) + "\n", "utf-8")
    print(PAGE.read_text("utf-8"))


main()
