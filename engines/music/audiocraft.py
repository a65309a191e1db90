"""MusicGen through Meta's own audiocraft, which `make models` installs without its dependencies.

Its checkpoints are pickles and are read with `weights_only`, which runs no code of theirs; the text encoder lies in a folder of its own.
"""

import importlib
import warnings
import zipfile
from pathlib import Path
from typing import Any

from config import ModelRow
from config.catalog import Weights
from engines import local, weights
from engines.base import Engine, Made, Ready, Run
from engines.device import Place
from engines.errors import ModelNotReady
from engines.music.dice import Dice
from engines.music.request import MusicRequest
from engines.music.sampled import Sampled, Told, Window
from engines.sketch.composer_sound import Array
from engines.stoppable import stoppable

PACKAGES = ("torch", "transformers", "safetensors", "audiocraft", "einops", "omegaconf", "julius", "num2words", "soundfile", "av")
PLAYER, CODEC = "state_dict.bin", "compression_state_dict.bin"
READERS = ("T5ForConditionalGeneration", "T5EncoderModel", "T5Model")
HALF = 2
"""Bytes of a number in the files."""


class AudioCraft(Sampled):
    """Options of a row beside those of every sampled model: `text_encoder`, where its T5 lies (as `weights` says it of a model)."""

    def ready(self) -> Ready:
        """The packages, the memory, the weights and the text encoder, in this order; nothing heavy is imported."""
        found = local.ready(self._reader(), READERS, PACKAGES)
        if not found.ok and found.needs == "weights":
            found = found.model_copy(update={"missing": f"its text encoder: {found.missing}"})
        try:
            self._checked()
        except ModelNotReady as error:
            return found if found.needs in ("package", "memory") else Ready(ok=False, needs="weights", missing=error.message)
        return found

    @stoppable
    def load(self) -> None:
        """Read the weights and put them where they run."""
        folder, reader = self._checked(), local.looked(self._reader(), READERS)
        here = Place.here(sum((folder / name).stat().st_size for name in (PLAYER, CODEC)) // HALF)
        self.place = here if here.kind == "cuda" else Place("cpu", None)
        self.tell(0.0, "Loading audiocraft")
        local.hush()
        self.model = local.guarded("the model", self._built, folder, reader.folder)
        codec = self.model.compression_model
        self.rate, self.frame_rate, self.seconds = int(codec.sample_rate), float(codec.frame_rate), float(self.model.max_duration)
        self.melodic = "self_wav" in self.model.lm.condition_provider.conditioners

    def sample(self, window: Window, dice: Dice, told: Told) -> Any:
        """As the contract says; audiocraft's own loop, with our dice."""
        import torch

        from engines.music import audiocraft_compat as compat

        model = self.model
        melody = None if window.melody is None else [torch.from_numpy(window.melody)[None]]
        known = None if window.known is None else window.known[None].to(self.place.kind)
        start = 0 if known is None else known.shape[-1]
        how = {"use_sampling": True, "temp": self.temperature, "top_k": self.top_k, "top_p": 0.0, "cfg_coef": self.guidance}
        with compat.drawn_by(dice), torch.no_grad(), model.autocast:
            conditions, _ = model._prepare_tokens_and_attributes([window.words or None], None, melody)
            made = model.lm.generate(
                known, conditions, max_gen_len=window.frames, two_step_cfg=False, callback=lambda step, _: told(start + step), **how
            )
        return made[0].cpu()

    def encode(self, sound: Array) -> Any:
        """As the contract says."""
        import torch

        with torch.no_grad():
            found, _ = self.model.compression_model.encode(torch.from_numpy(sound)[None].to(self.place.kind))
        return found[0].cpu()

    def decode(self, tokens: Any) -> Array:
        """As the contract says."""
        import torch

        with torch.no_grad():
            sound: Array = self.model.compression_model.decode(tokens[None].to(self.place.kind), None)[0].float().cpu().numpy()
        return sound

    def _reader(self) -> ModelRow:
        """The text encoder, as a row of its own; the model's memory counts for both."""
        row = self._row
        where = Weights.model_validate({"files": ["model.safetensors"]} | dict(self.options.get("text_encoder") or {}))
        return row.model_copy(update={"name": "t5-base", "weights": where})

    @property
    def _row(self) -> ModelRow:
        if self.row is None:
            raise ModelNotReady("a MusicGen model needs a row in models.yaml")
        return self.row

    def _checked(self) -> Path:
        """The folder of the checkpoint, whose files are there and whole. Raises ModelNotReady."""
        folder = weights.find(self._row)
        if folder is None:
            raise ModelNotReady(f"its weights are not here; {weights.how_to_get(self._row)}")
        for name in (PLAYER, CODEC):
            if not (folder / name).is_file():
                raise ModelNotReady(f"its {name} is missing; {weights.how_to_get(self._row)}")
            if not zipfile.is_zipfile(folder / name):
                raise ModelNotReady(f"its {name} is cut off or no checkpoint of torch; download it again")
        return folder

    def _built(self, folder: Path, reader: Path) -> Any:
        """The model, part by part, so that loading can be watched and stopped."""
        from engines.music import audiocraft_compat as compat

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            models, loaders = compat.models(), importlib.import_module("audiocraft.models.loaders")
            self.tell(0.2, "Reading the language model")
            package, settings = _opened(folder / PLAYER, self.place.kind)
            for name in ("conditioners.self_wav.chroma_stem.cache_path", "conditioners.args.merge_text_conditions_p",
                         "conditioners.args.drop_desc_p"):  # fmt: skip
                loaders._delete_param(settings, name)
            self.tell(0.3, "Loading the text encoder and building the language model")
            with compat.standing_in("demucs"), compat.reading_words_from(reader):
                player = loaders.builders.get_lm_model(settings)
            self.tell(0.6, "Loading the language model")
            player.load_state_dict(package["best_state"])
            player.cfg = settings
            self.tell(0.8, "Loading the codec")
            package, settings = _opened(folder / CODEC, self.place.kind)
            codec = loaders.builders.get_compression_model(settings)
            codec.load_state_dict(package["best_state"])
            self.tell(0.95, "Putting the model together")
            heard = player.condition_provider.conditioners
            if "self_wav" in heard:
                melody = heard["self_wav"]
                melody.match_len_on_eval, melody._use_masking = True, False
                compat.hear_as_a_whole(melody)
            return models.MusicGen("local", codec.eval(), player.eval())


class Reader(Engine[MusicRequest]):
    """The text encoder of the models above, as a model of its own, so that it can be brought and looked at; alone it plays nothing."""

    def ready(self) -> Ready:
        """The packages and the weights."""
        return local.ready(self.row, READERS, PACKAGES)

    def generate(self, request: MusicRequest, run: Run) -> Made:
        """There is nothing it could make."""
        raise ModelNotReady("A text encoder plays nothing by itself; choose a MusicGen model.")


def _opened(path: Path, kind: str) -> tuple[dict[str, Any], Any]:
    """A checkpoint and its settings, for a kind of device; nothing in it is run."""
    import torch
    from omegaconf import OmegaConf

    package = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    if not isinstance(package, dict) or not {"best_state", "xp.cfg"} <= {*package}:
        other = f" (it names {package['pretrained']})" if isinstance(package, dict) and "pretrained" in package else ""
        raise ModelNotReady(f"its {path.name} holds no weights{other}; take a MusicGen whose files hold their own")
    settings = OmegaConf.create(str(package["xp.cfg"]))
    settings.device, settings.dtype = kind, "float32" if kind == "cpu" else "float16"
    return package, settings
