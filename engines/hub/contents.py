"""Which files of a repository belong to a model. All of it is what a server says: names, sizes and sums are looked at before use."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from config.catalog import Weights
from engines.errors import ModelNotReady
from engines.weights import INDEX, PICKLES

WEIGHTS = ".safetensors"
SETTINGS = (".json", ".txt", ".model", ".jinja")
SETTINGS_MOST = 128 << 20
FILES_MOST, LENGTH_MOST = 2000, 240
FREE_MOST = 500_000_000_000
"""Bytes of a model whose row does not say how large it is."""
PART = re.compile(r"[\w+@=-][\w .+@=,-]*", re.ASCII)
SHA256, SHA1 = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class File:
    """A file of a model: its name with forward slashes, its bytes, and the sum by which it is known (SHA-256, or that of a Git blob)."""

    name: str
    size: int
    sha256: str = ""
    blob: str = ""


def belonging(weights: Weights, told: Any, checkpoints: Sequence[str] = ()) -> list[File]:
    """The files to download, settings first. ModelNotReady if what the hub tells is not to be trusted or does not fit the row.

    checkpoints: pickles that are taken too, all of them, because its engine runs nothing in them.
    """
    siblings = told.get("siblings") if isinstance(told, dict) else None
    if not isinstance(siblings, list):
        raise ModelNotReady("The hub does not tell what is in that repository; check STUDIO_HUB and the row.")
    listed = {str(each.get("rfilename")): each for each in siblings[: 50 * FILES_MOST] if isinstance(each, dict)}
    names = [name for name in listed if name.endswith(SETTINGS) and (safe(name) or leaves(name))] + sorted(chosen(weights, listed))
    names += [name for name in checkpoints if name in listed]
    for name in names:
        if not safe(name) or any(name.startswith(f"{other}/") for other in names):
            raise ModelNotReady(f"The hub lists a file with a name that is not taken ({name[:80]!r}); nothing was downloaded.")
    if len(names) > FILES_MOST:
        raise ModelNotReady(f"The hub lists {len(names)} files for one model; that is no model of ours.")
    files = [_file(name, listed[name]) for name in names]
    if checkpoints and not {*checkpoints} <= {*names}:
        raise ModelNotReady(f"There is no {' and '.join({*checkpoints} - {*names})} for it at the pinned revision; correct its row.")
    if not checkpoints and not any(file.name.endswith(WEIGHTS) for file in files):
        raise ModelNotReady(_unsafe(listed))
    _sized(weights, files)
    return files


def _unsafe(listed: Iterable[str]) -> str:
    """Why a repository without safetensors for a row is of no use."""
    endings = {name[name.rfind(".") :] for name in listed if "." in name}
    if WEIGHTS not in endings and endings & PICKLES:
        return "It holds pickles only, which can run code and are not brought; choose another model, or a copy as .safetensors."
    return "There are no .safetensors files for it at the pinned revision; its row may name another variant."


def chosen(weights: Weights, names: Iterable[str]) -> list[str]:
    """The safetensors of a row: by its patterns, else one set of files per folder of a pipeline, in its variant where there is one."""
    found, listed = [name for name in names if name.endswith(WEIGHTS)], set(names)
    if weights.files:
        return [name for name in found if any(fnmatchcase(name, pattern) for pattern in weights.files)]
    folders: dict[str, list[str]] = {}
    for name in found:
        folders.setdefault(name.rpartition("/")[0], []).append(name)
    if INDEX in listed:
        folders.pop("", None)  # a whole checkpoint beside the parts it consists of
    taken = []
    for files in folders.values():
        marked = [name for name in files if weights.variant and f".{weights.variant}" in name.rpartition("/")[2]]
        taken += marked or [name for name in files if name.rpartition("/")[2].count(".") == 1]
    return taken


def safe(name: str) -> bool:
    """Whether a name stays within the model's folder on every system, and hides nothing."""
    parts = name.split("/")
    return len(name) <= LENGTH_MOST and len(parts) <= 6 and all(PART.fullmatch(part) and part[-1] not in " ." for part in parts)


def leaves(name: str) -> bool:
    """Whether a name would lead out of the folder it is put into; no honest hub lists one."""
    return name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in name.split("/")


def _file(name: str, about: dict[str, Any]) -> File:
    held = about.get("lfs")
    large: dict[str, Any] = held if isinstance(held, dict) else {}
    size = large.get("size", about.get("size"))
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ModelNotReady(f"The hub does not say how large {name} is; nothing was downloaded.")
    sha256, blob = str(large.get("sha256", "")), "" if large else str(about.get("blobId", ""))
    if not SHA256.fullmatch(sha256) and not SHA1.fullmatch(blob):
        raise ModelNotReady(f"The hub gives no checksum for {name}; nothing was downloaded.")
    return File(name, size, sha256, blob)


def _sized(weights: Weights, files: list[File]) -> None:
    """Within what the row says; nobody fills a disk by listing more."""
    for file in files:
        if file.name.endswith(SETTINGS) and file.size > SETTINGS_MOST:
            raise ModelNotReady(f"{file.name} would be {file.size >> 20} MB, which no settings are; nothing was downloaded.")
    total = sum(file.size for file in files)
    most = int(weights.gb * 1.5e9 + 1e9) if weights.gb else FREE_MOST
    if total > most:
        raise ModelNotReady(f"The hub lists {total / 1e9:.1f} GB for it, its row says {weights.gb:g} GB; check the row in models.yaml.")
