"""ComfyUI: the graph that was run in `prompt` (API form), the one on screen in `workflow`; in WebP as EXIF fields.

What the picture took is read by walking from the sampler against the arrows. Nodes of extensions are understood as far as
they name their inputs as the others do.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from engines.vision.readers.found import Found, number, parsed, side, table, whole, words

WALK = 400
"""Nodes that are looked at on one walk."""
TEXTS = ("text", "text_g", "clip_l", "t5xxl", "prompt", "populated_text", "wildcard_text", "string", "value", "positive", "text_l")
SIDES = ("positive", "negative")
WIDGETS = {
    "KSampler": ("seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": ("add_noise", "noise_seed", "", "steps", "cfg", "sampler_name", "scheduler"),
    "CLIPTextEncode": ("text",),
    "EmptyLatentImage": ("width", "height"),
    "EmptySD3LatentImage": ("width", "height"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name",),
    "RandomNoise": ("noise_seed",),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps"),
    "FluxGuidance": ("guidance",),
    "CFGGuider": ("cfg",),
}
"""The values of a node in `workflow` stand in a row without names; these are the names, for the usual nodes."""

Graph = dict[str, dict[str, Any]]


def read(texts: dict[str, str]) -> Found | None:
    """From `prompt`, else from `workflow`."""
    run, screen = _text(texts, "prompt"), _text(texts, "workflow")
    graph = _graph(parsed(run))
    raw = run if graph else screen
    graph = graph or _drawn(table(parsed(screen)))
    if not graph:
        return None
    start = _sampler(graph)
    near = list(_upstream(graph, start)) if start else [(name, "") for name in list(graph)[:WALK]]
    first = _Nearest(graph, [name for name, _ in near])
    return Found(
        "ComfyUI", _said(graph, start, "positive"), _said(graph, start, "negative") if start else "", "",
        whole(first.of("seed", "noise_seed")), whole(first.of("steps")), number(first.of("cfg", "guidance")),
        side(first.of("width")), side(first.of("height")), words(first.of("ckpt_name", "unet_name", "model_name"), 300),
        words(first.of("sampler_name"), 100), words(first.of("scheduler"), 100), raw=raw,
    )  # fmt: skip


def _text(texts: dict[str, str], name: str) -> str:
    """A graph from its PNG chunk, or from the EXIF field that begins with its name."""
    if texts.get(name, "").lstrip()[:1] == "{":
        return texts[name]
    fields = (texts.get(field, "") for field in ("Model", "Make", "ImageDescription", "Software", "UserComment"))
    return next((text.partition(":")[2] for text in fields if text.lower().startswith(f"{name}:")), "")


def _graph(told: Any) -> Graph:
    """Nodes by id, only those that look like nodes."""
    nodes = {str(name): node for name, node in table(told).items() if isinstance(node, dict)}
    return {name: node for name, node in nodes.items() if isinstance(node.get("class_type"), str) and isinstance(node.get("inputs"), dict)}


def _drawn(told: dict[str, Any]) -> Graph:
    """The graph on screen in the form of the one that was run, as far as its values have known names."""
    rows = [row for row in _rows(told.get("links")) if isinstance(row, list) and len(row) > 4]
    links = {str(row[0]): [str(row[1]), row[2]] for row in rows}
    found: Graph = {}
    for node in _rows(told.get("nodes")):
        if not isinstance(node, dict) or not isinstance(node.get("type"), str):
            continue
        named = zip(WIDGETS.get(node["type"], ()), _rows(node.get("widgets_values")))
        inputs = {name: value for name, value in named if name}
        for each in _rows(node.get("inputs")):
            if str(table(each).get("link")) in links:
                inputs[words(each.get("name"), 100)] = links[str(each["link"])]
        found[str(node.get("id"))] = {"class_type": node["type"], "inputs": inputs}
    return found


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _link(graph: Graph, value: Any) -> str | None:
    """The node an input comes from, if it comes from one."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int) and str(value[0]) in graph:
        return str(value[0])
    return None


def _sampler(graph: Graph) -> str | None:
    """The sampler that began the picture: nearest to the output, then back over samplers that refine another's work."""
    ends = [name for name, node in graph.items() if "images" in node["inputs"] and "Image" in node["class_type"]]
    order = [name for end in [*ends, *graph] for name, _ in ([*_upstream(graph, end)] if end in ends[:4] else [(end, "")])]
    found = next((name for name in order if _samples(graph[name])), None)
    for _ in range(8):
        before = _link(graph, graph[found]["inputs"].get("latent_image")) if found else None
        earlier = next((name for name, _ in _upstream(graph, before) if _samples(graph[name])), None) if before else None
        if earlier is None or earlier == found:
            break
        found = earlier
    return found


def _samples(node: dict[str, Any]) -> bool:
    inputs = node["inputs"]
    return ("positive" in inputs and ("seed" in inputs or "noise_seed" in inputs)) or ("guider" in inputs and "noise" in inputs)


def _upstream(graph: Graph, start: str, along: str = "") -> Iterator[tuple[str, str]]:
    """A node and all that feed it, nearest first; `along` keeps to the positive or negative side where a node has both."""
    waiting, seen = deque([(start, along)]), {start}
    while waiting and len(seen) < WALK:
        name, kept = waiting.popleft()
        yield name, kept
        inputs = graph[name]["inputs"]
        both = kept and all(each in inputs for each in SIDES)
        for key, value in list(inputs.items())[:100]:
            source = _link(graph, value)
            if source is None or source in seen or (both and key in SIDES and key != kept) or (kept and key in ("clip", "vae", "model")):
                continue
            seen.add(source)
            waiting.append((source, kept))


def _said(graph: Graph, start: str | None, which: str) -> str:
    """The words that reach one side of the sampler."""
    if start is None:
        return next((text for name in graph if (text := _own_text(graph[name]))), "")
    inputs = graph[start]["inputs"]
    guider = _link(graph, inputs.get("guider"))
    if guider is not None:
        inputs = graph[guider]["inputs"]
    source = _link(graph, inputs.get(which)) or (_link(graph, inputs.get("conditioning")) if which == "positive" else None)
    for name, _ in _upstream(graph, source, which) if source else ():
        if "ZeroOut" in graph[name]["class_type"]:
            return ""
        if text := _own_text(graph[name]):
            return text
    return ""


def _own_text(node: dict[str, Any]) -> str:
    """What a node says itself; where it says two things for two encoders, both once."""
    said = [words(node["inputs"].get(key)) for key in TEXTS]
    return "\n".join(dict.fromkeys(each for each in said if each))


class _Nearest:
    """Values by their usual names, from the nearest node that has them."""

    def __init__(self, graph: Graph, order: list[str]) -> None:
        self.graph, self.order = graph, order

    def of(self, *names: str) -> Any:
        """The first plain value under one of the names; a number that comes from a node of its own is followed once."""
        for node in self.order:
            for name in names:
                value = self.graph[node]["inputs"].get(name)
                source = _link(self.graph, value)
                if source is not None:
                    inputs = self.graph[source]["inputs"]
                    value = next((inputs[key] for key in (*names, "value", "int", "float") if key in inputs), None)
                if isinstance(value, str | int | float):
                    return value
        return None
