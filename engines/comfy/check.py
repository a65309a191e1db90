"""Whether a server can run a workflow: its nodes, their inputs and the model files it has, from /object_info.

What a server says of itself is data and may be anything; whatever has not the expected shape counts as not there.
"""

from typing import Any

from engines.comfy.template import Choice, Graph, Template

Nodes = dict[str, Any]


def inputs_of(nodes: Nodes, kind: str) -> dict[str, tuple[bool, Any]]:
    """The inputs of a node class: name to (required, its specification)."""
    said = nodes.get(kind)
    groups = said.get("input") if isinstance(said, dict) else None
    found: dict[str, tuple[bool, Any]] = {}
    for group in ("optional", "required"):
        listed = groups.get(group) if isinstance(groups, dict) else None
        if isinstance(listed, dict):
            found |= {str(name): (group == "required", spec) for name, spec in listed.items()}
    return found


def options_of(spec: Any) -> list[str] | None:
    """The names one may choose from at an input, or None if it is no list; both of ComfyUI's spellings are read."""
    if not isinstance(spec, list) or not spec:
        return None
    listed = spec[0]
    if listed == "COMBO":
        listed = spec[1].get("options") if len(spec) > 1 and isinstance(spec[1], dict) else None
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else None


def checkpoints(nodes: Nodes) -> list[str]:
    """The model files a server has, of both kinds."""
    places = (("CheckpointLoaderSimple", "ckpt_name"), ("UNETLoader", "unet_name"))
    specs = [inputs_of(nodes, kind).get(name) for kind, name in places]
    return [file[:200] for spec in specs if spec for file in options_of(spec[1]) or []]


def files_for(template: Template, nodes: Nodes, wanted: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The server's model file for every choice of a template, and sentences on those it lacks; `wanted` names some exactly."""
    found: dict[str, str] = {}
    lacking: list[str] = []
    for name, choice in template.mapping.models.items():
        node, _, key = choice.at.partition(".")
        spec = inputs_of(nodes, template.graph[node]["class_type"]).get(key)
        have = (options_of(spec[1]) if spec else None) or []
        best = _exact(wanted[name], have) if name in wanted else _best(choice, have)
        if best is None:
            lacking.append(f"it has no {name} like {wanted.get(name) or choice.like[0]}")
        else:
            found[name] = best
    return found, lacking


def _exact(name: str, have: list[str]) -> str | None:
    """The file of this name, whatever folder the server keeps it in."""
    return next((each for each in have if each == name or each.replace("\\", "/").rsplit("/", 1)[-1] == name), None)


def _best(choice: Choice, have: list[str]) -> str | None:
    fitting = [each for each in have if not any(word.lower() in each.lower() for word in choice.unlike)]
    for word in choice.like:
        for each in fitting:
            if word.lower() in each.lower():
                return each
    return None


def faults(graph: Graph, nodes: Nodes, given: frozenset[str] = frozenset()) -> list[str]:
    """What a server would refuse in a graph, as sentences; `given` are inputs (node.input) that are uploaded with the job."""
    found: list[str] = []
    for ident, node in graph.items():
        kind = node["class_type"]
        if kind not in nodes:
            found.append(f"it has no node {kind[:60]}")
            continue
        known = inputs_of(nodes, kind)
        found += [f"{kind}: {name} is missing" for name, (required, _) in known.items() if required and name not in node["inputs"]]
        for name, value in node["inputs"].items():
            if name in known and f"{ident}.{name}" not in given:
                found += _fault(graph, nodes, f"{kind}: {name}", known[name][1], value)
    return list(dict.fromkeys(found))


def _fault(graph: Graph, nodes: Nodes, where: str, spec: Any, value: Any) -> list[str]:
    if isinstance(value, list):
        return [] if _linked(graph, nodes, value) else [f"{where} is linked to an output that is not there"]
    options = options_of(spec)
    if options is not None:
        return [] if value in options else [f"{where} cannot be {str(value)[:80]!r}"]
    bounds = spec[1] if isinstance(spec, list) and len(spec) > 1 and isinstance(spec[1], dict) else {}
    if isinstance(value, int | float) and not isinstance(value, bool):
        least, most = bounds.get("min"), bounds.get("max")
        if isinstance(least, int | float) and value < least or isinstance(most, int | float) and value > most:
            return [f"{where} cannot be {value}; {least} to {most} is taken"]
    return []


def _linked(graph: Graph, nodes: Nodes, link: list[Any]) -> bool:
    """Whether [node id, output number] names an output."""
    if len(link) != 2 or not isinstance(link[0], str) or not isinstance(link[1], int) or link[0] not in graph:
        return False
    said = nodes.get(graph[link[0]]["class_type"])
    outputs = said.get("output") if isinstance(said, dict) else None
    return not isinstance(outputs, list) or 0 <= link[1] < len(outputs)
