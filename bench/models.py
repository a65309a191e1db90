"""What the studio adds to a real model, as ratios: the engine and a whole job against a plain call, batches, two models by turns, memory.

python -m bench.models   prints rows of (measure, reached, aim)

The models are small ones with random weights, built here; times are seconds of CPU of this process, each pair measured by turns, so that
what else the machine does falls out.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.append(str(Path(__file__).parent.parent / "tests"))

import tiny_models  # noqa: E402
from conftest import fresh_home  # noqa: E402
from test_families import Desk  # noqa: E402

from config import catalog, settings  # noqa: E402
from engines import memory, pool  # noqa: E402
from engines.base import Made, Run  # noqa: E402
from engines.image import diffusers  # noqa: E402
from engines.image.diffusers import Diffusers  # noqa: E402
from engines.image.request import ImageRequest  # noqa: E402
from jobs import control, process, run  # noqa: E402
from jobs.control import Caller  # noqa: E402
from jobs.store import value  # noqa: E402
from jobs.worker import Worker  # noqa: E402

Row = tuple[str, str, str]
TIMES = 5
STEPS, SECOND = 20, 1.0
"""So many steps in about so many seconds of a plain call: the picture is as large as that takes."""
ROW = """{name}:
  engine: "bench.models:Counted"
  for: [generate_image]
  lane: gpu
  hidden: true
  weights: {{folder: "{folder}"}}
  options: {{family: sd15, side: 64}}
"""


class Counted(Diffusers):
    """Diffusers whose loads are counted and whose work is timed."""

    loads = 0
    inside = 0.0
    """CPU seconds of its last picture."""

    def load(self) -> None:
        """One more."""
        type(self).loads += 1
        super().load()

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """As ever, and how long it took."""
        made: list[Made] = []
        self.inside = cpu(lambda: made.append(super(Counted, self).generate(request, run)))
        return made[0]


def small() -> Any:
    """A Stable Diffusion of about twenty million parameters."""
    from diffusers import UNet2DConditionModel

    pipe = tiny_models.sd15()
    pipe.unet = UNet2DConditionModel(
        block_out_channels=(96, 256), layers_per_block=1, sample_size=32, in_channels=4, out_channels=4, norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=tiny_models.WIDTH, attention_head_dim=8,
    )  # fmt: skip
    return pipe


@contextmanager
def house() -> Iterator[Path]:
    """A fresh STUDIO_HOME with two tiny models and two small ones in its catalog."""
    folder = fresh_home()
    os.environ |= {"STUDIO_HOME": str(folder), "STUDIO_DEVICE": "cpu", "STUDIO_WARM_SECONDS": "20"}
    at = {name: tiny_models.build(folder / name, "sd15") for name in ("tiny-a", "tiny-b")}
    for name in ("small-a", "small-b"):
        small().save_pretrained(folder / name, safe_serialization=True)
        at[name] = folder / name
    (folder / "models.yaml").write_text("".join(ROW.format(name=name, folder=path) for name, path in at.items()))
    _fresh()
    try:
        yield folder
    finally:
        pool.empty()
        shutil.rmtree(folder, ignore_errors=True)


def _fresh(**named: Any) -> None:
    os.environ.update({f"STUDIO_{name.upper()}": str(setting) for name, setting in named.items()})
    settings.cache_clear()
    catalog.cache_clear()


def cpu(work: Callable[[], Any]) -> float:
    """CPU seconds of this process for some work."""
    began = time.process_time()
    work()
    return time.process_time() - began


def by_turns(*works: Callable[[], Any]) -> list[float]:
    """The least CPU seconds of each work, measured one after another, several times round; what else a machine does only adds."""
    took: list[list[float]] = [[] for _ in works]
    for _ in range(TIMES):
        for work, found in zip(works, took):
            found.append(cpu(work))
    return [min(found) for found in took]


def by_the_processor(*rooms: Any) -> None:
    """Let what these modules do every now and then (previews, progress) go by this process's CPU time: a busy machine has long seconds."""
    for room in rooms:
        room.time = SimpleNamespace(monotonic=time.process_time, time=time.time, sleep=time.sleep)


def overhead(worker: Worker) -> list[Row]:
    """The engine, and a whole job with its record, sidecar and thumbnail, against a plain call of the same pipeline."""
    engine, desk = pool.engine("small-a"), Desk(Path(tempfile.mkdtemp()))
    side, call = 0, {"negative_prompt": "", "guidance_scale": 4.0, "num_inference_steps": STEPS}
    while side < 512 and (side == 0 or cpu(lambda: engine.pipe("a red cat", **call)) < SECOND * 0.8):
        side += 64
        call |= {"width": side, "height": side}
    size = {"width": side, "height": side}
    asked: dict[str, Any] = {"prompt": "a red cat", "seed": 7, "guidance": 4.0, "steps": STEPS, "expand": False} | size

    def plain() -> Any:
        return engine.pipe("a red cat", **call)  # type: ignore[attr-defined]

    def ours() -> Any:
        return engine.generate(ImageRequest(**asked), desk)

    def job() -> None:
        ident = control.start("generate_image", asked | {"model": "small-a"}, Caller())["id"]
        worker.look()
        assert value("select status from jobs where id=?", ident) == "complete"

    by_the_processor(diffusers, run)
    plain(), ours(), job()
    one, two = by_turns(plain, ours)
    around = min(cpu(job) - engine.inside for _ in range(TIMES))  # type: ignore[attr-defined]
    return [
        ("one picture by the engine, saved, against a plain call of its pipeline", f"{100 * (two / one - 1):+.1f} % of {one:.2f} s", "3 %"),
        ("what a job adds: queue, claim, record, sidecar, thumbnail", f"{around * 1e3:.0f} ms, {around / one:.1%}", "3 %"),
    ]


def batches() -> list[Row]:
    """Four pictures in one batch against four, by size."""
    engine, desk, rows = pool.engine("tiny-a"), Desk(Path(tempfile.mkdtemp())), []
    for side in (64, 128):

        def paint(count: int, side: int = side) -> None:
            asked = ImageRequest(prompt="a red cat", seed=7, steps=8, guidance=4.0, width=side, height=side, count=count)
            engine.generate(asked, desk)

        paint(4)
        one, four = by_turns(lambda: [paint(1) for _ in range(4)], lambda: paint(4))
        what = f"4 pictures of {side}² in one job against 4 jobs' pictures, tiny model"
        rows.append((what, f"{one / four:.1f} times quicker", "one batch"))
    return rows


def alternating(worker: Worker, many: int = 40) -> list[Row]:
    """Jobs that alternate between two models, with room for both and with room for one."""
    from bench.models import Counted as counted  # the class that the catalog names, also where this file is the program

    rows = []
    for room, limit in (("room for both", "8"), ("room for one", "0.2")):
        _fresh(warm_gb=limit)
        pool.release()
        pool._sizes.clear()
        counted.loads = 0
        for n in range(many):
            values = {"prompt": "x", "model": "small-a" if n % 2 else "small-b", "seed": n, "steps": 1, "width": 64, "height": 64}
            control.start("generate_image", values, Caller())
        worker.look()
        assert value("select count(*) from jobs where status<>'complete'") == 0
        rows.append((f"{many} jobs alternating between two models, {room}", f"{counted.loads} loads", "2"))
    _fresh(warm_gb=8)
    return rows


def kept() -> list[Row]:
    """What stays in memory once everything is let go of."""
    pool.release()
    before = memory.held("cpu")
    for name in ("small-a", "small-b"):  # worked with, or much of them is not read from the disk yet
        asked = ImageRequest(prompt="x", seed=1, steps=1, guidance=4.0, width=64, height=64)
        pool.engine(name).generate(asked, Desk(Path(tempfile.mkdtemp())))
    full = memory.held("cpu") - before
    pool.release()
    left = memory.held("cpu") - before
    said = f"{max(0, left) / full:.1%} of {full / 1e6:.0f} MB stay (CPU; a gpu worker also ends its process)"
    return [("memory after two models were unloaded", said, "under 5 %")]


def measure() -> Iterator[Row]:
    """All of it, one after another."""
    import torch

    with house():
        torch.set_num_threads(1)  # two would wait for each other on a busy machine, and that counts as work
        worker = Worker("gpu", process.identity(), process.identity())
        yield from kept()
        yield from overhead(worker)
        yield from batches()
        yield from alternating(worker)


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row), flush=True)
