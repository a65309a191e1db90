"""Pictures described by a model that sees, wherever it runs; what a picture says of itself is read by our own eye first."""

import base64
import io

from PIL import Image, ImageOps
from pydantic import Field

from engines.base import Made, Run
from engines.clients.replies import said
from engines.clients.structured import Writer, ask
from engines.errors import BadRequest, BudgetSpent, Transient
from engines.prompt.asked import credited, instead
from engines.prompt.told import conversation
from engines.share import share
from engines.sketch.told import ToldScene, scene_of
from engines.vision.request import DescribeRequest
from engines.vision.sketch import SketchEye

SIDE, QUALITY = 1024, 85
OWN = 0.1
"""The share of the work that our own eye takes."""


class ToldPicture(ToldScene):
    """The answer to `picture`: a scene, and the picture in a sentence."""

    caption: str = Field("", description="One sentence about the whole picture")


def described(writer: Writer, request: DescribeRequest, run: Run) -> Made:
    """As the sketch eye's result, with `caption`, and `scene_from` "model", unless the picture carries its own scene."""
    known = SketchEye().generate(request, share(run, 0.0, OWN))
    result = known.result or {}
    if result.get("scene_from") == "metadata" or result.get("measures") is None:
        return known  # it carries its scene, or is damaged
    words = conversation("picture", "Describe this picture.")
    words[1]["content"] = [
        {"type": "text", "text": words[1]["content"]},
        {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{_small(run, request.image)}"}},
    ]
    try:
        answered = ask(writer, ToldPicture, words, share(run, OWN, 1.0).progress, request.seed)
    except BudgetSpent:
        raise
    except (Transient, BadRequest) as error:
        return instead(SketchEye, request, run, error)
    caption = said(answered.value.caption)
    seen = {"method": f"seen by {answered.model}", "scene": scene_of(answered.value, caption).as_json(), "scene_from": "model"}
    return credited(Made(result=result | seen | {"caption": caption}), answered, writer)


def _small(run: Run, source: str) -> str:
    """The picture on white as a JPEG of at most SIDE pixels, in base64, without its metadata."""
    from engines.vision.measure import eight_bits

    with Image.open(run.open(source)) as given:
        upright = ImageOps.exif_transpose(eight_bits(given)).convert("RGBA")
    upright.thumbnail((SIDE, SIDE))
    sheet = Image.new("RGBA", upright.size, "white")
    sheet.alpha_composite(upright)
    data = io.BytesIO()
    sheet.convert("RGB").save(data, "JPEG", quality=QUALITY)
    return base64.b64encode(data.getvalue()).decode()
