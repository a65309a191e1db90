"""LoRAs, schedulers by name and weights of words, on tiny models with the real code: what they do, and what is refused."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
import torch
from safetensors.torch import save_file
from test_families import Desk, paint

from config import ModelRow, settings
from engines.diffusion.families import families
from engines.diffusion.lora import Asked, folder
from engines.diffusion.schedulers import schedulers
from engines.errors import BadRequest, ModelNotReady
from engines.image.diffusers import Diffusers
from engines.image.request import ImageRequest
from engines.image.save import texts_of
from engines.prompt import weights
from jobs import accept

FAMILIES = ("sd15", "sdxl", "flux")
RANK, ALPHA = 4, 8.0


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A models folder with tiny models, and a folder for LoRAs."""
    home = tmp_path_factory.mktemp("shelf")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_MODELS_FOLDER", str(home))
        settings.cache_clear()
        folder().mkdir()
        yield home
    settings.cache_clear()


@pytest.fixture(scope="module")
def engines(shelf: Path) -> dict[str, Diffusers]:
    """A warm tiny model of each of three families."""
    made = {}
    for name in FAMILIES:
        made[name] = Diffusers(family=name, side=64)
        weights_at = {"folder": str(tiny_models.build(shelf / name, name))}
        made[name].row = ModelRow(name="tiny", engine="-", serves=["generate_image"], weights=weights_at)
        made[name].load()
    return made


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A fresh run."""
    return Desk(tmp_path)


def layers_of(engine: Diffusers) -> dict[str, Any]:
    """A few layers by their full names: of the denoiser, linear and convolution, and of the text encoder."""
    part = "transformer" if hasattr(engine.pipe, "transformer") else "unet"
    found = {}
    for name, module in getattr(engine.pipe, part).named_modules():
        ends = {"Linear": ("to_q", "attn2.to_k", "to_out.0", "ff.net.2"), "Conv2d": ("conv1",)}
        if name.endswith(ends.get(type(module).__name__, ("never",))):
            found[f"{part}.{name}"] = module
    for name, module in engine.pipe.text_encoder.named_modules():
        if name.endswith("q_proj"):
            found[f"text_encoder.{name}"] = module
    return found


def matrices(module: Any, seed: int) -> tuple[Any, Any]:
    """A pair for a layer, large enough to be seen."""
    dice = torch.Generator().manual_seed(seed)
    out, into, *kernel = module.weight.shape
    down = torch.randn(RANK, into, *kernel, generator=dice) * 0.4
    return down, torch.randn(out, RANK, *([1] * len(kernel)), generator=dice) * 0.4


def write(engine: Diffusers, name: str, style: str, seed: int = 3) -> None:
    """A LoRA for a model, as peft or as kohya's trainer would write it."""
    state = {}
    for n, (path, module) in enumerate(layers_of(engine).items()):
        down, up = matrices(module, seed + n)
        if style == "peft":
            state |= {f"{path}.lora_A.weight": down, f"{path}.lora_B.weight": up, f"{path}.alpha": torch.tensor(ALPHA)}
        else:
            part, _, inner = path.partition(".")
            flat = f"lora_{'unet' if part == 'unet' else 'te'}_{inner.replace('.', '_')}"
            if part == "text_encoder" and "text_model" not in flat:
                flat = flat.replace("lora_te_", "lora_te_text_model_")
            state |= {f"{flat}.lora_down.weight": down, f"{flat}.lora_up.weight": up, f"{flat}.alpha": torch.tensor(ALPHA)}
    save_file({key: each.contiguous() for key, each in state.items()}, folder() / f"{name}.safetensors")


def merged(engine: Diffusers, desk: Desk, weight: float, seed: int = 3) -> np.ndarray:
    """The picture with the matrices multiplied out into the model's own weights, which are put back after."""
    kept = {}
    for n, (path, module) in enumerate(layers_of(engine).items()):
        down, up = matrices(module, seed + n)
        kept[path] = module.weight.data.clone()
        added = torch.einsum("orxy,rikl->oikl", up, down) if down.dim() == 4 else up @ down
        module.weight.data += weight * ALPHA / RANK * added
    (picture,) = paint(engine, desk)
    for path, module in layers_of(engine).items():
        module.weight.data = kept[path]
    return picture


@pytest.mark.parametrize("family", FAMILIES)
def test_a_lora_does_what_its_matrices_say(engines: dict[str, Diffusers], desk: Desk, family: str) -> None:
    """As if they were part of the model; by the weight that was asked; and without it the model is as it was."""
    engine = engines[family]
    for style in ("peft", "kohya") if family == "sd15" else ("peft",):
        write(engine, f"{family}-{style}", style)
        (before,) = paint(engine, desk)
        for weight in (1.0, -0.5):
            (worn,) = paint(engine, desk, loras=[f"{family}-{style}:{weight}"])
            assert np.abs(worn - before).mean() > 1
            assert np.abs(worn - merged(engine, desk, weight)).max() <= 1
        asked = ImageRequest(prompt="a red cat", seed=7, steps=2, width=64, height=64, loras=[f"{family}-{style}:0.5"], scheduler="euler")
        made = engine.generate(asked, desk)
        assert len(made.versions[f"lora {family}-{style}"]) == 64 and {"torch", "diffusers"} <= set(made.versions)
        told = texts_of(made.artifacts[0].path)
        assert "Sampler: euler" in told["parameters"] and f"{family}-{style}:0.5" in told["parameters"] and "loras" in told["troubadour"]
        assert np.array_equal(before, paint(engine, desk)[0])
        assert np.array_equal(before, paint(engine, desk, loras=[f"{family}-{style}:0"])[0])


def test_two_together_and_in_a_batch(engines: dict[str, Diffusers], desk: Desk) -> None:
    """Half and half of the same one is the whole of it; a batch wears it too."""
    write(engines["sd15"], "one", "peft")
    write(engines["sd15"], "two", "peft")
    (whole,) = paint(engines["sd15"], desk, loras=["one"])
    assert np.abs(whole - paint(engines["sd15"], desk, loras=["one:0.5", "two:0.5"])[0]).max() <= 1
    assert np.abs(whole - paint(engines["sd15"], desk, seed=6, count=2, loras=["one"])[1]).max() <= 1


def refused(engine: Diffusers, *loras: str) -> str:
    """What is said before a job is made."""
    with pytest.raises((BadRequest, ModelNotReady)) as error:
        engine.check(ImageRequest(prompt="x", loras=list(loras)))
    assert str(folder()) not in error.value.message and "Traceback" not in error.value.message
    return error.value.code + " " + error.value.message


def test_what_is_no_lora_of_this_model_is_refused_before_a_job_is_made(engines: dict[str, Diffusers]) -> None:
    """Missing, of another family, broken, a pickle, another kind, no LoRA at all: each with the next step."""
    write(engines["sd15"], "lineart", "peft")
    write(engines["sd15"], "kohya", "kohya")
    engine = engines["sd15"]
    engine.check(ImageRequest(prompt="x", loras=["lineart:0.8", "kohya"]))
    assert "VALIDATION_ERROR there is no LoRA linart; did you mean lineart?" in refused(engine, "linart")
    for other in ("sdxl", "flux"):
        said = refused(engines[other], "lineart")
        assert said.startswith("VALIDATION_ERROR") and "another family" in said, said
        assert "another family" in refused(engines[other], "kohya")
    whole = (folder() / "lineart.safetensors").read_bytes()
    (folder() / "torn.safetensors").write_bytes(whole[: len(whole) // 2])
    (folder() / "page.safetensors").write_bytes(b"<html>Sign in</html>" * 99)
    (folder() / "old.ckpt").write_bytes(b"x")
    save_file({"emb_params": torch.zeros(2, 8)}, folder() / "embedding.safetensors")
    save_file({"lora_unet_x.hada_w1_a": torch.zeros(2, 8)}, folder() / "loha.safetensors")
    assert "MODEL_NOT_READY loras/torn.safetensors is cut off" in refused(engine, "torn")
    assert "MODEL_NOT_READY loras/page.safetensors is not a safetensors file" in refused(engine, "page")
    assert "get it as .safetensors" in refused(engine, "old")
    assert "no LoRA: it holds no pairs" in refused(engine, "embedding")
    assert "get it as a plain LoRA" in refused(engine, "loha")


def test_a_lora_keeps_nothing_of_a_model_that_was_let_go(shelf: Path, engines: dict[str, Diffusers], desk: Desk) -> None:
    """After unload the denoiser is gone, though it wore one."""
    write(engines["sd15"], "kept", "peft")
    engine = Diffusers(family="sd15", side=64)
    engine.row = engines["sd15"].row
    engine.load()
    paint(engine, desk, loras=["kept"])
    held = weakref.ref(engine.pipe.unet)
    engine.unload()
    gc.collect()
    assert held() is None


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b", "..", "a:b:c", "a:99", "a:", "a:heavy", ".hidden", "a\n", ""])
def test_a_lora_is_a_name_and_never_a_path(name: str) -> None:
    """Nothing that could leave the folder is a name; what is wrong is said with an example, not with a pattern."""
    with pytest.raises(BadRequest) as told:
        accept.read("generate_image", {"prompt": "x", "loras": [name]})
    said = "its weight is a number from -9 to 9, as in a:0.8" if name.startswith("a:") else "as in lineart or lineart:0.8"
    assert said in told.value.message and "loras" in told.value.message


def test_a_lora_may_be_sent_as_an_object() -> None:
    """Both spellings are one request."""
    asked = ImageRequest(prompt="x", loras=[{"name": "line art", "weight": 0.8}, {"name": "b"}, "c:-1.25"])  # type: ignore[list-item]
    assert [Asked.read(each) for each in asked.loras] == [("line art", 0.8), ("b", 1.0), ("c", -1.25)]
    with pytest.raises(ValueError, match="loras"):
        ImageRequest(prompt="x", loras=[{"name": "b", "path": "/etc/passwd"}])  # type: ignore[list-item]


@pytest.mark.parametrize("family", [*tiny_models.BUILDERS, "sana"])
def test_every_scheduler_of_a_family_makes_a_picture_of_its_own(shelf: Path, desk: Desk, family: str) -> None:
    """The names a family may take work, alone and in a batch, all of them in the first of its kind, one in the others; a name of another
    family's is refused with the list.
    """
    engine = Diffusers(family=family, side=64, call={"_auto_resize": False} if family == "flux-kontext" else None)
    at = shelf / f"s-{family}"
    engine.row = ModelRow(name="tiny", engine="-", serves=["generate_image"], weights={"folder": str(tiny_models.build(at, family))})
    engine.load()
    sampling = families()[family].sampling
    (before,) = paint(engine, desk)
    drawn = {}
    for name in list(schedulers()[sampling])[0 if family in ("sd15", "flux", "sana") else -1 :]:
        engine.check(ImageRequest(prompt="x", scheduler=name))
        first, second = paint(engine, desk, scheduler=name, count=2, steps=6)
        assert np.abs(first - second).mean() > 1
        drawn[name] = first.tobytes()
    assert len(set(drawn.values())) >= min(len(drawn), 11), "names that are the same thing"
    assert np.array_equal(before, paint(engine, desk)[0]), "the model's own scheduler is not its own any more"
    wrong = "ddim" if sampling != "noise" else "no"
    if wrong == "ddim":
        with pytest.raises(BadRequest, match="choose one of .*unipc"):
            engine.check(ImageRequest(prompt="x", scheduler="ddim"))


def test_unknown_schedulers_and_too_many_steps() -> None:
    """Refused where the request is made, or with the most there may be."""
    with pytest.raises(ValueError, match="did you mean euler_a"):
        ImageRequest(prompt="x", scheduler="eulr_a")
    with pytest.raises(BadRequest, match="at most 50 steps"):
        Diffusers(family="sd15").check(ImageRequest(prompt="x", scheduler="lcm", steps=80))


@pytest.mark.parametrize("family", FAMILIES)
def test_words_that_count_more(engines: dict[str, Diffusers], desk: Desk, family: str) -> None:
    """1 is the plain word to the pixel, 0 is as good as absent, more is further away; who cannot weigh says so."""
    engine = engines[family]
    (plain,) = paint(engine, desk, prompt="a red cat")
    assert np.array_equal(plain, paint(engine, desk, prompt="a (red:1) cat")[0])
    asked = ImageRequest(prompt="a (red:1.8) cat", negative_prompt="(dog:1.5)", seed=7, steps=4, guidance=3.0, width=64, height=64)
    made = engine.generate(asked, desk)
    if family == "flux":
        assert made.notes == ["This model does not weigh words; read as they are: red"]
        return
    assert not made.notes
    pictures = {weight: paint(engine, desk, prompt=f"a (red:{weight}) cat")[0] for weight in (1.2, 2.5)}
    near, far = (float(np.abs(picture - plain).mean()) for picture in pictures.values())
    assert 0 < near < far
    assert not np.array_equal(paint(engine, desk, negative_prompt="(dog:3)")[0], paint(engine, desk, negative_prompt="dog")[0])


def test_weights_are_read_and_other_brackets_left_alone() -> None:
    """`(words:number)` only; what a person wrote otherwise stays as it is."""
    assert weights.read("a (red:1.3) cat (in the snow: 0.5)") == ("a red cat in the snow", [(2, 5, 1.3), (10, 21, 0.5)])
    for text in ("a cat (red)", "at 10:30 (noon)", "(:1.2)", "(a:b)", "((x:1.2", "🦔 (ö:2)"[:3]):
        assert weights.read(text) == (text, [])
    assert weights.read("(🦔 im Schnee:99)") == ("🦔 im Schnee", [(0, 11, 4.0)])
