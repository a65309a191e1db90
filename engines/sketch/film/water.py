"""Water on the move: a plate whose rows slide to and fro as waves pass, small far off and broad near the shore."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from engines.sketch.dice import Array, F
from engines.sketch.film.camera import View
from engines.sketch.film.plates import MODE, Plate
from engines.sketch.frame import Frame
from engines.sketch.noise import fractal

TURN = 256


@dataclass
class Water:
    """A plate of water and how far each of its pixels is carried by the two waves that cross it."""

    plate: Plate
    pixels: Array
    places: Array
    reach: Array
    waves: tuple[Array, Array]
    unit: float

    @classmethod
    def of(cls, frame: Frame, plate: Plate, name: str) -> "Water":
        """Water with waves of this frame's chance."""
        w, h = plate.image.size
        pixels = np.frombuffer(plate.image.tobytes(), np.uint32)
        down = np.arange(h, dtype=F)[:, None] / max(1.0, frame.h * frame.unit - plate.top)
        reach = (frame.unit * (0.0015 + 0.010 * down)).astype(F)
        long = frame.unit * 0.16
        waves = tuple(
            (fractal(frame.stream(f"{name}/wave{k}"), (w, h), (long * (1 + k), long * 0.22), 2) * TURN * 2).astype(F) for k in (0, 1)
        )
        places = np.arange(w, dtype=np.int32)[None] + np.zeros((h, 1), np.int32)
        return cls(plate, pixels, places, reach, (waves[0], waves[1]), frame.unit)

    def lay(self, canvas: Image.Image, view: View, t: float) -> None:
        """Draw it with its waves where they are just now."""
        w, h = self.plate.image.size
        one = np.take(SINE, (self.waves[0] + t * TURN * 0.42).astype(np.int32) & (TURN - 1))
        two = np.take(SINE, (self.waves[1] - t * TURN * 0.27).astype(np.int32) & (TURN - 1))
        one += two
        one *= self.reach
        across = self.places + one.astype(np.int32)
        np.clip(across, 0, w - 1, out=across)
        two *= self.reach * 0.35
        rows = np.clip(np.arange(h, dtype=np.int32)[:, None] + two.astype(np.int32), 0, h - 1)
        across += rows * w
        moved = np.take(self.pixels, across)
        piece = Image.frombuffer(MODE, (w, h), moved.tobytes(), "raw", MODE, 0, 1)
        Plate(piece, self.plate.left, self.plate.top, self.plate.near).lay(canvas, view, t)


SINE = np.sin(np.arange(TURN, dtype=F) * (2 * np.pi / TURN)).astype(F)
