"""The Music tab: words, a genre and a length on the desk; who plays, mood, tempo and lyrics in the drawer."""
import gradio as gr

from studio.form import Form
from studio.tabs import media


def genres() -> list[dict[str, str]]:
    """No genre, then those the composer knows."""
    from engines.sketch.composer_data import genres as known
    return [{"value": "", "title": "From the words"}] + [{"value": name, "title": row.title} for name, row in known().items()]


def sight(form: Form) -> None:
    """What everybody needs."""
    form.add("prompt", label="What does it sound like?", info=None, lines=4, max_lines=10,
             placeholder="a calm folk tune for harp and flute, by the sea")
    with gr.Row(elem_classes="tb-pair"):
        form.choose("genre", genres(), "select")
        form.add("duration_seconds", label="Seconds", info=None)
    form.add("instruments", label="Who plays?", info=None, placeholder="piano, violin, soft drums", max_lines=1)


def drawer(form: Form) -> None:
    """The rest."""
    with gr.Row(elem_classes="tb-pair"):
        form.add("mood", info=None, placeholder="dreamy", max_lines=1)
        form.add("tempo", info=None, placeholder="by genre")
    form.given("melody", "A recording whose tune it follows", "recording")
    form.add("lyrics", label="Words it is made for", lines=4, max_lines=12, placeholder="An empty line starts a new verse")
    form.add("style", label="How it is played", info=None, placeholder="gentle, with long notes", max_lines=2)
    form.add("reference_artist", label="In the manner of", max_lines=1)
    form.add("seed", placeholder="drawn anew each time")


def build() -> None:
    """Lay the tab out and wire it."""
    media.build("generate_music", sight, drawer, "Make the music")
