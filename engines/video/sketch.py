"""The embedded animator as an engine: words, a scene or a picture become a film, with no weights and no network."""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from engines import ffmpeg
from engines.base import Artifact, Engine, Made, Ready, Run
from engines.errors import BadRequest
from engines.lengths import length_said, without_length
from engines.seeds import derive, draw, nth
from engines.video.request import VideoRequest, check_pixels

PREVIEW = 0.7
"""Seconds of film between two previews."""
Turns = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class _Plan:
    """Everything a film follows from; kept with it, so that it can be made again and varied."""

    seed: int
    turns: Turns
    words: str
    move: str | None
    scene: dict[str, Any] | None
    image: str | None
    style: str
    size: tuple[int, int]
    fps: int
    frames: int

    def as_json(self) -> dict[str, Any]:
        """What is stored beside the film."""
        kept = {name: getattr(self, name) for name in ("words", "move", "scene", "image", "style", "fps", "frames")}
        return kept | {"base_seed": self.seed, "trail": [list(turn) for turn in self.turns], "size": list(self.size)}

    @classmethod
    def read(cls, kept: dict[str, Any], turn: tuple[int, float]) -> "_Plan":
        """A film's plan turned towards a sibling; strength 0 leaves it as it is."""
        turns = tuple((int(seed), float(drift)) for seed, drift in kept["trail"])
        return cls(int(kept["base_seed"]), (*turns, turn) if turn[1] > 0 else turns, kept["words"], kept["move"], kept["scene"],
                   kept["image"], kept["style"], (kept["size"][0], kept["size"][1]), int(kept["fps"]), int(kept["frames"]))

    def shot(self, number: int) -> tuple[int, Turns]:
        """The seed and the turns of one shot; the first has the film's own."""
        return _shot_seed(self.seed, number), tuple((_shot_seed(seed, number), drift) for seed, drift in self.turns)


def _shot_seed(seed: int, number: int) -> int:
    return seed if number == 0 else derive(seed, f"shot {number}")


@dataclass(frozen=True)
class _Part:
    """Which of the films of a job is made, of how many, and where it reports."""

    run: Run
    k: int = 0
    count: int = 1

    def progress(self, share: float, note: str, preview: Image.Image | None = None) -> None:
        """Report as a share of the whole job."""
        self.run.progress((self.k + share) / self.count, note, preview)


class SketchFilm(Engine[VideoRequest]):
    """Films the painter's layers; ready wherever ffmpeg is."""

    def ready(self) -> Ready:
        """The film needs ffmpeg."""
        found = importlib.util.find_spec("imageio_ffmpeg") is not None
        return Ready() if found else Ready(ok=False, missing=ffmpeg.MISSING)

    def load(self) -> None:
        """Read the vocabulary, so that the first film is as quick as the next."""
        from engines.sketch import vocabulary
        from engines.sketch.film import shot  # noqa: F401 - warms the imports

        vocabulary.nouns()

    def generate(self, request: VideoRequest, run: Run) -> Made:
        """Make `count` films, each with its poster; film k has seed + k, and its shots have seeds that follow from it."""
        first = request.seed if request.seed is not None else draw()
        plans = [_plan(request, nth(first, k), run) for k in range(request.count)]
        try:
            check_pixels(plans[0].size, plans[0].frames, request.count)  # a variation is as large as its original
        except ValueError as error:
            raise BadRequest(str(error), fields=["count"]) from None
        made = Made(notes=_notes(request, plans[0]), resolved_prompt=request.prompt or None)
        for k, plan in enumerate(plans):
            made.artifacts += _filmed(plan, nth(first, k), _Part(run, k, request.count))
            made.seeds += made.artifacts[-2].meta["seeds"]
            unmet = (plan.scene or {}).get("unmet", []) if plan.image is None else []
            made.unmet += [word for word in unmet if word not in made.unmet]
        return made


def _filmed(plan: _Plan, seed: int, part: _Part) -> list[Artifact]:
    """One film and its poster. `seed` is its own: that of a variation, where the plan still has its original's."""
    from engines.sketch.film.reel import lengths

    path, poster = (part.run.folder / f"{name}-{part.k + 1:02d}{end}" for name, end in (("film", ".mp4"), ("poster", ".png")))
    still = _written(plan, part, path)
    still.save(poster, compress_level=3)
    (wide, high), long = plan.size, plan.frames / plan.fps
    seeds = [_shot_seed(seed, number) for number in range(len(lengths(plan.frames, plan.fps)))]
    meta = {"seed": seed, "index": part.k, "role": "video", "seeds": seeds} | plan.as_json()
    return [
        Artifact(path=path, media_type="video/mp4", role="video", width=wide, height=high, duration=long, meta=meta),
        Artifact(path=poster, media_type="image/png", role="poster", width=wide, height=high, picture=still,
                 meta={"seed": seed, "index": part.k, "role": "poster"}),
    ]


def _plan(request: VideoRequest, seed: int, run: Run) -> _Plan:
    from engines.sketch.film.camera import spoken
    from engines.sketch.parser import parse

    if request.variation_of is not None:
        meta = run.recall(request.variation_of).get("meta") or {}
        if "base_seed" not in meta or "fps" not in meta:
            raise BadRequest("variation_of is not a film of this model; vary its video", fields=["variation_of"])
        return _Plan.read(meta, (seed, 0.5 if request.variation_strength is None else request.variation_strength))
    words, move = spoken(request.prompt)
    scene = request.scene
    if scene is None and words.strip():
        scene = parse(without_length(words) or words, seed, request.negative_prompt).as_json()
    return _Plan(seed, (), words, move, scene, request.image, request.style, (request.width, request.height), request.fps, request.frames)


def _written(plan: _Plan, part: _Part, path: Path) -> Image.Image:
    """Film every shot into the file; the poster, a frame from a third of the first shot."""
    from engines.sketch.film.reel import lengths, picture

    poster: Image.Image | None = None
    every = max(1, round(PREVIEW * plan.fps))
    lens = lengths(plan.frames, plan.fps)
    number = 0
    with ffmpeg.Film(path, plan.size, plan.fps) as film:
        for k, count in enumerate(lens):
            for frame in _shot(plan, part, k, lens):
                film.write(frame.tobytes())
                number += 1
                if poster is None and number > count // 3:
                    poster = picture(frame)
                share = (k + 0.3 + 0.7 * (number - sum(lens[:k])) / count) / len(lens)
                note = f"Filming, {part.k * plan.frames + number} of {part.count * plan.frames}"
                part.progress(0.97 * share, note, picture(frame) if number % every == 1 else None)
        part.progress(0.98, "Writing the film")
    assert poster is not None  # noqa: S101 - for the type checker; a film has a frame
    return poster


def _shot(plan: _Plan, part: _Part, k: int, lens: list[int]) -> Iterator[Image.Image]:
    """The frames of one shot."""
    from engines.sketch.dice import Dice
    from engines.sketch.film import photo, shot
    from engines.sketch.film.reel import filmed
    from engines.sketch.scene import Scene

    def progress(share: float, note: str, preview: Image.Image | None = None) -> None:
        part.progress(0.97 * (k + 0.3 * share) / len(lens), note, preview)

    dice = Dice(*plan.shot(k))
    brief = shot.Brief(Scene.read(plan.scene or {"schema": "scene/1"}), plan.style, plan.size, plan.fps, lens[k], plan.move)
    if plan.image is None:
        return filmed(shot.prepare(dice, brief, progress), lens[k])
    return filmed(photo.prepare(dice, brief, photo.opened(part.run.open(plan.image)), progress), lens[k])


def _notes(request: VideoRequest, plan: _Plan) -> list[str]:
    notes, asked = [], request.num_frames
    if request.duration_seconds is not None and asked not in (VideoRequest.model_fields["num_frames"].default, plan.frames):
        notes.append(f"{request.duration_seconds:g} seconds at {plan.fps} fps make {plan.frames} frames; num_frames {asked} was set aside.")
    if request.variation_of is None and length_said(request.prompt) == request.duration_seconds is not None:
        notes.append(f"It lasts {request.duration_seconds:g} seconds, as the words say.")
    if request.image is not None:
        notes.append("The picture's depth was guessed; of the words, the camera's move and the weather were taken.")
    if request.low_vram:
        notes.append("Made in {} × {} with at most 20 steps, to spare memory.".format(*plan.size))
    return notes
