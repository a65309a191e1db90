"""Pictures by Runway: words, and up to three pictures to take faces and things from."""

from typing import Any, ClassVar

from engines.base import Run
from engines.clients.hosted import Account, Hosted
from engines.clients.runway import Runway, short_enough
from engines.image.hosted import LARGE, HostedImages, values
from engines.image.request import ImageRequest

RATIOS = ["1024:1024", "1920:1080", "1080:1920", "1440:1080", "1080:1440", "1168:880", "1360:768", "2112:912"]
TAKES = ("references",)


class RunwayImages(HostedImages):
    """A task for each picture."""

    host: ClassVar[type[Hosted]] = Runway

    def seeded(self, account: Account) -> bool:
        """Every task takes one."""
        return True

    def work(self, account: Account, request: ImageRequest, run: Run, seed: int) -> dict[str, Any]:
        """What a text_to_image task is told."""
        told = values(TAKES, request, run, seed, shapes=account.choices.get("aspect_ratio", RATIOS), most=LARGE)
        pictures = [{"uri": url, "tag": f"reference{number}"} for number, url in enumerate(told.get("references", []), 1)]
        named = {"path": "text_to_image", "promptText": short_enough(told["prompt"]), "ratio": told["aspect_ratio"], "seed": told["seed"]}
        return named | ({"referenceImages": pictures} if pictures else {}) | account.body
