"""One flat colour from the seed: the quickest possible picture, to measure what the studio itself costs."""

import colorsys

from PIL import Image

from engines.base import Artifact, Engine, Made, Run
from engines.image.request import ImageRequest
from engines.image.save import MEDIA_TYPES, describe, save
from engines.seeds import draw, nth

SIDE = 512


class Flat(Engine[ImageRequest]):
    """Answers any words with a plain coloured sheet."""

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """Fill `count` sheets; sheet k has the colour of seed + k."""
        first = request.seed if request.seed is not None else draw()
        size = request.width or SIDE, request.height or SIDE
        made = Made(resolved_prompt=request.prompt)
        for k in range(request.count):
            seed = nth(first, k)
            run.progress((k + 0.5) / request.count, "Filling the sheet")
            color = tuple(int(255 * part) for part in colorsys.hsv_to_rgb((seed * 0.61803398875) % 1.0, 0.55, 0.85))
            texts = describe(request, run.words, seed, size, request.model if request.model != "auto" else "flat", None)
            sheet = Image.new("RGB", size, color)
            path = save(sheet, run.folder / f"picture-{k + 1:02d}", request.format, texts)
            made.artifacts.append(
                Artifact(
                    path=path,
                    media_type=MEDIA_TYPES[request.format],
                    width=size[0],
                    height=size[1],
                    meta={"seed": seed, "index": k, "role": "picture", "size": list(size)},
                    picture=sheet,
                )
            )
            made.seeds.append(seed)
        return made
