"""The Studio tab: what this studio works with. One room of it is shown at a time: models, endpoints, review.

A further room is a function that lays it out, and a line in ROOMS; assets/js/studio.js shows and hides the rooms by their names.
"""
from collections.abc import Callable

import gradio as gr

from studio.form import part

KINDS = {"generate_image": "Pictures", "generate_video": "Films", "generate_music": "Music", "generate_speech": "Voices",
         "generate_mesh": "3D", "describe_image": "Reading pictures", "transcribe": "Listening", "expand_prompt": "Richer prompts",
         "plan_song": "Reading songs", "plan_scenes": "Planning films", "generate_workflow": "ComfyUI workflows", "moderate": "Moderation",
         "draw_sheet": "Books", "bind_book": "Books"}
"""What models are for, in the order they are shown; a model stands under the first that it serves."""


def models() -> None:
    """Every model: how it stands here, its licence, its size; downloads."""
    part("models", kinds=[{"value": kind, "title": title} for kind, title in KINDS.items()])


def endpoints() -> None:
    """The servers that do work for this studio, as they are now."""
    part("endpoints")


def review() -> None:
    """What moderation flagged or blocked, until somebody has looked at it."""
    part("review")


ROOMS: tuple[tuple[str, Callable[[], None]], ...] = (("Models", models), ("Endpoints", endpoints), ("Review", review))
"""The rooms by title, in their order."""


def build() -> None:
    """Lay the tab out."""
    rooms = [{"value": title.lower(), "title": title} for title, _ in ROOMS]
    part("rooms", rooms=rooms, elem_id="studio-rooms")
    for title, lay in ROOMS:
        with gr.Column(elem_id=f"studio-{title.lower()}", elem_classes=["tb-room"]):
            lay()
