"""The reader of pictures that is always ready: what the file says of itself, and what can be measured. No model."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engines.base import Engine, Made, Run
from engines.errors import BadImage
from engines.sketch.scene import Scene
from engines.vision.readers.found import Found
from engines.vision.readers.known import settings_in
from engines.vision.request import DescribeRequest
from engines.vision.settings import usable
from engines.vision.texts import texts_of

METHOD = "colour and composition, no model"
PROMPT = 4000
OTHERS, SHORT = 12, 400


class SketchEye(Engine[DescribeRequest]):
    """Reads settings and scene out of a picture's metadata, and measures its colours and composition."""

    def generate(self, request: DescribeRequest, run: Run) -> Made:
        """The result: method, scene, where the scene is from, measures, and the metadata with the settings it gives."""
        path = run.open(request.image)
        run.progress(0.1, "Reading what it says of itself")
        texts = texts_of(path)
        found = settings_in(texts)
        run.progress(0.4, "Measuring colours and composition")
        told, guessed = _measured(path, found)
        run.progress(0.9)
        result: dict[str, Any] = {"method": METHOD, "measures": told, "metadata": None, "settings": None, "notes": []}
        if found is not None:
            settings, notes = usable(found)
            result |= {"metadata": found.as_json(), "settings": settings, "notes": notes}
        if told is None:
            result["notes"].append("The picture is damaged, so nothing in it could be measured.")
        scene, source = _scene(found, guessed, result["notes"])
        said = _others(texts, found)
        return Made(result=result | {"scene": scene.as_json(), "scene_from": source, "texts": said}, notes=[METHOD.capitalize()])


def _measured(path: Path, found: Found | None) -> tuple[dict[str, Any] | None, Scene | None]:
    """The measures and the scene guessed from them; None of a damaged picture that at least says what it is."""
    from engines.vision import guess, measure

    try:
        told, picture = measure.measured(*measure.small(path))
    except BadImage:
        if found is None:
            raise
        return None, None
    return told, guess.scene(told, picture)


def _scene(found: Found | None, guessed: Scene | None, notes: list[str]) -> tuple[Scene, str]:
    """The picture's own scene; else the one its words tell of, in its colours; else the one that was measured."""
    if found is not None and found.scene is not None:
        try:
            return Scene.read(found.scene), "metadata"
        except (ValidationError, RecursionError):
            notes.append("The scene in this picture is not one that can be drawn, so it was left out.")
    if found is not None and found.prompt:
        from engines.sketch.parser import parse

        read = parse(found.prompt[:PROMPT], (found.seed or 0) % 2**32, found.negative_prompt[:PROMPT])
        colours = guessed.palette if guessed and not read.palette else read.palette
        return read.model_copy(update={"palette": colours}), "prompt"
    return guessed or Scene.read({"schema": "scene/1"}), "measured"


def _others(texts: dict[str, str], found: Found | None) -> dict[str, str]:
    """What else is written in the file, shortened; only ever shown."""
    raw = found.raw if found else ""
    return {name: text[:SHORT] for name, text in list(texts.items())[:OTHERS] if text and text != raw}
