"""The reel: a film shot after shot, frame after frame, drawn by two threads and never held but for a few frames."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from PIL import Image

from engines.sketch.film.plates import MODE

LONGEST_SHOT = 8.0
"""Seconds after which there is another shot."""
THREADS = 2


class Filmable(Protocol):
    """Something whose frames can be drawn in any order."""

    def frame(self, number: int) -> Image.Image:
        """One frame."""


def lengths(frames: int, fps: int) -> list[int]:
    """How many frames each shot of a film has: as few shots as may be, of nearly equal length."""
    shots = max(1, -(-frames // max(1, int(LONGEST_SHOT * fps))))
    return [frames * (k + 1) // shots - frames * k // shots for k in range(shots)]


def filmed(shot: Filmable, frames: int) -> Iterator[Image.Image]:
    """Every frame in order; whoever stops asking, stops the work within a frame."""
    with ThreadPoolExecutor(THREADS, "film") as hands:
        ahead: deque[Future[Image.Image]] = deque()
        try:
            for number in range(frames):
                while len(ahead) <= THREADS and number + len(ahead) < frames:
                    ahead.append(hands.submit(shot.frame, number + len(ahead)))
                yield ahead.popleft().result()
        finally:
            for waiting in ahead:
                waiting.cancel()


def picture(frame: Image.Image) -> Image.Image:
    """A frame as an RGB picture."""
    return Image.frombytes("RGB", frame.size, frame.tobytes(), "raw", "RGBX") if frame.mode == MODE else frame.convert("RGB")
