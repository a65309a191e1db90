"""Pictures by the sketch engine from a scene that a language model in this process wrote, through transformers."""

from engines.base import Made, Run
from engines.image.asked import painted
from engines.image.request import ImageRequest
from engines.image.sketch import Sketch
from engines.language.engine import LocalEngine


class LocalSketch(LocalEngine[ImageRequest]):
    """The model reads the words, the sketch engine draws; where the model fails, the rules read them."""

    def load(self) -> None:
        """The vocabulary, then the model."""
        Sketch().load()
        super().load()

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """Have the scene written, unless there is one already, and paint it `count` times."""
        return painted(self.writer(), request, run)
