"""Films by Replicate's models; a row's `fields` say what the model calls our values."""

from typing import Any, ClassVar

from engines.base import Run
from engines.clients.hosted import Account, Hosted
from engines.clients.replicate import Replicate
from engines.image.hosted import named
from engines.video.hosted import HostedVideo, values
from engines.video.request import VideoRequest


class ReplicateVideo(HostedVideo):
    """A prediction for each film."""

    host: ClassVar[type[Hosted]] = Replicate

    def work(self, account: Account, request: VideoRequest, run: Run, seed: int) -> dict[str, Any]:
        """The model's input."""
        return named(account, values(account.fields, account, request, run, seed))
