"""Real video models through diffusers: one class for all families, a model is a row in models.yaml.

Words or a picture become a film. What is longer than a model makes at once is made in segments, each of which goes on from the last
frames of the one before. Every step reports and can stop; the ladder of engines/device.py is walked when memory runs out.
"""

import contextlib
import inspect
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from PIL import Image

from engines import device, ffmpeg
from engines.base import Artifact, Made, Run
from engines.diffusion import loading, tuning
from engines.diffusion.noise import drawn
from engines.errors import OutOfMemory
from engines.video.carry import Held
from engines.video.model import FilmModel
from engines.video.order import FOOTAGE, Order, Segment, check, part_seed, read
from engines.video.request import VideoRequest

READ, SAMPLED, WRITTEN = 0.03, 0.85, 0.98
OFTEN = 0.7
TOLD = {"text_encoder": "Reading the words", "text_encoder_2": "Reading the words", "image_encoder": "Looking at the picture"}


@dataclass
class _Report:
    """Where a segment reports: as a share of the whole job, never backwards."""

    run: Run
    base: float
    span: float
    where: str
    at: float = 0.0
    note: str = ""
    decoded: int = 0

    def __call__(self, share: float, note: str, preview: Image.Image | None = None) -> None:
        self.at, self.note = max(self.at, share), note
        self.run.progress(WRITTEN * (self.base + self.span * self.at), note + self.where, preview)

    def again(self) -> None:
        """A place to stop, where nothing new is to be told."""
        self(self.at, self.note)

    def decoding(self) -> None:
        """One more piece is decoded; how many there will be only the decoder knows."""
        self.decoded += 1
        self(1 - (1 - SAMPLED) * 4 / (4 + self.decoded), "Decoding")


class Diffusers(FilmModel):
    """Films with a diffusion model. Options of a row: `family`, `most` (frames at once, if not the family's), `sizes` (the only ones it
    makes), `scheduler`, `call`, and how it runs, as for pictures (engines/diffusion/tuning.py).
    """

    def check(self, request: VideoRequest) -> list[str]:
        """The model can make this kind of film, in this size."""
        check(request, self._family, self.options)
        return []

    def generate(self, request: VideoRequest, run: Run) -> Made:
        """Make `count` films, each with its poster; film k has seed + k, and its segments have seeds that follow from it."""
        order = read(request, self._family, self.options, self._row.name, run)
        self.spare(request.low_vram)
        made = Made(resolved_prompt=request.prompt or None, notes=order.notes + self.unread(order.prompt))
        for k in range(request.count):
            made.artifacts += self._filmed(order, request, k, made.notes, run)
            made.seeds += made.artifacts[-2].meta["seeds"]
        (run.folder / FOOTAGE).unlink(missing_ok=True)
        made.notes += tuning.notes(self.options, self.ladder.strategy)
        return made

    def _filmed(self, order: Order, request: VideoRequest, k: int, notes: list[str], run: Run) -> list[Artifact]:
        """Film k and its poster."""
        path, poster = (run.folder / f"{name}-{k + 1:02d}{end}" for name, end in (("film", ".mp4"), ("poster", ".png")))
        still: Image.Image | None = None
        tail: list[Image.Image] = []
        carried = max(1, order.segments[-1].carried)
        with ffmpeg.Film(path, order.size, order.fps) as film:
            for segment in order.segments:
                frames = self._frames(order, request, (k, segment), tail, notes, run)
                for frame in (shown := [_trimmed(each, order.size) for each in frames[segment.carried : segment.carried + segment.kept]]):
                    film.write(frame.convert("RGBX").tobytes())
                still = still or shown[len(shown) // 3]
                tail = frames[-carried:]
            run.progress(WRITTEN * (k + 1) / request.count, "Writing the film")
        assert still is not None  # noqa: S101 - for the type checker; a film has a frame
        still.save(poster, compress_level=3)
        return _artifacts(order, k, (path, poster), still)

    def _frames(
        self, order: Order, request: VideoRequest, which: tuple[int, Segment], tail: list[Image.Image], notes: list[str], run: Run
    ) -> list[Image.Image]:
        """All frames of a segment, down the ladder if need be."""
        segment = which[1]
        pixels = order.inside[0] * order.inside[1] * segment.made
        while True:
            loading.in_tiles(self.pipe, request.low_vram or self.ladder.tiled(pixels))
            frames = self._filmed_once(order, request, which, tail, run)
            if frames is not None:
                return frames
            notes.append(self._smaller(order, segment, pixels))

    def _smaller(self, order: Order, segment: Segment, pixels: int) -> str:
        """After memory ran out: with the room of another model, or one rung down the ladder; what was done, in words."""
        if self.make_room():
            return "Memory ran out; another model was let go of."
        try:
            said = self.ladder.down(1, pixels).replace("pictures", "frames")
        except OutOfMemory:
            size = "{} × {}".format(*order.inside)
            raise OutOfMemory(
                f"There is not enough memory for even {segment.made} frames of {size}; "
                "choose a smaller size, fewer frames, low_vram or a smaller model."
            ) from None
        loading.arrange(self.pipe, self.ladder)
        return said

    def _filmed_once(
        self, order: Order, request: VideoRequest, which: tuple[int, Segment], tail: list[Image.Image], run: Run
    ) -> list[Image.Image] | None:
        """The frames, or None when memory ran out; the traceback, which holds tensors, is let go of here."""
        try:
            return self._sampled(order, request, which, tail, run)
        except Exception as error:
            if not device.full(error):
                raise
            return None

    def _sampled(
        self, order: Order, request: VideoRequest, which: tuple[int, Segment], tail: list[Image.Image], run: Run
    ) -> list[Image.Image]:
        """One call of the pipeline."""
        (k, segment), family = which, self._family
        onward = segment.number > 0 and "image" in family.pipelines
        self.take(family.pipelines["image" if onward else order.mode])
        _mend(self.pipe)
        start, report = order.start(k, segment.number), _report(order, request.count, which, run)
        report(0, "Reading the words")
        taken = set(inspect.signature(self.pipe.__call__).parameters)
        given = order.arguments(request, family, segment, taken) | family.call | dict(self.options.get("call") or {})
        if order.film is not None:
            given["video"] = order.footage(segment)
        elif onward or order.picture is not None:
            given["image"] = tail[-1] if onward else order.picture
        try:
            with drawn(self.pipe, [start]) as generators, _listened(self.pipe, report):
                held = Held.of(self.pipe, tail, start, family.latents) if segment.number and not onward else None
                watch = self._watching(order, held, report)
                out = self.pipe(**given, generator=generators, callback_on_step_end=watch)
        finally:
            self.pipe.maybe_free_model_hooks()
        return list(out.frames[0])

    def _watching(self, order: Order, held: Held | None, report: _Report) -> Callable[..., dict[str, Any]]:
        """Called by the pipeline after every step: reports, shows, and raises Cancelled when the person has stopped it."""
        told = time.monotonic()

        def watch(pipe: Any, step: int, _: Any, state: dict[str, Any]) -> dict[str, Any]:
            nonlocal told
            if held is not None:
                state["latents"] = held.put(pipe.scheduler, step, state["latents"])
            steps = max(1, int(pipe.num_timesteps))
            shown = None
            if time.monotonic() - told > OFTEN and step + 1 < steps:
                shown = self.preview.draw(pipe, state["latents"], order.inside)
                told = time.monotonic()
            report(READ + (SAMPLED - READ) * (step + 1) / steps, f"Step {step + 1} of {steps}", shown)
            return state

        return watch


def _report(order: Order, count: int, which: tuple[int, Segment], run: Run) -> _Report:
    (k, segment), pieces = which, len(order.segments)
    where = f", segment {segment.number + 1} of {pieces}" if pieces > 1 else ""
    where += f", film {k + 1} of {count}" if count > 1 else ""
    return _Report(run, (k + segment.number / pieces) / count, 1 / pieces / count, where)


@contextlib.contextmanager
def _listened(pipe: Any, report: _Report) -> Iterator[None]:
    """While this lasts every part of the model that begins to work is told of, and is a place to stop."""
    parts = {name: getattr(pipe, name, None) for name in TOLD}
    hooks = [
        part.register_forward_pre_hook(lambda *_, note=TOLD[name]: report(0, note)) for name, part in parts.items() if part is not None
    ]
    hooks += [
        pipe.vae.encoder.register_forward_pre_hook(lambda *_: report.again()),
        pipe.vae.decoder.register_forward_pre_hook(lambda *_: report.decoding()),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _mend(pipe: Any) -> None:
    """Some pipelines of diffusers 0.42.1 call ftfy without asking whether it is there; the words that come here are well-formed anyway."""
    room = vars(sys.modules[type(pipe).__module__])
    if "is_ftfy_available" in room and "ftfy" not in room:
        room["ftfy"] = SimpleNamespace(fix_text=lambda text: unicodedata.normalize("NFC", text))


def _trimmed(frame: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The middle of a frame in the size of the film."""
    left, top = (frame.width - size[0]) // 2, (frame.height - size[1]) // 2
    return frame if frame.size == size else frame.crop((left, top, left + size[0], top + size[1]))


def _artifacts(order: Order, k: int, paths: tuple[Any, Any], still: Image.Image) -> list[Artifact]:
    """The film and its poster, with all that is needed to make it again."""
    start, (wide, high) = order.starts[k], order.size
    own = {"seed": order.seeds[k], "index": k}
    meta: dict[str, Any] = own | {
        "role": "video", "base_seed": start.seed, "trail": [list(turn) for turn in start.trail], "size": [wide, high],
        "frames": order.frames, "fps": order.fps, "prompt": order.prompt,
        "seeds": [part_seed(order.seeds[k], segment.number) for segment in order.segments],
        "segments": [{"made": segment.made, "carried": segment.carried, "kept": segment.kept} for segment in order.segments],
    }  # fmt: skip
    same = {"width": wide, "height": high}
    return [
        Artifact(path=paths[0], media_type="video/mp4", role="video", duration=order.frames / order.fps, meta=meta, **same),
        Artifact(path=paths[1], media_type="image/png", role="poster", picture=still, meta=own | {"role": "poster"}, **same),
    ]
