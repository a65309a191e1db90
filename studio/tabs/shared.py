"""What several tabs need: style cards, models to pick from, calling a door, saying what was wrong in place."""
from collections.abc import Mapping
from typing import Any

import gradio as gr

from config import ModelRow, Style, catalog, styles
from engines.errors import StudioError
from jobs.declared import DOORS
from jobs.resolve import choose, ready
from studio import static
from studio.ask import ask as knock
from studio.ask import caller
from studio.errors import shown

LACKS = {"": " (not set up)", "package": " (needs make models)", "memory": " (will not fit here)", "weights": " (needs its weights)"}
QUIET: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
"""How every handler of the page is wired: no place in Gradio's queue, no overlay, no endpoint."""


def style_options() -> list[dict[str, str]]:
    """The style cards: a picture each, and the title a sketch may bear."""
    return [{"value": style.name, "title": style.title, "sketch": style.sketch_title or style.title,
             "description": style.description, "picture": static.url(_card(style))} for style in styles().values()]


def _card(style: Style) -> str:
    name = f"cards/{style.name}.webp"
    return name if name in static.files() else "cards/none.webp"


def model_options(capability: str) -> list[dict[str, str]]:
    """auto, then every row that serves the capability and is not hidden."""
    rows = [row for row in catalog().values() if capability in row.serves and not row.hidden]
    return [{"value": "auto", "title": f"Best that is ready: {title_of(best(capability))}"}] + [
        {"value": row.name, "title": f"{title_of(row)}{lacking(row)}"} for row in rows]


def lacking(row: ModelRow) -> str:
    """What a model that is not ready lacks, to stand behind its title; empty for one that is."""
    state = ready(row)
    return "" if state.ok else LACKS[state.needs]


def title_of(row: ModelRow | None) -> str:
    """A model's title."""
    return (row.title or row.name) if row else "none yet"


def best(capability: str, model: str = "auto") -> ModelRow | None:
    """The row that `model` stands for here, or None while nothing is ready."""
    try:
        return choose(capability, model or "auto")
    except StudioError:
        return None


def sketches(capability: str, model: str = "auto") -> bool:
    """Whether the sketch engine would do the work, so that the page can say so."""
    row = best(capability, model)
    return row is None or "Sketch" in row.engine.partition(":")[2]


async def ask(door: str, values: Mapping[str, Any], request: gr.Request) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Call a door for this visitor: its answer, or what to say in place."""
    who = caller(request)
    try:
        return await knock(DOORS[door], dict(values), who), {}
    except Exception as error:  # whatever it was, the person is told in place
        return None, blame(shown(error, who.correlation_id))


def blame(error: StudioError) -> dict[str, Any]:
    """What the page shows beside the fields that are wrong."""
    fields = error.details.get("fields", ())
    return {"code": error.code, "message": error.message, "fields": [str(each).split(".")[0] for each in fields]}

