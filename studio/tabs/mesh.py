"""The 3D tab: what stands there, and as which file."""
from typing import get_args

from studio.form import Form, plain
from studio.tabs import media


def sight(form: Form) -> None:
    """What everybody needs."""
    form.add("prompt", label="What stands there?", info=None, lines=4, max_lines=10, placeholder="a red lighthouse on a rock")
    formats = get_args(plain(form.request.model_fields["format"])) or get_args(form.request.model_fields["format"].annotation)
    form.choose("format", [{"value": each, "title": each.upper()} for each in formats], label="File")


def drawer(form: Form) -> None:
    """The rest."""
    form.add("seed", placeholder="drawn anew each time")


def build() -> None:
    """Lay the tab out and wire it."""
    media.build("generate_mesh", sight, drawer, "Make the object")
