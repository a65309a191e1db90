"""Measures the embedded animator and draws the contact sheet of six films: `python -m bench.film` writes docs/gallery/films.jpg.

--curve how far variations go; --layers what a layer costs per frame with Pillow, and with OpenCV where it is installed.
"""

import argparse
import importlib.util
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from engines.sketch.dice import Dice
from engines.sketch.film.camera import spoken
from engines.sketch.film.reel import picture
from engines.sketch.film.shot import Brief, Shot, prepare
from engines.sketch.parser import parse
from engines.video.request import VideoRequest
from engines.video.sketch import SketchFilm

Row = tuple[str, str, str]
SHEET = Path(__file__).parent.parent / "docs" / "gallery" / "films.jpg"
SIZE, FPS, FRAMES = (720, 480), 8, 49
SHOWN = (1, 13, 25, 37, 47)
STRENGTHS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
FILMS = (
    ("a red fox walking in a snowy forest at night", "anime", 1),
    ("a lighthouse on a cliff at sunset, pan left", "cinematic", 1),
    ("a girl with a red scarf and a dog walking in the city in the rain", "cinematic", 1),
    ("a sailboat on the sea in the morning, birds in the sky, push in", "digital_art", 1),
    ("an old man walking on a country road", "none", 1),
    ("a campfire by a lake at night, a tent", "photorealistic", 4),
)


class Quiet:
    """A run that listens to nothing."""

    words = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def progress(self, fraction: float, note: str = "", preview: Image.Image | None = None) -> None:
        """Nobody asks."""

    def open(self, source: str) -> Path:
        """Nothing is given."""
        raise FileNotFoundError(source)

    def recall(self, artifact_id: str) -> dict[str, Any]:
        """Nothing is varied."""
        return {}


def shot(number: int, size: tuple[int, int] = SIZE, frames: int = FRAMES, turns: tuple[tuple[int, float], ...] = ()) -> Shot:
    """The shot of one of the films."""
    prompt, style, seed = FILMS[number]
    words, move = spoken(prompt)
    return prepare(Dice(seed, turns), Brief(parse(words, seed), style, size, FPS, frames, move), lambda share, note, preview: None)


def measure() -> list[Row]:
    """Seconds of wall time a frame takes, all work from the words to the written file; the worst of the six films."""
    took = {}
    engine = SketchFilm()
    engine.load()
    with tempfile.TemporaryDirectory() as folder:
        for prompt, style, seed in FILMS:
            request = VideoRequest(prompt=prompt, style=style, seed=seed)
            began = time.perf_counter()
            engine.generate(request, Quiet(Path(folder)))
            took[prompt] = (time.perf_counter() - began) / request.frames
    worst = max(took, key=lambda each: took[each])
    middle = sorted(took.values())[len(took) // 2]
    said = f"worst {took[worst]:.3f} s ({worst}), middle {middle:.3f} s"
    return [(f"a film's frame of 720 × 480, painting and encoding shared out over {FRAMES} frames", said, "0.12 s, worst of six")]


def sheet() -> Image.Image:
    """Five frames of each film, one film in a row."""
    wide, high, foot = 288, 192, 20
    whole = Image.new("RGB", (wide * len(SHOWN), (high + foot) * len(FILMS)), "#f4efe4")
    draw = ImageDraw.Draw(whole)
    for row, (prompt, style, _) in enumerate(FILMS):
        film = shot(row)
        for column, number in enumerate(SHOWN):
            small = picture(film.frame(number)).resize((wide, high), Image.Resampling.LANCZOS)
            whole.paste(small, (column * wide, row * (high + foot)))
        draw.text((6, row * (high + foot) + high + 4), f"{prompt} ({style}, {film.move})", fill="#5a4a40")
    return whole


def curve() -> dict[float, float]:
    """Mean difference from the original, 0 to 255, over all films and eight of their frames, for every strength."""
    out = dict.fromkeys(STRENGTHS, 0.0)
    for number in range(len(FILMS)):
        original = _frames(shot(number, (240, 160), 8))
        for strength in STRENGTHS:
            other = _frames(shot(number, (240, 160), 8, ((77 + number, strength),)))
            out[strength] += float(np.abs(other - original).mean()) / len(FILMS)
    return out


def _frames(film: Shot) -> np.ndarray:
    return np.stack([np.asarray(picture(film.frame(k)), np.float32) for k in range(film.brief.frames)])


def layers() -> list[str]:
    """Milliseconds to scale one layer of 806 × 536 and lay it over a frame."""
    data = np.random.default_rng(1).integers(0, 255, (536, 806, 4), np.uint8)
    sheet_, frame = Image.frombytes("CMYK", (806, 536), data.tobytes()), Image.new("CMYK", SIZE)

    def by_pillow() -> None:
        piece = sheet_.resize(SIZE, Image.Resampling.BILINEAR, (10.3, 9.7, 760.5, 510.2))
        frame.paste(piece, (0, 0), piece.getchannel(3))

    said = [f"Pillow {_milliseconds(by_pillow):.1f} ms"]
    if importlib.util.find_spec("cv2"):
        import cv2  # only to be compared with

        place, under = np.array([[0.96, 0, -10.3], [0, 0.96, -9.7]], np.float32), np.zeros((SIZE[1], SIZE[0], 4), np.uint8)

        def by_opencv() -> None:
            piece = cv2.warpAffine(data, place, SIZE, flags=cv2.INTER_LINEAR)
            clear = cv2.merge([255 - piece[..., 3]] * 4)
            cv2.add(cv2.multiply(under, clear, scale=1 / 255), piece, under)

        said.append(f"OpenCV {_milliseconds(by_opencv):.1f} ms")
    return said


def _milliseconds(work: Any, rounds: int = 40) -> float:
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return sorted(took)[rounds // 2] * 1e3


def main() -> None:
    """Draw the sheet, or print a measure."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--out", type=Path, default=SHEET)
    for name in ("curve", "layers", "time"):
        asked.add_argument(f"--{name}", action="store_true")
    told = asked.parse_args()
    if told.curve:
        print(", ".join(f"{strength:g}: {apart:.1f}" for strength, apart in curve().items()))
    if told.layers:
        print(", ".join(layers()))
    if told.time:
        print(*measure()[0], f"load {os.getloadavg()[0]:.1f}")
    if told.curve or told.layers or told.time:
        return
    sheet().save(told.out, quality=80)
    print(f"{told.out}: {told.out.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
