"""One contract for every family of image models, on tiny ones: reports, stops, keeps its seeds, batches, varies, shows, lets go."""

import gc
import importlib
import random
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
import tiny_readers
from PIL import Image

from config import ModelRow
from engines.diffusion.families import families
from engines.errors import BadRequest, Cancelled, ModelNotReady
from engines.image import diffusers as engine_module
from engines.image.diffusers import Diffusers
from engines.image.request import ImageRequest

CALLS: dict[str, dict[str, Any]] = {"flux-kontext": {"_auto_resize": False}}
SMALL = {"qwen-edit": ("qwenimage.pipeline_qwenimage_edit_plus", {"VAE_IMAGE_SIZE": 64 * 64, "CONDITION_IMAGE_SIZE": 56 * 56})}
"""Sizes that a pipeline makes of every picture it is given, by its module; its own would take seconds here."""
STEPS = 3


class Desk:
    """A run without a queue: keeps what it is told, opens files by path, and stops when asked."""

    words = "a red cat"

    def __init__(self, folder: Path) -> None:
        self.folder, self.stop_at, self.known = folder, 2.0, {}  # type: ignore[var-annotated]
        self.told: list[tuple[float, str]] = []
        self.shown: list[Image.Image] = []

    def progress(self, fraction: float, note: str = "", preview: Image.Image | None = None) -> None:
        """Remember, and stop where a test wants it."""
        self.told.append((fraction, note))
        if preview is not None:
            self.shown.append(preview)
        if fraction >= self.stop_at:
            raise Cancelled

    def open(self, source: str) -> Path:
        """Tests name files."""
        return Path(source)

    def recall(self, artifact_id: str) -> dict[str, Any]:
        """What the test has put there."""
        return dict(self.known[artifact_id])


@pytest.fixture(scope="module", params=[*tiny_models.BUILDERS, *tiny_readers.BUILDERS])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Diffusers]:
    """A warm tiny model of each family."""
    folder = tiny_models.build(tmp_path_factory.mktemp("tiny") / request.param, request.param)
    where, sizes = SMALL.get(request.param, ("", {}))
    for name, size in sizes.items():
        setattr(importlib.import_module(f"diffusers.pipelines.{where}"), name, size)
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 10_000_000
    made = Diffusers(family=request.param, side=64, call=CALLS.get(request.param))
    made.row = ModelRow(name="tiny", engine="-", serves=["generate_image"], weights={"folder": str(folder)})
    heard: list[str] = []
    made.tell = lambda fraction, note: heard.append(note)  # type: ignore[method-assign]
    assert made.ready().ok
    made.load()
    assert any("text encoder" in note for note in heard) and any("denoiser" in note for note in heard)
    yield made


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A fresh run."""
    return Desk(tmp_path)


def asked(engine: Diffusers, desk: Desk, **values: Any) -> ImageRequest:
    """A small request; with a picture where the family paints from nothing else."""
    given = {"prompt": "a red cat", "seed": 7, "steps": STEPS, "guidance": 3.0, "width": 64, "height": 64}
    if "text" not in families()[str(engine.options["family"])].pipelines:
        given["image"] = str(desk.folder / "given.png")
        Image.radial_gradient("L").resize((64, 64)).convert("RGB").save(str(given["image"]))
    return ImageRequest(**given | values)


def paint(engine: Diffusers, desk: Desk, **values: Any) -> list[np.ndarray]:
    """Pictures of a small request."""
    made = engine.generate(asked(engine, desk, **values), desk)
    assert [file.path.exists() for file in made.artifacts] == [True] * len(made.artifacts)
    return [np.asarray(file.picture, np.int16) for file in made.artifacts]


PLAIN: dict[str, np.ndarray] = {}


def plain(engine: Diffusers, desk: Desk) -> np.ndarray:
    """The picture of that request alone, painted once for all tests that ask whether another is like it."""
    name = str(engine.options["family"])
    if name not in PLAIN:
        PLAIN[name] = paint(engine, desk)[0]
    return PLAIN[name]


def test_seeds_batches_and_steps(engine: Diffusers, desk: Desk) -> None:
    """The same seed gives the same picture, alone or in a batch; another seed another one; every step is told."""
    first, second, third = paint(engine, desk, count=3)
    steps = [note for _, note in desk.told if note.startswith("Step")]
    assert steps == [f"Step {n} of {STEPS}" for n in range(1, STEPS + 1)]
    assert [share for share, _ in desk.told] == sorted(share for share, _ in desk.told)
    (alone,) = paint(engine, desk, seed=9)
    assert np.abs(alone - third).max() <= 1
    assert np.abs(first - second).mean() > 1 and np.abs(first - third).mean() > 1
    assert np.array_equal(alone, paint(engine, desk, seed=9)[0])


def test_it_stops_at_the_step_and_goes_on_after(engine: Diffusers, desk: Desk) -> None:
    """Asked to stop at any step it does no other; the next picture is as if nothing had been."""
    before = plain(engine, desk)
    desk.told, at = [], random.randint(1, STEPS)
    desk.stop_at = engine_module.SAMPLED * at / STEPS - 0.01
    with pytest.raises(Cancelled):
        paint(engine, desk)
    assert [note for _, note in desk.told] == [f"Step {n} of {STEPS}" for n in range(1, at + 1)]
    desk.stop_at = 2.0
    assert np.array_equal(before, paint(engine, desk)[0])


def test_likeness_falls_with_strength(engine: Diffusers, desk: Desk) -> None:
    """0 is the original to the pixel, 1 the sibling of that seed alone, and in between it lies between."""
    original = plain(engine, desk)
    desk.known["x"] = {"meta": {"seed": 7, "size": [64, 64]}, "provenance": {"model": "tiny"}}

    def varied(strength: float) -> np.ndarray:
        return paint(engine, desk, seed=11, variation_of="x", variation_strength=strength)[0]

    assert np.array_equal(varied(0.0), original)
    pictures = [varied(strength) for strength in (0.15, 0.5, 1.0)]
    near, half, far = (float(np.abs(picture - original).mean()) for picture in pictures)
    assert 0 < near < half < far
    assert np.abs(pictures[-1] - paint(engine, desk, seed=11)[0]).max() <= 1


def test_it_starts_from_a_picture(engine: Diffusers, desk: Desk) -> None:
    """Where the family can, in the picture's own shape if nobody names another; words alone give what they gave before."""
    mine = families()[str(engine.options["family"])]
    source, mask = desk.folder / "in.png", desk.folder / "mask.png"
    soft = Image.linear_gradient("L").resize((300, 150)).convert("RGB")
    soft.save(source), Image.new("L", (64, 64), 255).save(mask)
    if not {"image", "edit"} & set(mine.pipelines):
        with pytest.raises(BadRequest, match="leave image out"):
            paint(engine, desk, image=str(source))
        return
    words = plain(engine, desk)
    (painted,) = paint(engine, desk, image=str(source), width=None, height=None)
    assert painted.shape[1] > painted.shape[0], painted.shape
    if "inpaint" in mine.pipelines:
        paint(engine, desk, image=str(source), mask=str(mask))
    else:
        with pytest.raises(BadRequest, match="leave mask out"):
            paint(engine, desk, image=str(source), mask=str(mask))
    assert np.array_equal(words, paint(engine, desk)[0]), "words alone give another picture than before"


def test_previews_are_small_pictures(engine: Diffusers, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """They have the shape of the picture, and one is not like another."""
    monkeypatch.setattr(engine_module, "OFTEN", -1.0)
    wide = 32 * 4
    paint(engine, desk, width=wide, height=64)
    if not families()[str(engine.options["family"])].latents:
        assert not desk.shown
        return
    assert len(desk.shown) == STEPS - 1 and all(picture.width == 2 * picture.height for picture in desk.shown)
    assert len({picture.tobytes() for picture in desk.shown}) == STEPS - 1


def test_what_it_cannot_make(engine: Diffusers, desk: Desk) -> None:
    """Sides are refused with those it can, before there is a job; so is a distance from a picture that is not given."""
    mine = families()[str(engine.options["family"])]
    whole = mine.multiple
    if "text" in mine.pipelines:
        with pytest.raises(BadRequest, match="give that picture as image, or leave strength out"):
            engine.check(asked(engine, desk, strength=0.4))
    if whole > 8:
        with pytest.raises(BadRequest, match=f"{whole * 4} or {whole * 5} can"):
            engine.check(asked(engine, desk, width=whole * 4 + 8))


def test_the_end_of_a_long_prompt_is_named(engine: Diffusers, desk: Desk) -> None:
    """Where a family reads few words, those it did not read are in the notes."""
    words = "a red cat " * 40 + "beside a zebra"
    notes = engine.generate(asked(engine, desk, prompt=words, steps=1), desk).notes
    assert bool(notes) == bool(families()[str(engine.options["family"])].tokens)
    assert all("zebra" in note.replace(" ", "") for note in notes), notes


def test_it_lets_go(engine: Diffusers) -> None:
    """After unload nothing of the model is left, and it cannot be taken for another family."""
    pipe = engine.pipe
    held = weakref.ref(getattr(pipe, "transformer", None) or pipe.unet)
    del pipe
    engine.unload()
    gc.collect()
    assert held() is None
    wrong = Diffusers(family="sana" if engine.options["family"] != "sana" else "sd15")
    wrong.row = engine.row
    assert str(engine.options["family"]) in wrong.ready().missing
    with pytest.raises(ModelNotReady, match="set family to"):
        wrong.load()


def test_a_variant_of_the_files(tmp_path: Path, desk: Desk) -> None:
    """A row that names fp16 loads the half-sized files; one that does not is told that its own are missing."""
    tiny_models.sd15().save_pretrained(tmp_path / "half", variant="fp16", safe_serialization=True)
    half, plain = Diffusers(family="sd15", side=64), Diffusers(family="sd15", side=64)
    for engine, variant in ((half, "fp16"), (plain, "")):
        weights = {"folder": str(tmp_path / "half"), "variant": variant}
        engine.row = ModelRow(name="tiny", engine="-", serves=["generate_image"], weights=weights)
    assert "are missing" in plain.ready().missing and half.ready().ok
    half.load()
    assert paint(half, desk)[0].std() > 10
