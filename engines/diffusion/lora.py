"""LoRAs: small files that teach a model a hand or a thing. Found by name, looked through without torch, and worn while a picture is made.

A LoRA adds up(down(x)) beside layers of the model. It is added by hooks on those layers, so nothing of the model is changed: it goes on
and off in a moment, several go together, and it works with weights that are offloaded or quantised.
"""

import contextlib
import functools
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from engines import weights
from engines.errors import BadRequest, ModelNotReady
from engines.words import nearest

OTHER_KINDS = ("hada_", "lokr_", "dora_scale", "lora_magnitude_vector", "oft_", ".diff")
FOREIGN = re.compile(r"^(input_blocks|middle_block|output_blocks|double_blocks|single_blocks|joint_blocks|layers|blocks)_\d")
"""Names of layers as the models' first authors gave them; diffusers knows how to translate them once the file is read."""
START = re.compile(r"^(lora_(unet|te[12]?|transformer)_|base_model\.model\.|diffusion_model\.|unet\.|transformer\.|text_encoder(_\d)?\.)+")
MARKS = r"(?:(to_[qkv]|to_out)_lora\.|lora_linear_layer\.|lora\.|lora_)"
PAIR = re.compile(rf"^(.*?)\.(?:processor\.)?{MARKS}(A|B|down|up)(?:\.default)?\.weight$")


class Asked(NamedTuple):
    """A LoRA by name, and how strongly it works; 1 is as it was trained, below 0 is its opposite."""

    name: str
    weight: float

    @classmethod
    def read(cls, text: str) -> "Asked":
        """From `name` or `name:weight`."""
        name, _, weight = text.partition(":")
        return cls(name.strip(), float(weight or 1.0))


def folder() -> Path:
    """Where LoRAs lie."""
    return weights.home() / "loras"


def names() -> list[str]:
    """The LoRAs there are."""
    return sorted(path.stem for path in folder().glob("*.safetensors"))


def find(name: str) -> Path:
    """The file of a LoRA. BadRequest for one there is not, with the nearest; ModelNotReady for one that is a pickle."""
    path = folder() / f"{name}.safetensors"
    if path.is_file():
        return path
    if any((folder() / f"{name}{suffix}").is_file() for suffix in weights.PICKLES):
        raise ModelNotReady(f"the LoRA {name} is a pickle, which can run code; get it as .safetensors", fields=["loras"])
    there = names()
    hint = nearest(name, there) if there else f"; put {name}.safetensors into the folder loras of the models folder"
    raise BadRequest(f"there is no LoRA {name}{hint}", fields=["loras"])


def versions(asked: Iterable[Asked]) -> dict[str, str]:
    """Which file exactly each of these LoRAs is: its SHA-256."""
    found = {}
    for name, _ in asked:
        path = find(name)
        found[f"lora {name}"] = _digest(path, path.stat().st_mtime_ns)
    return found


@functools.lru_cache(64)
def _digest(path: Path, changed: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(asked: Iterable[Asked], model: weights.Model) -> None:
    """Refuse LoRAs that are missing, broken, of a kind that is not read, or made for another family than this model's."""
    for name, _ in asked:
        path = find(name)
        try:
            about = path.stat()
            _check(path, model.folder, about.st_mtime_ns, about.st_size, weights.parts_of(model))
        except OSError as error:
            raise ModelNotReady(f"the LoRA {name} cannot be read ({error.strerror}); see that the studio may read it") from error


@functools.lru_cache(64)
def _check(path: Path, model: Path, changed: int, size: int, parts: tuple[Path, ...]) -> None:
    held = weights.tensors(path)
    if any(mark in key for key in held for mark in OTHER_KINDS):
        raise ModelNotReady(f"{path.stem} is a LyCORIS or DoRA file, which is not read; get it as a plain LoRA", fields=["loras"])
    pairs = [(*place, shape) for key, (_, shape, _, _) in held.items() if (place := _end(key)) and len(shape) > 1]
    if not pairs:
        raise ModelNotReady(f"{path.stem} is no LoRA: it holds no pairs of matrices; get another file", fields=["loras"])
    layers = _layers(parts)
    for name, end, shape in pairs:
        layer = _flat(START.sub("", name))
        there, side = layers.get(layer), 1 if end == "down" else 0
        if there[side] != shape[side] if there else not FOREIGN.search(layer):
            raise _other_family(path.stem)


def _end(key: str) -> tuple[str, str] | None:
    """The layer a matrix belongs to, and whether it leads `down` or `up`; None for what is no matrix of a pair."""
    found = PAIR.match(key)
    if found is None:
        return None
    inner = {"to_out": ".to_out.0", None: ""}.get(found[2], f".{found[2]}")
    return f"{found[1]}{inner}", "down" if found[3] in ("A", "down") else "up"


def _flat(name: str) -> str:
    return name.replace(".", "_").removeprefix("text_model_")


@functools.lru_cache(16)
def _layers(parts: tuple[Path, ...]) -> dict[str, list[int]]:
    """The shapes of a model's layers by their flattened names."""
    found = {}
    for path in parts:
        for key, (_, shape, _, _) in weights.tensors(path).items():
            if key.endswith(".weight") and len(shape) > 1:
                found[_flat(key.removesuffix(".weight"))] = shape
    return found


def _other_family(name: str) -> BadRequest:
    hint = "choose a model of its family, or another LoRA"
    return BadRequest(f"the LoRA {name} was made for another family of models; {hint}", fields=["loras"])


@dataclass(frozen=True)
class Layer:
    """One layer's share of a LoRA: the layer, the two matrices, and their scale."""

    module: Any
    down: Any
    up: Any
    scale: float

    def worn(self, weight: float) -> Any:
        """A hook that adds it to what the layer gives."""
        from torch.nn import functional

        scale = self.scale * weight

        def hook(module: Any, given: tuple[Any, ...], out: Any) -> Any:
            x = given[0]
            down, up = (each.to(device=x.device, dtype=x.dtype) for each in (self.down, self.up))
            if down.dim() == 4:
                inner = functional.conv2d(x, down, stride=module.stride, padding=module.padding, dilation=module.dilation)
                return out + functional.conv2d(inner, up) * scale
            return out + functional.linear(functional.linear(x, down), up) * scale

        return self.module.register_forward_hook(hook)


class Wardrobe:
    """The LoRAs that one loaded model has read."""

    def __init__(self) -> None:
        self._read: dict[tuple[Path, int], list[Layer]] = {}

    @contextlib.contextmanager
    def worn(self, pipe: Any, asked: Iterable[Asked]) -> Iterator[None]:
        """The pipeline wears these for as long as the block lasts. BadRequest for one of another family."""
        handles: list[Any] = []
        try:
            for name, weight in asked:
                handles += [layer.worn(weight) for layer in self._layers(pipe, name)]
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _layers(self, pipe: Any, name: str) -> list[Layer]:
        path = find(name)
        key = (path, path.stat().st_mtime_ns)
        if key not in self._read:
            self._read[key] = _fitted(pipe, path)
        return self._read[key]


def _fitted(pipe: Any, path: Path) -> list[Layer]:
    """A LoRA's matrices beside the layers of a pipeline; diffusers translates the names of other tools."""
    state, alphas = _state(pipe, path)
    ends: dict[tuple[str, str], Any] = {}
    for key, tensor in state.items():
        if place := _end(key):
            ends[place] = tensor
    layers = []
    for name, end in ends:
        if end == "down" and (name, "up") in ends:
            layer = _beside(_module(pipe, name), ends[name, "down"], ends[name, "up"])
            if layer is None:
                raise _other_family(path.stem)
            layers.append(replace(layer, scale=alphas.get(name, len(layer.down)) / len(layer.down)))
    if not layers:
        raise _other_family(path.stem)
    return layers


def _state(pipe: Any, path: Path) -> tuple[dict[str, Any], dict[str, float]]:
    """The matrices by names of diffusers, and the alphas by layer."""
    from safetensors.torch import load_file

    if not hasattr(pipe, "lora_state_dict"):
        raise BadRequest("this model takes no LoRAs; leave loras out", fields=["loras"])
    options = {"return_alphas": True} | ({"unet_config": pipe.unet.config} if hasattr(pipe, "unet") else {})
    try:
        given = pipe.lora_state_dict(load_file(path), **options)
    except Exception as error:  # whatever the translation stumbled on
        said = str(error).strip().splitlines()
        what = said[0][:120] if said else type(error).__name__
        raise ModelNotReady(f"the LoRA {path.stem} cannot be read ({what}); get another file") from error
    state, alphas = (given[0], given[1] or {}) if isinstance(given, tuple) else (given, {})
    found = {}
    for key, value in [*state.items(), *alphas.items()]:
        if key.endswith(".alpha"):
            place = _end(key.removesuffix(".alpha"))
            found[place[0] if place else key.removesuffix(".alpha").removesuffix(".lora")] = float(value)
    return state, found


def _module(pipe: Any, name: str) -> Any:
    """The layer of this name; text encoders once had a wrapper, and other names in LoRAs. None if there is none."""
    part, _, inner = name.partition(".")
    if part.startswith("text_encoder"):
        inner = re.sub(r"\.to_(q|k|v|out)(\.0)?$", r".\1_proj", inner)
    whole: Any = getattr(pipe, part, None)
    for path in (inner, inner.removeprefix("text_model."), f"text_model.{inner}"):
        with contextlib.suppress(AttributeError):
            return whole.get_submodule(path)
    return None


def _beside(module: Any, down: Any, up: Any) -> Layer | None:
    """The matrices in the shape that a layer works in; None where they do not belong to it."""
    if hasattr(module, "in_features"):
        own, down, up = (module.in_features, module.out_features), down.flatten(1), up.flatten(1)
    elif hasattr(module, "in_channels"):
        own = (module.in_channels, module.out_channels)
        down, up = (each if each.dim() == 4 else each[:, :, None, None] for each in (down, up))
    else:
        return None
    return Layer(module, down, up, 1.0) if own == (down.shape[1], up.shape[0]) and len(down) == up.shape[1] else None
