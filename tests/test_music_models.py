"""One contract for every family of music models, on tiny ones: loads, reports, stops, keeps its seeds, is as long and as loud as it
should be, follows a melody where it can, varies, lets go.
"""

import gc
import math
import random
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_music_models as tiny
from test_families import Desk

from config import ModelRow
from engines.base import Engine
from engines.errors import BadRequest, Cancelled
from engines.loudness import mapped, measure
from engines.music.audiocraft import AudioCraft
from engines.music.diffusers import Diffusers
from engines.music.request import MusicRequest
from engines.music.transformers import Musicgen
from engines.sketch.composer_files import write_wav
from engines.sketch.composer_sound import RATE

SHORT, LONG = 5.0, 20.789
STEPS = 6
OPTIONS: dict[str, dict[str, Any]] = {
    "musicgen": {"seconds": tiny.SECONDS},
    "musicgen-melody": {"seconds": tiny.SECONDS},
    "stable-audio": {"pipeline": "StableAudioPipeline", "steps": STEPS, "scheduler": {"class": "EDMDPMSolverMultistepScheduler"}},
    "ace-step": {"pipeline": "AceStepPipeline", "steps": STEPS, "seconds": tiny.SECONDS, "call": {"guidance_scale": 1.0}},
}
KINDS = {"musicgen": Musicgen, "musicgen-melody": Musicgen, "stable-audio": Diffusers, "ace-step": Diffusers}


def made_for(family: str, folder: Path) -> Engine[MusicRequest]:
    """A cold engine for a folder of a family."""
    engine = KINDS.get(family, AudioCraft)(**OPTIONS.get(family) or {"text_encoder": {"folder": str(folder / "t5")}})
    files = ["*.safetensors"] if family.startswith("musicgen") else []
    engine.row = ModelRow(name="tiny", engine="-", serves=["generate_music"], weights={"folder": str(folder), "files": files})
    return engine


@pytest.fixture(scope="module", params=list(tiny.BUILDERS))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of each family, named as it is."""
    return tiny.build(tmp_path_factory.mktemp("tiny") / request.param, request.param)


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Any]:
    """It, warm; it was stopped once while it loaded."""
    made = made_for(folder.name, folder)
    assert made.ready().ok, made.ready()
    heard: list[tuple[float, str]] = []

    def tell(share: float, note: str) -> None:
        heard.append((share, note))
        if len(heard) == stop:
            raise Cancelled

    made.tell, stop = tell, 0  # type: ignore[method-assign]
    made.load()
    assert len(heard) >= 3 and [share for share, _ in heard] == sorted(share for share, _ in heard)
    stop = len(heard) + random.randint(1, len(heard))
    with pytest.raises(Cancelled):
        made.load()
    assert len(heard) == stop, "it loaded on after it was stopped"
    stop = 0
    made.load()
    yield made


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A fresh run."""
    return Desk(tmp_path)


def play(engine: Any, desk: Desk, **values: Any) -> list[np.ndarray]:
    """The sounds of a request, 16-bit samples by channels."""
    made = engine.generate(MusicRequest(**{"prompt": "calm folk", "seed": 7, "duration_seconds": SHORT} | values), desk)
    assert [each.role for each in made.artifacts] == ["music", "mp3", "poster"] * (len(made.artifacts) // 3)
    assert all(each.path.stat().st_size > 500 for each in made.artifacts)
    desk.notes, desk.made = made.notes, made  # type: ignore[attr-defined]
    return [np.array(mapped(each.path), np.float32) / 32768 for each in made.artifacts if each.role == "music"]


@dataclass(frozen=True)
class Plain:
    """Two pieces of one job, seeds 7 and 8, and what was told of it."""

    sounds: list[np.ndarray]
    file: Path
    meta: dict[str, Any]
    seeds: list[int]
    told: list[tuple[float, str]]


@pytest.fixture(scope="module")
def plain(engine: Any, tmp_path_factory: pytest.TempPathFactory) -> Plain:
    """What others are compared with."""
    run = Desk(tmp_path_factory.mktemp("plain"))
    sounds, made = play(engine, run, count=2), run.made  # type: ignore[attr-defined]
    assert [each.meta["seed"] for each in made.artifacts[::3]] == made.seeds
    return Plain(sounds, made.artifacts[0].path, made.artifacts[0].meta, made.seeds, run.told)


def steps_of(told: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """What was told of tokens or steps."""
    return [each for each in told if each[1].startswith(("Step", "Playing:"))]


def test_as_long_and_as_loud_as_it_should_be(engine: Any, desk: Desk, plain: Plain) -> None:
    """To the sample, in stereo, at -14 LUFS under -1 dBTP, over one window and over two; every token or step is told, in order."""
    (long,) = play(engine, desk, duration_seconds=LONG)
    windows = 1 + math.ceil((LONG - engine.seconds) / (0.75 * engine.seconds))
    for sound, seconds, told, calls in ((plain.sounds[0], SHORT, plain.told, 2), (long, LONG, desk.told, windows)):
        assert sound.shape == (round(seconds * RATE), 2)
        levels = measure(sound, RATE)
        assert abs(levels.lufs + 14) < 1 and levels.peak <= -1
        assert [share for share, _ in told] == sorted(share for share, _ in told)
        steps = steps_of(told)
        assert len(steps) == STEPS * calls if isinstance(engine, Diffusers) else len(steps) >= 10 * seconds
    assert any(f"{engine.seconds:g}" in note and "windows" in note for note in desk.notes)  # type: ignore[attr-defined]
    assert min(np.abs(long[first : first + RATE]).max() for first in (0, 10 * RATE, 19 * RATE)) > 0.01
    assert desk.shown, "the music that is there already was not shown"


def test_seeds(engine: Any, desk: Desk, plain: Plain) -> None:
    """The same seed gives the same samples, alone or as a later piece of several; another seed other ones."""
    assert plain.seeds == [7, 8] and not np.array_equal(*plain.sounds)
    assert np.array_equal(play(engine, desk, seed=8)[0], plain.sounds[1])


def test_it_stops_at_the_token_and_goes_on_after(engine: Any, desk: Desk, plain: Plain) -> None:
    """Asked to stop anywhere it does nothing more; the next piece is as if nothing had been."""
    desk.stop_at = 2 * random.choice([share for share, note in steps_of(plain.told)[1:] if "piece 1" in note])
    with pytest.raises(Cancelled):
        play(engine, desk)
    assert desk.told[-1][0] >= desk.stop_at - 1e-9 > desk.told[-2][0] and steps_of(desk.told)[-1] == desk.told[-1]
    desk.stop_at = 2.0
    assert np.array_equal(plain.sounds[0], play(engine, desk)[0])


def tune(path: Path, tones: list[float]) -> str:
    """A recording of some tones, a second each."""
    time = np.arange(RATE) / RATE
    sound = np.concatenate([0.5 * np.sin(2 * np.pi * tone * time) for tone in tones])
    write_wav(np.stack([sound, sound]).astype(np.float32), path)
    return str(path)


def test_a_melody(engine: Any, desk: Desk, plain: Plain, tmp_path: Path) -> None:
    """Is followed by the models that can: another tune, other music. The others say what to do."""
    up, down = tune(tmp_path / "up.wav", [262, 330, 392]), tune(tmp_path / "down.wav", [440, 370, 294])
    if not getattr(engine, "melodic", False):
        if not isinstance(engine, Diffusers):
            with pytest.raises(BadRequest, match="leave melody out"):
                play(engine, desk, melody=up)
        return
    (risen,), (fallen,) = play(engine, desk, melody=up), play(engine, desk, melody=down)
    assert not np.array_equal(plain.sounds[0], risen) and not np.array_equal(risen, fallen)
    assert np.array_equal(risen, play(engine, desk, melody=up)[0])
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound at all")
    with pytest.raises(BadRequest, match="melody"):
        play(engine, desk, melody=str(broken))


def test_likeness_falls_with_strength(engine: Any, desk: Desk, plain: Plain) -> None:
    """0 is the original to the sample and 1 the sibling; between, sampled music keeps its beginning, the other its shape."""
    original = plain.sounds[0]
    desk.known[str(plain.file)] = {"meta": plain.meta, "provenance": {"model": "tiny"}}

    def varied(strength: float) -> np.ndarray:
        return play(engine, desk, seed=8, variation_of=str(plain.file), variation_strength=strength)[0]

    assert np.array_equal(varied(0.0), original)
    half = varied(0.5)
    if isinstance(engine, Diffusers):
        near, middle, far = (float(np.abs(sound - original).mean()) for sound in (varied(0.15), half, plain.sounds[1]))
        assert 0 < near < middle < far
    else:
        kept = int(2.5 * RATE) - RATE // 20
        level = float((half[:kept] * original[:kept]).sum() / (original[:kept] ** 2).sum())
        assert abs(level - 1) < 0.3 and np.abs(half[:kept] - level * original[:kept]).max() < 2e-3, "the beginning was not kept"
        assert np.abs(half[3 * RATE :] - original[3 * RATE :]).mean() > 1e-3
        assert any("first 2.5 seconds" in note for note in desk.notes)  # type: ignore[attr-defined]
    assert np.array_equal(varied(1.0), plain.sounds[1])


def test_it_lets_go(engine: Any, folder: Path) -> None:
    """After unload nothing of the model is left, and what a stopped or broken load began goes too."""
    name = "pipe" if isinstance(engine, Diffusers) else "model"
    held = weakref.ref(getattr(engine, name))
    engine.unload()
    gc.collect()
    assert held() is None
    cold = made_for(folder.name, folder)
    cold.unload()
