"""Films by OpenRouter's models: words, or a picture as the first frame."""

from typing import Any, ClassVar

from engines.base import Run
from engines.clients.hosted import Account, Hosted
from engines.clients.openrouter import OpenRouterFilms
from engines.image.hosted import LARGE
from engines.video.hosted import HostedVideo, values
from engines.video.request import VideoRequest

SENT = ("duration", "resolution", "aspect_ratio", "seed")


class OpenRouterVideo(HostedVideo):
    """A job for each film."""

    host: ClassVar[type[Hosted]] = OpenRouterFilms

    def work(self, account: Account, request: VideoRequest, run: Run, seed: int) -> dict[str, Any]:
        """What is sent: only what the row's `fields` say the model knows, as it refuses the rest."""
        told = values(("image",), account, request, run, seed, most=LARGE)
        body: dict[str, Any] = {"prompt": told["prompt"]} | {name: told[name] for name in SENT if name in account.fields and name in told}
        if request.image:
            frame = {"type": "image_url", "image_url": {"url": told["image"]}, "frame_type": "first_frame"}
            body["frame_images"] = [frame]
        return body | account.body
