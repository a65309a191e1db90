"""A sketch's layers lead a ControlNet, tiny and with random weights: the composition counts, and what is missing is said."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
from test_families import Desk, paint

from config import ModelRow, settings
from engines.image.steered import Steered

LEFT = {"things": [{"id": "house", "noun": "house", "x": 0.15, "depth": 0.9}], "setting": "meadow"}
RIGHT = {"things": [{"id": "house", "noun": "house", "x": 0.85, "depth": 0.2}], "setting": "sea"}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Tiny models with a ControlNet each."""
    import torch
    from diffusers import ControlNetModel

    home = tmp_path_factory.mktemp("steered")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_MODELS_FOLDER", str(home))
        settings.cache_clear()
        for family in ("sd15", "sdxl"):
            tiny_models.build(home / family, family)
            pipe = getattr(tiny_models, family)()
            torch.manual_seed(5)
            control = ControlNetModel.from_unet(pipe.unet, conditioning_channels=3)
            for name, weight in control.named_parameters():  # a fresh one has zeros where it joins the model, and would do nothing
                weight.data += (0.5 if "controlnet" in name else 0.05) * torch.randn(weight.shape)
            control.save_pretrained(home / f"control-{family}", safe_serialization=True)
        yield home
    settings.cache_clear()


def engine_of(shelf: Path, family: str, **control: Any) -> Steered:
    """An engine that is led by a sketch."""
    led = {"folder": f"control-{family}", "layer": "depth", "scale": 1.0} | control
    made = Steered(family=family, side=64, control=led)
    made.row = ModelRow(name="tiny", engine="-", serves=["generate_image"], weights={"folder": str(shelf / family)})
    return made


@pytest.mark.parametrize(("family", "layer"), [("sd15", "depth"), ("sd15", "segmentation"), ("sdxl", "depth")])
def test_the_scene_leads_the_picture(shelf: Path, tmp_path: Path, family: str, layer: str) -> None:
    """Another place of a thing is another picture of the same seed; nothing is another when the scale is 0; batches are led too."""
    engine, desk = engine_of(shelf, family, layer=layer), Desk(tmp_path)
    assert engine.ready().ok
    engine.load()
    left, right = (paint(engine, desk, scene=scene)[0] for scene in (LEFT, RIGHT))
    assert np.abs(left - right).mean() > 0.3
    assert np.array_equal(left, paint(engine, desk, scene=LEFT)[0])
    assert len(paint(engine, desk, scene=LEFT, count=2)) == 2 and "Sketching the composition" in [note for _, note in desk.told]
    engine.options["control"]["scale"] = 0.0
    assert np.abs(paint(engine, desk, scene=LEFT)[0] - paint(engine, desk, scene=RIGHT)[0]).max() <= 1
    engine.options["control"]["scale"] = 1.0
    assert paint(engine, desk, prompt="a red house by the sea")[0].std() > 5


SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "missing": (lambda folder: folder.rename(folder.with_name("away")), "is not in the models folder as .*; get it: hf download a/b"),
    "torn": (lambda folder: (folder / "diffusion_pytorch_model.safetensors").write_bytes(b"\x90" * 99), "is not a safetensors file"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_missing_controlnet_says_how_to_get_it(shelf: Path, how: str) -> None:
    """Before a job is made."""
    import re
    import shutil

    shutil.copytree(shelf / "control-sd15", shelf / f"control-{how}")
    SPOILT[how][0](shelf / f"control-{how}")
    state = engine_of(shelf, "sd15", folder=f"control-{how}", repo="a/b").ready()
    assert not state.ok and state.needs == "weights" and re.search(SPOILT[how][1], state.missing), state.missing
    shutil.rmtree(shelf / "away", ignore_errors=True)
    wrong = engine_of(shelf, "sd15", layer="smell").ready()
    assert "layer (depth or segmentation)" in wrong.missing
