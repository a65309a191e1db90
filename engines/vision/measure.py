"""What can be measured in a picture without a model: colours, light, contrast, composition. No thing is ever named."""

import functools
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from PIL import Image, ImageOps

from engines.errors import BadImage
from engines.vision.colours import lab, palette

Array = NDArray[np.float64]
SIDE = 112
CLEAR = 3.5
"""How many times its neighbours' difference a horizon must show."""


@functools.lru_cache(1)
def tables() -> dict[str, Any]:
    """measures.yaml, read once."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "measures.yaml").read_text("utf-8"))
    return loaded


def word(scale: str, value: float) -> str:
    """The word for a value on one of the scales."""
    return str(next(said for most, said in tables()[scale] if value <= most))


def small(path: Path) -> tuple[Image.Image, tuple[int, int]]:
    """The picture upright as at most 112 pixels RGBA, and its size; of an animation the first frame. BadImage if it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as picture:
                turned = ImageOps.exif_transpose(eight_bits(picture))
                size = turned.size
                turned.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
                return turned.convert("RGBA"), size
    except Exception as error:  # Pillow raises whatever a broken file leads it to
        raise BadImage("The picture cannot be read to its end; it may be cut off or damaged. Send it again, or another one.") from error


def eight_bits(picture: Image.Image) -> Image.Image:
    """Any picture in a form whose numbers go from 0 to 255; Pillow itself would cut 16 bits off at 255."""
    if picture.mode.startswith("I") or picture.mode == "F":
        tones = np.asarray(picture, np.float64)
        low, high = (0.0, 65535.0) if picture.mode.startswith("I;16") else (float(tones.min()), float(tones.max()))
        if picture.mode == "I" and low >= 0 and high <= 65535:
            low, high = 0.0, 65535.0
        return Image.fromarray(np.nan_to_num((tones - low) / max(high - low, 1e-9) * 255).astype(np.uint8))
    return picture.convert("RGBA" if "A" in picture.mode or "transparency" in picture.info else "RGB")


def measured(thumb: Image.Image, size: tuple[int, int]) -> tuple[dict[str, Any], Array]:
    """The measures as they are told, and the picture in Lab (h, w, 3) for those who go on from there."""
    pixels = np.asarray(thumb, np.float64) / 255
    solid = pixels[..., 3:]
    picture = lab(pixels[..., :3] * solid + (1 - solid))  # what is transparent lies on white
    seen = picture[solid[..., 0] > 0.03] if np.any(solid > 0.03) else picture.reshape(-1, 3)
    light, chroma = seen[:, 0], np.hypot(seen[:, 1], seen[:, 2])
    warmth = float((seen[:, 2] + 0.35 * seen[:, 1]).mean())
    spread = float(np.percentile(light, 95) - np.percentile(light, 5))
    told = {
        "width": size[0],
        "height": size[1],
        "shape": word("shape", size[0] / size[1]),
        "ratio": ratio(*size),
        "transparent": round(float(np.mean(solid < 0.03)), 3),
        "colours": palette(seen),
        "light": {"word": word("light", float(light.mean())), "lightness": round(float(light.mean()), 1)},
        "temperature": {"word": word("temperature", warmth), "warmth": round(warmth, 1)},
        "contrast": {"word": word("contrast", spread), "spread": round(spread, 1)},
        "saturation": {"word": word("saturation", float(chroma.mean())), "chroma": round(float(chroma.mean()), 1)},
        "composition": composition(picture),
    }
    return told, picture


def ratio(width: int, height: int) -> str:
    """The usual ratio nearest to this one, or the plain number where none is near."""
    wanted = max(width, height) / min(width, height)
    near = min(tables()["ratios"], key=lambda said: abs(_value(said) - wanted))
    if abs(_value(near) - wanted) > 0.03 * wanted:
        near = f"{wanted:.2g}:1"
    return near if width >= height else ":".join(reversed(near.split(":")))


def _value(said: str) -> float:
    wide, high = said.split(":")
    return float(wide) / float(high)


def composition(picture: Array) -> dict[str, Any]:
    """Where the horizon may lie, where the eye goes, how alike left and right are; parts of the height and width."""
    height, width = picture.shape[:2]
    x, y = _centre(picture)
    mirrored = np.abs(picture - picture[:, ::-1]).mean()
    apart = np.abs(picture - picture.reshape(-1, 3).mean(0)).mean()
    alike = 1.0 if apart < 0.5 else float(np.clip(1 - mirrored / (2 * apart), 0, 1))
    line = horizon(picture) if height >= 16 and width >= 16 else None
    return {
        "horizon": line,
        "centre": {"x": x, "y": y, "word": _place(x, y)},
        "symmetry": {"word": word("symmetry", alike), "likeness": round(alike, 2)},
    }


def horizon(picture: Array) -> float | None:
    """The height of the one line across the whole picture that parts it most clearly; None if no line does."""
    height = picture.shape[0]
    band = max(2, height // 12)
    sums = np.concatenate([np.zeros((1, *picture.shape[1:])), np.cumsum(picture, axis=0)])
    rows = np.arange(max(band, height // 8), min(height - band, height * 7 // 8))
    above = (sums[rows] - sums[rows - band]) / band
    below = (sums[rows + band] - sums[rows]) / band
    step = below - above
    sure = np.linalg.norm(np.median(step, axis=1), axis=1)
    torn = np.median(np.linalg.norm(step - np.median(step, axis=1, keepdims=True), axis=2), axis=1)
    usual = np.exp(-np.square((rows / height - 0.58) / 0.3))  # few pictures have it near the edge
    score = sure / (torn + 3) * usual
    best = int(np.argmax(score))
    if sure[best] < 7 or score[best] < 0.8 or sure[best] < CLEAR * 0.5 * float(np.median(sure)):
        return None
    return round(int(rows[best]) / int(height), 2)


def _centre(picture: Array) -> tuple[float, float]:
    """Where what differs most from the rest is gathered."""
    height, width = picture.shape[:2]
    odd = np.linalg.norm(picture - np.median(picture.reshape(-1, 3), axis=0), axis=2)
    edge = np.zeros_like(odd)
    edge[:, :-1] += np.linalg.norm(np.diff(picture, axis=1), axis=2)
    edge[:-1] += np.linalg.norm(np.diff(picture, axis=0), axis=2)
    weight = odd / (odd.max() + 1e-9) + edge / (edge.max() + 1e-9)
    weight = np.maximum(weight - np.percentile(weight, 85), 0) + 1e-9
    down, across = np.mgrid[0.5:height, 0.5:width]
    total = float(weight.sum())
    return round(float((weight * across).sum()) / total / width, 2), round(float((weight * down).sum()) / total / height, 2)


def _place(x: float, y: float) -> str:
    across = "left" if x < 0.4 else "right" if x > 0.6 else ""
    down = "upper" if y < 0.4 else "lower" if y > 0.6 else ""
    if across and down:
        return f"{down} {across}"
    return across or {"upper": "top", "lower": "bottom", "": "middle"}[down]
