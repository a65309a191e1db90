"""A given picture set in motion: its depth is guessed, and the camera moves over it as over a relief."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from engines.errors import BadImage
from engines.sketch.dice import Array, Dice, F
from engines.sketch.film.air import FALLS, Fall
from engines.sketch.film.camera import Camera, View, chosen
from engines.sketch.film.plates import MODE
from engines.sketch.film.shot import MOST, ROOM, Brief, Shot
from engines.sketch.frame import Frame
from engines.sketch.noise import BILINEAR, BOX, blur, resize, smooth
from engines.sketch.painter import Progress, look_of
from engines.sketch.palette import LUMA
from engines.sketch.weather import weather
from engines.vision.measure import eight_bits

GRID = (24, 16)
MAP = (96, 64)
FARTHEST = 0.45


def opened(path: Path) -> Image.Image:
    """A picture upright in RGB; of an animation the first frame, what is transparent on white. BadImage if it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as picture:
                whole = ImageOps.exif_transpose(eight_bits(picture))
    except Exception as error:  # Pillow raises whatever a broken file leads it to
        raise BadImage("The picture cannot be read to its end; send it again, or another one.", fields=["image"]) from error
    if whole.mode != "RGBA":
        return whole.convert("RGB")
    white = Image.new("RGB", whole.size, "white")
    white.paste(whole, (0, 0), whole.getchannel("A"))
    return white


def depths(picture: Image.Image) -> Array:
    """How near each part of a picture probably is, 0 to 1, at 96 × 64: the ground rises towards the horizon, what stands out
    from the picture's edges stands before them, and a plain upper part is sky."""
    small = np.asarray(picture.resize(MAP, BOX), F) / 255
    h, w = small.shape[:2]
    down = ((np.arange(h, dtype=F) + 0.5) / h)[:, None]
    tone = small @ LUMA
    rows = blur(np.abs(np.gradient(tone, axis=0)), 1.5).mean(axis=1)
    horizon = float((int(rows[h // 4 : h * 3 // 4].argmax()) + h // 4 + 0.5) / h)
    ground = smooth(horizon - 0.05, 1.05, down) * np.ones((1, w), F)
    edge = np.concatenate([small[:4].reshape(-1, 3), small[:, :4].reshape(-1, 3), small[:, -4:].reshape(-1, 3)])
    apart = np.min([np.linalg.norm(small - color, axis=2) for color in np.quantile(edge, (0.15, 0.5, 0.85), axis=0)], axis=0)
    apart = blur(apart / max(float(np.quantile(apart, 0.96)), 0.08), 2.0)
    across = (np.arange(w, dtype=F) + 0.5)[None] / w
    middle = np.exp(-(((across - 0.5) / 0.36) ** 2) - ((down - 0.58) / 0.42) ** 2)
    rough = blur(np.abs(tone - blur(tone, 1.5)), 3.0)
    sky = smooth(horizon, horizon - 0.25, down) * smooth(0.03, 0.008, rough)
    near = np.maximum(ground * 0.85, np.clip(apart, 0, 1) * middle) * (1 - 0.8 * sky)
    out: Array = np.clip(blur(near, 3.5), 0, 1)
    return out


@dataclass
class Relief:
    """The picture as a sheet over a grid whose points are nearer or farther."""

    sheet: Image.Image
    near: Array

    def lay(self, canvas: Image.Image, view: View, t: float) -> None:
        """Draw all of it as the camera sees it."""
        across, down = GRID
        w, h = canvas.size
        xs, ys = [round(w * k / across) for k in range(across + 1)], [round(h * k / down) for k in range(down + 1)]
        u, v = np.array(xs, F)[None] / w, np.array(ys, F)[:, None] / h
        boxes = np.array([[view.box(float(near)) for near in row] for row in self.near], F)
        x = boxes[..., 0] + (boxes[..., 2] - boxes[..., 0]) * u
        y = boxes[..., 1] + (boxes[..., 3] - boxes[..., 1]) * v
        mesh = []
        for j in range(down):
            for i in range(across):
                corners = ((j, i), (j + 1, i), (j + 1, i + 1), (j, i + 1))
                quad = tuple(float(value) for corner in corners for value in (x[corner], y[corner]))
                mesh.append(((xs[i], ys[j], xs[i + 1], ys[j + 1]), quad))
        canvas.paste(self.sheet.transform((w, h), Image.Transform.MESH, mesh, BILINEAR))


def prepare(dice: Dice, brief: Brief, picture: Image.Image, progress: Progress) -> Shot:
    """A shot over a picture; weather that the words name falls before it."""
    width, height = brief.size
    scale = min(ROOM, (MOST / (width * height)) ** 0.5)
    sheet = int(width * scale) // 2 * 2, int(height * scale) // 2 * 2
    whole = ImageOps.fit(picture, sheet, Image.Resampling.LANCZOS)
    progress(0.4, "Guessing what is near", whole)
    found = depths(whole)
    across, down = GRID
    near = FARTHEST + (1 - FARTHEST) * resize(found, across + 1, down + 1)
    four = Image.merge(MODE, (*whole.split(), Image.new("L", sheet, 255)))
    frame = Frame(brief.scene, *sheet, dice, look_of(brief.style), progress)
    weather(frame)
    falls = [Fall.of(frame, layer, np.clip(layer.rgb, 0, 1), brief.size) for layer in frame.layers if layer.name in FALLS]
    y, x = np.unravel_index(int((found * smooth(0, 0.3, found)).argmax()), found.shape)
    focus = float(np.clip((x / MAP[0] * 2 - 1) * 0.8, -1, 1)), float(np.clip((y / MAP[1] * 2 - 1) * 0.6, -1, 1))
    move = chosen(dice, brief.move)
    return Shot(brief, Camera.of(move, sheet, focus), move, [Relief(four, near), *falls])
