"""One contract for every family of video models, on tiny ones: reports, stops, keeps its seeds, goes on from the last frame, lets go."""

import gc
import random
import subprocess
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_video_models
from PIL import Image, ImageOps
from test_families import Desk

from config import ModelRow
from engines import ffmpeg
from engines.base import Made
from engines.diffusion.families import films
from engines.diffusion.noise import Start
from engines.errors import BadRequest, Cancelled, ModelNotReady, OutOfMemory
from engines.video import diffusers as engine_module
from engines.video.carry import Held
from engines.video.diffusers import Diffusers
from engines.video.request import VideoRequest

STEPS, SIDE, FRAMES = 3, 64, 9


@pytest.fixture(scope="module", params=tiny_video_models.BUILDERS)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Diffusers]:
    """A warm tiny model of each family."""
    folder = tiny_video_models.build(tmp_path_factory.mktemp("tiny") / request.param, request.param)
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 10_000_000
    call = {"prompt_template": tiny_video_models.SHORT, "image_embed_interleave": 1} if request.param == "hunyuan-image" else {}
    made = Diffusers(family=request.param, most=FRAMES, call=call)
    made.row = ModelRow(name="tiny", engine="-", serves=["generate_video"], weights={"folder": str(folder)})
    heard: list[str] = []
    made.tell = lambda fraction, note: heard.append(note)  # type: ignore[method-assign]
    assert made.ready().ok
    made.load()
    assert any("text encoder" in note for note in heard) and any("denoiser" in note for note in heard)
    yield made


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pictures and two films that people might give."""
    folder = tmp_path_factory.mktemp("given")
    Image.linear_gradient("L").resize((300, 200)).convert("RGB").save(folder / "in.png")
    Image.radial_gradient("L").resize((300, 200)).convert("RGB").save(folder / "other.png")
    for name, level in (("in.mp4", 0), ("other.mp4", 255)):
        with ffmpeg.Film(folder / name, (96, 64), 8) as writing:
            for k in range(20):
                ramp = np.abs(level - np.roll(np.tile(np.arange(96) * 2, (64, 1)), k, axis=1))
                writing.write(np.repeat(ramp[..., None].astype(np.uint8), 4, axis=2).tobytes())
    return folder


class Stage(Desk):
    """A run that knows where those are."""

    sources: Path


@pytest.fixture
def desk(tmp_path: Path, sources: Path) -> Stage:
    """A fresh run."""
    made = Stage(tmp_path)
    made.sources = sources
    return made


def asked(engine: Diffusers, desk: Stage, **values: Any) -> VideoRequest:
    """A small request; with a picture or a film where the family needs one."""
    given: dict[str, Any] = {"prompt": "a red cat", "seed": 7, "steps": STEPS, "guidance": 3.0, "width": SIDE, "height": SIDE, "fps": 8,
                             "num_frames": FRAMES}
    ways = films()[str(engine.options["family"])].pipelines
    if "text" not in ways:
        given |= {"video": str(desk.sources / "in.mp4")} if "edit" in ways else {"image": str(desk.sources / "in.png")}
    return VideoRequest(**given | values)


def film(engine: Diffusers, desk: Stage, **values: Any) -> np.ndarray:
    """The frames of a small film as they were written: frames × height × width × 3."""
    made = engine.generate(asked(engine, desk, **values), desk)
    return decoded(made.artifacts[0].path, (made.artifacts[0].width or 0, made.artifacts[0].height or 0))


def decoded(path: Path, size: tuple[int, int]) -> np.ndarray:
    """All frames of a film."""
    raw = subprocess.run([ffmpeg.program(), "-loglevel", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
                         capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, size[1], size[0], 3).astype(np.int16)


@dataclass(frozen=True)
class Plain:
    """The film of that request alone, what is known of it, and how often it was told of."""

    frames: np.ndarray
    meta: dict[str, Any]
    reports: int


@pytest.fixture(scope="module")
def plain(engine: Diffusers, sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Plain:
    """What others are compared with."""
    run = Stage(tmp_path_factory.mktemp("plain"))
    run.sources = sources
    made = engine.generate(asked(engine, run), run)
    return Plain(decoded(made.artifacts[0].path, (SIDE, SIDE)), made.artifacts[0].meta, len(run.told))


def test_seeds_frames_and_steps(engine: Diffusers, desk: Stage) -> None:
    """As many frames as were asked for, of that size; the same seed the same film, another seed another; every step is told."""
    made = engine.generate(asked(engine, desk, count=2), desk)
    films_, posters = made.artifacts[::2], made.artifacts[1::2]
    assert made.seeds == [7, 8] and [(each.duration, each.media_type) for each in films_] == [(FRAMES / 8, "video/mp4")] * 2
    first, second = (decoded(each.path, (SIDE, SIDE)) for each in films_)
    assert first.shape == (FRAMES, SIDE, SIDE, 3) and np.abs(first - second).mean() > 1
    assert all(each.path.is_file() and each.picture.size == (SIDE, SIDE) for each in posters)
    steps = list(dict.fromkeys(note for _, note in desk.told if note.startswith("Step")))  # a slow step is said again where it can stop
    assert steps == [f"Step {n} of {STEPS}, film {k} of 2" for k in (1, 2) for n in range(1, STEPS + 1)]
    assert [share for share, _ in desk.told] == sorted(share for share, _ in desk.told)
    assert any("Decoding" in note for _, note in desk.told)
    assert np.array_equal(film(engine, desk, seed=8), second)


def test_it_stops_anywhere_and_goes_on_after(engine: Diffusers, desk: Stage, plain: Plain) -> None:
    """Asked to stop at any report it does nothing more; no half film stays; the next film is as if nothing had been."""
    stop, usual = random.randrange(1, plain.reports), desk.progress

    def progress(fraction: float, note: str = "", preview: Image.Image | None = None) -> None:
        usual(fraction, note, preview)
        if len(desk.told) == stop:
            raise Cancelled

    desk.progress = progress  # type: ignore[method-assign]
    with pytest.raises(Cancelled):
        film(engine, desk)
    assert len(desk.told) == stop and not list(desk.folder.glob("film-*.mp4"))
    desk.progress = usual  # type: ignore[method-assign]
    assert np.array_equal(plain.frames, film(engine, desk))


def test_likeness_falls_with_strength(engine: Diffusers, desk: Stage, plain: Plain) -> None:
    """0 is the original, frame for frame; the further, the less alike."""
    original = plain.frames
    desk.known["x"] = {"meta": plain.meta, "provenance": {"model": "tiny"}}

    def varied(strength: float) -> np.ndarray:
        return film(engine, desk, seed=11, num_frames=5, variation_of="x", variation_strength=strength)

    assert np.array_equal(varied(0.0), original)
    near, far = (float(np.abs(varied(strength) - original).mean()) for strength in (0.2, 1.0))
    assert 0 < near < far


def test_a_picture_or_a_film_is_used(engine: Diffusers, desk: Stage, plain: Plain) -> None:
    """Another picture, or another film to change, gives another film; what the family needs or cannot take it says."""
    ways = films()[str(engine.options["family"])].pipelines
    if "text" not in ways:
        with pytest.raises(BadRequest, match="needs a picture|needs a film"):
            film(engine, desk, image=None, video=None)
    if "edit" in ways:
        one, other = plain.frames, film(engine, desk, video=str(desk.sources / "other.mp4"))
    elif "image" in ways:
        one = film(engine, desk, image=str(desk.sources / "in.png")) if "text" in ways else plain.frames
        other = film(engine, desk, image=str(desk.sources / "other.png"))
        with pytest.raises(BadRequest, match="cannot change a film; leave video out"):
            film(engine, desk, image=None, video=str(desk.sources / "in.mp4"))
    else:
        with pytest.raises(BadRequest, match="cannot start from a picture; leave image out"):
            film(engine, desk, image=str(desk.sources / "in.png"))
        return
    assert np.abs(one - other).mean() > 0.5


def test_segments_carry_the_last_frames(engine: Diffusers, desk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long film has as many frames as asked; each segment has its own seed and is made from the last frames of the one before."""
    sampled = engine._sampled

    def filmed(turned: bool) -> tuple[Made, list[tuple[list[Image.Image], list[Image.Image]]]]:
        """What was made, and what each segment was given and gave; turned: it is given the frames upside down."""
        seen: list[tuple[list[Image.Image], list[Image.Image]]] = []

        def spied(order: Any, request: Any, which: Any, tail: list[Image.Image], run: Any) -> Any:
            given = [ImageOps.invert(each) for each in tail] if turned else tail
            seen.append((tail, sampled(order, request, which, given, run)))
            return seen[-1][1]

        monkeypatch.setattr(engine, "_sampled", spied)
        return engine.generate(asked(engine, desk, num_frames=16), desk), seen

    made, (first, second, *rest) = filmed(turned=False)
    whole, pieces = made.artifacts[0], made.artifacts[0].meta["segments"]
    assert decoded(whole.path, (SIDE, SIDE)).shape[0] == 16 and whole.duration == 2.0
    assert len(pieces) == 2 + len(rest) and len(set(made.seeds)) == len(pieces) and made.seeds[0] == 7
    assert [each.tobytes() for each in second[0]] == [each.tobytes() for each in first[1][-pieces[1]["carried"] :]]
    assert any("segments" in note for note in made.notes)
    _, (same, other, *_) = filmed(turned=True)
    assert same[1][-1].tobytes() == first[1][-1].tobytes()
    assert np.abs(np.asarray(other[1][-1], np.int16) - np.asarray(second[1][-1], np.int16)).mean() > 0.5


def test_previews_are_small_pictures(engine: Diffusers, desk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """They have the shape of the film, and one is not like another."""
    monkeypatch.setattr(engine_module, "OFTEN", -1.0)
    film(engine, desk, width=2 * SIDE, num_frames=5)
    assert len(desk.shown) == STEPS - 1 and all(picture.width == 2 * picture.height for picture in desk.shown)
    assert len({picture.tobytes() for picture in desk.shown}) == STEPS - 1


def test_odd_sizes_and_frames_are_made_larger_and_cut(engine: Diffusers, desk: Stage) -> None:
    """The film is what was asked for; the notes say what the model made for it."""
    made = engine.generate(asked(engine, desk, width=72, num_frames=6), desk)
    assert decoded(made.artifacts[0].path, (72, SIDE)).shape == (6, SIDE, 72, 3)
    assert any("cut to 72 × 64" in note for note in made.notes) and any("cut to 6." in note for note in made.notes)


def test_memory_that_runs_out(engine: Diffusers, desk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be decoded in one piece is decoded in tiles, from then on; where that is too much as well, it says what to do."""
    import torch

    decoder, enough = engine.pipe.vae, engine.pipe.vae.decode

    def scarce(*given: Any, **named: Any) -> Any:
        if not decoder.use_tiling:
            raise torch.OutOfMemoryError("out of memory")
        return enough(*given, **named)

    monkeypatch.setattr(decoder, "decode", scarce)
    others = [True]
    monkeypatch.setattr(engine, "make_room", lambda: bool(others) and others.pop())
    notes = [engine.generate(asked(engine, desk, num_frames=5), desk).notes for _ in range(2)]
    said = "Memory ran out; frames were decoded in tiles."
    assert said in notes[0] and said not in notes[1] and "Memory ran out; another model was let go of." in notes[0]
    monkeypatch.setattr(decoder, "enable_tiling", lambda: None)
    monkeypatch.setattr(type(engine.place), "recover", lambda place: None)
    decoder.use_tiling = False
    with pytest.raises(OutOfMemory, match="9 frames of 64 × 64; choose a smaller size"):
        film(engine, desk)


def test_it_lets_go(engine: Diffusers) -> None:
    """After unload nothing of the model is left, and it cannot be taken for another family."""
    held = weakref.ref(engine.pipe.transformer)
    engine.unload()
    gc.collect()
    assert held() is None
    wrong = Diffusers(family="ltx" if engine.options["family"] != "ltx" else "wan")
    wrong.row = engine.row
    assert str(engine.options["family"]).partition("-")[0] in wrong.ready().missing
    with pytest.raises(ModelNotReady, match="set family to"):
        wrong.load()


def schedulers() -> dict[str, Any]:
    """Those that the families without a pipeline for a picture come with."""
    from diffusers import CogVideoXDDIMScheduler, FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler

    return {
        "flow": FlowMatchEulerDiscreteScheduler(shift=7.0),
        "unipc": UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0),
        "ddim": CogVideoXDDIMScheduler(prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing"),
    }


@pytest.mark.parametrize("name", ["flow", "unipc", "ddim"])
def test_held_frames_go_the_way_a_perfect_model_would(name: str) -> None:
    """Were the model always right, what is put back after each step would be what stands there already: the same noise, as strong."""
    import torch

    scheduler, start = schedulers()[name], Start(5)
    film = torch.randn((1, 3, 4, 8, 8), generator=torch.Generator().manual_seed(1))
    noise = start.noise(film.shape[1:], start.generator())[None]
    held, latents = Held(film[:, :2], 1, start), noise
    scheduler.set_timesteps(5)  # of a thousand: no step is rounded
    if name != "ddim":
        scheduler.set_begin_index(0)
    for step, time in enumerate(scheduler.timesteps):
        kept = scheduler.alphas_cumprod[time] if name == "ddim" else 0.0
        right = kept**0.5 * noise - (1 - kept) ** 0.5 * film if name == "ddim" else noise - film
        latents = scheduler.step(right, time, latents, return_dict=False)[0]
        put = held.put(scheduler, step, latents)
        assert float((put - latents).abs().max()) < 2e-2, step
    assert torch.equal(put[:, :2], film[:, :2])
