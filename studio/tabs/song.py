"""The Song tab: words on the desk; the wall is the book, picture left and verse right."""
from typing import Any

import gradio as gr

from engines.errors import StudioError
from engines.song.request import SongRequest
from studio.form import Form, part
from studio.tabs import shared

PLACEHOLDER = """Out where the poppies lean to light
she tied her scarf of yellow tight

The tide had left a sail to find,
a harbour and a wall behind"""


class Desk:
    """The form of the tab."""

    def __init__(self) -> None:
        self.form = Form(SongRequest, "song")
        form = self.form
        form.add("title", label="What is it called?", info=None, placeholder="The Girl with the Yellow Scarf", max_lines=1)
        form.add("lyrics", label="Which words does it have?", lines=10, max_lines=18,
                 info="An empty line starts a new verse, and every verse gets a picture. [Chorus] and (x2) are understood.",
                 placeholder=PLACEHOLDER)
        form.choose("style", shared.style_options(), "cards")
        with gr.Accordion("More to say", open=False, elem_classes="tb-drawer", elem_id="song-drawer"):
            form.add("tags", placeholder="folk, sea, evening", max_lines=1)
            form.add("seed", placeholder="drawn anew each time")
            with gr.Row(elem_classes="tb-pair"):
                form.add("width", info=None, placeholder="model's own")
                form.add("height", info=None, placeholder="model's own")
        self.said = part("said", elem_id="song-said")
        self.go = gr.Button("Paint the songbook", variant="primary", size="lg", elem_id="song-go", elem_classes="tb-go")

    async def make(self, request: gr.Request, *given: Any) -> tuple[Any, Any]:
        """Store the song and start painting it; the answer is what was wrong, if anything, and the new job's id."""
        try:
            values = self.form.values(given)
        except StudioError as error:
            return shared.blame(error), gr.skip()
        job, wrong = await shared.ask("illustrate_song", values | {"wait": False}, request)
        return wrong, job["id"] if job else gr.skip()

    def fill(self, event: gr.EventData) -> list[Any]:
        """A song's words and settings, back in the form."""
        return [{}, *self.form.fill(dict(event._data or {}))]


def build() -> None:
    """Lay the tab out and wire it."""
    with gr.Row(equal_height=False, elem_classes="tb-bench tb-bookbench"):
        with gr.Column(scale=0, min_width=320, elem_classes="tb-desk"):
            desk = Desk()
        with gr.Column(scale=1, min_width=320, elem_classes="tb-wall"):
            wall = part("song", "fill", value="", elem_id="song-wall")
    desk.go.click(desk.make, desk.form.components, [desk.said, wall], **shared.QUIET)
    wall.fill(desk.fill, None, [desk.said, *desk.form.components], **shared.QUIET)
