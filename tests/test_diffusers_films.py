"""Real video models as jobs, tiny ones: the real store and worker; films through the queue, and what is refused."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_video_models
from invariants import assert_invariants
from jobs_house import House, eventually, furnished, patience, stored
from PIL import Image
from test_diffusers import catalogued, spoil
from test_diffusers_video import decoded
from test_families import Desk

from config import ModelRow
from engines import ffmpeg
from engines.base import JobOptions
from engines.diffusion import loading
from engines.errors import BadImage, BadRequest, ModelNotReady
from engines.video.diffusers import Diffusers
from engines.video.order import cut
from engines.video.request import VideoRequest
from jobs import control, files
from jobs.control import Caller, Variation
from jobs.store import home, rows

ROW = """{name}:
  engine: "engines.video.diffusers:Diffusers"
  for: [generate_video]
  lane: gpu
  hidden: true
  weights: {{folder: "{folder}"}}
  options: {{family: {family}, most: 9}}
  needs: {needs}
  honours: [prompt, negative_prompt, style, expand, width, height, num_frames, fps, duration_seconds, count, steps, guidance, low_vram,
            image, video, variation_of, variation_strength]
  defaults: {{steps: 3, guidance: 3.0, width: 64, height: 64, num_frames: 9, fps: 16}}
"""


def row(name: str, folder: Path, family: str = "ltx", needs: str = "[]") -> str:
    """A models.yaml row for a model folder."""
    return ROW.format(name=name, folder=folder, family=family, needs=needs)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny LTX-Video."""
    return tiny_video_models.build(tmp_path_factory.mktemp("models") / "ltx", "ltx")


@pytest.fixture(scope="module")
def house(tiny: Path) -> Iterator[House]:
    """Worker processes with the tiny model in the catalog, also as one that only moves pictures, and a tiny Lucy Edit."""
    lucy = tiny_video_models.build(tiny.with_name("lucy"), "lucy")
    models = row("tiny", tiny) + row("mover", tiny, needs="[image]") + row("editor", lucy, "lucy", needs="[video]")
    with furnished(models, cpu_workers=1, lease_seconds=30) as one:
        yield one
        assert_invariants(one.home)


def start(model: str, **values: Any) -> str:
    """Submit a film; the id of its job."""
    return str(control.start("generate_video", {"prompt": "a red cat", "seed": 7, "model": model} | values, Caller())["id"])


def finished(house: House, job: str) -> list[np.ndarray]:
    """The films of a job when it has ended."""
    (ended,) = house.until([job])
    assert ended["status"] == "complete", ended["error"]
    found = rows("select path, width, height from artifacts where job=? and role='video' order by number", job)
    return [decoded(home() / file["path"], (file["width"], file["height"])) for file in found]


def test_a_film_comes_out(house: House) -> None:
    """As long and as large as its row says where nobody says otherwise, with a poster, and the record of how it was made."""
    job = start("tiny", expand=False)
    (film,) = finished(house, job)
    shown = control.job(job, Caller())
    assert film.shape == (9, 64, 64, 3) and film.std() > 5 and np.abs(np.diff(film, axis=0)).mean() > 0.5
    assert shown["provenance"]["model"] == "tiny" and shown["provenance"]["seeds"] == [7] and shown["request"]["fps"] == 16
    assert [(each["role"], each["media_type"]) for each in shown["outputs"]] == [("video", "video/mp4"), ("poster", "image/png")]
    assert shown["outputs"][0]["duration"] == pytest.approx(9 / 16)
    (same,) = finished(house, start("tiny", expand=False, guidance=3.0))
    assert np.array_equal(film, same)


def test_a_long_film_names_the_seed_of_every_segment(house: House) -> None:
    """And is as long as was asked; the notes say how it was made."""
    job = start("tiny", duration_seconds=1.5, fps=20)
    (film,) = finished(house, job)
    told = control.job(job, Caller())["provenance"]
    assert len(film) == 30 and len(told["seeds"]) == 4 == len(set(told["seeds"])) and told["seeds"][0] == 7
    assert any("4 segments of 9 frames" in note for note in told["notes"])


def test_a_picture_that_was_sent_moves(house: House) -> None:
    """The model that needs one is refused without it, before a job is made."""
    path = house.home / "in.png"
    Image.linear_gradient("L").resize((90, 70)).convert("RGB").save(path)
    sent = files.save_upload(path.read_bytes(), "in.png", "local")["id"]
    one, other = finished(house, start("mover", image=sent)), finished(house, start("tiny"))
    assert np.abs(one[0] - other[0]).mean() > 0.5
    with pytest.raises(BadRequest, match="needs image"):
        start("mover")


def test_a_film_is_changed(house: House, tmp_path: Path) -> None:
    """One that was sent, or one that was made here; as long as it is, if it is shorter than what was asked for."""
    with ffmpeg.Film(tmp_path / "a.mp4", (96, 64), 8) as writing:
        for k in range(8):
            writing.write(bytes([30 * k, 90, 200 - 20 * k, 0]) * (96 * 64))
    sent = files.save_upload((tmp_path / "a.mp4").read_bytes(), "a", "local")
    assert (sent["media_type"], sent["width"], sent["height"]) == ("video/mp4", 96, 64)
    job = start("editor", video=sent["id"], duration_seconds=20.0)
    (film,) = finished(house, job)
    told = control.job(job, Caller())
    assert len(film) == 16 and any("has 16 frames at 16 a second" in note for note in told["provenance"]["notes"])
    assert told["provenance"]["added"] == [], "words were added to an instruction"
    (again,) = finished(house, start("editor", video=told["outputs"][0]["id"], num_frames=5))
    assert len(again) == 5


def test_what_is_no_film_to_change_is_refused_in_words(house: House, tmp_path: Path) -> None:
    """Before a job is made; and so is a film where none is taken."""
    path = tmp_path / "in.png"
    Image.linear_gradient("L").save(path)
    picture = files.save_upload(path.read_bytes(), "in.png", "local")["id"]
    with ffmpeg.Film(tmp_path / "a.mp4", (96, 64), 8) as writing:
        writing.write(bytes(96 * 64 * 4))
    whole = (tmp_path / "a.mp4").read_bytes()
    film = files.save_upload(whole, "a", "local")["id"]
    for model, values, words in (
        ("editor", {"video": picture}, r"video: this file is image/png; send a film \(MP4, MOV or WebM\)"),
        ("editor", {"video": "up_nothing"}, "video: there is no file"),
        ("editor", {}, "needs video; give it"),
        ("editor", {"video": film, "prompt": " "}, "say in the prompt what is to be different"),
        ("editor", {"video": film, "image": picture}, "leave image and scene out"),
        ("mover", {"image": film}, "image: this file is video/mp4; send a picture"),
        ("sketch-film", {"video": film}, "video cannot be honoured by Sketch animator; leave it out"),
    ):
        with pytest.raises(BadRequest, match=words):
            start(model, **values)
    for data in (whole[:300], whole[:40] + b"nothing" * 50):
        with pytest.raises(BadImage, match="film cannot be taken|cannot be taken"):
            files.save_upload(data, "a", "local")


def test_variations_through_the_queue(house: House) -> None:
    """0 is the original, and each film of a varied job has a seed of its own."""
    job = start("tiny", num_frames=12)
    (original,) = finished(house, job)
    same, near = (control.vary(job, Variation(strength, 1, 0, 21), Caller(), JobOptions())["id"] for strength in (0.0, 0.5))
    assert np.array_equal(finished(house, same)[0], original)
    assert np.abs(finished(house, near)[0] - original).mean() > 0.5
    assert control.job(near, Caller())["provenance"]["seeds"][0] == 21


def test_cancel_frees_the_worker_within_a_step(house: House) -> None:
    """A long film stops in a moment and leaves no file; the worker and its warm model stay."""
    job = start("tiny", steps=200, width=256, height=256, duration_seconds=10)
    holder = house.holder(job)
    eventually(lambda: "Step" in stored(job)["stage"], 60, "a step")
    control.cancel(job, Caller())
    house.until_status(job, "cancelled", seconds=patience(3))
    assert not rows("select id from artifacts where job=?", job)
    finished(house, start("tiny"))
    assert house.workers("gpu") == [holder]


@pytest.mark.parametrize("how", ["truncated", "pickle", "half", "no-index"])
def test_a_broken_model_is_refused_with_the_next_step(house: House, tiny: Path, tmp_path: Path, how: str) -> None:
    """Before a job is made, in a sentence that says what to do."""
    folder = Path(shutil.copytree(tiny, tmp_path / how))
    if (folder / "transformer").is_dir():
        (folder / "transformer").rename(folder / "unet")  # what the other test spoils has this name
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace('"transformer"', '"unet"'))
    spoil(folder, how)
    with catalogued(house, row("broken", folder)), pytest.raises(ModelNotReady, match="download it again|get a version with .safetensors"):
        start("broken")


def test_a_wrong_family_names_the_right_one(house: House, tiny: Path) -> None:
    """The row is what is wrong, and the sentence says what to write into it."""
    with catalogued(house, row("odd", tiny, "wan")), pytest.raises(ModelNotReady, match="set family to ltx"):
        start("odd")
    with catalogued(house, row("odd", tiny, "sd15")), pytest.raises(ModelNotReady, match="which there is not"):
        start("odd")


def test_low_vram_makes_it_small(house: House) -> None:
    """480 × 320 with at most 20 steps, and the notes say so."""
    job = start("tiny", low_vram=True, num_frames=1, steps=21, fps=8)
    (film,) = finished(house, job)
    told = control.job(job, Caller())
    assert film.shape == (1, 320, 480, 3) and told["request"]["steps"] == 20
    assert any("to spare memory" in note for note in told["provenance"]["notes"])


@pytest.mark.parametrize("family", ["ltx", "wan-both"])
def test_wherever_the_weights_rest_the_film_is_the_same(family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one piece, part by part, or block by block, as low_vram asks for its job alone; the hooks are the real ones, without a GPU."""
    import torch

    def by_blocks(pipe: Any, place: Any) -> None:
        here = torch.device("cpu")
        pipe.enable_group_offload(onload_device=here, offload_device=here, offload_type="leaf_level", use_stream=False)

    monkeypatch.setattr(loading, "_by_blocks", by_blocks)
    engine = Diffusers(family=family, most=9, strategies=["full", "model", "group"], quantise=["quanto-int8"])
    weights = {"folder": str(tiny_video_models.build(tmp_path / family, family))}
    engine.row = ModelRow(name="tiny", engine="-", serves=["generate_video"], weights=weights)
    engine.load()
    seen: list[np.ndarray] = []
    for wanted, low in (("full", False), ("group", True), ("full", False), ("model", False)):
        if wanted == "model":
            engine.ladder.strategy = "model"
            loading.arrange(engine.pipe, engine.ladder)
        size = {"width": 96, "height": 64, "num_frames": 9, "fps": 8, "steps": 2, "guidance": 3.0}
        request = VideoRequest(prompt="a red cat", seed=7, **size).model_copy(update={"low_vram": low})
        made = engine.generate(request, Desk(tmp_path))
        assert engine.ladder.strategy == wanted and made.notes[-1].startswith("None of quanto-int8 is installed here")
        seen.append(decoded(made.artifacts[0].path, (96, 64)))
    assert all(np.array_equal(seen[0], each) for each in seen[1:])
    engine.unload()


CUTS = [(49, 49, 4, 5), (50, 49, 4, 5), (240, 49, 4, 5), (1800, 161, 8, 1), (1, 81, 4, 1)]


@pytest.mark.parametrize(("frames", "most", "stride", "carried"), CUTS)
def test_segments_add_up(frames: int, most: int, stride: int, carried: int) -> None:
    """To the frames asked for, none longer than the model makes, all of a length it can make."""
    pieces = cut(frames, most, stride, carried)
    assert sum(piece.kept for piece in pieces) == frames
    assert all(piece.made <= most and piece.made % stride == 1 and 0 < piece.kept <= piece.made - piece.carried for piece in pieces)
    assert all(piece.first + piece.carried == sum(each.kept for each in pieces[: piece.number]) for piece in pieces)
    assert len(pieces) == 1 or all(piece.carried == carried for piece in pieces[1:])
