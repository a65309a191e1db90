"""How a loaded pipeline runs faster or in less memory, as the options of a row say: weights in fewer bits, kernels of attention, compiled
blocks, caches between steps. What changes the picture is told of.
"""

import functools
import importlib
import importlib.util
from pathlib import Path
from typing import Any

import yaml

from engines.device import Place
from engines.errors import ModelNotReady
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


def lacking(options: dict[str, Any]) -> str:
    """Which package the options of a row need that is not installed; empty if none."""
    if not options.get("quantise"):
        return ""
    package = str(_named("quantisers", options["quantise"])["package"])
    try:
        there = importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        there = False
    wheel = package.replace(".", "-")
    return "" if there else f"the package {package} for its quantised weights; `pip install {wheel}`, or leave quantise out"


def quantised(options: dict[str, Any], part: str, place: Place) -> dict[str, Any]:
    """Further arguments for loading a part, where the row keeps the denoiser's weights in fewer bits."""
    if not options.get("quantise") or part not in DENOISERS:
        return {}
    settings = _named("quantisers", options["quantise"]) | {}
    settings.pop("package")
    if settings.get("load_in_4bit"):
        settings["bnb_4bit_compute_dtype"] = place.dtype
    return {"quantization_config": _made(settings)}


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
    if options.get("quantise"):
        said.append(f"The model's weights are kept as {options['quantise']}, which changes pictures a little.")
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
