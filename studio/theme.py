"""Troubadour's colours and type, as a Gradio theme and as CSS variables.

Heraldic tinctures carry all meaning, and never alone: azure (act), gold (at work), vert (done), gules (unmet, failed);
minium, the scribe's orange-red, is kept for initials. In the dark azure and gold change places.
"""
import gradio as gr

from studio import static
from studio.fonts import BOOK, faces

SHEETS = ("ground", "base", "shell", "dock", "fields", "desk", "image", "batch", "view", "media",
          "hearing", "film", "read", "song", "library", "queue", "studio", "phone")

LIGHT = {
    "ground": "#EDEFF5", "panel": "#FFFFFF", "sunk": "#E1E5EF", "ink": "#171A33", "soft": "#4C5276", "line": "#C9CFDF",
    "edge": "#7F86A6", "act": "#2A3A9E", "act_hover": "#1F2D82", "on_act": "#FFFFFF", "wash": "#E4E8FA",
    "work": "#A06A00", "work_text": "#7A4F00", "done": "#1B6A49", "unmet": "#A6192E", "minium": "#BF3A14",
    "cope": "#1A2050", "cope_text": "#BCC2E2", "gold": "#F0BC42", "veil": "#0B0D1AE8",
}
DARK = {
    "ground": "#0E1020", "panel": "#181B31", "sunk": "#0A0C19", "ink": "#ECEDF6", "soft": "#A9AECD", "line": "#30365A",
    "edge": "#666D97", "act": "#F0BC42", "act_hover": "#FFD26B", "on_act": "#171A33", "wash": "#2A2A3A",
    "work": "#8FA2FF", "work_text": "#AAB8FF", "done": "#74D3A5", "unmet": "#FF919A", "minium": "#FF8F66",
    "cope": "#12152B", "cope_text": "#BCC2E2", "gold": "#F0BC42", "veil": "#05060EF0",
}

SLOTS = {
    "body_background_fill": "ground", "body_text_color": "ink", "body_text_color_subdued": "soft",
    "background_fill_primary": "panel", "background_fill_secondary": "ground", "border_color_primary": "line",
    "border_color_accent": "act", "color_accent_soft": "wash", "block_background_fill": "panel",
    "block_label_text_color": "soft", "block_title_text_color": "ink", "block_info_text_color": "soft",
    "accordion_text_color": "ink", "input_background_fill": "panel", "input_background_fill_focus": "panel",
    "input_border_color": "edge", "input_border_color_focus": "act", "input_placeholder_color": "soft",
    "checkbox_background_color_selected": "act", "checkbox_border_color": "edge", "slider_color": "act",
    "button_primary_background_fill": "act", "button_primary_background_fill_hover": "act_hover",
    "button_primary_text_color": "on_act", "button_primary_text_color_hover": "on_act",
    "button_secondary_background_fill": "panel", "button_secondary_background_fill_hover": "wash",
    "button_secondary_text_color": "ink", "button_secondary_border_color": "line", "loader_color": "work",
    "link_text_color": "act", "link_text_color_hover": "act_hover",
}


def theme() -> gr.themes.Base:
    """The Gradio theme: our tinctures in its slots, and none of its boxes."""
    sizes = gr.themes.sizes
    base = gr.themes.Base(
        # Only weights whose bundled file holds the whole Latin alphabet; the others are hollow.
        font=[gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif"],
        font_mono=[gr.themes.LocalFont("IBM Plex Mono", weights=(400,)), "ui-monospace", "monospace"],
        radius_size=sizes.radius_sm, spacing_size=sizes.spacing_md, text_size=sizes.text_md)
    colours = {slot + end: table[tincture] for slot, tincture in SLOTS.items() for end, table in (("", LIGHT), ("_dark", DARK))}
    return base.set(
        **colours, color_accent=LIGHT["act"], block_border_width="0px", block_shadow="none", block_padding="0px",
        block_title_text_size="*text_md", block_title_text_weight="700", block_title_background_fill="none",
        block_title_padding="0", button_primary_shadow="none", button_secondary_shadow="none",
        button_large_radius="6px", input_shadow="none", input_shadow_focus="none", layout_gap="20px",
        form_gap_width="0px", input_border_width="1px")


def variables() -> str:
    """Our tokens for both themes, as CSS."""
    def block(table: dict[str, str]) -> str:
        return "".join(f"--{name.replace('_', '-')}:{value};" for name, value in table.items())
    return f":root{{--book:{BOOK};color-scheme:light;{block(LIGHT)}}}\n.dark{{color-scheme:dark;{block(DARK)}}}\n"


def css() -> str:
    """Everything the page looks like: faces, tokens, then one sheet per area."""
    ground, *sheets = [(static.FOLDER / "css" / f"{name}.css").read_text("utf-8") for name in SHEETS]
    return f"{faces()}{variables()}{ground}body:not(.tb-bare) {{\n{''.join(sheets)}}}\n"
