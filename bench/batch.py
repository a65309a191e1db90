"""Four pictures in one job against four jobs, and what the engine adds to a plain call of the pipeline; on a tiny model, so ratios only.

python -m bench.batch   prints rows of (measure, reached, aim)
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent.parent / "tests"))

import tiny_models  # noqa: E402
from test_families import Desk  # noqa: E402

from config import ModelRow  # noqa: E402
from engines.image.diffusers import Diffusers  # noqa: E402
from engines.image.request import ImageRequest  # noqa: E402

Row = tuple[str, str, str]
STEPS, TIMES = 8, 5


def best(work: Callable[[], Any]) -> float:
    """Seconds of CPU of the quickest of a few tries."""
    took = []
    for _ in range(TIMES):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


def warm(folder: Path) -> Diffusers:
    """A tiny Stable Diffusion, loaded."""
    engine = Diffusers(family="sd15", side=64)
    path = tiny_models.build(folder / "sd15", "sd15")
    engine.row = ModelRow(name="tiny", engine="-", serves=["generate_image"], weights={"folder": str(path)})
    engine.load()
    return engine


def measure() -> list[Row]:
    """Batches by size, and the overhead of the engine on one picture of about a second."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine, desk = warm(folder), Desk(folder)

        def paint(side: int, count: int, steps: int = STEPS) -> None:
            asked = ImageRequest(prompt="a red cat", seed=7, steps=steps, guidance=4.0, width=side, height=side, count=count)
            engine.generate(asked, desk)

        for side in (64, 128, 256):
            one, four = best(lambda side=side: [paint(side, 1) for _ in range(4)]), best(lambda side=side: paint(side, 4))
            what = f"4 pictures of {side}² in one job against 4 jobs' pictures, tiny model, CPU seconds"
            rows.append((what, f"{one / four:.1f} times quicker", "one batch"))
        paint(256, 1)
        call = {"negative_prompt": "", "num_inference_steps": 24, "guidance_scale": 4.0, "width": 256, "height": 256}
        plain = best(lambda: engine.pipe("a red cat", **call))
        ours = best(lambda: paint(256, 1, 24))
        what = "one picture by the engine, saved, against a plain call of its pipeline"
        rows.append((what, f"{100 * (ours / plain - 1):+.1f} % of {plain:.2f} s", "3 %"))
    return rows


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
