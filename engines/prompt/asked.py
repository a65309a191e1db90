"""Words by a language model, wherever it runs: enriched prompts, planned scenes, a song's bible.

A person always gets a result: what a model says is checked, repaired once, and else the rules of the studio do the work,
and the result says so. Only a refusal, and what the owner has to set right, end the job in error.
"""

from collections.abc import Callable
from typing import Any

from engines.base import Engine, Made, Request, Run
from engines.clients.structured import Answered, Writer, ask
from engines.errors import BadRequest, BudgetSpent, LlmError, StudioError, Transient
from engines.planning.plan import as_json
from engines.planning.request import PlanScenesRequest
from engines.planning.sketch import SketchScenes
from engines.prompt.request import ExpandRequest
from engines.prompt.sketch import SketchWords
from engines.prompt.told import Additions, asking, expansion
from engines.song.request import PlanSongRequest
from engines.song.sketch import SketchPlanner


def answer(writer: Writer, request: Request, run: Run) -> Made:
    """A request that is made of words, answered by the model, else by the rules."""
    by_model, by_rules = WAYS[type(request)]
    run.progress(0.0, f"Asking {writer.name}")
    try:
        return by_model(writer, request, run)
    except BudgetSpent:
        raise
    except (Transient, BadRequest) as error:
        return instead(by_rules, request, run, error)


def instead(by_rules: type[Engine[Any]], request: Request, run: Run, error: StudioError) -> Made:
    """What the rules make of a request, with a note on why the model did not, and what its tries took."""
    made = by_rules().generate(request, run)
    notes = [*made.notes, f"Done by the studio's own rules instead: {error.message}"]
    return made.model_copy(update={"notes": notes, "usage": error.details.get("usage", {})})


def credited(made: Made, answered: Answered[Any], writer: Writer) -> Made:
    """The same, with who wrote it and what it took."""
    by = answered.model if answered.model == writer.name else f"{answered.model} on {writer.name}"
    return made.model_copy(update={"notes": [*made.notes, f"Written by {by}.", *answered.notes], "usage": answered.usage.told})


def expand(writer: Writer, request: ExpandRequest, run: Run) -> Made:
    """The prompt with a model's additions behind it."""
    answered = ask(writer, Additions, asking(request), run.progress, request.seed)
    prompt, added = expansion(request, answered.value)
    return credited(Made(result={"prompt": prompt, "added": added}, added=added, resolved_prompt=prompt), answered, writer)


def plan_song(writer: Writer, request: PlanSongRequest, run: Run) -> Made:
    """A song's bible, read by a model."""
    from engines.song import told

    answered = ask(writer, told.ToldBible, told.asking(request), run.progress, request.seed)
    return credited(Made(result=told.bible_of(request, answered.value).as_json()), answered, writer)


def plan_scenes(writer: Writer, request: PlanScenesRequest, run: Run) -> Made:
    """A script's scenes, cut by a model."""
    from engines.planning import told

    answered = ask(writer, told.ToldScenes, told.asking(request), run.progress, request.seed)
    scenes = told.planned(request, answered.value)
    if not scenes:
        raise LlmError(f"{writer.name} planned no scene that says anything.", usage=answered.usage.told)
    return credited(Made(result=as_json(scenes)), answered, writer)


ByModel = Callable[[Writer, Any, Run], Made]
WAYS: dict[type[Request], tuple[ByModel, type[Engine[Any]]]] = {
    ExpandRequest: (expand, SketchWords),
    PlanSongRequest: (plan_song, SketchPlanner),
    PlanScenesRequest: (plan_scenes, SketchScenes),
}
