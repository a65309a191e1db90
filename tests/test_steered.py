"""A sketch's layers lead a ControlNet, tiny and with random weights: the composition counts, and what is missing is said."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
from test_families import Desk, paint

from config import ModelRow, catalog, settings
from engines.errors import Conflict
from engines.image.steered import Steered
from jobs import downloads, resolve
from jobs.control import Caller

LEFT = {"things": [{"id": "house", "noun": "house", "x": 0.15, "depth": 0.9}], "setting": "meadow"}
LED = [("sd15", "depth"), ("sd15", "segmentation"), ("sdxl", "depth")]
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


@pytest.mark.parametrize(("family", "layer"), LED)
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
    "missing": (lambda folder: folder.rename(folder.with_name("away")), "is not in the models folder as control-missing$"),
    "torn": (lambda folder: (folder / "diffusion_pytorch_model.safetensors").write_bytes(b"\x90" * 99), "is not a safetensors file"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_missing_controlnet_says_how_to_get_it(shelf: Path, how: str) -> None:
    """Before a job is made."""
    import re
    import shutil

    shutil.copytree(shelf / "control-sd15", shelf / f"control-{how}")
    SPOILT[how][0](shelf / f"control-{how}")
    state = engine_of(shelf, "sd15", folder=f"control-{how}").ready()
    assert not state.ok and state.needs == "weights" and re.search(SPOILT[how][1], state.missing), state.missing
    shutil.rmtree(shelf / "away", ignore_errors=True)
    known = engine_of(shelf, "sd15", folder="control-sd15-depth").ready()
    assert "`python app.py download_model --model control-sd15-depth`" in known.missing
    wrong = engine_of(shelf, "sd15", layer="smell").ready()
    assert "layer (depth or segmentation)" in wrong.missing


CONTROL = 'control-sd15: {engine: "engines.image.steered:Control", for: [], hidden: true, weights: {gb: 1}}\n'
ROW = """{name}: {{engine: "{engine}", for: [generate_image], lane: gpu, rank: {rank}, weights: {{folder: sd15, gb: 1}},
  options: {{family: sd15, side: 64, control: {{folder: control-sd15, layer: depth}}}}, honours: {honours}}}
"""


def test_auto_and_deleting_know_that_a_led_model_has_two_halves(home: Path, shelf: Path) -> None:
    """Without one of them `auto` paints a scene otherwise; what has no weights of its own is not deleted, and who loses them is told."""
    import shutil

    models = home / "models"
    rows = ROW.format(name="sd15", engine="engines.image.diffusers:Diffusers", rank=3000, honours="[prompt]")
    rows += ROW.format(name="led", engine="engines.image.steered:Steered", rank=2000, honours="[prompt, scene]")
    (home / "models.yaml").write_text(rows + CONTROL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_MODELS_FOLDER", str(models))
        settings.cache_clear(), catalog.cache_clear()
        shutil.copytree(shelf / "control-sd15", models / "control-sd15")
        assert resolve.choose("generate_image", "auto", ["scene"]).name == "sketch", "a ControlNet alone paints nothing"
        shutil.copytree(shelf / "sd15", models / "sd15")
        assert resolve.choose("generate_image", "auto", ["scene"]).name == "led"
        assert resolve.choose("generate_image", "auto").name == "sd15"
        with pytest.raises(Conflict, match="are those of sd15; delete sd15, and both are gone"):
            downloads.delete("led", Caller())
        assert downloads.delete("control-sd15", Caller())["also"] == []
        assert resolve.choose("generate_image", "auto", ["scene"]).name == "sketch"
        shutil.copytree(shelf / "control-sd15", models / "control-sd15")
        assert downloads.delete("sd15", Caller())["also"] == ["led"] and (models / "control-sd15").is_dir()
    settings.cache_clear(), catalog.cache_clear()
