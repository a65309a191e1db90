"""What a diffusion model is to paint: a request read against a family, its pictures opened and fitted, its first noises named."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from config import styles
from engines.base import Run
from engines.diffusion.families import Family, Mode
from engines.diffusion.noise import Start
from engines.errors import BadImage, BadRequest
from engines.image.request import ImageRequest
from engines.prompt.weights import read as plain
from engines.seeds import draw, nth

HALF_WAY = 0.5
STEPS = 30
SMALLEST = 0.02
STRENGTH: dict[str, float] = {"image": 0.6, "inpaint": 0.9}
"""How far to move away from a starting picture when nobody says."""


@dataclass(frozen=True)
class Order:
    """One job for a pipeline: how it works, from what, how large, and where each picture starts."""

    mode: Mode
    size: tuple[int, int]
    prompt: str
    negative: str
    starts: list[Start]
    seeds: list[int]
    pictures: list[Image.Image] = field(default_factory=list)
    mask: Image.Image | None = None

    def arguments(self, request: ImageRequest, family: Family, taken: set[str]) -> dict[str, Any]:
        """What the pipeline is called with, apart from noise, number and callback; `taken` are the names its call knows."""
        width, height = self.size
        given: dict[str, Any] = {"prompt": plain(self.prompt)[0], "num_inference_steps": request.steps or STEPS}
        if request.guidance is not None:
            given[family.guidance] = request.guidance
        if family.negative:
            given["negative_prompt"] = plain(self.negative)[0] or family.empty_negative
        if self.mode in STRENGTH:
            given["strength"] = strength = STRENGTH[self.mode] if request.strength is None else request.strength
            given["num_inference_steps"] = _at_least_one(given["num_inference_steps"], strength)
        if self.pictures:
            given["image"] = self.pictures if self.mode == "edit" and len(self.pictures) > 1 else self.pictures[0]
        if self.mask is not None:
            given["mask_image"] = self.mask
        sizes = {"width": width, "height": height, "max_area": width * height}
        return given | {name: value for name, value in sizes.items() if name in taken}


def read(request: ImageRequest, family: Family, side: int, model: str, run: Run) -> Order:
    """The order behind a request. Raises BadRequest for what the family cannot make."""
    mode = _mode(request, family)
    sources = [source for source in (request.image, *request.references) if source is not None]
    pictures = [_opened(run.open(source)) for source in sources]
    first = request.seed if request.seed is not None else draw()
    seeds = [nth(first, k) for k in range(request.count)]
    starts = [Start(seed) for seed in seeds]
    size = _size(request, family, side, pictures)
    if request.variation_of:
        original, size = _recalled(request, model, size, run)
        strength = HALF_WAY if request.variation_strength is None else request.variation_strength
        starts = [original.turned(seed, strength) for seed in seeds]
    style = styles()[request.style]
    fitted = pictures if mode == "edit" else [ImageOps.fit(picture, size, Image.Resampling.LANCZOS) for picture in pictures]
    mask = ImageOps.fit(_opened(run.open(request.mask)).convert("L"), size) if request.mask else None
    return Order(
        mode=mode,
        size=size,
        prompt=", ".join(words for words in (request.prompt, style.prompt) if words),
        negative=", ".join(words for words in (request.negative_prompt, style.negative_prompt) if words),
        starts=starts,
        seeds=seeds,
        pictures=fitted,
        mask=mask,
    )


def check(request: ImageRequest, family: Family) -> None:
    """BadRequest for a picture the model cannot make, as far as the request alone tells."""
    _mode(request, family)
    _sides(request, family)


def _mode(request: ImageRequest, family: Family) -> Mode:
    """Which of the family's pipelines answers this request."""
    if request.mask and not request.image:
        raise BadRequest("mask says where a picture is painted anew; give that picture as image", fields=["mask"])
    if request.strength is not None and not (request.image or request.references):
        said = "strength says how far to move away from a picture; give that picture as image, or leave strength out"
        raise BadRequest(said, fields=["strength"])
    if request.mask:
        wanted: Mode = "inpaint"
    elif request.references or request.image:
        wanted = "edit" if "edit" in family.pipelines else "image"
    else:
        wanted = "text"
    if wanted not in family.pipelines:
        lacks = {"text": "needs a picture to work on; give it as image", "inpaint": "cannot paint within a mask; leave mask out"}
        raise BadRequest(f"this model {lacks.get(wanted, 'cannot start from a picture; leave image out')}", fields=["image"])
    most = family.references if wanted == "edit" else 1
    if len(request.references) + bool(request.image) > max(1, most):
        raise BadRequest(f"this model takes at most {max(1, most)} pictures, image and references together", fields=["references"])
    return wanted


def _size(request: ImageRequest, family: Family, side: int, pictures: list[Image.Image]) -> tuple[int, int]:
    """Width and height: the person's, else those of the picture it starts from, else the model's own."""
    _sides(request, family)
    whole = family.multiple
    if request.width and request.height:
        return request.width, request.height
    shape = pictures[0].size if pictures else (1, 1)
    scale = (side * side / (shape[0] * shape[1])) ** 0.5
    width, height = (max(64, round(length * scale / whole) * whole) for length in shape)
    return request.width or width, request.height or height


def _sides(request: ImageRequest, family: Family) -> None:
    """BadRequest for a side that the model cannot make, with those it can."""
    for name in ("width", "height"):
        asked = getattr(request, name)
        if asked is not None and asked % family.multiple:
            low = max(family.multiple, asked // family.multiple * family.multiple)
            raise BadRequest(f"{name} {asked} cannot be made by this model, {low} or {low + family.multiple} can", fields=[name])


def _at_least_one(steps: int, strength: float) -> int:
    """So many steps that their share `strength`, which is what is taken of them, is one at least."""
    if strength < SMALLEST:
        raise BadRequest(f"strength {strength:g} would give the picture back as it is; take {SMALLEST} or more", fields=["strength"])
    while int(steps * strength) < 1:
        steps += 1
    return steps


def _opened(path: Path) -> Image.Image:
    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise BadImage("The picture cannot be read; send it again as PNG, JPEG or WebP.") from error


def _recalled(request: ImageRequest, model: str, size: tuple[int, int], run: Run) -> tuple[Start, tuple[int, int]]:
    """Where the picture that is varied started, and its size."""
    known = run.recall(str(request.variation_of))
    meta, maker = known.get("meta") or {}, (known.get("provenance") or {}).get("model")
    if maker != model or "seed" not in meta:
        raise BadRequest(f"that picture was not made by {model}; vary it with {maker or 'its own model'}, or give it as image",
                         fields=["variation_of"])  # fmt: skip
    trail = tuple((int(sibling), float(strength)) for sibling, strength in meta.get("trail", []))
    width, height = meta.get("size") or size
    return Start(int(meta.get("base_seed", meta["seed"])), trail), (int(width), int(height))
