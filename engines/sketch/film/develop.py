"""Developing: the finish of a picture, worked out once, and shared out to the plates it is made of.

The still is finished as ever (lamps, bloom, rays, strokes, grade, vignette). Each plate is graded on its own; where it
shows in the still it takes up what is missing, so that the plates laid on each other are the finished still to the byte,
and where the camera uncovers it, it carries on smoothly.
"""

import numpy as np

from engines.sketch.dice import Array, F
from engines.sketch.finish import finish, graded
from engines.sketch.frame import Frame, Layer
from engines.sketch.light import lamplight
from engines.sketch.noise import blur
from engines.sketch.painter import composed


class Developer:
    """Knows the finished still of some layers, and what the finish does to a layer on its own."""

    def __init__(self, frame: Frame, still: list[Layer]) -> None:
        self.frame = frame
        self.lit = np.ones((frame.height, frame.width, 3), F)
        lamplight(frame, self.lit)
        self.finished, lifted = self._finished(still)
        self.gain = blur(self.finished - graded(frame, lifted), frame.unit * 0.025)
        frame.tick("Developing", 0.2)

    def _finished(self, layers: list[Layer]) -> tuple[Array, Array]:
        """The finished picture of these layers, and the same before the finish."""
        whole, self.frame.layers = self.frame.layers, layers
        try:
            canvas, glow = composed(self.frame)
            canvas = canvas * self.lit
            return finish(self.frame, canvas.copy(), glow), canvas
        finally:
            self.frame.layers = whole

    def alone(self, rgb: Array, left: int, top: int) -> Array:
        """The colours of a crop as the finish shows them, wherever on the sheet the crop hangs over."""
        h, w = rgb.shape[:2]
        rows = np.clip(np.arange(top, top + h), 0, self.frame.height - 1)[:, None]
        cols = np.clip(np.arange(left, left + w), 0, self.frame.width - 1)[None]
        out: Array = graded(self.frame, rgb * self.lit[rows, cols]) + self.gain[rows, cols]
        return np.clip(out, 0, 1)

    def strokes(self, layers: list[Layer]) -> Array:
        """What the finish adds, stroke by stroke, when these layers are the picture."""
        finished, before = self._finished(layers)
        return finished - graded(self.frame, before)

    def shared(self, groups: list[list[Layer]]) -> list[tuple[Array, Array]]:
        """Colour and coverage of each group of still layers, back to front; together they are the finished still."""
        flat = [self._flat(group) for group in groups]
        colors = [np.clip(graded(self.frame, rgb * self.lit), 0, 1.5) for rgb, _ in flat]
        seen, clear = [], np.ones(flat[0][1].shape, F)
        for _, alpha in reversed(flat):
            seen.append(alpha * clear)
            clear = clear * (1 - alpha)
        seen.reverse()
        missing = self.finished - sum((color * share[..., None] for color, share in zip(colors, seen)), np.zeros(3, F))
        missing -= colors[0] * clear[..., None]
        self.frame.tick("Developing", 0.1)
        out = []
        for color, share, (_, alpha) in zip(colors, seen, flat):
            out.append((color + np.where((share > 0.02)[..., None], missing, self._onwards(missing, share)), alpha))
        bottom, cover = out[0]
        out[0] = self.finished + (bottom - self.finished) * cover[..., None], np.ones_like(cover)
        return out

    def _onwards(self, missing: Array, share: Array) -> Array:
        """What is missing where a plate shows, carried on behind what hides it."""
        reach = self.frame.unit * 0.025
        around = blur(share, reach)
        near: Array = blur(missing * share[..., None], reach) / np.maximum(around, 1e-3)[..., None]
        known = np.clip(around * 20, 0, 1)[..., None]
        out: Array = self.gain + (near - self.gain) * known
        return out

    def _flat(self, layers: list[Layer]) -> tuple[Array, Array]:
        """Straight colour and coverage of some layers on the whole sheet."""
        h, w = self.frame.height, self.frame.width
        if len(layers) == 1 and layers[0].alpha.shape == (h, w):
            return np.array(layers[0].rgb, F), layers[0].alpha
        rgb, alpha = np.zeros((h, w, 3), F), np.zeros((h, w), F)
        for layer in layers:
            lh, lw = layer.alpha.shape
            part = np.s_[layer.top : layer.top + lh, layer.left : layer.left + lw]
            a = layer.alpha
            alpha[part] = a + alpha[part] * (1 - a)
            share = (a / np.maximum(alpha[part], 1e-3))[..., None]
            rgb[part] += (layer.rgb - rgb[part]) * share
        return rgb, alpha

