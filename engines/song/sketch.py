"""The song planner that is always ready: rules over the lyric's words, no model."""
from engines.base import Engine, Made, Run
from engines.song.bible import read_bible
from engines.song.request import PlanSongRequest
from engines.words import in_other_scripts

OTHER_SCRIPTS = ("English, German, French and Spanish are read here; where the lyric is in another script, "
                 "its pictures show places of the studio's own choice.")


class SketchPlanner(Engine[PlanSongRequest]):
    """Reads who and what is in a song."""

    def generate(self, request: PlanSongRequest, run: Run) -> Made:
        """The song's bible as JSON: cast, palette, places, hours."""
        bible = read_bible(request.title, request.lyrics, request.style, request.seed or 0)
        run.progress(1.0)
        notes = [OTHER_SCRIPTS] if in_other_scripts(request.lyrics) else []
        return Made(result=bible.as_json(), notes=notes)
