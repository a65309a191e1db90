"""Films by Runway: a picture set in motion, or words alone where the row's `body` says the model can (text_to_video)."""

from typing import Any, ClassVar

from engines.base import Run
from engines.clients.hosted import Account, Hosted
from engines.clients.runway import Runway, short_enough
from engines.errors import BadRequest
from engines.image.hosted import LARGE
from engines.video.hosted import HostedVideo, values
from engines.video.request import VideoRequest

RATIOS = ["1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672"]


class RunwayVideo(HostedVideo):
    """A task for each film."""

    host: ClassVar[type[Hosted]] = Runway

    def work(self, account: Account, request: VideoRequest, run: Run, seed: int) -> dict[str, Any]:
        """What an image_to_video or text_to_video task is told."""
        ratios = account.choices.get("aspect_ratio", RATIOS)
        shaped = account.model_copy(update={"choices": account.choices | {"aspect_ratio": ratios}})
        told = values(("image",), shaped, request, run, seed, most=LARGE)
        named = {"ratio": told["aspect_ratio"], "duration": told["duration"], "seed": told["seed"]}
        if told["prompt"]:
            named["promptText"] = short_enough(told["prompt"])
        if request.image:
            return {"path": "image_to_video", "promptImage": told["image"]} | named | account.body
        if "text" not in account.choices.get("from", []):
            raise BadRequest("this model of Runway sets a picture in motion; give it as image, or choose another model", fields=["image"])
        return {"path": "text_to_video"} | named | account.body
