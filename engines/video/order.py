"""What a video model is to film: a request read against its family, cut into segments, its picture fitted, its first noises named."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from config import styles
from engines.base import Run
from engines.diffusion.families import FilmFamily, Mode
from engines.diffusion.noise import Start
from engines.errors import BadRequest
from engines.seeds import derive, draw, nth
from engines.sketch.film.photo import opened
from engines.video import footage
from engines.video.request import VideoRequest, check_pixels

HALF_WAY = 0.5
FOOTAGE = "given.raw"
HELD = 2
"""Latent frames of the segment before that are held while the next one is made, where the family has no pipeline for a picture."""


@dataclass(frozen=True)
class Segment:
    """A piece of a film that is made in one go: so many frames from its `first` on, some of which are those of the segment before."""

    number: int
    first: int
    made: int
    carried: int
    kept: int


@dataclass(frozen=True)
class Order:
    """One job for a video model. Sizes are (width, height): of the film, and of what is made and then cut to it."""

    mode: Mode
    size: tuple[int, int]
    inside: tuple[int, int]
    fps: int
    segments: list[Segment]
    prompt: str
    negative: str
    starts: list[Start]
    seeds: list[int]
    picture: Image.Image | None = None
    film: "np.ndarray[Any, Any] | None" = None
    notes: list[str] = field(default_factory=list)

    @property
    def frames(self) -> int:
        """How many frames the film has."""
        return sum(segment.kept for segment in self.segments)

    def start(self, k: int, number: int) -> Start:
        """Where a segment of film k starts."""
        whole = self.starts[k]
        return Start(part_seed(whole.seed, number), tuple((part_seed(seed, number), share) for seed, share in whole.trail))

    def footage(self, segment: Segment) -> list[Image.Image]:
        """The frames of the film given that a segment is to change; past its end the last one, again and again."""
        assert self.film is not None  # noqa: S101 - for the type checker; asked for where there is one
        last = len(self.film) - 1
        return [Image.fromarray(self.film[min(number, last)]) for number in range(segment.first, segment.first + segment.made)]

    def arguments(self, request: VideoRequest, family: FilmFamily, segment: Segment, taken: set[str]) -> dict[str, Any]:
        """What the pipeline is called with for a segment, apart from pictures, noise and callback; `taken` are the names it knows."""
        given: dict[str, Any] = {
            "prompt": self.prompt, "width": self.inside[0], "height": self.inside[1], "num_frames": segment.made,
            "num_inference_steps": request.steps, family.guidance: request.guidance, "output_type": "pil",
        }  # fmt: skip
        if family.negative:
            given["negative_prompt"] = self.negative or family.empty_negative
        if family.rate:
            given[family.rate] = self.fps
        return {name: value for name, value in given.items() if name in taken}


def part_seed(seed: int, number: int) -> int:
    """The seed of a segment; the first has the film's own."""
    return seed if number == 0 else derive(seed, f"segment {number}")


def cut(frames: int, most: int, stride: int, carried: int) -> list[Segment]:
    """So few segments of nearly equal length as may be; each makes stride × k + 1 frames, `most` at most."""
    pieces = 1 + max(0, -(-(frames - most) // (most - carried)))
    each = -(-(frames + carried * (pieces - 1)) // pieces)
    made = -(-(each - 1) // stride) * stride + 1
    segments: list[Segment] = []
    done = 0
    while done < frames:
        head = carried if segments else 0
        kept = min(frames - done, made - head)
        segments.append(Segment(len(segments), done - head, made, head, kept))
        done += kept
    return segments


def check(request: VideoRequest, family: FilmFamily, options: dict[str, Any]) -> None:
    """BadRequest for a film the model cannot make, as far as the request alone tells."""
    _mode(request, family)
    if not request.variation_of:
        _inside((request.width, request.height), family.multiple, options.get("sizes") or [])


def read(request: VideoRequest, family: FilmFamily, options: dict[str, Any], model: str, run: Run) -> Order:
    """The order behind a request. Raises BadRequest for what the model cannot make."""
    mode = _mode(request, family)
    first = request.seed if request.seed is not None else draw()
    seeds = [nth(first, k) for k in range(request.count)]
    starts, size, frames, fps = [Start(seed) for seed in seeds], (request.width, request.height), request.frames, request.fps
    if request.variation_of:
        original, size, frames, fps = _recalled(request, model, run)
        strength = HALF_WAY if request.variation_strength is None else request.variation_strength
        starts = [original.turned(seed, strength) for seed in seeds]
    notes: list[str] = []
    inside = _inside(size, family.multiple, options.get("sizes") or [])
    carried = 1 if "image" in family.pipelines else 1 + (HELD - 1) * family.stride
    film = _footage(request, run, inside, fps, frames)
    if film is not None and len(film) < frames:
        frames = len(film)
        notes.append(f"The film given has {frames} frames at {fps} a second; as many were made.")
    segments = cut(frames, int(options.get("most", family.most)), family.stride, carried)
    try:
        check_pixels(size, frames, request.count)  # a variation is as large as its original
    except ValueError as error:
        raise BadRequest(str(error), fields=["count"]) from None
    style = styles()[request.style]
    return Order(
        mode=mode, size=size, inside=inside, fps=fps, segments=segments, starts=starts, seeds=seeds,
        prompt=", ".join(words for words in (request.prompt, style.prompt) if words),
        negative=", ".join(words for words in (request.negative_prompt, style.negative_prompt) if words),
        picture=ImageOps.fit(opened(run.open(request.image)), inside, Image.Resampling.LANCZOS) if request.image else None,
        film=film,
        notes=notes + _notes(request, family, (size, inside), fps, segments),
    )  # fmt: skip


def _mode(request: VideoRequest, family: FilmFamily) -> Mode:
    wanted: Mode = "edit" if request.video else "image" if request.image else "text"
    if wanted in family.pipelines:
        return wanted
    if wanted == "text":
        wants, name = ("a film to change", "video") if "edit" in family.pipelines else ("a picture to set in motion", "image")
        raise BadRequest(f"this model needs {wants}; give it as {name}, or choose another model", fields=[name])
    what, name = ("start from a picture", "image") if wanted == "image" else ("change a film", "video")
    raise BadRequest(f"this model cannot {what}; leave {name} out, or choose another model", fields=[name])


def _footage(request: VideoRequest, run: Run, size: tuple[int, int], fps: int, most: int) -> "np.ndarray[Any, Any] | None":
    """The frames of the film that is to be changed, if there is one."""
    if request.video is None:
        return None
    try:
        return footage.frames(run.open(request.video), size, fps, most, run.folder / FOOTAGE, lambda: run.progress(0, "Reading the film"))
    except footage.Unseen as error:
        raise BadRequest(f"video: {error}", fields=["video"]) from None


def _inside(size: tuple[int, int], whole: int, sizes: Sequence[Sequence[int]]) -> tuple[int, int]:
    """The size that is made for a film of some size: the next that the model can make."""
    if sizes and list(size) not in [list(each) for each in sizes]:
        able = " or ".join(f"{width} × {height}" for width, height in sizes)
        raise BadRequest(f"this model makes films of {able} only; ask for that, or choose another model", fields=["width", "height"])
    return -(-size[0] // whole) * whole, -(-size[1] // whole) * whole


def _recalled(request: VideoRequest, model: str, run: Run) -> tuple[Start, tuple[int, int], int, int]:
    """Where the film that is varied started, its size, its frames and how many of them make a second."""
    known = run.recall(str(request.variation_of))
    meta, maker = known.get("meta") or {}, (known.get("provenance") or {}).get("model")
    if maker != model or "frames" not in meta:
        raise BadRequest(f"that is no film by {model}; vary it with {maker or 'its own model'}, or give a picture as image",
                         fields=["variation_of"])  # fmt: skip
    trail = tuple((int(sibling), float(strength)) for sibling, strength in meta.get("trail", []))
    width, height = meta["size"]
    return Start(int(meta.get("base_seed", meta["seed"])), trail), (int(width), int(height)), int(meta["frames"]), int(meta["fps"])


def _notes(
    request: VideoRequest, family: FilmFamily, sizes: tuple[tuple[int, int], tuple[int, int]], fps: int, segments: list[Segment]
) -> list[str]:
    """What a person should know about how the film is made."""
    notes, (size, inside), made = [], sizes, segments[0].made
    if size != inside:
        notes.append("This model makes sides in steps of {}: {} × {} were made and cut to {} × {}.".format(family.multiple, *inside, *size))
    if len(segments) > 1:
        onto = "frame" if "image" in family.pipelines else f"{segments[1].carried} frames"
        notes.append(f"Made in {len(segments)} segments of {made} frames; each goes on from the last {onto} of the one before.")
    new, kept = sum(segment.made - segment.carried for segment in segments), sum(segment.kept for segment in segments)
    if new > kept:
        notes.append(f"This model makes {family.stride} × n + 1 frames at once: {new} were made and cut to {kept}.")
    if not family.rate and fps != family.fps:
        pace = "more slowly" if fps < family.fps else "faster"
        notes.append(f"This model moves at {family.fps} frames a second; at {fps} things move {pace} than in life.")
    if request.low_vram:
        notes.append("Made in {} × {} with at most 20 steps, to spare memory.".format(*size))
    return notes
