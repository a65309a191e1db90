"""Pictures by ComfyUI servers: a row of models.yaml names the workflows, engines/comfy runs them."""

import math
import warnings
from pathlib import Path
from typing import Any, cast

from PIL import Image, ImageOps

from config import styles
from engines.base import Artifact, Made, Run
from engines.comfy.engine import Attempt, ComfyEngine, Piece, Task
from engines.comfy.pool import Seat
from engines.errors import Unavailable
from engines.image.request import ImageRequest
from engines.image.save import MEDIA_TYPES, describe, save
from engines.seeds import draw, nth
from engines.video.request import VideoRequest

PIXELS = 40_000_000
LEAST, STEP = 64, 8


class ComfyImage(ComfyEngine[ImageRequest]):
    """Words, a picture, or a picture and a mask become pictures."""

    takes = ImageRequest

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """Make `count` pictures, one workflow each; picture k has seed + k."""
        first = request.seed if request.seed is not None else draw()
        made = Made(resolved_prompt=worded(request)[0])
        for k in range(request.count):
            seed = nth(first, k)
            for piece in self.made(Task(request, run, seed, k, request.count), made.notes):
                made.artifacts.append(_artifact(request, run, seed, len(made.artifacts), piece))
                made.seeds.append(seed)
        made.notes = list(dict.fromkeys(made.notes))
        return made

    def values(self, task: Task, attempt: Attempt, seat: Seat) -> dict[str, Any]:
        """The request's own, the style's words with the prompt; pictures are sent to the endpoint first."""
        request = cast(ImageRequest, task.request)
        values = request.model_dump()
        values["seed"] = task.seed
        values["prompt"], values["negative_prompt"] = worded(request)
        width, height = _sides(request, task.run, attempt)
        values["width"], values["height"] = width, height
        for name in attempt.template.mapping.needs:
            path = fitted(task.run, getattr(request, name), (width, height), name)
            values[name] = seat.server.upload(path, "image/png", task.sending)
        return values

    def receive(self, path: Path, task: Task) -> Image.Image:
        """The picture in a file, whole and of sane size."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(path, formats=["PNG", "JPEG", "WEBP"]) as picture:
                    if picture.width * picture.height > PIXELS:
                        raise ValueError
                    picture.load()
                    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise Unavailable("The ComfyUI server sent a picture that cannot be read.") from None


def _artifact(request: ImageRequest, run: Run, seed: int, number: int, piece: Piece) -> Artifact:
    picture: Image.Image = piece.content
    size = picture.size
    texts = describe(request, run.words, seed, size, request.model, None)
    path = save(picture, run.folder / f"picture-{number + 1:02d}", request.format, texts)
    meta = {"seed": seed, "index": number, "role": "picture", "size": list(size), "endpoint": piece.endpoint,
            "workflow": piece.template.name, "graph": piece.graph}
    return Artifact(path=path, media_type=MEDIA_TYPES[request.format], width=size[0], height=size[1], meta=meta, picture=picture)


def worded(request: ImageRequest | VideoRequest) -> tuple[str, str]:
    """The prompt and the negative prompt with the style's words behind them."""
    style = styles()[request.style]
    said = [request.prompt, style.prompt], [request.negative_prompt, style.negative_prompt]
    prompt, negative = (", ".join(each.strip().rstrip(",") for each in words if each.strip()) for words in said)
    return prompt, negative


def _sides(request: ImageRequest, run: Run, attempt: Attempt) -> tuple[int, int]:
    """Width and height in steps of 8: those asked for, else the starting picture's shape, else the workflow's own; times scale."""
    sizes = {name: attempt.template.value(name) for name in ("width", "height")}
    side = math.isqrt(attempt.template.mapping.pixels)
    width, height = (int(sizes[name] or side) for name in ("width", "height"))
    if request.image and not (request.width and request.height):
        with Image.open(run.open(request.image)) as start:
            shape = ImageOps.exif_transpose(start).size
        factor = math.sqrt(width * height / (shape[0] * shape[1]))
        width, height = (round(side * factor) for side in shape)
    asked = request.width or width, request.height or height
    fitted = [max(LEAST, round(side * attempt.scale / STEP) * STEP) for side in asked]
    return fitted[0], fitted[1]


def fitted(run: Run, source: str, size: tuple[int, int], name: str) -> Path:
    """A given picture or mask at the size of the work, as a plain PNG."""
    with Image.open(run.open(source)) as given:
        picture = ImageOps.fit(ImageOps.exif_transpose(given).convert("L" if name == "mask" else "RGB"), size)
    path = run.folder / f"{name}-{size[0]}x{size[1]}.png"
    picture.convert("RGB").save(path, compress_level=1)
    return path
