"""Music models by their parts: checkpoints that are whole, spoilt or traps, our own sampling loop, and a job that goes the whole way."""

import json
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_music_models as tiny
from jobs_house import House, eventually, furnished, stored
from test_music_models import made_for

from engines.base import JobOptions
from engines.errors import BadRequest, ModelNotReady
from engines.music.transformers import Delayed
from engines.music.waves import joined
from engines.sketch.composer_sound import RATE
from jobs import control
from jobs.control import Caller, Variation
from jobs.store import home, rows


def test_our_loop_draws_what_the_librarys_own_does(tmp_path: Path) -> None:
    """With nothing left to chance, MusicGen plays the same tokens through our loop and through transformers' own."""
    import torch

    for family in ("musicgen", "musicgen-melody"):
        engine: Any = made_for(family, tiny.build(tmp_path / family, family))
        engine.options["top_k"] = 1
        engine.load()
        (ours,) = ours_of(engine)
        given = engine.words(["calm folk"], return_tensors="pt")
        with torch.inference_mode():
            theirs = engine.model.generate(
                input_ids=given.input_ids, attention_mask=given.attention_mask, do_sample=False, guidance_scale=3.0, max_length=60 + 4
            )
        length = min(ours.shape[-1], theirs.shape[-1])
        assert length >= 60 * 3200 and np.abs(ours[:length] - theirs[0, 0, :length].numpy()).max() < 1e-4


def ours_of(engine: Any) -> np.ndarray:
    """Sixty frames of our loop, as the codec plays them."""
    from engines.music.dice import Dice
    from engines.music.sampled import Window

    sound: np.ndarray = engine.decode(engine.sample(Window("calm folk", None, None, 60), Dice(1), lambda frame: None))
    return sound


def test_a_known_beginning_is_delayed_like_the_rest() -> None:
    """Every book is a step behind the one before it; only what is unknown is drawn."""
    import torch

    known = torch.arange(8).reshape(2, 4)
    line = Delayed.begun(2, 6, 99, known)
    assert line.steps[0].tolist() == [99, 0, 1, 2, 3, -1, -1, 99] and line.steps[1].tolist() == [99, 99, 4, 5, 6, 7, -1, -1]
    for step in range(line.first, line.steps.shape[1]):
        line.put(step, torch.tensor([50 + step, 60 + step]))
    assert line.tokens().tolist() == [[0, 1, 2, 3, 55, 56], [4, 5, 6, 7, 66, 67]]


def test_sounds_are_joined_without_a_click() -> None:
    """What was there stays up to the passage, what comes stands after it, and nothing jumps."""
    time = np.arange(2 * RATE, dtype=np.float32) / RATE
    wave = np.stack([np.sin(2 * np.pi * 220 * time)] * 2)
    whole = joined(wave[:, :RATE], wave[:, RATE // 2 :], RATE // 2)
    assert whole.shape == wave.shape and np.abs(whole - wave).max() < 1e-6


@pytest.fixture(scope="module")
def craft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny audiocraft model, for copies that are spoilt."""
    return tiny.build(tmp_path_factory.mktemp("craft") / "audiocraft", "audiocraft")


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.write_text, (self.path, "caught")


def spoil(how: str, folder: Path, caught: Path) -> None:
    """Spoil a copy of an audiocraft model."""
    import torch

    player = folder / "state_dict.bin"
    if how == "cut":
        player.write_bytes(player.read_bytes()[:-5000])
    elif how == "missing":
        (folder / "compression_state_dict.bin").unlink()
    elif how == "reader":
        shutil.rmtree(folder / "t5")
    elif how == "pretrained":
        torch.save({"pretrained": "facebook/encodec_32khz"}, folder / "compression_state_dict.bin")
    elif how == "trap":
        torch.save({"best_state": {}, "xp.cfg": Trap(caught)}, player)
    else:
        player.write_bytes(pickle.dumps(Trap(caught)))


SPOILT = {
    "cut": "cut off", "missing": r"compression_state_dict\.bin is missing", "reader": "its text encoder: .*not here",
    "plain": "no checkpoint",
}  # fmt: skip


@pytest.mark.parametrize("how", [*SPOILT, "pretrained", "trap"])
def test_a_spoilt_checkpoint(craft: Path, tmp_path: Path, how: str) -> None:
    """Is refused in words, before a job where its files tell, and no code in it is ever run."""
    folder = Path(shutil.copytree(craft, tmp_path / how))
    spoil(how, folder, tmp_path / "caught")
    engine = made_for("audiocraft", folder)
    with pytest.raises(ModelNotReady, match=SPOILT.get(how, "holds no weights|cannot be loaded")):
        state = engine.ready()
        if how in SPOILT:
            assert not state.ok and state.needs == "weights"
            raise ModelNotReady(state.missing)
        engine.load()
    assert not (tmp_path / "caught").exists()


def test_other_libraries_see_no_stand_ins(craft: Path) -> None:
    """With audiocraft loaded, nobody thinks that torchaudio or xformers can be used."""
    import importlib.util
    import sys

    from diffusers.utils import is_xformers_available
    from transformers.utils import is_torchaudio_available

    made_for("audiocraft", craft).load()
    assert not {"torchaudio", "librosa", "spacy", "demucs", "flashy"} & {*sys.modules}
    assert importlib.util.find_spec("torchaudio") is None and not is_torchaudio_available() and not is_xformers_available()


ROW = """craft:
  engine: "engines.music.audiocraft:AudioCraft"
  for: [generate_music]
  lane: gpu
  hidden: true
  weights: {{folder: "{folder}"}}
  options: {{text_encoder: {{folder: "{folder}/t5"}}}}
  honours: [prompt, mood, duration_seconds, count, variation_of, variation_strength]
"""


@pytest.fixture(scope="module")
def house(craft: Path) -> Iterator[House]:
    """Worker processes with the tiny model in the catalog."""
    with furnished(ROW.format(folder=craft), cpu_workers=1, lease_seconds=30) as one:
        yield one


def start(house: House, **values: Any) -> str:
    """Submit a piece; the id of its job."""
    return str(control.start("generate_music", {"prompt": "calm folk", "model": "craft", "seed": 7} | values, Caller())["id"])


def test_a_job_goes_the_whole_way(house: House) -> None:
    """Accepted, loaded, played, published, varied; cancelled half-way; and what the row does not honour is refused."""
    job = start(house, duration_seconds=6.0, mood="dreamy")
    (ended,) = house.until([job])
    assert ended["status"] == "complete", ended["error"]
    shown = control.job(job, Caller())
    assert shown["resolved_prompt"] == "dreamy, calm folk" and shown["provenance"]["seeds"] == [7]
    assert [each["media_type"] for each in shown["outputs"]] == ["audio/wav", "audio/mpeg", "image/png"]
    varied = control.vary(job, Variation(0.0, 1, 0, 3), Caller(), JobOptions())["id"]
    house.until([varied])
    sounds = [home() / rows("select path from artifacts where job=? order by number", each)[0]["path"] for each in (job, varied)]
    assert sounds[0].read_bytes() == sounds[1].read_bytes()
    long = start(house, duration_seconds=300.0)
    eventually(lambda: "Playing: " in stored(long)["stage"] and stored(long)["status"] == "generating", 60, "a token")
    control.cancel(long, Caller())
    house.until_status(long, "cancelled")
    assert json.loads(stored(long)["request"])["duration_seconds"] == 300.0
    with pytest.raises(BadRequest, match="melody cannot be honoured"):
        start(house, melody=shown["outputs"][0]["id"])
