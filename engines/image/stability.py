"""Pictures by Stability: words, a picture to start from, or a picture painted anew within a mask."""

from typing import Any, ClassVar

from engines.base import Run
from engines.clients.hosted import Account, Hosted
from engines.clients.stability import Stability
from engines.image.hosted import SIDE, HostedImages, apart, nearest
from engines.image.openai import opened, png
from engines.image.request import ImageRequest

SHAPES = ["1:1", "16:9", "21:9", "3:2", "5:4", "4:5", "2:3", "9:16", "9:21"]
HALF_WAY = 0.6


class StabilityImages(HostedImages):
    """`model` is core, ultra, or one of the models of sd3."""

    host: ClassVar[type[Hosted]] = Stability

    def seeded(self, account: Account) -> bool:
        """Every service takes one."""
        return True

    def work(self, account: Account, request: ImageRequest, run: Run, seed: int) -> dict[str, Any]:
        """The form of the service that does it."""
        prompt, without = apart(request)
        form: dict[str, Any] = {"prompt": prompt, "seed": seed % (2**32 - 1), "output_format": "png"} | account.body
        if without:
            form["negative_prompt"] = without
        if request.mask and request.image:
            picture = opened(run, request.image)
            mask = opened(run, request.mask).convert("L").resize(picture.size)
            return form | {"path": "v2beta/stable-image/edit/inpaint", "files": {"image": png(picture), "mask": png(mask)}}
        service = account.model if account.model in ("core", "ultra") else "sd3"
        form["path"] = f"v2beta/stable-image/generate/{service}"
        if service == "sd3":
            form["model"] = account.model
        if request.image:
            form |= {"strength": HALF_WAY if request.strength is None else request.strength}
            form |= {"mode": "image-to-image"} if service == "sd3" else {}
            return form | {"files": {"image": png(opened(run, request.image))}}
        return form | {"aspect_ratio": nearest((request.width or SIDE) / (request.height or SIDE), SHAPES)}
