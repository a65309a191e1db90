"""The Video tab: what happens, in which style and how long; a picture to set in motion or a film to change; the rest in the drawer."""
from typing import Any

import gradio as gr

from studio.form import Form
from studio.tabs import media, shared

FPS, SECONDS = 16, 6
"""What the desk asks of the sketch engine where nothing else is said: few frames a second are quickly made, and stutter."""


def styles() -> list[dict[str, str]]:
    """The styles as a list to pick from."""
    sketch = shared.sketches("generate_video")
    return [{"value": each["value"], "title": each["sketch"] if sketch else each["title"]} for each in shared.style_options()]


def sight(form: Form) -> None:
    """What everybody needs."""
    form.add("prompt", label="What happens?", info=None, lines=4, max_lines=10,
             placeholder="a red fox walking in a snowy forest at night, the camera follows")
    with gr.Row(elem_classes="tb-pair"):
        form.choose("style", styles(), "select")
        form.add("duration_seconds", label="Seconds", info=None, placeholder=str(SECONDS))
    form.given("image", "Or a picture to set in motion")


def drawer(form: Form) -> None:
    """The rest; what is left empty is as the model has it."""
    form.given("video", "A film to change, by a model that can", "film")
    form.add("negative_prompt", label="Leave out", placeholder="people, rain", info=None, lines=1, max_lines=4)
    with gr.Row(elem_classes="tb-pair"):
        form.add("width", blank=True, info=None, placeholder="the model's own")
        form.add("height", blank=True, info=None, placeholder="the model's own")
    with gr.Row(elem_classes="tb-pair"):
        form.add("fps", blank=True, label="Frames a second", info=None, placeholder="the model's own")
        form.add("num_frames", blank=True, label="Frames", info="Where no seconds are given", placeholder="the model's own")
    form.add("low_vram", label="Spare memory", info="480 × 320, at most 20 steps")
    form.add("seed", placeholder="drawn anew each time")


def smooth(values: dict[str, Any]) -> dict[str, Any]:
    """A sketched film moves smoothly unless its frames were counted by hand; other models know their own best rate."""
    if {"fps", "num_frames"} & values.keys() or not shared.sketches("generate_video", values.get("model", "auto")):
        return values
    return {"duration_seconds": SECONDS, "fps": FPS} | values


def build() -> None:
    """Lay the tab out and wire it."""
    media.build("generate_video", sight, drawer, "Make the film", usual=smooth)
