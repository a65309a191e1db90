"""A brand's guidelines as a moderator: words and claims in texts, colours in pictures."""

import re

import numpy as np

from config.moderation import Brand, moderation
from engines.base import Run
from engines.moderation.reader import Reader
from engines.moderation.request import Verdict
from engines.moderation.text import WORD, places, plain, plain_pattern

CATEGORY = "brand"


class BrandGuide(Reader):
    """Finds what the brand's guidelines in moderation.yaml do not want."""

    def read(self, texts: list[str]) -> list[Verdict]:
        """One verdict per word and claim that does not fit."""
        said = _said(moderation().brand, "\n".join(map(plain, texts)))
        return [Verdict(by=self.name, subject="words", category=CATEGORY, why=why) for why in said]

    def look(self, pictures: list[str], run: Run) -> list[Verdict]:
        """One verdict per picture that does not keep to the brand's colours."""
        brand = moderation().brand
        found = [(name, _coloured(brand, run, name)) for name in pictures if brand.colours]
        return [Verdict(by=self.name, subject=name, category=CATEGORY, why=why) for name, why in found if why]


def _said(brand: Brand, text: str) -> list[str]:
    words = WORD.findall(text)
    wrong = [f"it says {each!r}; say {other!r} instead" for each, other in brand.instead.items() if places([each], words)]
    claims = [re.search(plain_pattern(claim), text, re.IGNORECASE) for claim in brand.claims]
    return wrong + [f"it claims {claim.group()[:80]!r}" for claim in claims if claim]


def _coloured(brand: Brand, run: Run, name: str) -> str | None:
    """Why a picture is not in the brand's colours, or None."""
    from engines.vision.colours import from_hex, lab
    from engines.vision.measure import small

    thumb, _ = small(run.folder / name)
    pixels = np.asarray(thumb, np.float64).reshape(-1, 4)
    seen = lab(pixels[pixels[:, 3] > 127][:, :3] / 255)
    own = lab(np.stack([from_hex(colour) for colour in brand.colours]))
    near = np.sqrt(((seen[:, None] - own[None]) ** 2).sum(-1)).min(1) <= brand.tolerance
    share = float(near.mean()) if len(near) else 1.0
    return None if share >= brand.share else f"only {share:.0%} of it is in the brand's colours, {brand.share:.0%} should be"
