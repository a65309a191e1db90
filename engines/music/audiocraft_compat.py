"""Makes audiocraft 1.3.0 importable beside a modern torch, without the packages it names and does not need to play: xformers, spacy,
torchaudio, librosa, flashy, demucs, dora and hydra.

While it is imported, bare stand-ins answer for those that are missing. They go again, because other libraries ask whether torchaudio is
there; only that of xformers stays, as audiocraft asks for it anew whenever a model is built. Packages that are there are used.
"""

import contextlib
import importlib
import importlib.machinery
import importlib.util
import re
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engines.music import chroma
from engines.music.dice import Dice

STAYS = "xformers"
TRAINING = ("audiocraft.solvers", "audiocraft.solvers.compression")
"""Its own rooms that only training needs, and that would bring in everything else."""


def models() -> Any:
    """The module audiocraft.models."""
    import torch  # noqa: F401 - before the stand-ins, as what they lack is looked for once
    import transformers  # noqa: F401

    with warnings.catch_warnings(), standing_in():
        warnings.simplefilter("ignore")
        return importlib.import_module("audiocraft.models")


@contextlib.contextmanager
def standing_in(only: str = "") -> Iterator[None]:
    """While this lasts, every package that audiocraft names can be imported, or the one that is named here."""
    lacking = {name: contents for name, contents in _stand_ins().items() if name.startswith(only) and not _there(name)}
    added = [_put(name, contents) for name, contents in lacking.items()]
    try:
        yield
    finally:
        for name in added:
            if name.split(".")[0] != STAYS:
                del sys.modules[name]


@contextlib.contextmanager
def reading_words_from(folder: Path) -> Iterator[None]:
    """While this lasts, whatever text encoder audiocraft asks for by name is the one in the folder; nothing goes to the network."""
    room = importlib.import_module("audiocraft.modules.conditioners")
    usual = room.T5Tokenizer, room.T5EncoderModel
    room.T5Tokenizer = _Local(usual[0], folder)  # type: ignore[attr-defined]
    room.T5EncoderModel = _Local(usual[1], folder, use_safetensors=True)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        room.T5Tokenizer, room.T5EncoderModel = usual  # type: ignore[attr-defined]


@contextlib.contextmanager
def drawn_by(dice: Dice) -> Iterator[None]:
    """While this lasts, its tokens are drawn by these dice."""
    room = importlib.import_module("audiocraft.utils.utils")
    usual = room.sample_top_k
    room.sample_top_k = lambda probs, k: dice.pick(probs, k)[..., None]  # type: ignore[attr-defined]
    try:
        yield
    finally:
        room.sample_top_k = usual  # type: ignore[attr-defined]


class _Local:
    """A class of transformers that reads from one folder, whatever name it is given."""

    def __init__(self, kind: Any, folder: Path, **options: Any) -> None:
        self.kind, self.folder, self.options = kind, folder, options

    def from_pretrained(self, name: str) -> Any:
        """The one in the folder."""
        return self.kind.from_pretrained(self.folder, local_files_only=True, **self.options)


class _Whole:
    """Stands for the separator of voices and drums: the recording is heard as a whole."""

    sources = ("drums", "bass", "other", "vocals")

    def to(self, device: Any) -> "_Whole":
        """It has nothing to move."""
        return self


def hear_as_a_whole(conditioner: Any) -> None:
    """Let a melody conditioner take the recording as it is, where audiocraft would separate it first."""
    conditioner._get_stemmed_wav = lambda sound, rate: sound.mean(1, keepdim=True)


def _there(name: str) -> bool:
    """Whether a module needs no stand-in: its package is installed, or one stands in already."""
    return name in sys.modules or (name not in TRAINING and importlib.util.find_spec(name.split(".")[0]) is not None)


def _put(name: str, contents: dict[str, Any]) -> str:
    """Make a module of some contents importable; its name."""
    module: Any = types.ModuleType(name)
    module.__dict__.update(contents)
    module.__path__, module.__spec__ = [], importlib.machinery.ModuleSpec(name, None, is_package=True)
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], child, module)
    return name


def _nothing(*_: Any, **__: Any) -> None:
    """What there is only one process for."""


def _stand_ins() -> dict[str, dict[str, Any]]:
    """The names that audiocraft takes from each package."""
    return {
        "xformers": {"__version__": "0"},
        "xformers.ops": _attention(),
        "spacy": {"load": lambda name: lambda text: [types.SimpleNamespace(text=word) for word in re.findall(r"\w+|[^\w\s]", text)]},
        "torchaudio": {},
        "torchaudio.transforms": {"Spectrogram": _spectrogram()},
        "librosa": {},
        "librosa.filters": {"chroma": lambda sr, n_fft, tuning, n_chroma: chroma.filters(sr, n_fft, n_chroma)},
        "flashy": {},
        "flashy.distrib": {"broadcast_tensors": _nothing, "rank": lambda: 0, "world_size": lambda: 1, "is_distributed": lambda: False},
        "demucs": {},
        "demucs.pretrained": {"get_model": lambda name: _Whole()},
        TRAINING[0]: {},
        TRAINING[1]: {"CompressionSolver": object},
    }


def _attention() -> dict[str, Any]:
    """What it takes from xformers; torch's own attention does the work, so that only the mask's name is needed."""
    import torch

    return {"LowerTriangularMask": type("LowerTriangularMask", (), {}), "memory_efficient_attention": _nothing, "unbind": torch.unbind}


def _spectrogram() -> Any:
    """The one class of torchaudio that is used, with its one buffer, which checkpoints hold."""
    import torch

    class Spectrogram(torch.nn.Module):
        """The power of each bin over time."""

        def __init__(self, n_fft: int, win_length: int, hop_length: int, **_: Any) -> None:
            super().__init__()
            self.hop = hop_length
            self.register_buffer("window", torch.hann_window(win_length))

        def forward(self, sound: Any) -> Any:
            """(…, samples) to (…, bins, frames)."""
            return chroma.spectrogram(sound, self.window, self.hop)

    return Spectrogram
