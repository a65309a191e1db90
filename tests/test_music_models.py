"""One contract for every family of music models, on tiny ones: loads, reports, stops, keeps its seeds, is as long and as loud as it
should be, follows a melody where it can, varies, lets go.
"""

import gc
import random
import shutil
import weakref
from collections.abc import Iterator
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

SHORT, LONG = 5.0, 22.345
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


def test_as_long_and_as_loud_as_it_should_be(engine: Any, desk: Desk) -> None:
    """To the sample, in stereo, at -14 LUFS under -1 dBTP, over one window and over two; every token or step is told, in order."""
    for seconds in (5.4321, LONG):
        desk.told = []
        (sound,) = play(engine, desk, duration_seconds=seconds)
        assert sound.shape == (round(seconds * RATE), 2)
        levels = measure(sound, RATE)
        assert abs(levels.lufs + 14) < 1 and levels.peak <= -1
        assert [share for share, _ in desk.told] == sorted(share for share, _ in desk.told)
        steps = [note for _, note in desk.told if note.startswith(("Step", "Playing:"))]
        windows = 2 if seconds > tiny.SECONDS else 1
        assert len(steps) == STEPS * windows if isinstance(engine, Diffusers) else len(steps) >= 10 * seconds
        assert any("20" in note and "windows" in note for note in desk.notes) == (windows == 2)  # type: ignore[attr-defined]
    assert max(np.abs(sound[first : first + RATE]).max() for first in (0, 10 * RATE, 20 * RATE)) > 0.01
    assert desk.shown, "the music that is there already was not shown"


def test_seeds(engine: Any, desk: Desk) -> None:
    """The same seed gives the same samples, alone or as a later piece of several; another seed other ones."""
    first, second = play(engine, desk, count=2)
    assert [each.meta["seed"] for each in desk.made.artifacts[::3]] == desk.made.seeds == [7, 8]  # type: ignore[attr-defined]
    (alone,) = play(engine, desk, seed=8)
    assert np.array_equal(alone, second) and not np.array_equal(first, second)


def test_it_stops_at_the_token_and_goes_on_after(engine: Any, desk: Desk) -> None:
    """Asked to stop anywhere it does nothing more; the next piece is as if nothing had been."""
    (before,) = play(engine, desk)
    whole, desk.told = desk.told, []
    playing = [share for share, note in whole if note.startswith(("Step", "Playing:"))]
    desk.stop_at = random.choice(playing)
    with pytest.raises(Cancelled):
        play(engine, desk)
    assert desk.told == whole[: len(desk.told)] and desk.told[-1][0] >= desk.stop_at > desk.told[-2][0]
    desk.stop_at = 2.0
    assert np.array_equal(before, play(engine, desk)[0])


def tune(path: Path, tones: list[float]) -> str:
    """A recording of some tones, a second each."""
    time = np.arange(RATE) / RATE
    sound = np.concatenate([0.5 * np.sin(2 * np.pi * tone * time) for tone in tones])
    write_wav(np.stack([sound, sound]).astype(np.float32), path)
    return str(path)


def test_a_melody(engine: Any, desk: Desk, tmp_path: Path) -> None:
    """Is followed by the models that can: another tune, other music. The others say what to do."""
    up, down = tune(tmp_path / "up.wav", [262, 330, 392]), tune(tmp_path / "down.wav", [440, 370, 294])
    if not getattr(engine, "melodic", False):
        if not isinstance(engine, Diffusers):
            with pytest.raises(BadRequest, match="leave melody out"):
                play(engine, desk, melody=up)
        return
    (plain,), (risen,), (fallen,) = play(engine, desk), play(engine, desk, melody=up), play(engine, desk, melody=down)
    assert not np.array_equal(plain, risen) and not np.array_equal(risen, fallen)
    assert np.array_equal(risen, play(engine, desk, melody=up)[0])
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound at all")
    with pytest.raises(BadRequest, match="melody"):
        play(engine, desk, melody=str(broken))


def test_likeness_falls_with_strength(engine: Any, desk: Desk, tmp_path: Path) -> None:
    """0 is the original to the sample and 1 the sibling; between, sampled music keeps its beginning, the other its shape."""
    (original,) = play(engine, desk)
    file = shutil.copy(desk.made.artifacts[0].path, tmp_path / "first.wav")  # type: ignore[attr-defined]
    desk.known[str(file)] = {"meta": desk.made.artifacts[0].meta, "provenance": {"model": "tiny"}}  # type: ignore[attr-defined]

    def varied(strength: float) -> np.ndarray:
        return play(engine, desk, seed=11, variation_of=str(file), variation_strength=strength)[0]

    assert np.array_equal(varied(0.0), original)
    half = varied(0.5)
    if isinstance(engine, Diffusers):
        near, middle, far = (float(np.abs(sound - original).mean()) for sound in (varied(0.15), half, varied(1.0)))
        assert 0 < near < middle < far
    else:
        kept = int(2.5 * RATE) - RATE // 20
        level = float((half[:kept] * original[:kept]).sum() / (original[:kept] ** 2).sum())
        assert abs(level - 1) < 0.3 and np.abs(half[:kept] - level * original[:kept]).max() < 2e-3, "the beginning was not kept"
        assert np.abs(half[3 * RATE :] - original[3 * RATE :]).mean() > 1e-3
        assert any("first 2.5 seconds" in note for note in desk.notes)  # type: ignore[attr-defined]
    assert np.array_equal(varied(1.0), play(engine, desk, seed=11)[0])


def test_it_lets_go(engine: Any, folder: Path) -> None:
    """After unload nothing of the model is left, and what a stopped or broken load began goes too."""
    name = "pipe" if isinstance(engine, Diffusers) else "model"
    held = weakref.ref(getattr(engine, name))
    engine.unload()
    gc.collect()
    assert held() is None
    cold = made_for(folder.name, folder)
    cold.unload()
