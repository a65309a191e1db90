"""What belongs to a model, and where a download may be sent: all of it is what a server says, and looked at before use."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import catalog
from config.catalog import Weights
from engines import weights
from engines.errors import ModelNotReady
from engines.hub.contents import belonging, chosen, safe
from engines.hub.stream import Hub

COMMIT = "a" * 40
SDXL = [
    "sd_xl_base_1.0.safetensors", "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors", "unet/model.onnx",
    "unet/diffusion_pytorch_model.fp16.safetensors", "vae/diffusion_pytorch_model.safetensors", "unet/diffusion_pytorch_model.bin",
    "text_encoder/model.fp16-00001-of-00002.safetensors", "text_encoder/model.fp16-00002-of-00002.safetensors",
    "text_encoder/model-00001-of-00001.safetensors", "unet/diffusion_pytorch_model.non_ema.safetensors",
]  # fmt: skip


def listing(*names: str, **about: Any) -> dict[str, Any]:
    """A repository as a hub tells of it."""
    told = [{"rfilename": name, "size": 4, "lfs": {"sha256": "b" * 64, "size": 4}} | about for name in names]
    return {"sha": COMMIT, "siblings": told}


@pytest.mark.parametrize(("variant", "files", "wanted"), [
    ("", [], {SDXL[3], SDXL[6], SDXL[10]}),
    ("fp16", [], {SDXL[5], SDXL[6], SDXL[8], SDXL[9]}),
    ("", ["sd_xl*.safetensors"], {SDXL[0]}),
])  # fmt: skip
def test_one_set_of_files_per_part(variant: str, files: list[str], wanted: set[str]) -> None:
    """A part without the variant comes as it is; never a checkpoint beside its parts, a pickle, or a set for training on."""
    assert set(chosen(Weights(repo="a/b", variant=variant, files=files), SDXL)) == wanted


def test_a_single_model_lies_at_the_root() -> None:
    """A repository without an index of parts is one model."""
    assert chosen(Weights(repo="a/b"), ["config.json", "model.safetensors", "model.fp16.safetensors"]) == ["model.safetensors"]


PARTS = st.one_of(st.text(), st.sampled_from(["..", ".", "unet", "", "\\", "CON:", "~", ".git", "a" * 300]))


@given(st.lists(PARTS), st.sampled_from([".json", ".safetensors", ""]))
def test_no_name_leads_out_of_the_folder(parts: list[str], ending: str) -> None:
    """Whatever a hub lists: what is taken lies below the folder, in plain letters."""
    name = "/".join(parts) + ending
    try:
        taken = [file.name for file in belonging(Weights(repo="a/b", revision=COMMIT), listing(name, "unet/x.safetensors"))]
    except ModelNotReady:
        return
    for each in taken:
        assert safe(each) and each.isascii() and not each.startswith(("/", ".", "~"))
        assert not {"", ".", ".."} & set(each.split("/")) and not any(part.startswith(".") for part in each.split("/"))


@pytest.mark.parametrize(("told", "sentence"), [
    (None, "does not tell what is in"),
    (listing("config.json"), "no .safetensors files"),
    (listing("config.json", "unet/model.bin"), "holds pickles only, which can run code and are not brought; choose another model"),
    (listing("unet/x.safetensors", lfs=None, blobId="short"), "gives no checksum"),
    (listing("unet/x.safetensors", lfs={"sha256": "b" * 64, "size": -1}), "does not say how large"),
    (listing("unet/x.safetensors", lfs={"sha256": "b" * 64, "size": True}), "does not say how large"),
    (listing("a.json", "unet/x.safetensors", lfs={"sha256": "b" * 64, "size": 1 << 28}), "which no settings are"),
    (listing("x.safetensors", "x.safetensors/y.json"), "a name that is not taken"),
    (listing("x.safetensors", lfs={"sha256": "b" * 64, "size": 20_000_000_000}), "its row says 0.0001 GB"),
    (listing(*[f"unet/{n}.json" for n in range(2001)], "unet/x.safetensors"), "is no model of ours"),
])  # fmt: skip
def test_a_listing_that_is_not_to_be_trusted(told: Any, sentence: str) -> None:
    """Nothing is downloaded, and the sentence says why."""
    with pytest.raises(ModelNotReady, match=sentence):
        belonging(Weights(repo="a/b", revision=COMMIT, gb=0.0001), told)


def test_the_only_pickles_are_an_engines_own_checkpoints() -> None:
    """Those of audiocraft, which opens them without running anything, by name, all or none; nobody else's, and no other beside them."""
    rows = [row for row in catalog().values() if row.engine.startswith("engines.music.audiocraft:AudioCraft")]
    assert len(rows) == 4 and all(weights.brought(row) for row in rows)
    mine = weights.checkpoints(rows[0])
    pinned, names = Weights(repo="a/b", revision=COMMIT, files=mine), ["config.json", *mine, "pytorch_model.bin", "unet/state_dict.bin"]
    assert {file.name for file in belonging(pinned, listing(*names), mine)} == {"config.json", *mine}
    with pytest.raises(ModelNotReady, match="There is no compression_state_dict.bin for it"):
        belonging(pinned, listing("config.json", "state_dict.bin"), mine)
    other = rows[0].model_copy(update={"engine": "engines.image.diffusers:Diffusers"})
    assert not weights.brought(other) and weights.checkpoints(other) == []


STRANGE = ["http://cdn.example.com/x", "https://127.0.0.1/x", "https://10.0.0.8/x", "https://metadata/x", "file:///etc/passwd"]
STRANGE += ["https://a:b@example.com/", ""]


@pytest.mark.parametrize("there", ["https://cdn.example.com/x?sign=1", "/other/resolve/x", *STRANGE])
def test_where_a_hub_may_send_a_download(there: str) -> None:
    """Nowhere without encryption, and never into one's own network."""
    hub = Hub("https://hub.example.com", None)
    try:
        found = hub._next(httpx.URL("https://hub.example.com/a/b"), there)
    except ModelNotReady:
        assert there in STRANGE
    else:
        assert there not in STRANGE and found.scheme == "https"
