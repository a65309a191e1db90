"""What stands in for a word without a drawing: a lettered card on a little easel, honest and not ugly."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engines.sketch.dice import F
from engines.sketch.parts import Sprite

PAPER, EDGE, INK, WOOD, RULE = (246, 237, 217), (214, 196, 160), (66, 50, 44), (122, 86, 60), (176, 70, 54)


def placeholder(word: str, height: float) -> Sprite:
    """A card `height` pixels tall with the word on it, in any script the fonts here can letter."""
    fine = 2
    tall = max(12, int(height)) * fine
    wide = int(tall * 0.98)
    sheet = Image.new("RGBA", (wide, tall))
    draw = ImageDraw.Draw(sheet)
    card = (int(wide * 0.04), int(tall * 0.03), int(wide * 0.96), int(tall * 0.70))
    leg = max(2, tall // 34)
    for foot, head in ((0.24, 0.44), (0.76, 0.56)):
        draw.line([(wide * foot, tall * 0.985), (wide * head, tall * 0.4)], fill=(*WOOD, 255), width=leg)
    draw.rectangle((wide * 0.16, tall * 0.70, wide * 0.84, tall * 0.735), fill=(*WOOD, 255))
    round_ = tall // 28
    draw.rounded_rectangle(card, round_, fill=(*EDGE, 255))
    inset = max(1, tall // 70)
    inner = (card[0] + inset, card[1] + inset, card[2] - inset, card[3] - inset)
    draw.rounded_rectangle(inner, round_, fill=(*PAPER, 255))
    gap = max(2, tall // 30)
    draw.rectangle((inner[0] + gap, inner[1] + gap, inner[2] - gap, inner[3] - gap), outline=(*RULE, 255), width=max(1, tall // 150))
    _letter(draw, word, inner, gap * 2)
    small = sheet.convert("RGBa").resize((wide // fine, tall // fine), Image.Resampling.BOX).convert("RGBA")
    pixels = np.asarray(small, F) * (1 / 255)
    alpha = pixels[..., 3].copy()
    return Sprite(pixels[..., :3].copy(), alpha, np.zeros_like(alpha), (wide / fine / 2, tall / fine * 0.985))


def _letter(draw: ImageDraw.ImageDraw, word: str, box: tuple[int, int, int, int], margin: int) -> None:
    """The word in the middle of the card, as large as it fits; a question mark where it cannot be lettered."""
    room = (box[2] - box[0] - 2 * margin, box[3] - box[1] - 2 * margin)
    size = max(6, int(room[1] * 0.5))
    for text in (word.strip()[:24] or "?", "?"):
        try:
            font = ImageFont.load_default(size)
            left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
            share = min(1.0, room[0] / max(1.0, right - left))
            font = ImageFont.load_default(max(5, int(size * share)))
            left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
            at = ((box[0] + box[2] - right - left) / 2, (box[1] + box[3] - bottom - top) / 2)
            draw.text(at, text, fill=(*INK, 255), font=font)
            return
        except (UnicodeError, ValueError, OSError):
            continue
