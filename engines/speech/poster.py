"""The picture of a recording: its loudness from left to right, as bars."""

import numpy as np
from PIL import Image, ImageDraw

SIZE = 1024, 256
PAPER, INK, RULE = (250, 246, 236), (39, 62, 105), (224, 213, 190)
BAR, GAP = 6, 4
FINE = 2


def poster(sound: np.ndarray) -> Image.Image:
    """Bars of the loudness of a sound's samples, 16-bit, by channels."""
    width, height = SIZE[0] * FINE, SIZE[1] * FINE
    picture = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(picture)
    step = (BAR + GAP) * FINE
    count = width // step - 4
    left, middle = (width - count * step + GAP * FINE) // 2, height // 2
    draw.line((left, middle, width - left, middle), RULE, 2 * FINE)
    edges = np.linspace(0, len(sound), count + 1).astype(int)
    parts = (np.asarray(sound[low:high]).astype(np.float32) for low, high in zip(edges, edges[1:]))
    power = np.array([float(np.sqrt((part**2).mean())) if part.size else 0.0 for part in parts])
    for k, loud in enumerate(power / max(1.0, power.max(initial=0.0))):
        half = int(loud**0.8 * (middle - 12 * FINE))
        x = left + k * step
        if half > FINE:
            draw.rounded_rectangle((x, middle - half, x + BAR * FINE, middle + half), BAR * FINE // 2, INK)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)
