"""The Speech tab: what is said, by whom and how it feels on the desk; a second desk takes recordings."""
from typing import get_args

import gradio as gr

from engines.speech import voices
from jobs.declared import DOORS
from studio.form import Form
from studio.tabs import hearing, media

LANGUAGES = 24
"""As many are offered by name; any other can still be asked for at the other doors."""
TWICE = ("female", "male")
"""Names that programs may use; a list that has "Woman" and "Man" does not offer them as well."""


def speakers() -> list[dict[str, str]]:
    """The voices that speak any language, by the names people use."""
    named = voices.names()["aliases"]
    found = [str(name) for name, voice in named.items() if "+" in voice and name not in TWICE]
    return [{"value": "", "title": "Usual"}] + [{"value": name, "title": name.capitalize()} for name in found]


def languages() -> list[dict[str, str]]:
    """Languages by the names people use."""
    named = voices.names()["aliases"]
    found = [str(name) for name, voice in named.items() if "+" not in voice and len(str(name)) > 3 and str(name).isascii()]
    return [{"value": "", "title": "As written"}] + [{"value": name, "title": name.capitalize()} for name in found[:LANGUAGES]]


def sight(form: Form) -> None:
    """What everybody needs."""
    form.add("text", label="What is said?", lines=7, max_lines=16, info=None,
             placeholder="The tide had left a sail to find, a harbour and a wall behind.")
    with gr.Row(elem_classes="tb-pair"):
        form.choose("voice", speakers(), "select")
        form.choose("language", languages(), "select")
    feelings = get_args(form.request.model_fields["emotion"].annotation)
    form.choose("emotion", [{"value": each, "title": each.capitalize()} for each in feelings], "select", label="How does it feel?")


def drawer(form: Form) -> None:
    """The rest."""
    form.given("reference", "A recording whose voice it takes", "recording")
    form.add("speed", label="Pace")
    form.add("seed", placeholder="drawn anew each time")


def build() -> None:
    """Lay the tab out and wire it."""
    second = hearing.DOOR in DOORS
    media.build("generate_speech", sight, drawer, "Speak it", switch=second)
    if second:
        hearing.build()
