"""The tab "Read a picture": what a picture says of itself or can be measured in it, and the scene editor that begins there."""
import gradio as gr

from studio.form import part
from studio.tabs import image, shared


def build() -> None:
    """Lay the tab out; its parts speak to the doors themselves, as the Library's do."""
    with gr.Row(equal_height=False, elem_classes="tb-bench"):
        with gr.Column(scale=0, min_width=320, elem_classes="tb-desk"):
            part("reader", elem_id="read-desk", models=shared.model_options("describe_image"))
            part("scenery", elem_id="read-scenery", sizes={shape: image.size(shape, "auto") for shape in image.SHAPES})
            gr.Button("Draw this scene", variant="primary", size="lg", elem_id="read-go", elem_classes="tb-go")
        with gr.Column(scale=1, min_width=320, elem_classes="tb-wall"):
            part("reading", elem_id="read-wall")
            part("drawing", elem_id="read-drawn")
            part("scene", elem_id="read-scene")
