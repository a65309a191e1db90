"""Real sizes on a GPU: seconds per step of a plain call and of our engine, in every way of keeping the weights, compiled, by batch, and the
memory at its highest.

python -m bench.gpu                 FLUX.1, SDXL, CogVideoX 5B and MusicGen large with random weights, made on the device
python -m bench.gpu --only SDXL     one of them
python -m bench.gpu --tiny          the same code with tiny models on the CPU: proves that it runs, its numbers say nothing
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.sizes import SIZES, Size
from config import ModelRow
from engines import memory
from engines.device import Ladder, Place
from engines.diffusion import loading
from engines.diffusion.preview import Preview
from engines.image.diffusers import Diffusers
from engines.image.request import ImageRequest
from engines.music.request import MusicRequest
from engines.music.transformers import Musicgen
from engines.video.diffusers import Diffusers as Films
from engines.video.request import VideoRequest

Row = tuple[str, str, str, str, str]
FEW, MANY = 2, 6
TIMES = 3
WAYS: dict[str, dict[str, Any]] = {
    "full": {},
    "full, compiled": {"compile": "always"},
    "fp8": {"strategies": ["fp8"]},
    "model": {"strategies": ["model"]},
    "group": {"strategies": ["group"]},
}
HEAD = ("model and way", "batch", "plain call, s per step", "our engine, s per step", "highest memory")


class Nobody:
    """A run that nobody watches."""

    words = "a red cat"

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())

    def progress(self, *_: Any, **__: Any) -> None:
        """Nobody hears it."""


class Subject:
    """A model of one size on its device: asked plainly, and through the engine."""

    def __init__(self, name: str, size: Size, tiny: bool, options: dict[str, Any]) -> None:
        import torch

        self.size, self.tiny, self.run = size, tiny, Nobody()
        kind = "cuda" if torch.cuda.is_available() and not tiny else "cpu"
        dtype = torch.bfloat16 if kind == "cuda" else torch.float32
        self.place = Place(kind, dtype)  # type: ignore[arg-type]
        usual = torch.get_default_dtype()
        torch.set_default_dtype(dtype)
        try:
            with torch.device(kind if options.get("strategies", ["full"])[0] in ("full", "fp8") else "cpu"):
                self.model = (size.tiny if tiny else size.large)()
        finally:
            torch.set_default_dtype(usual)
        self.engine = self._engine(options)
        self.engine.row = ModelRow(name=name, engine="-", serves=["generate_image"])

    def _engine(self, options: dict[str, Any]) -> Any:
        """The studio's own engine around it, as if it had been read from the disk."""
        if self.size.family == "musicgen":
            return self._player()
        engine: Any = (Films if self.size.family == "cogvideox" else Diffusers)(family=self.size.family, side=self.size.side, **options)
        engine.place, engine.pipe = self.place, self.model
        self.model.set_progress_bar_config(disable=True)
        engine.ladder = Ladder(self.place, 0, 0, options.get("strategies") or ())
        if isinstance(engine, Diffusers):
            engine.settle()
        else:
            from engines.diffusion import tuning

            engine._usual, engine.preview = None, Preview("")
            loading.arrange(engine.pipe, engine.ladder)
            tuning.tune(engine.pipe, options, self.place)
        return engine

    def _player(self) -> Musicgen:
        from bench.sizes import tiny_models

        engine, settings = Musicgen(), self.model.config.audio_encoder
        engine.place, engine.model, engine.words = self.place, self.model.to(self.place.kind).eval(), tiny_models.t5()[0]
        engine.melodic, engine.rate, engine.frame_rate, engine.seconds = False, settings.sampling_rate, float(settings.frame_rate), 30.0
        return engine

    def plain(self, steps: int, batch: int) -> None:
        """One call of the library."""
        if self.size.family == "musicgen":
            words = self.engine.words(["a red cat"] * batch, return_tensors="pt").to(self.place.kind)
            self.model.generate(**words, do_sample=True, guidance_scale=3.0, max_new_tokens=self._frames(steps))
            return
        call = {"num_inference_steps": steps, "guidance_scale": self.size.guidance, **self._shape()}
        number = "num_videos_per_prompt" if self.size.family == "cogvideox" else "num_images_per_prompt"
        self.engine.pipe(prompt="a red cat", **call, **{number: batch})
        self.engine.pipe.maybe_free_model_hooks()

    def ours(self, steps: int, batch: int) -> None:
        """The same through the engine, files written."""
        asked: Any
        if self.size.family == "musicgen":
            asked = MusicRequest(prompt="a red cat", seed=1, duration_seconds=self._frames(steps) / self.engine.frame_rate)
        else:
            kind = VideoRequest if self.size.family == "cogvideox" else ImageRequest
            asked = kind(prompt="a red cat", seed=1, steps=steps, guidance=self.size.guidance, count=batch, expand=False, **self._shape())
        self.engine.generate(asked, self.run)

    def _shape(self) -> dict[str, int]:
        if self.size.family == "cogvideox":
            return {"width": 64, "height": 64, "num_frames": 9} if self.tiny else {"width": 720, "height": 480, "num_frames": 49}
        side = 64 if self.tiny else self.size.side
        return {"width": side, "height": side}

    def _frames(self, steps: int) -> int:
        """Frames of sound, for as many steps of fifty; five seconds is the least that may be asked."""
        return round(5 * self.engine.frame_rate) + 50 * (steps - FEW)

    def per_step(self, work: Callable[[int, int], None], batch: int) -> tuple[float, int]:
        """Seconds per step, what is done once per call left out; and bytes of memory at its highest."""
        import torch

        work(FEW, batch)
        if self.place.kind == "cuda":
            torch.cuda.reset_peak_memory_stats()
        took = [self._timed(work, MANY, batch) - self._timed(work, FEW, batch) for _ in range(1 if self.tiny else TIMES)]
        highest = torch.cuda.max_memory_allocated() if self.place.kind == "cuda" else memory.held("cpu")
        each = 50 if self.size.family == "musicgen" else 1
        return statistics.median(took) / ((MANY - FEW) * each), highest

    def _timed(self, work: Callable[[int, int], None], steps: int, batch: int) -> float:
        import torch

        began = time.perf_counter()
        work(steps, batch)
        if self.place.kind == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - began

    def close(self) -> None:
        """Give the memory back."""
        self.engine.unload()
        del self.model
        memory.give_back()


def measured(name: str, size: Size, tiny: bool) -> Iterator[Row]:
    """All ways of one model, and its batches where it is in one piece; a way that fails is a row that says so."""
    for way, options in WAYS.items():
        if size.family == "musicgen" and options:
            continue
        subject = None
        try:
            subject = Subject(name, size, tiny, options)
            for batch in size.batches[: 2 if tiny else None] if way == "full" else (1,):
                plain, _ = subject.per_step(subject.plain, batch)
                ours, highest = subject.per_step(subject.ours, batch)
                more = f" ({100 * (ours / plain - 1):+.1f} %)" if plain > 0 else ""
                yield f"{name}, {way}", str(batch), f"{plain:.4f}", f"{ours:.4f}{more}", f"{highest / 1e9:.1f} GB"
        except Exception as error:  # one that does not fit must not end the others
            yield f"{name}, {way}", "", f"{type(error).__name__}: {str(error).strip().splitlines()[0][:120] if str(error) else ''}", "", ""
        finally:
            if subject is not None:
                subject.close()


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench.gpu", description="Real sizes on a GPU")
    parser.add_argument("--tiny", action="store_true", help="the same code with tiny models on the CPU")
    parser.add_argument("--only", choices=SIZES, help="one model")
    asked = parser.parse_args()
    import diffusers
    import torch
    import transformers

    if not asked.tiny and not torch.cuda.is_available():
        print("There is no GPU here that torch can use; run this on a machine with one, or with --tiny to see that the code runs.")
        return 1
    loading._hush(diffusers, transformers)
    if asked.tiny:
        torch.set_num_threads(1)
    where = "tiny models on the CPU: these numbers say nothing" if asked.tiny else torch.cuda.get_device_name()
    print(f"torch {torch.__version__}, diffusers {diffusers.__version__}; {where}\n\n| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    for name, size in SIZES.items():
        if asked.only in (None, name):
            for row in measured(name, size, asked.tiny):
                print(f"| {' | '.join(row)} |", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
