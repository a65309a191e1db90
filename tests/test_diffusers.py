"""Real image models, tiny ones: the real store and worker, the real diffusers, random weights built here."""

import contextlib
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
from invariants import assert_invariants
from jobs_house import House, eventually, furnished, patience, stored
from PIL import Image
from trial_engines import noted

from config import catalog
from engines.base import JobOptions
from engines.device import Ladder, Place
from engines.errors import ModelNotReady, OutOfMemory
from engines.image.save import texts_of
from jobs import control
from jobs.control import Caller, Variation
from jobs.declared import DOORS
from jobs.store import home, rows, value

ROW = """{name}:
  engine: "{engine}"
  for: [generate_image]
  lane: gpu
  hidden: true
  weights: {{folder: "{folder}"}}
  options: {{family: {family}, side: 64}}
  defaults: {{steps: 6, guidance: 4.0}}
"""
ENGINE = "engines.image.diffusers:Diffusers"


def row(name: str, folder: Path | str, family: str = "sd15", engine: str = ENGINE) -> str:
    """A models.yaml row for a model folder."""
    return ROW.format(name=name, folder=folder, family=family, engine=engine)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Stable Diffusion 1.5."""
    return tiny_models.build(tmp_path_factory.mktemp("models") / "sd15", "sd15")


@pytest.fixture(scope="module")
def fragile(tiny: Path) -> Path:
    """A copy of it, for one test to spoil."""
    return Path(shutil.copytree(tiny, tiny.with_name("fragile")))


@pytest.fixture(scope="module")
def house(tiny: Path, fragile: Path) -> Iterator[House]:
    """Worker processes with the tiny model in the catalog, a copy of it that will break, and one with little memory."""
    trials = "".join(row(name.lower(), tiny, engine=f"tests.trial_models:{name}") for name in ("Cramped", "Bulky", "Vast"))
    rows_ = row("tiny", tiny) + row("fragile", fragile) + trials
    with furnished(rows_, cpu_workers=1, lease_seconds=30) as one:
        yield one
        assert_invariants(one.home)


def made(house: House, **values: Any) -> tuple[str, list[np.ndarray]]:
    """A job of the tiny model and its pictures."""
    job = house.start("tiny", **{"prompt": "a red cat", "seed": 7} | values)
    return job, finished(house, job)


def finished(house: House, job: str) -> list[np.ndarray]:
    """The pictures of a job when it has ended."""
    (ended,) = house.until([job])
    assert ended["status"] == "complete", ended["error"]
    return [pixels(file["path"]) for file in rows("select path from artifacts where job=? order by number", job)]


def pixels(path: str) -> np.ndarray:
    """A published picture."""
    with Image.open(home() / path) as image:
        return np.asarray(image.convert("RGB"), np.int16)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference of two pictures, 0 to 255."""
    return float(np.abs(one - other).mean())


def test_a_picture_comes_out(house: House) -> None:
    """A PNG of the size asked for, and the record of how it was made."""
    job, (picture,) = made(house, steps=5, width=64, height=96)
    assert picture.shape == (96, 64, 3) and picture.std() > 10
    shown = control.job(job, Caller())
    assert shown["provenance"]["model"] == "tiny" and shown["provenance"]["seeds"] == [7]
    assert shown["outputs"][0]["width"] == 64
    assert "Steps: 5" in texts_of(home() / str(value("select path from artifacts where job=?", job)))["parameters"]


def test_seeds_and_batches_through_the_queue(house: House) -> None:
    """Picture 2 of a batch of 3 is, within a level, what its seed alone gives; and the same job again gives the same pixels."""
    _, batch = made(house, count=3, expand=False)
    job, (alone,) = made(house, seed=9, expand=False)
    assert len(batch) == 3 and np.abs(batch[2] - alone).max() <= 1
    assert apart(batch[0], batch[1]) > 1
    assert np.array_equal(alone, made(house, seed=9, expand=False)[1][0])
    told = control.job(job, Caller())["outputs"][0]
    assert control.job(job, Caller())["provenance"]["seeds"] == [9] and told["media_type"] == "image/png"


def test_a_plain_call_gives_the_same_picture(house: House, tiny: Path) -> None:
    """Nothing of ours changes what the model makes of a seed."""
    import torch
    from diffusers import StableDiffusionPipeline

    torch.set_num_threads(1)
    pipe = StableDiffusionPipeline.from_pretrained(tiny, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    seed = torch.Generator("cpu").manual_seed(7)
    plain = pipe("a red cat", width=64, height=64, num_inference_steps=6, guidance_scale=4.0, negative_prompt="", generator=seed).images[0]
    _, (ours,) = made(house, expand=False)
    assert np.abs(np.asarray(plain, np.int16) - ours).max() <= 1


def test_variations_through_the_queue(house: House) -> None:
    """0 is the original, 1 far from it, and a variation of a variation goes on from there."""
    job, (original,) = made(house)
    apart_by = []
    for strength in (0.0, 0.5, 1.0):
        varied = control.vary(job, Variation(strength, 1, 0, 21), Caller(), JobOptions())["id"]
        apart_by.append(apart(finished(house, varied)[0], original))
    assert apart_by[0] == 0 < apart_by[1] < apart_by[2]
    again = control.vary(varied, Variation(0.0, 2, 0, 5), Caller(), JobOptions())["id"]
    assert [apart(each, original) for each in finished(house, again)] == [apart_by[2]] * 2


def test_loading_reports_and_stops(house: House) -> None:
    """Each part of a model is named while it loads; a job that is cancelled then loads no further."""
    job = house.start("bulky")
    eventually(lambda: "the text encoder" in stored(job)["stage"], 30, "the loading of a part")
    assert stored(job)["status"] == "loading" and control.cancel(job, Caller())
    house.until_status(job, "cancelled")
    assert noted(house.home, "part") in (1, 2), "all parts were loaded for nobody"
    finished(house, house.start("tiny"))


def test_loading_stops_within_a_part(house: House) -> None:
    """However large a part is: a cancel is heard at one of its tensors, and the model loads whole when it is asked for again."""
    job = house.start("vast")
    eventually(lambda: "the denoiser" in stored(job)["stage"], 60, "the loading of the largest part")
    holder = house.holder(job)
    assert control.cancel(job, Caller())
    house.until_status(job, "cancelled")
    finished(house, house.start("tiny"))
    assert not noted(house.home, "whole") and house.workers("gpu") == [holder]
    finished(house, house.start("vast", steps=1))
    assert noted(house.home, "whole") == 1


def test_cancel_frees_the_worker_within_a_step(house: House) -> None:
    """A long job stops in a moment; the worker and its warm model stay; the next picture is not held up."""
    job = house.start("tiny", steps=200, width=256, height=256, count=4)
    holder = house.holder(job)
    eventually(lambda: "Step" in stored(job)["stage"], 60, "a step")
    shares = [float(stored(job)["progress"])]
    eventually(lambda: shares.append(float(stored(job)["progress"])) or shares[-1] > shares[0], 60, "progress")
    asked = time.monotonic()
    control.cancel(job, Caller())
    house.until_status(job, "cancelled")
    assert time.monotonic() - asked < patience(3)
    assert shares == sorted(shares) and shares[-1] < 1
    following = house.start("tiny")
    finished(house, following)
    assert house.workers("gpu") == [holder]


BROKEN = {
    "truncated": (r"cut off: .* bytes are here; download it again", "unet/diffusion_pytorch_model.safetensors"),
    "garbage": (r"not a safetensors file, or is cut off", "vae/diffusion_pytorch_model.safetensors"),
    "headless": (r"is broken; download it again", "text_encoder/model.safetensors"),
    "pickle": (r"is a pickle, which can run code", "unet/diffusion_pytorch_model.safetensors"),
    "half": (r"the weights of its part vae are missing", "vae/diffusion_pytorch_model.safetensors"),
    "no-index": (r"its model_index.json is missing", "model_index.json"),
    "own-code": (r"needs code of its own \(pipeline_of_theirs\), which is never run", "model_index.json"),
    "torn-index": (r"its model_index.json is broken", "model_index.json"),
}


def spoil(folder: Path, how: str) -> None:
    """Do to a model's folder what downloads and strangers do."""
    path = folder / BROKEN[how][1]
    whole = path.read_bytes()
    match how:
        case "truncated": path.write_bytes(whole[: len(whole) // 2])
        case "garbage": path.write_bytes(b"<html>Sign in to continue</html>" * 100)
        case "headless": path.write_bytes(whole[:8] + b"\xff" * (len(whole) - 8))
        case "pickle": path.rename(path.with_suffix(".bin"))
        case "half" | "no-index": path.unlink()
        case "torn-index": path.write_bytes(whole[:40])
        case "own-code": path.write_text(json.dumps(json.loads(whole) | {"unet": ["pipeline_of_theirs", "UNet"]}))


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_model_is_refused_with_the_next_step(house: House, tiny: Path, tmp_path: Path, how: str) -> None:
    """Before a job is made, in a sentence that says what to do."""
    folder = Path(shutil.copytree(tiny, tmp_path / how))
    spoil(folder, how)
    with catalogued(house, row("broken", folder)), pytest.raises(ModelNotReady, match=BROKEN[how][0]) as refused:
        house.start("broken")
    assert refused.value.code == "MODEL_NOT_READY" and "Traceback" not in refused.value.message


def test_missing_weights_say_how_to_get_them(house: House) -> None:
    """The command that downloads the pinned revision, or the terms to agree to first; 'auto' goes on with what is ready."""
    with pytest.raises(ModelNotReady, match=r"its weights are not here; .*hf download stabilityai/sdxl-turbo --revision 71153311"):
        house.start("sdxl-turbo")
    assert control.job(house.start("auto", prompt="a hare"), Caller())["provenance"]["model"] == "sketch"


def test_a_wrong_family_names_the_right_one(house: House, tiny: Path) -> None:
    """The row is what is wrong, and the sentence says what to write into it."""
    with catalogued(house, row("odd", tiny, "flux")), pytest.raises(ModelNotReady, match="set family to sd15"):
        house.start("odd")
    with catalogued(house, row("odd", tiny, "sd51")), pytest.raises(ModelNotReady, match="did you mean sd15"):
        house.start("odd")


def test_a_model_that_breaks_while_its_job_waits(house: House, fragile: Path) -> None:
    """The job ends as MODEL_NOT_READY; the worker stays and does the next one."""
    control_lane("pause_queue")
    job, worker = house.start("fragile"), house.workers("gpu")
    config = fragile / "unet" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"block_out_channels": [32, 96]}))
    control_lane("resume_queue")
    (ended,) = house.until([job])
    assert json.loads(ended["error"])["code"] == "MODEL_NOT_READY", ended["error"]
    assert "download it again" in ended["message"]
    finished(house, house.start("tiny"))
    assert house.workers("gpu") == worker


def test_out_of_memory_walks_the_ladder_and_says_so(house: House) -> None:
    """Four at once are too many under the system's own limit; fewer at once are not, and nothing else is noticed."""
    finished(house, house.start("cramped", prompt="room enough for 2000", width=512, height=512, steps=1, expand=False))
    job = house.start("cramped", prompt="a red cat in 40", width=512, height=512, steps=1, count=4, seed=3, expand=False)
    pictures = finished(house, job)
    notes = control.job(job, Caller())["provenance"]["notes"]
    assert len(pictures) == 4 and notes and all(note.startswith("Memory ran out; ") for note in notes), notes
    metas = [json.loads(file["meta"]) for file in rows("select meta from artifacts where job=? order by number", job)]
    assert [meta["seed"] for meta in metas] == [3, 4, 5, 6] and max(meta["batch"] for meta in metas) < 4


def test_the_ladder_of_a_gpu() -> None:
    """Fewer at once, then tiles, then parts in the main memory, then blocks; what was too much once is not tried again."""
    ladder = Ladder(Crowded("cuda", None), 8 * 10**9, 4 * 10**9)
    assert ladder.strategy == "full" and ladder.share(4, 1000) == 4 and not ladder.tiled(1000)
    said = [ladder.down(4, 1000), ladder.down(2, 1000)]
    assert ladder.share(4, 1000) == 1 and ladder.share(4, 500) == 2, "what was too much for large pictures may do for small ones"
    said += [ladder.down(1, 1000)]
    assert ladder.tiled(1000) and not ladder.tiled(900)
    said += [ladder.down(1, 1000), ladder.down(1, 1000)]
    assert ladder.strategy == "group" and len(set(said)) == 5
    with pytest.raises(OutOfMemory, match="choose a smaller size or a smaller model"):
        ladder.down(1, 1000)
    assert Ladder(Crowded("cuda", None), 30 * 10**9, 4 * 10**9).strategy == "model"
    assert Ladder(Crowded("cuda", None), 30 * 10**9, 20 * 10**9).strategy == "group"


class Crowded(Place):
    """A GPU with ten gigabytes free."""

    def free(self) -> int:
        """Ten."""
        return 10 * 10**9

    def clear(self) -> None:
        """There is no such GPU here."""


def control_lane(verb: str) -> None:
    """Pause or resume the lane of the real models."""
    DOORS[verb].work({"lane": "gpu"}, Caller())


@contextlib.contextmanager
def catalogued(house: House, rows_: str) -> Iterator[None]:
    """Further rows in this process's catalog; the workers, which read it once, do not come to see them."""
    path = house.home / "models.yaml"
    before = path.read_text()
    path.write_text(before + rows_)
    catalog.cache_clear()
    try:
        yield
    finally:
        path.write_text(before)
        catalog.cache_clear()
