"""Pictures described by a vision model on an OpenAI-compatible server; what a picture says of itself is read by our own eye first."""

import base64
import io

from PIL import Image, ImageOps
from pydantic import Field

from engines.base import Engine, Made, Ready, Run
from engines.clients.openai import OpenAIServer
from engines.clients.replies import said
from engines.clients.structured import ask
from engines.errors import BadRequest, ModelNotReady, Transient
from engines.prompt.openai import credited, instead
from engines.prompt.told import conversation
from engines.sketch.told import ToldScene, scene_of
from engines.vision.request import DescribeRequest
from engines.vision.sketch import SketchEye

SIDE, QUALITY = 1024, 85


class ToldPicture(ToldScene):
    """The answer to `picture`: a scene, and the picture in a sentence."""

    caption: str = Field("", description="One sentence about the whole picture")


class ChatEye(Engine[DescribeRequest]):
    """Metadata and measures as the sketch eye finds them; the scene from the model, unless the picture carries its own."""

    def ready(self) -> Ready:
        """Whether the server is known, lets the studio in, and answers."""
        try:
            return OpenAIServer(self.options).ready()
        except ModelNotReady as error:
            return Ready(ok=False, missing=error.message)

    def generate(self, request: DescribeRequest, run: Run) -> Made:
        """As the sketch eye's result, with `caption`, and `scene_from` "model"."""
        server = OpenAIServer(self.options)
        known = SketchEye().generate(request, run)
        result = known.result or {}
        if result.get("scene_from") == "metadata" or result.get("measures") is None:
            return known  # it carries its scene, or is damaged
        words = conversation("picture", "Describe this picture.")
        words[1]["content"] = [
            {"type": "text", "text": words[1]["content"]},
            {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{_small(run, request.image)}"}},
        ]
        try:
            answered = ask(server, ToldPicture, words, lambda: run.progress(0.5, f"Asking {server.name}"), request.seed)
        except (Transient, BadRequest) as error:
            return instead(SketchEye, request, run, error)
        caption = said(answered.value.caption)
        seen = {"method": f"seen by {answered.model}", "scene": scene_of(answered.value, caption).as_json(), "scene_from": "model"}
        return credited(Made(result=result | seen | {"caption": caption}), answered, server.name)


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
