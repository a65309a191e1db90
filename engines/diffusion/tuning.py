"""How a loaded pipeline runs faster or in less memory, as the options of a row say: weights in fewer bits, kernels of attention, compiled
blocks, caches between steps. What changes the picture is told of.
"""

import functools
import importlib
import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from config.catalog import Weights
from engines.device import Place
from engines.errors import ModelNotReady
from engines.weights import Model, Part
from engines.words import nearest

HERE = Path(__file__).parent
DENOISERS = ("transformer", "transformer_2", "unet")


@functools.lru_cache(1)
def _table() -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load((HERE / "tuning.yaml").read_text("utf-8"))
    return found


def denoisers(pipe: Any) -> list[Any]:
    """The parts of a pipeline that do the work of every step."""
    return [part for name in DENOISERS if (part := getattr(pipe, name, None)) is not None]


def lacking(options: dict[str, Any], weights: Weights | None = None) -> str:
    """Which package a row needs that is not installed; empty if none. Where `quantise` is a list, what is installed of it is taken."""
    if weights is not None and weights.gguf and not _there("gguf"):
        return "the package gguf for its denoiser; `pip install gguf`, or leave gguf out of its row"
    wanted = options.get("quantise")
    for name in wanted if isinstance(wanted, list) else [wanted] * bool(wanted):
        package = _absent(name)
        if not isinstance(wanted, list) and package:
            wheel = package.replace(".", "-")
            return f"the package {package} for its quantised weights; `pip install {wheel}`, or leave quantise out"
    return ""


def _absent(name: Any) -> str:
    """The first package that a quantiser needs and that is not installed; empty if none."""
    settings = _named("quantisers", name)
    needed = [str(settings[key]) for key in ("package", "beside") if key in settings]
    return next((package for package in needed if not _there(package)), "")


def _there(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def quantiser(options: dict[str, Any]) -> str:
    """In which way the denoiser's weights are kept in fewer bits; empty for in full."""
    wanted = options.get("quantise") or []
    names = wanted if isinstance(wanted, list) else [wanted]
    return next((str(name) for name in names if not _absent(name)), "")


def as_kept(model: Model, options: dict[str, Any]) -> Model:
    """The model in the size it will have: its denoiser's weights in fewer bits, where the row says so."""
    name = quantiser(options)
    if not name:
        return model
    share = _named("quantisers", name)["bits"] / 8

    def few(part: Part) -> Part:
        return replace(part, parameters=0, held=part.held + int(part.parameters * share))

    return replace(model, parts=[few(part) if part.name in DENOISERS else part for part in model.parts])


def quantised(options: dict[str, Any], part: str, place: Place) -> dict[str, Any]:
    """Further arguments for loading a part, where the row keeps the denoiser's weights in fewer bits."""
    name = quantiser(options)
    if not name or part not in DENOISERS:
        return {}
    settings = _named("quantisers", name)
    package = settings.pop("package")
    settings = {key: value for key, value in settings.items() if key not in ("beside", "bits")}
    if settings.get("load_in_4bit"):
        settings["bnb_4bit_compute_dtype"] = place.dtype
    if kind := settings.pop("kind", ""):
        settings["quant_type"] = getattr(importlib.import_module(f"{package}.quantization"), kind)()
    return {"quantization_config": _made(settings)}


def unpacked(place: Place) -> dict[str, Any]:
    """Further arguments for loading a GGUF file: its numbers are worked with in the place's own dtype."""
    return {"quantization_config": _made({"class": "GGUFQuantizationConfig", "compute_dtype": place.dtype})}


def cast(pipe: Any, place: Place) -> None:
    """Keep the denoiser's weights in eight bits and work with them in the place's own dtype."""
    import torch

    for part in denoisers(pipe):
        if not any(weight.dtype == torch.float8_e4m3fn for weight in part.parameters()):
            part.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=place.dtype)


def tune(pipe: Any, options: dict[str, Any], place: Place) -> None:
    """Kernels of attention and compiled blocks, where there is a GPU; a cache anywhere. Raises ModelNotReady for what does not fit."""
    for part in denoisers(pipe):
        if options.get("cache"):
            name, own = _cache(options)
            _guarded("cache", name, part, "enable_cache", _made(_named("caches", name) | own))
        if place.kind == "cpu" and options.get("compile") != "always":
            continue
        if options.get("attention"):
            _guarded("attention", options["attention"], part, "set_attention_backend", options["attention"])
        if options.get("compile"):
            _guarded("compile", options["compile"], part, "compile_repeated_blocks")


def notes(options: dict[str, Any], strategy: str) -> list[str]:
    """What of this changes the picture, in words."""
    said = []
    if options.get("cache"):
        said.append(f"Made with the cache {_cache(options)[0]}: quicker, and not quite the picture that all steps in full would give.")
    if name := quantiser(options):
        said.append(f"The model's weights are kept as {name}, which changes pictures a little.")
    elif options.get("quantise"):
        said.append(f"None of {', '.join(options['quantise'])} is installed here; the model's weights are kept in full.")
    if strategy == "fp8":
        said.append("The model's weights are kept in 8 bits to fit the memory, which changes pictures a little.")
    return said


def _cache(options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A cache by its name alone, or as {name: settings of its own}."""
    given = options["cache"]
    return next(iter(given.items())) if isinstance(given, dict) else (str(given), {})


def _named(table: str, name: Any) -> dict[str, Any]:
    known = _table()[table]
    if name not in known:
        raise ModelNotReady(f"its row names {name!r} among the {table}, which there is not{nearest(str(name), known)}")
    return dict(known[name])


def _made(settings: dict[str, Any]) -> Any:
    import diffusers

    return getattr(diffusers, settings.pop("class"))(**settings)


def _guarded(option: str, value: Any, part: Any, method: str, *given: Any) -> None:
    """Call a method of the denoiser; whatever it cannot do, in words that name the option."""
    try:
        getattr(part, method)(*given)
    except Exception as error:
        said = str(error).strip().splitlines()
        what = said[0][:160] if said else type(error).__name__
        hint = "leave it out in models.yaml"
        raise ModelNotReady(f"its row asks for {option}: {value}, which does not work here ({what}); {hint}") from error
