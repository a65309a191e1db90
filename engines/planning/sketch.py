"""The scene planner that is always ready: rules over the script's words, no model."""

from decimal import Decimal

from engines.base import Engine, Made, Run
from engines.planning.cutting import lengths, passages
from engines.planning.looks import wishes_of
from engines.planning.people import names_in
from engines.planning.plan import as_json
from engines.planning.request import PlanScenesRequest
from engines.planning.script import read_script
from engines.planning.staging import Stage

MOST_UNMET = 40


class SketchScenes(Engine[PlanScenesRequest]):
    """Cuts a script into scenes and reads who, what, where and when out of each."""

    def load(self) -> None:
        """Read the vocabulary, so that the first plan is as quick as the next."""
        from engines.sketch.words import lexicon

        lexicon()

    def generate(self, request: PlanScenesRequest, run: Run) -> Made:
        """The scenes; together exactly as long as was asked."""
        cut = passages(read_script(request.script), request.duration_seconds)
        total = int(Decimal(str(request.duration_seconds)) * 100)
        wishes = wishes_of(request.style_preferences)
        stage = Stage(names_in(request.script), wishes, request.seed or 0)
        scenes = []
        for number, (passage, seconds) in enumerate(zip(cut, lengths([each.weight for each in cut], total)), 1):
            scenes.append(stage.scene(passage, number, seconds))
            run.progress(number / len(cut), f"Scene {number} of {len(cut)}")
        return Made(result=as_json(scenes), unmet=list(dict.fromkeys([*wishes.unmet, *stage.unmet]))[:MOST_UNMET])
