"""Pictures by the sketch engine from a scene that a language model on an OpenAI-compatible server wrote."""

from engines.base import Made, Run
from engines.clients.openai import OpenAIServer
from engines.clients.served import Served
from engines.image.asked import painted
from engines.image.request import ImageRequest
from engines.image.sketch import Sketch


class ChatSketch(Served[ImageRequest]):
    """The model reads the words, the sketch engine draws; where the model fails, the rules read them."""

    def load(self) -> None:
        """Read the vocabulary, and import what speaks to the server."""
        super().load()
        Sketch().load()

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """Have the scene written, unless there is one already, and paint it `count` times."""
        return painted(OpenAIServer(self.options, run), request, run)
