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
from engines.seeds import derive, draw
from engines.video.request import VideoRequest

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
        if number == 0:
            return self.seed, self.turns
        return derive(self.seed, f"shot {number}"), tuple((derive(seed, f"shot {number}"), drift) for seed, drift in self.turns)


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
        """Make the film and its poster."""
        seed = request.seed if request.seed is not None else draw()
        plan = _plan(request, seed, run)
        path, poster = run.folder / "film.mp4", run.folder / "poster.png"
        seeds: list[int] = []
        still = _written(plan, run, path, seeds)
        still.save(poster, compress_level=3)
        (wide, high), long = plan.size, plan.frames / plan.fps
        meta = {"seed": seed, "role": "video", "seeds": seeds} | plan.as_json()
        film = Artifact(path=path, media_type="video/mp4", role="video", width=wide, height=high, duration=long, meta=meta)
        shown = Artifact(path=poster, media_type="image/png", role="poster", width=wide, height=high, picture=still,
                         meta={"seed": seed, "role": "poster"})
        unmet = list((plan.scene or {}).get("unmet", [])) if plan.image is None else []
        return Made(artifacts=[film, shown], seeds=seeds, unmet=unmet, notes=_notes(request, plan), resolved_prompt=request.prompt or None)


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
        scene = parse(words, seed, request.negative_prompt).as_json()
    return _Plan(seed, (), words, move, scene, request.image, request.style, (request.width, request.height), request.fps, request.frames)


def _written(plan: _Plan, run: Run, path: Path, seeds: list[int]) -> Image.Image:
    """Film every shot into the file; the poster, a frame from a third of the first shot."""
    from engines.sketch.film.reel import lengths, picture

    poster: Image.Image | None = None
    every = max(1, round(PREVIEW * plan.fps))
    lens = lengths(plan.frames, plan.fps)
    number = 0
    with ffmpeg.Film(path, plan.size, plan.fps) as film:
        for k, count in enumerate(lens):
            seeds.append(plan.shot(k)[0])
            for frame in _shot(plan, run, k, lens):
                film.write(frame.tobytes())
                number += 1
                if poster is None and number > count // 3:
                    poster = picture(frame)
                share = (k + 0.3 + 0.7 * (number - sum(lens[:k])) / count) / len(lens)
                run.progress(0.97 * share, f"Filming, {number} of {plan.frames}", picture(frame) if number % every == 1 else None)
        run.progress(0.98, "Writing the film")
    assert poster is not None  # noqa: S101 - for the type checker; a film has a frame
    return poster


def _shot(plan: _Plan, run: Run, k: int, lens: list[int]) -> Iterator[Image.Image]:
    """The frames of one shot."""
    from engines.sketch.dice import Dice
    from engines.sketch.film import photo, shot
    from engines.sketch.film.reel import filmed
    from engines.sketch.scene import Scene

    def progress(share: float, note: str, preview: Image.Image | None = None) -> None:
        run.progress(0.97 * (k + 0.3 * share) / len(lens), note, preview)

    dice = Dice(*plan.shot(k))
    brief = shot.Brief(Scene.read(plan.scene or {"schema": "scene/1"}), plan.style, plan.size, plan.fps, lens[k], plan.move)
    if plan.image is None:
        return filmed(shot.prepare(dice, brief, progress), lens[k])
    return filmed(photo.prepare(dice, brief, photo.opened(run.open(plan.image)), progress), lens[k])


def _notes(request: VideoRequest, plan: _Plan) -> list[str]:
    notes, asked = [], request.num_frames
    if request.duration_seconds is not None and asked not in (VideoRequest.model_fields["num_frames"].default, plan.frames):
        notes.append(f"{request.duration_seconds:g} seconds at {plan.fps} fps make {plan.frames} frames; num_frames {asked} was set aside.")
    if request.image is not None:
        notes.append("The picture's depth was guessed; of the words, the camera's move and the weather were taken.")
    if request.low_vram:
        notes.append("Made in {} × {} with at most 20 steps, to spare memory.".format(*plan.size))
    return notes
