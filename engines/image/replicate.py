"""Pictures by Replicate's models, or by a model of one's own in a cog container; a row's `fields` say what the model calls our values."""

from typing import Any, ClassVar

from engines.base import Run
from engines.clients.hosted import Account, Hosted
from engines.clients.replicate import Cog, Replicate
from engines.image.hosted import HostedImages, named, values
from engines.image.request import ImageRequest


class ReplicateImages(HostedImages):
    """A prediction for each picture."""

    host: ClassVar[type[Hosted]] = Replicate

    def work(self, account: Account, request: ImageRequest, run: Run, seed: int) -> dict[str, Any]:
        """The model's input."""
        return named(account, values(account.fields, request, run, seed, shapes=account.choices.get("aspect_ratio")))


class CogImages(ReplicateImages):
    """The same by a container of one's own, one after another."""

    host: ClassVar[type[Hosted]] = Cog
