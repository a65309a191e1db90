"""Pictures by the sketch engine from a scene that a language model on an OpenAI-compatible server wrote."""

from typing import TYPE_CHECKING, Any

from engines.base import Engine, Made, Ready, Run
from engines.clients.openai import OpenAIServer
from engines.clients.structured import Answered, ask
from engines.errors import BadRequest, ModelNotReady, Transient
from engines.image.request import ImageRequest
from engines.image.sketch import Sketch
from engines.prompt.openai import credited, instead
from engines.prompt.told import conversation

if TYPE_CHECKING:
    from engines.sketch.scene import Scene
    from engines.sketch.told import ToldScene


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
        if request.scene is not None or request.variation_of:
            return Sketch().generate(request, run)
        server = OpenAIServer(self.options)
        run.progress(0.02, f"Asking {server.name}")
        try:
            scene, answered = self._written(server, request, run)
        except (Transient, BadRequest) as error:
            return instead(Sketch, request, run, error)
        return credited(Sketch().generate(request.model_copy(update={"scene": scene}), run), answered, server.name)

    def _written(self, server: OpenAIServer, request: ImageRequest, run: Run) -> "tuple[dict[str, Any], Answered[ToldScene]]":
        from engines.sketch.told import ToldScene, scene_of

        words = request.prompt + (f"\n\nMust not appear: {request.negative_prompt}" if request.negative_prompt else "")
        answered = ask(server, ToldScene, conversation("scene", words), lambda: run.progress(0.02, f"Asking {server.name}"), request.seed)
        scene = scene_of(answered.value, request.prompt)
        unmet = list(dict.fromkeys([*scene.unmet, *left_out(scene, request)]))
        return scene.model_copy(update={"unmet": unmet}).as_json(), answered


def left_out(scene: "Scene", request: ImageRequest) -> list[str]:
    """The words of things that the prompt names, as the rules read it, and the model has left out."""
    from engines.sketch.parser import parse
    from engines.sketch.vocabulary import nouns

    here = {scene.setting, *scene.places, *(thing.noun for thing in scene.things)}
    named = parse(request.prompt, request.seed or 0, request.negative_prompt).things
    return [thing.word for thing in named if thing.noun in nouns() and thing.noun not in here and thing.word]
