"""Ways to run a model in less memory or less time, on tiny models: each gives the picture it should, and says what changes it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
from test_families import Desk, paint

from config import ModelRow, settings
from engines.diffusion import loading
from engines.diffusion.lora import folder
from engines.errors import BadRequest, ModelNotReady
from engines.image.diffusers import Diffusers
from engines.image.request import ImageRequest

Make = Callable[..., Diffusers]
ASKED = ImageRequest(prompt="a red cat", seed=7, steps=4, guidance=3.0, width=64, height=64)


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Engines of tiny models by family and further options of their row."""
    shelf = tmp_path_factory.mktemp("tuned")
    at = {family: str(tiny_models.build(shelf / family, family)) for family in ("sd15", "flux")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_MODELS_FOLDER", str(shelf))
        settings.cache_clear()
        folder().mkdir()

        def made(family: str, **options: Any) -> Diffusers:
            engine = Diffusers(family=family, side=64, **options)
            engine.row = ModelRow(name="tiny", engine="-", serves=["generate_image"], weights={"folder": at[family]})
            return engine

        yield made
    settings.cache_clear()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A fresh run."""
    return Desk(tmp_path)


@pytest.mark.parametrize("family", ["sd15", "flux"])
def test_every_way_of_keeping_the_weights_gives_the_same_picture(make: Make, desk: Desk, family: str) -> None:
    """From one to the next and back, with and without a LoRA; but for eight bits, which are near it and said."""
    from test_lora import write

    engine = make(family, strategies=["full", "model", "group"])
    engine.load()
    write(engine, f"t-{family}", "peft")
    (plain,), (worn,) = paint(engine, desk), paint(engine, desk, loras=[f"t-{family}"])
    for strategy in ("model", "group", "model", "full"):
        engine.ladder.strategy = strategy
        loading.arrange(engine.pipe, engine.ladder)
        assert np.abs(paint(engine, desk)[0] - plain).max() <= 1, strategy
        assert np.abs(paint(engine, desk, loras=[f"t-{family}"])[0] - worn).max() <= 1, strategy
    cast = make(family, strategies=["fp8"])
    cast.load()
    made = cast.generate(ASKED, desk)
    (near,) = paint(cast, desk)
    assert 0 < np.abs(near - plain).mean() < np.abs(worn - plain).mean()
    assert made.notes == ["The model's weights are kept in 8 bits to fit the memory, which changes pictures a little."]
    before, after = size(engine), size(cast)
    assert after < 0.6 * before, f"{after} of {before} bytes"


def test_a_denoiser_in_fewer_bits(make: Make, desk: Desk) -> None:
    """Of a list what is installed; near the picture in full, wherever the weights rest, with LoRAs too, and counted as small as it is."""
    from test_lora import write
    from torchao.quantization import Int8Tensor

    plain, few = make("flux"), make("flux", quantise=["quanto-int8", "torchao-int8"], strategies=["full", "model", "group"])
    assert few.ready().ok
    for engine in (plain, few):
        engine.load()
    write(plain, "t-few", "peft")
    assert isinstance(few.pipe.transformer.single_transformer_blocks[0].attn.to_q.weight, Int8Tensor)
    assert few.weight() < plain.weight()
    made = few.generate(ASKED, desk)
    assert made.notes == ["The model's weights are kept as torchao-int8, which changes pictures a little."]
    (near,), (worn,) = paint(few, desk), paint(few, desk, loras=["t-few"])
    assert 0 < np.abs(near - paint(plain, desk)[0]).mean() < 2
    assert np.abs(worn - paint(plain, desk, loras=["t-few"])[0]).mean() < 2 < np.abs(worn - near).mean()
    for strategy in ("model", "group"):
        few.ladder.strategy = strategy
        loading.arrange(few.pipe, few.ladder)
        assert np.array_equal(paint(few, desk)[0], near), strategy


def size(engine: Diffusers) -> int:
    """Bytes of the denoiser's weights."""
    part = getattr(engine.pipe, "transformer", None) or engine.pipe.unet
    return sum(weight.numel() * weight.itemsize for weight in part.parameters())


def test_the_ladder_is_the_rows_own(make: Make, desk: Desk) -> None:
    """Out of memory at each rung: what was tried is told, in the order of the row, another model's room first."""
    engine = make("flux", strategies=["full", "fp8", "group"])
    engine.load()
    room, failures = [True, False, False, False, False], [MemoryError()] * 4
    engine.make_room = lambda: room.pop(0)  # type: ignore[method-assign]
    sample = engine._sample

    def cramped(*given: Any) -> Any:
        if failures:
            raise failures.pop()
        return sample(*given)

    engine._sample = cramped  # type: ignore[method-assign]
    made = engine.generate(ASKED, desk)
    assert [note.removeprefix("Memory ran out; ").split(",")[0] for note in made.notes] == [
        "another model was let go of.",
        "pictures were decoded in tiles.",
        "the model was run with its weights in 8 bits",
        "the model was run block by block from the main memory",
    ]
    assert made.artifacts[0].picture is not None


def test_a_cache_is_quicker_in_steps_and_says_that_it_changes_the_picture(make: Make, desk: Desk) -> None:
    """The same seed gives the same picture with it too; a denoiser that has none says so when it is loaded."""
    plain, cached = make("flux"), make("flux", cache={"first_block": {"threshold": 0.5}})
    taken = []
    for engine in (plain, cached):
        engine.load()
        block, steps = engine.pipe.transformer.single_transformer_blocks[0].attn, []
        handle = block.register_forward_hook(lambda *_, steps=steps: steps.append(1))
        (picture,) = paint(engine, desk, steps=8)
        handle.remove()
        assert np.array_equal(picture, paint(engine, desk, steps=8)[0])
        taken.append((len(steps), picture))
    assert taken[0][0] == 8 > taken[1][0] and np.abs(taken[0][1] - taken[1][1]).mean() > 0
    (note,) = cached.generate(ASKED, desk).notes
    assert note.startswith("Made with the cache first_block: quicker, and not quite the picture")
    with pytest.raises(ModelNotReady, match="asks for cache: first_block, which does not work here"):
        make("sd15", cache="first_block").load()
    with pytest.raises(ModelNotReady, match="did you mean first_block"):
        make("flux", cache="first_blok").load()


def test_packages_that_are_not_there_are_named(make: Make, desk: Desk) -> None:
    """Before a job is made, with what to do; attention kernels and compiled blocks wait for a GPU."""
    state = make("flux", quantise="bitsandbytes-4bit").ready()
    assert not state.ok and state.needs == "package" and "`pip install bitsandbytes`, or leave quantise out" in state.missing
    state = make("flux", quantise="torchao-int4").ready()
    assert not state.ok and "`pip install mslk`" in state.missing
    engine = make("flux", attention="sage", compile=True, quantise=["quanto-int8", "bitsandbytes-8bit"])
    assert engine.ready().ok
    engine.load()
    said = "None of quanto-int8, bitsandbytes-8bit is installed here; the model's weights are kept in full."
    assert engine.generate(ASKED, desk).notes == [said]
    with pytest.raises(ModelNotReady, match="did you mean torchao-int8"):
        make("flux", quantise="torchao-int").ready()


def test_a_denoiser_in_a_gguf_file(make: Make, desk: Desk, tmp_path: Path) -> None:
    """Read with its weights in few bits, near the picture of the whole; one that is torn, cut off, missing or another file is refused."""
    import gguf
    from safetensors.numpy import load_file

    plain = make("flux")
    whole = Path(str(plain.row.weights.folder))  # type: ignore[union-attr]
    few = Path(shutil.copytree(whole, tmp_path / "few"))
    (weights,) = (few / "transformer").glob("*.safetensors")
    kind = gguf.GGMLQuantizationType.Q8_0
    file = gguf.GGUFWriter(few / "few.gguf", "flux")
    for name, numbers in load_file(weights).items():
        packed = numbers.ndim == 2 and numbers.shape[1] % 32 == 0 and ".attn." in name
        file.add_tensor(name, gguf.quants.quantize(numbers, kind) if packed else numbers, raw_dtype=kind if packed else None)
    file.write_header_to_file(), file.write_kv_data_to_file(), file.write_tensors_to_file(), file.close()
    weights.unlink()
    engine = Diffusers(family="flux", side=64)
    engine.row = ModelRow(name="few", engine="-", serves=["generate_image"], weights={"folder": str(few), "gguf": "few.gguf"})
    assert engine.ready().ok, engine.ready()
    for each in (plain, engine):
        each.load()
    assert type(engine.pipe.transformer.single_transformer_blocks[0].attn.to_q).__name__ == "GGUFLinear"
    assert 0 < np.abs(paint(engine, desk)[0] - paint(plain, desk)[0]).mean() < 8
    with pytest.raises(BadRequest, match="leave loras out"):
        engine.check(ASKED.model_copy(update={"loras": ["any"]}))
    data = (few / "few.gguf").read_bytes()
    for spoilt, said in ((data[:-500], "cut off: "), (data[:300], "or is cut off"), (b"<html>" * 99, "is not a GGUF file")):
        (few / "few.gguf").write_bytes(spoilt)
        assert said in engine.ready().missing, engine.ready()
    (few / "few.gguf").unlink()
    assert "few.gguf is missing" in engine.ready().missing
