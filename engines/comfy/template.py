"""Workflows as data: a graph in ComfyUI's API format (name.json) and a mapping of our fields to its inputs (name.yaml).

Ours lie in workflows/ beside this file, an owner's in STUDIO_HOME/workflows; the owner's go first. What cannot be used is
refused in a sentence: the page's own format, a file that is too large, a field without a place.
"""

import copy
import functools
import json
import math
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from config import settings
from engines.errors import BadRequest

HERE = Path(__file__).parent / "workflows"
LARGEST = 2 << 20
MOST_NODES = 2000
NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,79}")
Graph = dict[str, Any]


class Place(BaseModel):
    """Where one of our fields goes in the graph."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: list[str] = Field(min_length=1, description="node.input, one or several")
    step: int = Field(0, ge=0, le=1024, description="The value is rounded to a multiple of this")
    most: float | None = Field(None, description="Larger values are lowered to this")
    plus: int = Field(0, description="Added to that multiple: frames of 4n + 1 are step 4, plus 1")

    def fit(self, value: Any) -> Any:
        """The value as the graph takes it."""
        if self.most is not None and isinstance(value, int | float):
            value = type(value)(min(value, self.most))
        if not self.step or not isinstance(value, int | float):
            return value
        return max(1, math.floor((value - self.plus) / self.step + 0.5)) * self.step + self.plus


class Choice(BaseModel):
    """A model file that the server must have: where its name goes, and by which words it is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: str
    like: list[str] = Field(min_length=1, description="Words of fitting file names, best first")
    unlike: list[str] = Field(default_factory=list, description="Words of names that do not fit")


def _place(given: Any) -> Any:
    if isinstance(given, str | list):
        given = {"at": given}
    if isinstance(given, dict) and isinstance(given.get("at"), str):
        given = given | {"at": [given["at"]]}
    return given


class Mapping(BaseModel):
    """What name.yaml says about name.json."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=200)
    media: Literal["image", "video", "music", "mesh"] = "image"
    fields: dict[str, Annotated[Place, BeforeValidator(_place)]]
    needs: list[str] = Field(default_factory=list, description="File fields it starts from, e.g. image, mask")
    models: dict[str, Choice] = Field(default_factory=dict)
    output: str = Field(description="The node whose files are the work")
    pixels: int = Field(1 << 20, ge=64 * 64, le=1 << 23, description="How large a picture it starts from is made")
    simpler: str | None = Field(None, description="The workflow to try when this one fails")


class Template(BaseModel):
    """A workflow that can be filled."""

    model_config = ConfigDict(frozen=True)

    name: str
    graph: Graph
    mapping: Mapping

    def value(self, name: str) -> Any:
        """What the graph itself has for one of our fields, or None."""
        place = self.mapping.fields.get(name)
        if place is None:
            return None
        node, _, key = place.at[0].partition(".")
        found = self.graph[node]["inputs"][key]
        return None if isinstance(found, list) else found

    def fill(self, values: dict[str, Any], models: dict[str, str], prefix: str) -> Graph:
        """The graph with our values and the server's model files; files it writes begin with prefix."""
        graph = copy.deepcopy(self.graph)
        for name, place in self.mapping.fields.items():
            if values.get(name) is not None:
                for at in place.at:
                    _put(graph, at, place.fit(values[name]))
        for name, file in models.items():
            _put(graph, self.mapping.models[name].at, file)
        inputs = graph[self.mapping.output]["inputs"]
        if isinstance(inputs.get("filename_prefix"), str):
            inputs["filename_prefix"] = prefix
        return graph


def _put(graph: Graph, at: str, value: Any) -> None:
    node, _, name = at.partition(".")
    graph[node]["inputs"][name] = value


def template(name: str, known: frozenset[str]) -> Template:
    """The workflow of a name, for a request with these fields; BadRequest says what is wrong with it."""
    if not NAME.fullmatch(name):
        raise BadRequest(f"{name[:80]!r} is no name of a workflow; letters, digits, . _ and - are taken", fields=["workflow"])
    own = settings().home / "workflows"
    folder = own if (own / f"{name}.json").is_file() else HERE
    if not (folder / f"{name}.json").is_file():
        raise BadRequest(f"there is no workflow {name!r}; put {name}.json and {name}.yaml into workflows under STUDIO_HOME")
    if not (folder / f"{name}.yaml").is_file():
        raise BadRequest(f"the workflow {name} has no mapping; put {name}.yaml beside it and say which field goes where")
    return _read(name, known, folder, tuple((folder / f"{name}{end}").stat().st_mtime_ns for end in (".json", ".yaml")))


def names() -> list[str]:
    """All workflows there are."""
    folders = (settings().home / "workflows", HERE)
    return sorted({path.stem for folder in folders if folder.is_dir() for path in folder.glob("*.yaml")})


@functools.lru_cache(64)
def _read(name: str, known: frozenset[str], folder: Path, _stamps: tuple[int, ...]) -> Template:
    graph = graph_of(_text(folder / f"{name}.json", name), name)
    try:
        mapping = Mapping.model_validate(yaml.safe_load(_text(folder / f"{name}.yaml", name)))
    except yaml.YAMLError as error:
        raise BadRequest(f"the mapping {name}.yaml is no YAML: {str(error).splitlines()[0]}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise BadRequest(f"the mapping {name}.yaml is not right: {where}: {first['msg']}") from None
    _agree(name, graph, mapping, known)
    return Template(name=name, graph=graph, mapping=mapping)


def _text(path: Path, name: str) -> str:
    size = path.stat().st_size
    if size > LARGEST:
        raise BadRequest(f"the workflow {name} has {size >> 20} MB; {LARGEST >> 20} MB are the most")
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise BadRequest(f"the workflow {name} is no text; export it again with Export (API)") from None


def graph_of(text: str, name: str) -> Graph:
    """A graph from JSON in the API format; BadRequest if it is the page's format or no graph at all."""
    try:
        graph = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BadRequest(f"the workflow {name} is no JSON that can be read; export it again with Export (API)") from None
    if isinstance(graph, dict) and isinstance(graph.get("nodes"), list):
        raise BadRequest(f"the workflow {name} is in the format of ComfyUI's page; export it there with Workflow, Export (API)")
    if not isinstance(graph, dict) or not graph or len(graph) > MOST_NODES:
        raise BadRequest(f"the workflow {name} is no graph of 1 to {MOST_NODES} nodes; export it again with Export (API)")
    for ident, node in graph.items():
        if not isinstance(node, dict) or not isinstance(node.get("class_type"), str) or not isinstance(node.get("inputs"), dict):
            raise BadRequest(f"node {ident[:40]!r} of the workflow {name} lacks class_type or inputs; export it again with Export (API)")
    return graph


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _agree(name: str, graph: Graph, mapping: Mapping, known: frozenset[str]) -> None:
    """Every place is in the graph, every field is one of ours, and what matters has a place."""
    places = [(field, at) for field, place in mapping.fields.items() for at in place.at]
    places += [(f"models.{model}", choice.at) for model, choice in mapping.models.items()]
    for field, at in places:
        node, _, wanted = at.partition(".")
        if node not in graph or wanted not in graph[node]["inputs"]:
            raise BadRequest(f"the mapping {name}.yaml puts {field} at {at}, and the workflow has no such input")
    strangers = [field for field in (*mapping.fields, *mapping.needs) if field not in known]
    if strangers:
        raise BadRequest(f"the mapping {name}.yaml names {strangers[0]}, which is none of the fields {', '.join(sorted(known))}")
    wanted_fields = ["seed", *(mapping.needs or ["prompt"])]
    missing = [field for field in wanted_fields if field not in mapping.fields]
    if missing:
        raise BadRequest(f"the mapping {name}.yaml has no place for {' and '.join(missing)}; say under fields which input takes it")
    if mapping.output not in graph:
        raise BadRequest(f"the mapping {name}.yaml names the output node {mapping.output!r}, and the workflow has no such node")
