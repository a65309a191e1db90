"""What is in the air before the lens: rain, snow and leaves that fall without end, and lightning."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from engines.sketch.dice import Array, F, Stream
from engines.sketch.film.camera import View
from engines.sketch.film.gait import wave
from engines.sketch.film.plates import Plate, image
from engines.sketch.frame import Frame, Layer
from engines.sketch.noise import resize, smooth

FALLS = {
    "far snow": (0.05, 0.0, 0.010), "snow": (0.10, 0.02, 0.018), "near snow": (0.24, 0.05, 0.03),
    "far rain": (1.5, -0.16, 0.0), "near rain": (2.3, -0.16, 0.0), "leaves": (0.12, 0.42, 0.02),
}
"""Heights of the frame it falls in a second, how far it goes to the side meanwhile (of its fall; leaves: in heights), its sway."""


@dataclass
class Fall:
    """A sheet that repeats downwards and sideways, moved past the lens."""

    sheet: Image.Image
    color: tuple[int, ...] | None
    size: tuple[int, int]
    speed: tuple[float, float]
    sway: float
    lag: float

    @classmethod
    def of(cls, frame: Frame, layer: Layer, color: Array, size: tuple[int, int]) -> "Fall":
        """From the painter's layer; `color` is the whole crop as the finish shows it."""
        width, height = size
        alpha = resize(layer.alpha, width, height)
        down, side, sway = FALLS[layer.name]
        if frame.scene.weather == "storm" and side < 0:
            down, side = down * 1.2, -0.34
        pace = (height * side * (down if layer.name != "leaves" else 1.0), height * down)
        lag = frame.stream(f"{layer.name}/sway").random()
        if layer.name == "leaves":
            whole = image(resize(color, width, height), alpha)
            return cls(_tiled(whole), None, size, pace, sway * height, lag)
        alpha = _endless(alpha)
        ink = color[layer.alpha > 0.05].mean(axis=0) if (layer.alpha > 0.05).any() else np.ones(3)
        mask = Image.fromarray(np.clip(alpha * 255, 0, 255).astype(np.uint8))
        return cls(_tiled(mask), (*(int(v * 255) for v in np.clip(ink, 0, 1)), 255), size, pace, sway * height, lag)

    def lay(self, canvas: Image.Image, view: View, t: float) -> None:
        """Draw it over the whole frame."""
        w, h = self.size
        x = int(-(self.speed[0] * t + self.sway * wave(t, 3.7, self.lag))) % w
        y = int(-self.speed[1] * t) % h
        piece = self.sheet.crop((x, y, x + w, y + h))
        if self.color is None:
            canvas.paste(piece, (0, 0), piece.getchannel(3))
        else:
            canvas.paste(self.color, (0, 0, w, h), piece)


def _tiled(piece: Image.Image) -> Image.Image:
    """Twice as wide and as high, so that every place of it can be cut out whole."""
    w, h = piece.size
    whole = Image.new(piece.mode, (w * 2, h * 2))
    for x in (0, w):
        for y in (0, h):
            whole.paste(piece, (x, y))
    return whole


def _endless(alpha: Array) -> Array:
    """Coverage that repeats without a seam: thinned out towards its edges, and laid over itself half a sheet further."""
    for axis in (0, 1):
        n = alpha.shape[axis]
        far = np.abs(np.arange(n, dtype=F) + 0.5 - n / 2) / (n / 2)
        keep = np.expand_dims(smooth(1.0, 0.72, far), 1 - axis)
        alpha = np.maximum(alpha * keep, np.roll(alpha * (1 - keep), n // 2, axis))
    return alpha


@dataclass
class Flash:
    """Lightning: the bolt for two frames now and then, and a pale light over everything with it."""

    bolt: Plate
    times: tuple[float, ...]

    @classmethod
    def of(cls, bolt: Plate, stream: Stream, seconds: float) -> "Flash":
        """The strikes of one shot; the first comes soon."""
        at, times = 0.4 + 0.5 * stream.random(), []
        while at < seconds:
            times += [at, at + 0.3] if stream.chance(0.5) else [at]
            at += 1.8 + 2.4 * stream.random()
        return cls(bolt, tuple(times))

    def lay(self, canvas: Image.Image, view: View, t: float) -> None:
        """Draw it if it strikes just now."""
        power = max((max(0.0, 1 - (t - at) / 0.28) for at in self.times if t >= at), default=0.0)
        if power <= 0:
            return
        faded = self.bolt.image.copy()
        cover = faded.getchannel(3).point([int(v * power) for v in range(256)])
        faded = Image.merge(faded.mode, (*faded.split()[:3], cover))
        Plate(faded, self.bolt.left, self.bolt.top, self.bolt.near).lay(canvas, view, t)
        canvas.paste((226, 232, 255, 255), (0, 0, *canvas.size), Image.new("L", canvas.size, int(46 * power)))
