"""What the Music, Speech and 3D tabs share: a desk for one door on the left, the wall of its works on the right."""
from collections.abc import Callable
from typing import Any

import gradio as gr

from engines.errors import StudioError
from jobs.capability import CAPABILITIES
from studio.form import Form, part
from studio.tabs import shared

Lay = Callable[[Form], None]
Usual = Callable[[dict[str, Any]], dict[str, Any]]


class Desk:
    """The form of a tab: `sight` lays out what everybody needs, `drawer` the rest, `go` says what the button does.

    `kind` names its parts on the page, where the type of its works does not; `switch` leads to the tab's other desk; `usual` adds what
    the desk asks for where a person said nothing.
    """

    def __init__(
        self, door: str, sight: Lay, drawer: Lay, go: str, kind: str = "", switch: bool = False, usual: Usual | None = None
    ) -> None:
        request = CAPABILITIES[door].request
        self.door, self.kind, self.usual = door, kind or request.job_type, usual
        if switch:
            part("desks", desk=self.kind, elem_id=f"{self.kind}-desks")
        self.form = Form(request, self.kind)
        sight(self.form)
        part("mediaStarters", kind=self.kind, elem_id=f"{self.kind}-starters")
        with gr.Accordion("More to say", open=False, elem_classes="tb-drawer", elem_id=f"{self.kind}-drawer"):
            drawer(self.form)
            self.form.choose("model", shared.model_options(door), "select")
        self.said = part("said", elem_id=f"{self.kind}-said")
        self.go = gr.Button(go, variant="primary", size="lg", elem_id=f"{self.kind}-go", elem_classes="tb-go")

    async def make(self, request: gr.Request, *given: Any) -> tuple[Any, Any]:
        """Store the job; the answer is what was wrong, if anything, and the new job's id."""
        try:
            values = self.form.values(given)
            values = self.usual(values) if self.usual else values
        except StudioError as error:
            return shared.blame(error), gr.skip()
        job, wrong = await shared.ask(self.door, values | {"wait": False}, request)
        return wrong, job["id"] if job else gr.skip()

    def fill(self, event: gr.EventData) -> list[Any]:
        """Settings of a work or an example, back in the form."""
        return [{}, *self.form.fill(dict(event._data or {}))]


def build(door: str, sight: Lay, drawer: Lay, go: str, kind: str = "", switch: bool = False, usual: Usual | None = None) -> None:
    """Lay a tab out and wire it; see Desk."""
    with gr.Row(equal_height=False, elem_classes="tb-bench", elem_id=f"{kind or CAPABILITIES[door].request.job_type}-bench"):
        with gr.Column(scale=0, min_width=320, elem_classes="tb-desk"):
            desk = Desk(door, sight, drawer, go, kind, switch, usual)
        with gr.Column(scale=1, min_width=320, elem_classes="tb-wall"):
            wall = part("media", "fill", value="", kind=desk.kind, elem_id=f"{desk.kind}-wall")
    desk.go.click(desk.make, desk.form.components, [desk.said, wall], **shared.QUIET)
    wall.fill(desk.fill, None, [desk.said, *desk.form.components], **shared.QUIET)
