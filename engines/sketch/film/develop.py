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
from engines.sketch.noise import BOX, blur, resize
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

    def shared(self, groups: list[list[Layer]]) -> list[tuple[Array, Array, int]]:
        """Colour, coverage and first row of each group of still layers, back to front; together they are the finished still."""
        h, w = self.frame.height, self.frame.width
        flat = [self._flat(group) for group in groups]
        colors = [np.clip(graded(self.frame, rgb * self.lit[rows]), 0, 1.5) for rgb, _, rows in flat]
        seen, clear, missing = [], np.ones((h, w), F), self.finished.copy()
        for color, (_, alpha, rows) in zip(reversed(colors), reversed(flat)):
            share = alpha * clear[rows]
            clear[rows] *= 1 - alpha
            missing[rows] -= color * share[..., None]
            seen.append(share)
        seen.reverse()
        missing[flat[0][2]] -= colors[0] * clear[flat[0][2]][..., None]
        self.frame.tick("Developing", 0.1)
        out = []
        for color, share, (_, alpha, rows) in zip(colors, seen, flat):
            hidden = (share <= 0.02) & (alpha > 0.004)
            more = missing[rows]
            if hidden.any():
                more = np.where(hidden[..., None], self._onwards(more, share, rows), more)
            out.append((color + more, alpha, rows.start))
        bottom, cover, first = out[0]
        whole, part = self.finished.copy(), slice(first, first + cover.shape[0])
        whole[part] += (bottom - whole[part]) * cover[..., None]
        out[0] = whole, np.ones((h, w), F), 0
        return out

    def _onwards(self, missing: Array, share: Array, rows: slice) -> Array:
        """What is missing where a plate shows, carried on behind what hides it; worked out at a quarter of the size."""
        h, w = share.shape
        small = max(2, w // 4), max(2, h // 4)
        seen, lost = resize(share, *small, BOX), resize(missing * share[..., None], *small, BOX)
        out = resize(self.gain[rows], *small, BOX)
        for reach in (0.15, 0.025):  # what is known farther off first, then what is known close by
            around = blur(seen, self.frame.unit * reach / 4)
            near = blur(lost, self.frame.unit * reach / 4) / np.maximum(around, 1e-3)[..., None]
            out += (near - out) * np.clip(around * 20, 0, 1)[..., None]
        return resize(out, w, h)

    def _flat(self, layers: list[Layer]) -> tuple[Array, Array, slice]:
        """Straight colour and coverage of some layers over the whole width, and the rows they take."""
        rows = slice(min(layer.top for layer in layers), max(layer.top + layer.alpha.shape[0] for layer in layers))
        if len(layers) == 1 and layers[0].alpha.shape[1] == self.frame.width:
            return np.array(layers[0].rgb, F), layers[0].alpha, rows
        rgb = np.zeros((rows.stop - rows.start, self.frame.width, 3), F)
        alpha = np.zeros(rgb.shape[:2], F)
        for layer in layers:
            lh, lw = layer.alpha.shape
            part = np.s_[layer.top - rows.start : layer.top - rows.start + lh, layer.left : layer.left + lw]
            a = layer.alpha
            alpha[part] = a + alpha[part] * (1 - a)
            share = (a / np.maximum(alpha[part], 1e-3))[..., None]
            rgb[part] += (layer.rgb - rgb[part]) * share
        return rgb, alpha, rows
