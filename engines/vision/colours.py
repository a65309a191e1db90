"""The colours of a picture, by name: groups of its pixels in Lab, and for each the name that a person would give it.

The names and their values are those of the sketch engine's vocabulary, so every name said here is understood there.
"""

import colorsys
import functools
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

Array = NDArray[np.float64]
GROUPS, ROUNDS, LEAST = 9, 14, 0.012
PLAIN = 0.75
"""A plain name's distance counts only so much."""
DARK = 15.0
GREYISH, DUSKY, PALE, BROWNISH, ROSY = 0.16, 0.22, 0.9, 0.7, 0.6
"""Of saturation and value from 0 to 1: less is grey; darker is black; lighter is white; a darker orange is brown; a weaker red is pink."""
WEIGHTS = (0.6, 0.6, 2.5)
"""What a difference in lightness, chroma and hue counts: people forgive a wrong lightness before they forgive a wrong hue."""
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = np.array([0.95047, 1.0, 1.08883])


def lab(rgb: Array) -> Array:
    """sRGB from 0 to 1 as CIE Lab, any shape that ends in 3."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * root[..., 1] - 16, 500 * (root[..., 0] - root[..., 1]), 200 * (root[..., 1] - root[..., 2])], axis=-1)


def from_hex(color: str) -> Array:
    """#rrggbb as three numbers from 0 to 1."""
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.float64) / 255


@functools.lru_cache(1)
def names() -> tuple[tuple[str, ...], Array, Array]:
    """All names, their places in Lab, and how far each reaches: a plain name a little beyond its place."""
    from engines.sketch.words import data

    said = yaml.safe_load((Path(__file__).parent / "measures.yaml").read_text("utf-8"))
    known: dict[str, str] = {name: value for name, value in data("colors")["colors"].items() if name not in said["unsaid"]}
    reach = np.array([PLAIN if name in said["plain"] else 1.0 for name in known])
    return tuple(known), lab(np.stack([from_hex(value) for value in known.values()])), reach


def basic_name(color: str) -> str:
    """One of the eleven colour words every child knows, for #rrggbb."""
    hue, strength, value = colorsys.rgb_to_hsv(*from_hex(color))
    if strength < (GREYISH if value < PALE else GREYISH / 2):
        return "black" if value < DUSKY else "white" if value > PALE else "grey"
    if value < DUSKY / 2:
        return "black"
    name = next(word for limit, word in basics() if hue * 360 < limit)
    if name == "orange" and value < BROWNISH:
        return "brown"
    return "pink" if name == "red" and strength < ROSY and value > BROWNISH else name


@functools.lru_cache(1)
def basics() -> list[tuple[float, str]]:
    """Up to which hue, in degrees, each basic word reaches."""
    told = yaml.safe_load((Path(__file__).parent / "measures.yaml").read_text("utf-8"))["basic"]
    return [(float(limit), str(word)) for limit, word in told]


def name_of(color: str) -> str:
    """What a person would call #rrggbb."""
    return _named(lab(from_hex(color)))


def _named(place: Array) -> str:
    said, known, reach = names()
    own, others = _seen(place), _seen(known)
    chroma, strong = np.hypot(others[:, 1], others[:, 2]), float(np.hypot(own[1], own[2]))
    hue = np.square(others[:, 1] - own[1]) + np.square(others[:, 2] - own[2]) - np.square(chroma - strong)
    apart = WEIGHTS[0] * np.square(known[:, 0] - place[0]) + WEIGHTS[1] * np.square(chroma - strong) + WEIGHTS[2] * np.maximum(hue, 0)
    return said[int(np.argmin(apart * reach))]


def _seen(places: Array) -> Array:
    """Lab with its chroma weighed by lightness: the little colour a dark tone has is seen as much as the large one of a light tone."""
    return np.concatenate([places[..., :1], places[..., 1:] * 60 / (places[..., :1] + DARK)], axis=-1)


def palette(pixels: Array) -> list[dict[str, Any]]:
    """Up to nine colours of pixels in Lab (n, 3), the largest first: name, basic colour word, hex and share; equal names are one colour."""
    places = _groups(pixels)
    nearest = np.argmin(((pixels[:, None, :] - places[None]) ** 2).sum(-1), axis=1)
    found: dict[str, dict[str, Any]] = {}
    for at in np.argsort(-np.bincount(nearest, minlength=len(places))):
        share = float(np.mean(nearest == at))
        if share < LEAST:
            continue
        middle = np.median(pixels[nearest == at], axis=0)
        name, color = _named(middle), to_hex(middle)
        one = found.setdefault(name, {"name": name, "basic": basic_name(color), "hex": color, "share": 0.0})
        one["share"] = round(one["share"] + share, 3)
    return sorted(found.values(), key=lambda each: -each["share"])


def _groups(pixels: Array) -> Array:
    """k-means from the pixel farthest from all chosen before, so that the same picture always gives the same colours."""
    places = [pixels.mean(0)]
    apart = ((pixels - places[0]) ** 2).sum(1)
    while len(places) < GROUPS and apart.max() > 16:
        places.append(pixels[int(np.argmax(apart))])
        apart = np.minimum(apart, ((pixels - places[-1]) ** 2).sum(1))
    found = np.stack(places)
    for _ in range(ROUNDS):
        nearest = np.argmin(((pixels[:, None, :] - found[None]) ** 2).sum(-1), axis=1)
        for at in range(len(found)):
            if np.any(nearest == at):
                found[at] = pixels[nearest == at].mean(0)
    return found


def to_hex(place: Array) -> str:
    """A place in Lab as #rrggbb."""
    y = (place[0] + 16) / 116
    root = np.array([y + place[1] / 500, y, y - place[2] / 200])
    xyz = np.where(root > 0.2069, root**3, (root - 16 / 116) / 7.787) * _WHITE
    linear = np.clip(np.linalg.solve(_TO_XYZ, xyz), 0, 1)
    rgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(value) * 255):02x}" for value in np.clip(rgb, 0, 1))
