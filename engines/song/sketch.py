"""The song planner that is always ready: rules over the lyric's words, no model."""
from engines.base import Engine, Made, Run
from engines.song.bible import read_bible
from engines.song.request import PlanSongRequest


class SketchPlanner(Engine[PlanSongRequest]):
    """Reads who and what is in a song."""

    def generate(self, request: PlanSongRequest, run: Run) -> Made:
        """The song's bible as JSON: cast, palette, places, hours."""
        bible = read_bible(request.title, request.lyrics, request.style, request.seed or 0)
        run.progress(1.0)
        return Made(result=bible.as_json())
