"""The Image tab: words, style and shape on the desk; the wall shows pictures while they are painted and after."""
import math
from collections.abc import Mapping
from typing import Any

import gradio as gr

from engines.errors import StudioError
from engines.image.request import ImageRequest
from studio.form import Form, choice, part
from studio.tabs import shared

SHAPES = {"square": 1.0, "wide": 1.5, "tall": 1 / 1.5}
COUNTS = [{"value": str(each), "title": str(each)} for each in (1, 2, 4)]


def size(shape: str, model: str) -> dict[str, int]:
    """Width and height for a shape, with about as many pixels as the model likes."""
    row = shared.best("generate_image", model)
    usual = row.fixed | row.defaults if row else {}
    pixels = usual.get("width", 1024) * usual.get("height", 1024)
    width = math.sqrt(pixels * SHAPES[shape])
    return {"width": round(width / 16) * 16, "height": round(pixels / width / 16) * 16}


def shape_of(values: Mapping[str, Any]) -> str:
    """The shape that gives these sides, or "" if none does."""
    asked = {name: values.get(name) for name in ("width", "height")}
    if asked == {"width": None, "height": None}:
        return "square"
    return next((shape for shape in SHAPES if size(shape, str(values.get("model", "auto"))) == asked), "")


class Desk:
    """The form of the tab."""

    def __init__(self) -> None:
        self.form = Form(ImageRequest, "image")
        form = self.form
        form.add("prompt", label="What is in the picture?", info=None, lines=4, max_lines=10, autofocus=False,
                 placeholder="a lighthouse on a cliff at sunset, calm sea")
        part("starters", elem_id="image-starters")
        form.choose("style", shared.style_options(), "cards")
        with gr.Row(elem_classes="tb-pair"):
            self.shape = choice("image-shape", [{"value": each, "title": each.capitalize(), "shape": each} for each in SHAPES],
                                "segments", "square", "Shape")
            form.choose("count", COUNTS, label="How many")
        with gr.Accordion("More to say", open=False, elem_classes="tb-drawer", elem_id="image-drawer"):
            self._drawer()
        self.said = part("said", elem_id="image-said")
        self.go = gr.Button("Make the picture", variant="primary", size="lg", elem_id="image-go", elem_classes="tb-go")

    def _drawer(self) -> None:
        form = self.form
        form.add("negative_prompt", label="Leave out", placeholder="people, text", info=None, lines=1, max_lines=4)
        form.add("seed", placeholder="drawn anew each time")
        with gr.Row(elem_classes="tb-pair"):
            form.add("width", info=None, placeholder="by shape")
            form.add("height", info=None, placeholder="by shape")
        with gr.Row(elem_classes="tb-pair"):
            form.add("steps", info=None, placeholder="by style")
            form.add("guidance", info=None, placeholder="by style")
        form.given("image", "A picture to start from")
        form.given("mask", "Its mask, painted anew where it is white")
        form.add("strength", label="How far from it", info="0 keeps it, 1 takes little of it", placeholder="the model's own")
        form.given("references", "Pictures of faces and things to take up", many=8)
        with gr.Row(elem_classes="tb-pair"):
            form.add("scheduler", info=None, placeholder="the model's own")
            form.add("loras", label="LoRAs", info=None, placeholder="lineart:0.8, grain")
        form.choose("model", shared.model_options("generate_image"), "select")
        form.choose("format", [{"value": each, "title": each.upper()} for each in ("png", "webp", "jpeg")], label="File")
        form.add("expand", label="Enrich short prompts")
        form.add("scene", label="Scene", placeholder='{"schema": "scene/1", "things": [{"id": "fox", "noun": "fox"}]}',
                 lines=3, max_lines=12, elem_classes=["tb-field", "tb-mono"])

    async def make(self, request: gr.Request, shape: str, *given: Any) -> tuple[Any, Any]:
        """Store a picture job; the answer is what was wrong, if anything, and the new job's id."""
        try:
            values = self.form.values(given)
        except StudioError as error:
            return shared.blame(error), gr.skip()
        if shape in SHAPES and shape != "square" and "width" not in values and "height" not in values:
            values |= size(shape, values.get("model", "auto"))
        job, wrong = await shared.ask("generate_image", values | {"wait": False}, request)
        return wrong, job["id"] if job else gr.skip()

    def fill(self, event: gr.EventData) -> list[Any]:
        """Settings of a picture, back in the form."""
        values = dict(event._data or {})
        shape = shape_of(values)
        if shape:
            values |= {"width": None, "height": None}
        if str(values.get("count")) not in ("1", "2", "4"):
            values["count"] = 1
        return [{}, gr.update(value=shape), *self.form.fill(values)]


def build() -> None:
    """Lay the tab out and wire it."""
    with gr.Row(equal_height=False, elem_classes="tb-bench"):
        with gr.Column(scale=0, min_width=320, elem_classes="tb-desk"):
            desk = Desk()
        with gr.Column(scale=1, min_width=320, elem_classes="tb-wall"):
            wall = part("image", "fill", value="", elem_id="image-wall")
    desk.go.click(desk.make, [desk.shape, *desk.form.components], [desk.said, wall], **shared.QUIET)
    wall.fill(desk.fill, None, [desk.said, desk.shape, *desk.form.components], **shared.QUIET)
    # picked, not change: settings that are put back bring exact sides with them
    desk.shape.picked(None, None, [desk.form.parts["width"], desk.form.parts["height"]], js="() => ['', '']", **shared.QUIET)
