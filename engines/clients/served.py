"""What all engines share whose work is done by a server that speaks as OpenAI does."""

from typing import TypeVar

from engines.base import Engine, Ready, Request
from engines.clients.openai import OpenAIServer
from engines.errors import ModelNotReady

R = TypeVar("R", bound=Request)


class Served(Engine[R]):
    """Ready as soon as its server is."""

    def ready(self) -> Ready:
        """Whether the server is known, lets the studio in, answers, and has the model."""
        try:
            return OpenAIServer(self.options).ready()
        except ModelNotReady as error:
            return Ready(ok=False, missing=error.message)

    def load(self) -> None:
        """Import the package that speaks to it, before any deadline runs."""
        from engines.clients import sdk  # noqa: F401
