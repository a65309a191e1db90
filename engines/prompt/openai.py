"""Words by a language model on an OpenAI-compatible server: enriched prompts, planned scenes, a song's bible.

A person always gets a result: what a model says is checked, repaired once, and else the rules of the studio do the work,
and the result says so. Only a refusal, and what the owner has to set right, end the job in error.
"""

from collections.abc import Callable
from typing import Any

from engines.base import Engine, Made, Ready, Request, Run
from engines.clients.openai import OpenAIServer
from engines.clients.structured import Answered, ask
from engines.errors import BadRequest, LlmError, ModelNotReady, StudioError, Transient
from engines.planning.plan import as_json
from engines.planning.request import PlanScenesRequest
from engines.planning.sketch import SketchScenes
from engines.prompt.request import ExpandRequest
from engines.prompt.sketch import SketchWords
from engines.prompt.told import Additions, asking, expansion
from engines.song.request import PlanSongRequest
from engines.song.sketch import SketchPlanner


class Chat(Engine[Request]):
    """Answers every request that is made of words; the row's `for` says which it is offered for."""

    def ready(self) -> Ready:
        """Whether the server is known, lets the studio in, and answers."""
        try:
            return OpenAIServer(self.options).ready()
        except ModelNotReady as error:
            return Ready(ok=False, missing=error.message)

    def generate(self, request: Request, run: Run) -> Made:
        """By the model, else by the rules."""
        by_model, by_rules = WAYS[type(request)]
        server = OpenAIServer(self.options)
        run.progress(0.05, f"Asking {server.name}")
        try:
            return by_model(server, request, run)
        except (Transient, BadRequest) as error:
            return instead(by_rules, request, run, error)


def instead(by_rules: type[Engine[Any]], request: Request, run: Run, error: StudioError) -> Made:
    """What the rules make of a request, with a note on why the model did not, and what its tries took."""
    made = by_rules().generate(request, run)
    notes = [*made.notes, f"Done by the studio's own rules instead: {error.message}"]
    return made.model_copy(update={"notes": notes, "usage": error.details.get("usage", {})})


def credited(made: Made, answered: Answered[Any], server: str) -> Made:
    """The same, with who wrote it and what it took."""
    notes = [*made.notes, f"Written by {answered.model} on {server}.", *answered.notes]
    return made.model_copy(update={"notes": notes, "usage": answered.usage.told})


def expand(server: OpenAIServer, request: ExpandRequest, run: Run) -> Made:
    """The prompt with a model's additions behind it."""
    answered = ask(server, Additions, asking(request), lambda: run.progress(0.3, f"Asking {server.name}"), request.seed)
    prompt, added = expansion(request, answered.value)
    return credited(Made(result={"prompt": prompt, "added": added}, added=added, resolved_prompt=prompt), answered, server.name)


def plan_song(server: OpenAIServer, request: PlanSongRequest, run: Run) -> Made:
    """A song's bible, read by a model."""
    from engines.song import told

    answered = ask(server, told.ToldBible, told.asking(request), lambda: run.progress(0.3, f"Asking {server.name}"), request.seed)
    return credited(Made(result=told.bible_of(request, answered.value).as_json()), answered, server.name)


def plan_scenes(server: OpenAIServer, request: PlanScenesRequest, run: Run) -> Made:
    """A script's scenes, cut by a model."""
    from engines.planning import told

    answered = ask(server, told.ToldScenes, told.asking(request), lambda: run.progress(0.3, f"Asking {server.name}"), request.seed)
    scenes = told.planned(request, answered.value)
    if not scenes:
        raise LlmError(f"{server.name} planned no scene that says anything.")
    return credited(Made(result=as_json(scenes)), answered, server.name)


ByModel = Callable[[OpenAIServer, Any, Run], Made]
WAYS: dict[type[Request], tuple[ByModel, type[Engine[Any]]]] = {
    ExpandRequest: (expand, SketchWords),
    PlanSongRequest: (plan_song, SketchPlanner),
    PlanScenesRequest: (plan_scenes, SketchScenes),
}
