"""A local classifier of pictures as a moderator: any image classification model of transformers, read from safetensors.

Its own preprocessor_config.json says how a picture is put before it; Pillow and numpy do that, so no torchvision is needed.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engines import local
from engines.base import Engine, Made, Ready, Run
from engines.device import Place
from engines.errors import ModelNotReady
from engines.moderation.request import ModerateRequest, Verdict, answer
from engines.stoppable import stoppable

KINDS = ("ViTForImageClassification", "SiglipForImageClassification", "Swinv2ForImageClassification", "BeitForImageClassification",
         "ConvNextForImageClassification", "EfficientNetForImageClassification")  # fmt: skip
GREY = [0.5, 0.5, 0.5]


class ImageClassifier(Engine[ModerateRequest]):
    """Finds pictures that its model gives one of the labels `flag` with at least `threshold`. It does not read words."""

    def __init__(self, flag: list[str], threshold: float = 0.5, **options: Any) -> None:
        super().__init__(**options)
        self.flag, self.threshold = {label.lower() for label in flag}, threshold

    def ready(self) -> Ready:
        """The packages, the memory and the weights; nothing heavy is imported."""
        return local.ready(self.row, KINDS)

    @stoppable
    def load(self) -> None:
        """Read the weights. Raises ModelNotReady, also if none of its labels is one that counts."""
        found = local.looked(self.row, KINDS)
        self.place = Place.here(found.parameters)
        local.hush()
        from transformers import AutoModelForImageClassification

        options = {"local_files_only": True, "use_safetensors": True, "trust_remote_code": False, "dtype": self.place.dtype}
        self.model = local.guarded("The classifier", AutoModelForImageClassification.from_pretrained, found.folder, **options)
        self.model = self.model.eval().to(self.place.kind)
        self.labels = [str(label) for _, label in sorted(self.model.config.id2label.items())]
        if not self.flag & {label.lower() for label in self.labels}:
            raise ModelNotReady(f"it knows the labels {', '.join(self.labels)[:200]}; its row flags {', '.join(self.flag)}")
        self.manner = _manner(found.folder)

    def unload(self) -> None:
        """Give the memory back."""
        self.model = None
        if place := self.__dict__.get("place"):
            place.clear()

    def generate(self, request: ModerateRequest, run: Run) -> Made:
        """One verdict per picture and label that counts."""
        found = []
        for name in request.pictures:
            run.progress(0, "")
            for label, score in zip(self.labels, self._scores(run.folder / name), strict=True):
                if label.lower() in self.flag and score >= self.threshold:
                    by = self.row.name if self.row else "classifier"
                    found.append(Verdict(by=by, subject=name, category=label.lower()[:60], why="it was judged so", score=round(score, 4)))
        return answer(found)

    def _scores(self, path: Path) -> list[float]:
        import torch

        with Image.open(path) as picture, torch.inference_mode():
            pixels = torch.from_numpy(self.manner.put(picture))[None].to(self.place.kind, self.place.dtype)
            return [float(each) for each in self.model(pixel_values=pixels).logits[0].float().softmax(-1)]


class _Manner:
    """How a picture is put before a model: the size in pixels, the mean and spread of each colour (0 to 1)."""

    def __init__(self, size: tuple[int, int], mean: list[float], spread: list[float]) -> None:
        self.size, self.mean, self.spread = size, np.array(mean, np.float32), np.array(spread, np.float32)

    def put(self, picture: Image.Image) -> Any:
        """The picture as (3, height, width) of float32."""
        small = picture.convert("RGB").resize(self.size, Image.Resampling.BICUBIC)
        numbers = (np.asarray(small, np.float32) / 255 - self.mean) / self.spread
        return np.ascontiguousarray(numbers.transpose(2, 0, 1))


def _manner(folder: Path) -> _Manner:
    try:
        told = json.loads((folder / "preprocessor_config.json").read_text("utf-8"))
        size = told["size"]
        side = size if isinstance(size, int) else size.get("shortest_edge")
        width, height = (side, side) if side else (size["width"], size["height"])
        if not all(isinstance(each, int) and 8 <= each <= 2048 for each in (width, height)):
            raise ValueError
        return _Manner((width, height), told.get("image_mean") or GREY, told.get("image_std") or GREY)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ModelNotReady("its preprocessor_config.json is missing or broken; download it again") from None
