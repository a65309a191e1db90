"""The page: header, tabs and dock as Gradio Blocks, and the few routes that only the page needs."""
import json
from typing import Any
from urllib.parse import quote

import gradio as gr
from fastapi import FastAPI

from config import catalog, styles
from jobs.declared import DOORS
from studio import bundle, scenes, static, theme
from studio.form import part, template
from studio.tabs import image, library, mesh, music, queue, read, shared, song, speech, studio, video

TABS = (("Image", image, "generate_image"), ("Video", video, "generate_video"), ("Music", music, "generate_music"),
        ("Speech", speech, "generate_speech"), ("3D", mesh, "generate_mesh"), ("Read a picture", read, "describe_image"),
        ("Song", song, "illustrate_song"), ("Library", library, ""), ("Queue", queue, ""), ("Studio", studio, "models"))
"""The tabs, in the order they are shown, each with the door it needs. A new one is a module with build() and a line here."""


def shown() -> list[tuple[str, Any]]:
    """The tabs whose doors this studio has."""
    return [(title, tab) for title, tab, door in TABS if not door or door in DOORS]


def build() -> gr.Blocks:
    """The whole page."""
    mark = "data:image/svg+xml," + quote((static.FOLDER / "mark.svg").read_text("utf-8"))
    page: gr.Blocks
    with gr.Blocks(title="Troubadour", fill_width=True, analytics_enabled=False) as page:
        part("header", html=template("header").replace("MARK", mark), elem_id="tb-header")
        with gr.Tabs(elem_id="tb-nav", overflow_behavior="wrap"):
            for title, tab in shown():
                with gr.Tab(title, id=title.lower().split()[0], render_children=True):
                    tab.build()
        part("dock", elem_id="tb-dock")
    return page


def mount_options() -> dict[str, Any]:
    """How the page looks: what gr.mount_gradio_app takes beside the page itself."""
    return {"theme": theme.theme(), "head": head(), "footer_links": [], "favicon_path": static.FOLDER / "mark.svg"}


def head() -> str:
    """What stands in the page's head: the theme before the first paint, the facts scripts need, and the scripts."""
    facts = {"styles": {style.name: {"title": style.title, "sketch": style.sketch_title or style.title} for style in styles().values()},
             "sketch": shared.sketches("generate_image"), "assets": static.url(""),
             "models": {row.name: shared.title_of(row) for row in catalog().values()}}
    modules = [name for name in static.files() if name.startswith("js/") and name != "js/boot.js"]
    early = "".join(f'<link rel="modulepreload" href="{static.url(name)}">' for name in modules)
    boot = (static.FOLDER / "js" / "boot.js").read_text("utf-8")
    told = json.dumps(facts, ensure_ascii=True).replace("<", "\\u003c")
    # Gradio's own css= parameter would rewrite our selectors, and break every :is() with a comma in it
    return (f'<style>{theme.css()}</style><meta name="color-scheme" content="light dark">'
            f'<meta name="theme-color" content="{theme.LIGHT["cope"]}">'
            f"<script>const tbFacts={told};{boot}</script>{early}"
            f'<script type="module" src="{static.url("js/main.js")}"></script>')


def routes(app: FastAPI) -> None:
    """Our files, the ZIP of the Library and the scene editor's routes; to be added before the page is mounted."""
    static.routes(app)
    bundle.routes(app)
    scenes.routes(app)
