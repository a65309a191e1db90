"""Pictures by the sketch engine from a scene that a language model wrote, wherever it runs."""

from typing import TYPE_CHECKING, Any

from engines.base import Made, Run
from engines.clients.structured import Answered, Writer, ask
from engines.errors import BadRequest, BudgetSpent, Transient
from engines.image.request import ImageRequest
from engines.image.sketch import Sketch
from engines.prompt.asked import credited, instead
from engines.prompt.told import conversation
from engines.share import share

if TYPE_CHECKING:
    from engines.sketch.scene import Scene
    from engines.sketch.told import ToldScene

WRITING = 0.5
"""The share of the work that the writing takes."""


def painted(writer: Writer, request: ImageRequest, run: Run) -> Made:
    """The model reads the words, unless there is a scene already, and the sketch engine draws; where the model fails, the rules read."""
    if request.scene is not None or request.variation_of:
        return Sketch().generate(request, run)
    run.progress(0.0, f"Asking {writer.name}")
    try:
        scene, answered = _written(writer, request, share(run, 0.0, WRITING))
    except BudgetSpent:
        raise
    except (Transient, BadRequest) as error:
        return instead(Sketch, request, share(run, WRITING, 1.0), error)
    return credited(Sketch().generate(request.model_copy(update={"scene": scene}), share(run, WRITING, 1.0)), answered, writer)


def _written(writer: Writer, request: ImageRequest, run: Run) -> "tuple[dict[str, Any], Answered[ToldScene]]":
    from engines.sketch.told import ToldScene, scene_of

    words = request.prompt + (f"\n\nMust not appear: {request.negative_prompt}" if request.negative_prompt else "")
    answered = ask(writer, ToldScene, conversation("scene", words), run.progress, request.seed)
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
