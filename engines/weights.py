"""Finds a model's weights on the disk and looks whether they are whole and safe, without any heavy library.

They lie in the models folder (one folder per model) or in the Hugging Face cache under their pinned commit. Only
safetensors are read: a pickle can run code when it is opened. Nothing here ever goes to the network.
"""

import functools
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from config import ModelRow, settings
from engines import gguf
from engines.errors import ModelNotReady

PICKLES = {".bin", ".ckpt", ".pt", ".pth", ".pkl", ".msgpack"}
CHECKPOINTS = {"engines.music.audiocraft:AudioCraft": ("state_dict.bin", "compression_state_dict.bin")}
"""The only pickles that are brought and read, by engine: those that it opens with `weights_only`, which runs nothing in them."""
HEADER_MOST = 100_000_000
BYTES = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2}
FLOATS = {"F64", "F32", "F16", "BF16"}
WEIGHTLESS = ("Tokenizer", "Scheduler", "Extractor", "Processor")
OWN = ("stable_diffusion", "diffusers.", "shap_e", "stable_audio", "ace_step")
"""How the parts of pipelines that diffusers itself brings are called in an index."""
DENOISERS = ("transformer", "unet")
"""Parts that a GGUF file may hold."""
TWINS = {"shap_e_renderer": "renderer"}
"""Parts whose safetensors lie in a folder of another name, beside a pickle in their own."""
INDEX, CONFIG = "model_index.json", "config.json"
SETTINGS = "--include '*.json' --include '*.txt' --include '*.model' --include '*.jinja'"


@dataclass(frozen=True)
class Part:
    """One component of a pipeline: its folder's name, the library and class that read it, how many numbers it holds."""

    name: str
    library: str
    kind: str
    parameters: int = 0
    variant: str = ""
    held: int = 0
    """Bytes that do not change with the dtype: whole numbers and quantised weights."""
    folder: str = ""
    """Where it lies, if not in a folder of its name."""
    gguf: str = ""
    """The GGUF file of the model's folder that holds its weights, if one does."""

    def bytes(self, width: int) -> int:
        """Its size in memory when a number takes `width` bytes."""
        return self.parameters * width + self.held


@dataclass(frozen=True)
class Model:
    """A model folder that was looked through: its class, of a pipeline or a single model, and its components."""

    folder: Path
    kind: str
    parts: list[Part] = field(default_factory=list)

    @property
    def parameters(self) -> int:
        """How many numbers there are in all."""
        return sum(part.parameters for part in self.parts)

    def bytes(self, width: int) -> int:
        """The size of all parts in memory when a number takes `width` bytes."""
        return sum(part.bytes(width) for part in self.parts)

    def largest(self, width: int) -> int:
        """The size of the largest part."""
        return max((part.bytes(width) for part in self.parts), default=0)


def home() -> Path:
    """The folder in which weights lie, one folder per model."""
    return settings().models_folder or settings().home / "models"


def cache() -> Path:
    """The Hugging Face cache, where its own tools put it."""
    base = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or base / "hub")


def find(row: ModelRow) -> Path | None:
    """The folder with a row's weights, or None if they are not here."""
    weights = row.weights
    if weights is None:
        return None
    places = [home() / (weights.folder or row.name)]
    if weights.repo:
        there = cache() / f"models--{weights.repo.replace('/', '--')}"
        places.append(there / "snapshots" / (weights.revision or _downloaded(there)))
    return next((place for place in places if place.is_dir()), None)


def _downloaded(there: Path) -> str:
    """The commit that was downloaded last of a repository whose row pins none."""
    try:
        commit = (there / "refs" / "main").read_text().strip()
    except OSError:
        return "-"
    return commit if commit.isalnum() else "-"


def how_to_get(row: ModelRow) -> str:
    """What a person does to have a row's weights here."""
    weights, place = row.weights, Path("the models folder") if settings().public else home()  # visitors learn nothing of this machine
    if weights is None or not weights.repo:
        return f"put its folder into {place} as {row.weights.folder if row.weights else row.name}"
    pin = f" --revision {weights.revision}" if weights.revision else ""
    size = f" ({weights.gb:g} GB)" if weights.gb else ""
    asked = f"agree to its terms at https://huggingface.co/{weights.repo}, then set HF_TOKEN and " if weights.gated else ""
    files = f"--include '*/*.{weights.variant}*.safetensors'" if weights.variant else "--include '*/*.safetensors' --exclude '*.fp16*'"
    if weights.files:
        files = " ".join(f"--include '{pattern}'" for pattern in weights.files)
    tab = "" if row.hidden else " in the Studio tab,"
    ours = f"{tab} with `python app.py download_model --model {row.name}`, or with" if brought(row) else " with"
    into = "" if pin else f" --local-dir '{place / (weights.folder or row.name)}'"  # without a commit the cache is not looked into
    return f"{asked}get its weights{size}{ours} `hf download {weights.repo}{pin} {SETTINGS} {files}{into}`"


def brought(row: ModelRow) -> bool:
    """Whether the studio brings them itself: from a repository, and no pickles but an engine's own checkpoints."""
    weights = row.weights
    if weights is None or not weights.repo:
        return False
    return not weights.files or any(name in checkpoints(row) or name.endswith((".safetensors", "*")) for name in weights.files)


def checkpoints(row: ModelRow) -> list[str]:
    """The pickles that belong to a row, by their exact names."""
    known = CHECKPOINTS.get(row.engine, ())
    return [name for name in row.weights.files if name in known] if row.weights else []


def look(row: ModelRow) -> Model:
    """The row's weights, looked through. Raises ModelNotReady if they are missing, broken, cut off, or pickles."""
    folder = find(row)
    if folder is None:
        raise ModelNotReady(f"its weights are not here; {how_to_get(row)}")
    try:
        return _look(folder, *((row.weights.variant, row.weights.gguf) if row.weights else ("", "")), _stamp(folder))
    except OSError as error:
        raise ModelNotReady(f"its folder cannot be read ({error.strerror}); see that the studio may read {folder.name}") from error


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes when the folder does: names, sizes and times of its files."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            about = path.stat()
            found.append((str(path.relative_to(folder)), about.st_size, about.st_mtime_ns))
    return tuple(found)


@functools.lru_cache(64)
def _look(folder: Path, variant: str, few: str, stamp: tuple[tuple[str, int, int], ...]) -> Model:
    if (folder / CONFIG).is_file() and not (folder / INDEX).is_file():
        return _single(folder, variant)
    index = _json(folder / INDEX)
    kind = index.get("_class_name")
    if not isinstance(kind, str):
        raise ModelNotReady(f"its {INDEX} names no pipeline; download it again")
    parts = []
    for name, value in index.items():
        if name.startswith("_") or not isinstance(value, list) or len(value) != 2 or value[0] is None:
            continue
        library, reader = map(str, value)
        if library not in ("diffusers", "transformers") and not library.startswith(OWN):
            raise ModelNotReady(f"its part {name} needs code of its own ({library}), which is never run; choose another model")
        if few and name in DENOISERS:
            parts.append(_few(folder, name, library, reader, few))
            continue
        twin = TWINS.get(name, "")
        if not (folder / twin).is_dir() or _files(folder / name, variant):
            twin = ""
        parts.append(replace(_part(folder / (twin or name), library, reader, variant), name=name, folder=twin))
    return Model(folder, kind, parts)


def _few(folder: Path, name: str, library: str, reader: str, file: str) -> Part:
    """A denoiser whose settings lie in its folder and whose weights are a GGUF file."""
    if not (folder / file).is_file():
        raise ModelNotReady(f"{file} is missing in its folder; put it there, or leave gguf out of its row")
    if not (folder / name / CONFIG).is_file():
        raise ModelNotReady(f"{name}/{CONFIG} is missing, which tells how the denoiser in {file} is built; download it again")
    return Part(name, library, reader, held=gguf.measure(folder / file), gguf=file)


def _single(folder: Path, variant: str) -> Model:
    """A model of transformers in a folder of its own: its configuration names the class, its weights lie beside it."""
    config = _json(folder / CONFIG)
    kinds = config.get("architectures")
    kind = kinds[0] if isinstance(kinds, list) and kinds else config.get("model_type")
    if not isinstance(kind, str):
        raise ModelNotReady(f"its {CONFIG} names no model; download it again")
    return Model(folder, kind, [_part(folder, "transformers", kind, variant)])


def _part(folder: Path, library: str, reader: str, variant: str) -> Part:
    """A component's size from the headers of its files."""
    name = folder.name
    if not folder.is_dir():
        raise ModelNotReady(f"its part {name} is missing; download it again")
    files, used = _files(folder, variant), variant
    if not files:
        files, used = _files(folder, ""), ""
    if not files:
        if any(path.suffix in PICKLES for path in folder.iterdir()):
            raise ModelNotReady(f"its part {name} is a pickle, which can run code; get a version with .safetensors files")
        if not any(word in reader for word in WEIGHTLESS):
            raise ModelNotReady(f"the weights of its part {name} are missing; download it again")
        return Part(name, library, reader)
    parameters = held = 0
    for path in files:
        numbers, rest = _measure(path)
        parameters, held = parameters + numbers, held + rest
    return Part(name, library, reader, parameters, used, held)


def _files(folder: Path, variant: str) -> list[Path]:
    """The safetensors that make up a component in a variant (fp16, or none): those its index names, else the one there is."""
    mark = f".{variant}" if variant else ""
    for index in sorted(folder.glob(f"*.safetensors.index{mark}.json")):
        names = sorted({Path(name).name for name in _json(index).get("weight_map", {}).values()})
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise ModelNotReady(f"{folder.name}/{missing[0]} is missing; download it again")
        return [folder / name for name in names]
    return [path for path in sorted(folder.glob(f"*{mark}.safetensors")) if path.name.count(".") == (2 if variant else 1)]


def parts_of(model: Model) -> tuple[Path, ...]:
    """The files with the weights of all parts."""
    found = []
    for part in model.parts:
        if part.parameters or part.held:
            found += _files(model.folder / part.name, part.variant)
    return tuple(found)


def tensors(path: Path) -> dict[str, tuple[str, list[int], int, int]]:
    """What a safetensors file holds, from its header alone: dtype, shape, and from which byte to which, by name; checked to be whole."""
    size, name = path.stat().st_size, f"{path.parent.name}/{path.name}"
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or not 2 <= length <= min(HEADER_MOST, size - 8):
            raise ModelNotReady(f"{name} is not a safetensors file, or is cut off; download it again")
        try:
            header = json.loads(file.read(length))
            found = {key: _tensor(entry) for key, entry in header.items() if key != "__metadata__"}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelNotReady(f"{name} is broken; download it again") from error
    whole = 8 + length + max((end for *_, end in found.values()), default=0)
    if size < whole:
        raise ModelNotReady(f"{name} is cut off: {size:,} of {whole:,} bytes are here; download it again")
    return found


def _tensor(entry: Any) -> tuple[str, list[int], int, int]:
    start, end = entry["data_offsets"]
    return str(entry["dtype"]), [int(side) for side in entry["shape"]], int(start), int(end)


def _measure(path: Path) -> tuple[int, int]:
    """How many floating-point numbers a file holds, and the bytes of everything else."""
    held = tensors(path).values()
    numbers = sum((end - start) // BYTES[dtype] for dtype, _, start, end in held if dtype in FLOATS)
    return numbers, sum(end - start for dtype, _, start, end in held if dtype not in FLOATS)


def _json(path: Path) -> dict[str, Any]:
    """A JSON object from a file of the model."""
    if not path.is_file():
        or_else = f" (and there is no {CONFIG}, as a single model has)" if path.name == INDEX else ""
        raise ModelNotReady(f"its {path.name} is missing{or_else}; download it again")
    try:
        found = json.loads(path.read_text("utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise ModelNotReady(f"its {path.name} is broken; download it again") from error
    if not isinstance(found, dict):
        raise ModelNotReady(f"its {path.name} is broken; download it again")
    return found
