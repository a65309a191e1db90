"""Loads a pipeline part by part, so that loading can be watched and stopped, and puts it where the ladder says."""

import inspect
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from engines import device
from engines.device import Ladder, Place
from engines.diffusion import schedulers, tuning
from engines.errors import ModelNotReady, OutOfMemory, StudioError
from engines.language import sight
from engines.weights import Model, Part

Tell = Callable[[float, str], None]
NAMES = {"unet": "the denoiser", "transformer": "the denoiser", "vae": "the decoder", "text_encoder": "the text encoder"}


def load(
    model: Model, kind: str, place: Place, tell: Tell, options: dict[str, Any] | None = None, given: dict[str, Any] | None = None
) -> Any:
    """The pipeline `kind` of a model, still in the main memory; `tell` hears of every part and may raise to stop.

    options: those of the row, for weights in fewer bits. given: parts that are made already and are not read.

    Raises ModelNotReady for files that do not fit together, OutOfMemory when the main memory does not hold it.
    """
    import diffusers
    import transformers

    _hush(diffusers, transformers)
    makers = {part.name: sight.PROCESSORS[part.kind] for part in model.parts if part.kind in sight.PROCESSORS}
    given = (given or {}) | {name: _guarded(f"the {name}", maker, model.folder / name) for name, maker in makers.items()}
    loaded: dict[str, Any] = dict.fromkeys(given)
    whole, done = max(1, model.bytes(place.width)), 0
    shelves = {"diffusers": diffusers, "transformers": transformers, "stable_diffusion": diffusers.pipelines.stable_diffusion}
    shelves |= {name: getattr(diffusers.pipelines, name) for name in ("shap_e", "stable_audio", "ace_step")}
    for part in model.parts:
        if (part.parameters or part.gguf) and part.library in shelves:
            tell(done / whole, f"Loading {_called(part)}")
            more = {} if part.gguf else tuning.quantised(options or {}, part.name, place)
            loaded[part.name] = _guarded(_called(part), _part, model, part, shelves[part.library], place, **more)
            done += part.bytes(place.width)
    tell(done / whole, "Putting the model together")
    maker = getattr(diffusers, kind).from_pretrained
    pipe = _guarded("the pipeline", maker, model.folder, local_files_only=True, use_safetensors=True, dtype=place.dtype, **loaded)
    pipe.register_modules(**given)
    if sight.reader in makers.values():
        sight.places(pipe.text_encoder)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def _part(model: Model, part: Part, shelf: Any, place: Place, **more: Any) -> Any:
    reader = getattr(shelf, part.kind, None)
    if reader is None:
        raise ModelNotReady(f"this version of {part.library} has no {part.kind}; update it with `make models`")
    if part.gguf:
        how = {"config": str(model.folder), "subfolder": part.name, "local_files_only": True, "torch_dtype": place.dtype}
        return reader.from_single_file(str(model.folder / part.gguf), **how, **tuning.unpacked(place))
    options = more | ({"variant": part.variant} if part.variant else {})
    folder = model.folder / (part.folder or part.name)
    return reader.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=place.dtype, **options)


def _guarded(what: str, work: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """What some work returns; anything it raises in the person's words."""
    try:
        return work(*given, **named)
    except StudioError:
        raise
    except Exception as error:
        if device.full(error):
            raise OutOfMemory("The main memory is too small for this model; close other programs or choose a smaller one.") from error
        said = str(error).strip().splitlines()
        detail = said[0][:160] if said else ""
        raise ModelNotReady(f"{what} cannot be loaded ({type(error).__name__}: {detail}); download it again") from error


def arrange(pipe: Any, ladder: Ladder) -> None:
    """Put a pipeline where the ladder says, from wherever it is."""
    place = ladder.place
    place.clear()
    pipe.remove_all_hooks()
    _out_of_groups(pipe)
    if ladder.strategy == "fp8":
        tuning.cast(pipe, place)
    if ladder.strategy in ("full", "fp8"):
        pipe.to(place.kind)
        return
    pipe.to("cpu")
    place.clear()
    if ladder.strategy == "model":
        pipe.enable_model_cpu_offload(device=place.kind)
    else:
        _by_blocks(pipe, place)


def _out_of_groups(pipe: Any) -> None:
    """Undo what `_by_blocks` did; nothing where it did nothing."""
    import torch
    from diffusers.hooks.hooks import HookRegistry

    for part in pipe.components.values():
        if isinstance(part, torch.nn.Module):
            HookRegistry.check_if_exists_or_initialize(part).remove_hook("group_offloading", recurse=True)


def in_tiles(pipe: Any, tiled: bool) -> None:
    """Decode pictures tile by tile and one by one, or in one piece."""
    vae = getattr(pipe, "vae", None)
    for name in ("enable_tiling", "enable_slicing") if tiled else ("disable_tiling", "disable_slicing"):
        if hasattr(vae, name):
            getattr(vae, name)()


def _by_blocks(pipe: Any, place: Place) -> None:
    import torch

    streams = {"use_stream": True, "record_stream": True} if place.kind == "cuda" else {}
    on, off = torch.device(place.kind), torch.device("cpu")
    pipe.enable_group_offload(onload_device=on, offload_device=off, offload_type="leaf_level", **streams)


def controlnet(folder: Path, place: Place) -> Any:
    """A ControlNet from its folder. Raises ModelNotReady for one that cannot be read."""
    import diffusers

    options = {"local_files_only": True, "use_safetensors": True, "dtype": place.dtype}
    if not any(path.name.count(".") == 1 for path in folder.glob("*.safetensors")):
        options["variant"] = "fp16"
    return _guarded("the ControlNet", diffusers.ControlNetModel.from_pretrained, folder, **options)


def another(pipe: Any, kind: str, place: Place, **more: Any) -> Any:
    """The same weights, as they are, as another pipeline class, with further parts that it has and they had not."""
    import diffusers

    pipe.remove_all_hooks()
    maker = getattr(diffusers, kind)
    names, parts = inspect.signature(maker.__init__).parameters, pipe.components
    kept = {name: pipe.config[name] for name in names if name not in parts and name in pipe.config}
    other = maker(**{name: part for name, part in parts.items() if name in names}, **kept, **more)
    other.set_progress_bar_config(disable=True)
    return other


def in_full(pipe: Any, model: Model, names: Collection[str], place: Place) -> None:
    """Read these parts again in float32, where the others have less."""
    import diffusers
    import torch
    import transformers

    parts = [part for part in model.parts if part.name in names] if place.dtype != torch.float32 else []
    for part in parts:
        shelf = diffusers if part.library == "diffusers" else transformers
        setattr(pipe, part.name, _guarded(_called(part), _part, model, part, shelf, Place(place.kind, torch.float32)))


def reschedule(pipe: Any, kind: str, options: dict[str, Any]) -> None:
    """Give a pipeline another scheduler, made from the settings of the one it has. Raises ModelNotReady for an unknown one."""
    pipe.scheduler = schedulers.made(kind, pipe.scheduler, options)


def _called(part: Part) -> str:
    return NAMES.get(part.name.rstrip("_0123456789"), part.name.replace("_", " "))


def _hush(diffusers: Any, transformers: Any) -> None:
    """Their progress bars and advice are not for our logs."""
    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
