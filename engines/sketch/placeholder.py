"""What stands in for a word without a drawing: a lettered card on a little easel, honest and not ugly."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engines.book.fonts import font_for, hand_of
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
    """The word in the middle of the card, as large as it fits; a question mark where no font here has its letters."""
    room = (box[2] - box[0] - 2 * margin, box[3] - box[1] - 2 * margin)
    size = max(6, int(room[1] * 0.5))
    text = word.strip()[:24] or "?"
    face = _face(text)
    if face is None:
        text, face = "?", _face("?")
    font = _font(face, size)
    left, _, right, _ = draw.textbbox((0, 0), text, font=font)
    font = _font(face, max(5, int(size * min(1.0, room[0] / max(1.0, right - left)))))
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    at = ((box[0] + box[2] - right - left) / 2, (box[1] + box[3] - bottom - top) / 2)
    draw.text(at, text, fill=(*INK, 255), font=font)


def _face(text: str) -> Path | None:
    """A font of this machine that has all the letters."""
    signs = frozenset(ord(sign) for sign in text if not sign.isspace())
    return font_for(signs, False, hand_of(text) or "hans", False)


def _font(face: Path | None, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size) if face is None else ImageFont.truetype(str(face), size)
