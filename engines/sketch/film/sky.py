"""The sky of a film: the painted one taken apart into still air, stars that twinkle and clouds that drift."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops

from engines.sketch.clouds import clouds
from engines.sketch.dice import Array, F
from engines.sketch.film.camera import View
from engines.sketch.film.gait import wave
from engines.sketch.film.plates import Plate, fitted, image
from engines.sketch.frame import Frame, Layer
from engines.sketch.noise import BILINEAR, blur, fractal
from engines.sketch.sky import sky

STAR = (232, 240, 255, 255)


@dataclass
class Heavens:
    """The painted sky in its parts; `stars` and `clouds` may be missing."""

    air: Layer
    stars: Array | None = None
    clouds: Layer | None = None


def apart(frame: Frame, painted: Layer) -> Heavens:
    """The parts of a painted sky. Outer space stays whole."""
    if frame.scene.setting == "space":
        return Heavens(painted)
    rows = painted.alpha.shape[0]
    bare = _sky(frame, rows, "cloud", "star")
    air = Layer("sky", 0.0, bare, painted.alpha, painted.glow, kind="sky")
    stars = None
    if frame.scene.time in ("night", "dusk") and not frame.without("star"):
        shine = np.clip(_sky(frame, rows, "cloud") - bare, 0, 1)
        points = shine.max(axis=2)
        haze = np.minimum(points, blur(points, frame.unit * 0.012))
        glints = np.clip(points - haze * 1.15, 0, 1)
        air.rgb = air.rgb + shine * (1 - glints / np.maximum(points, 1e-3))[..., None]
        stars = np.clip(glints * 1.25, 0, 1) if float(glints.max()) > 0.05 else None
    if frame.without("cloud"):
        return Heavens(air, stars)
    over = air.rgb.copy()
    veil = clouds(frame, over)
    if float(veil.max()) < 0.03:
        return Heavens(air, stars)
    color = (over - air.rgb * (1 - veil)[..., None]) / np.maximum(veil, 0.02)[..., None]
    return Heavens(air, stars, Layer("clouds", 0.02, np.clip(color, 0, 1.3).astype(F), veil, kind="sky"))


def _sky(frame: Frame, rows: int, *without: str) -> Array:
    """The sky of this frame without some of what is in it."""
    scene = frame.scene.model_copy(update={"absent": [*frame.scene.absent, *without]})
    other = Frame(scene, frame.width, frame.height, frame.dice, frame.look, lambda fraction, note, picture: None)
    other.horizon, other.light = frame.horizon, frame.light
    sky(other, rows / frame.unit)
    frame.tick("Painting the sky")
    return other.layers[0].rgb


@dataclass
class Drift:
    """Clouds or mist that pass by, so many pixels of the sheet in a second."""

    plate: Plate
    speed: float

    def lay(self, canvas: Image.Image, view: View, t: float) -> None:
        """Draw it where the wind has carried it."""
        self.plate.put(canvas, view.box(self.plate.near), self.speed * t)

    @classmethod
    def of(cls, rgb: Array, alpha: Array, at: tuple[int, int], near: float, travel: tuple[float, float]) -> "Drift":
        """A drift whose plate goes on, mirrored, beyond the edge that the wind blows from; `travel` is speed and seconds."""
        more = int(abs(travel[0]) * travel[1]) + 2
        pad = (more, 0) if travel[0] > 0 else (0, more)
        whole = image(np.pad(rgb, ((0, 0), pad, (0, 0)), "reflect"), np.pad(alpha, ((0, 0), pad), "reflect"))
        return cls(Plate(whole, at[0] - pad[0], at[1], near), travel[0])


@dataclass
class Stars:
    """Points of light in three groups, each of which twinkles in its own time."""

    masks: list[Image.Image]
    near: float

    @classmethod
    def of(cls, frame: Frame, points: Array, near: float) -> "Stars":
        """The stars of a sky."""
        h, w = points.shape
        lot = fractal(frame.stream("twinkle"), (w, h), (frame.unit / 60,) * 2, 1)
        bands = np.quantile(lot, (1 / 3, 2 / 3))
        which = np.digitize(lot, bands)
        data = (points * 255).astype(np.uint8)
        return cls([Image.fromarray(np.where(which == k, data, 0).astype(np.uint8)) for k in range(3)], near)

    def lay(self, canvas: Image.Image, view: View, t: float) -> None:
        """Draw them as bright as they are just now."""
        placed = fitted(canvas, self.masks[0].size, view.box(self.near), 0, 0)
        if placed is None:
            return
        at, size, source = placed
        whole = Image.new("L", size)
        for k, mask in enumerate(self.masks):
            power = 0.68 + 0.32 * wave(t, 1.1 + 0.5 * k, k / 3)
            shown = mask.resize(size, BILINEAR, source).point([int(v * power) for v in range(256)])
            whole = ImageChops.lighter(whole, shown)
        canvas.paste(STAR, (*at, at[0] + size[0], at[1] + size[1]), whole)
