"""Draws the pictures the page shows before anything was made: a card for every style, and three examples to start from.

    python -m bench.cards

Every card shows the same sitter in the same daylight, so that the eye compares nothing but the style.
"""
from pathlib import Path

from PIL import Image

from config import styles
from engines.sketch.painter import paint
from engines.sketch.parser import parse
from engines.sketch.scene import Scene

ASSETS = Path(__file__).parent.parent / "studio" / "assets"
CARD, SIDE, HEAVIEST = 256, 1024, 25_000
SITTER = {"schema": "scene/1", "setting": "meadow", "time": "day", "weather": "clouds", "shot": "close",
          "things": [{"id": "fox", "noun": "fox", "x": 0.5, "size": "small"}]}
FRAME = (0.14, 0.14, 0.86, 0.86)
FRAMES = {"none": (0.05, 0.05, 0.95, 0.95), "photorealistic": (0.25, 0.32, 0.75, 0.82)}
"""These two are shown beside each other and differ least: one from farther away, one as through a lens."""
EXAMPLES = {
    "lighthouse": ("a lighthouse on a cliff at sunset, calm sea", "cinematic", 3, (768, 960)),
    "fox": ("a fox sitting in a snowy forest under a full moon", "anime", 1, (768, 960)),
    "rooftop": ("a girl in a red scarf and a black cat on a rooftop, city at night", "digital_art", 2, (768, 960)),
}
VERSE = {"schema": "scene/1", "setting": "meadow", "time": "sunset", "weather": "clear", "shot": "medium", "things": [
    {"id": "girl", "noun": "girl", "x": 0.4, "depth": 0.9, "slots": {"scarf": "#f2c230", "coat": "#2f5d8c"}},
    {"id": "dog", "noun": "dog", "x": 0.66, "depth": 0.9}]}


def keep(image: Image.Image, path: Path, size: tuple[int, int], most: int) -> None:
    """Write a WebP no heavier than `most` bytes."""
    small = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    for quality in (88, 82, 76, 70, 60, 50):
        small.save(path, quality=quality, method=6)
        if path.stat().st_size <= most:
            break
    print(f"{path.relative_to(ASSETS)}: {path.stat().st_size} bytes")


def main() -> None:
    """Draw all of them."""
    for style in styles():
        whole = paint(Scene.read(SITTER), SIDE, SIDE, 11, style).image
        frame = tuple(round(SIDE * each) for each in FRAMES.get(style, FRAME))
        keep(whole.crop(frame), ASSETS / "cards" / f"{style}.webp", (CARD, CARD), HEAVIEST)
    for name, (prompt, style, seed, (width, height)) in EXAMPLES.items():
        painting = paint(parse(prompt, seed, ""), width, height, seed, style)
        keep(painting.image, ASSETS / "examples" / f"{name}.webp", (width * 5 // 6, height * 5 // 6), 90_000)
    keep(paint(Scene.read(VERSE), SIDE, SIDE, 4, "cinematic").image, ASSETS / "examples" / "song.webp", (800, 800), 90_000)


if __name__ == "__main__":
    main()
