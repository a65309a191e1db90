"""Pictures by the sketch engine from a scene that a language model on an OpenAI-compatible server wrote."""

from engines.base import Engine, Made, Ready, Run
from engines.clients.openai import OpenAIServer
from engines.errors import ModelNotReady
from engines.image.asked import painted
from engines.image.request import ImageRequest
from engines.image.sketch import Sketch


class ChatSketch(Engine[ImageRequest]):
    """The model reads the words, the sketch engine draws; where the model fails, the rules read them."""

    def ready(self) -> Ready:
        """Whether the server is known, lets the studio in, and answers."""
        try:
            return OpenAIServer(self.options).ready()
        except ModelNotReady as error:
            return Ready(ok=False, missing=error.message)

    def load(self) -> None:
        """Read the vocabulary."""
        Sketch().load()

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """Have the scene written, unless there is one already, and paint it `count` times."""
        return painted(OpenAIServer(self.options), request, run)
