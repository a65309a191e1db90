"""All readers in turn: who reads what, and what is left over."""

from collections.abc import Callable

from engines.vision.readers import a1111, comfyui, fooocus, invokeai, own, swarmui
from engines.vision.readers.found import Found

READERS: tuple[Callable[[dict[str, str]], Found | None], ...] = (
    own.read, swarmui.read, fooocus.read, invokeai.read, a1111.read, comfyui.read,
)  # fmt: skip
"""The surest first. A1111 text before ComfyUI's graph: extensions write it beside the graph, with the exact values."""
GRAPHS = ("prompt", "workflow")


def settings_in(texts: dict[str, str]) -> Found | None:
    """The settings that a picture's texts hold, from the first reader that knows them."""
    for reader in READERS:
        found = reader(texts)
        if found is not None and _tells(found):
            by_comfy = found.source == "Stable Diffusion web UI" and any(texts.get(name, "").lstrip()[:1] == "{" for name in GRAPHS)
            return Found(**{**vars(found), "source": "ComfyUI"}) if by_comfy else found
    return None


def _tells(found: Found) -> bool:
    """Whether there is any setting in it, and not only its maker's name."""
    return bool(found.prompt or found.scene or found.model or found.sampler) or (found.seed, found.steps, found.width) != (None, None, None)
