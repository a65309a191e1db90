"""From the one declaration of a door to what each kind of door needs: Gradio's hints, JSON schemas, plain defaults."""
import json
import re
import types
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from engines.errors import BadRequest
from jobs.declared import Door

DEEPEST = 64
"""Levels of lists and objects that JSON from outside may have."""


def parsed(text: str | bytes, what: str = "the body") -> Any:
    """What a piece of JSON says; BadRequest if it is none, or nested so deeply that reading it would hurt."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{what} is not valid JSON ({str(error)[:80]})") from None
    level = [found]
    for _ in range(DEEPEST):
        level = [each for node in level for each in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())]
        if not level:
            return found
    raise BadRequest(f"{what} is nested more than {DEEPEST} levels deep")


def fields(door: Door) -> dict[str, FieldInfo]:
    """Every parameter of a door, in the order of the declaration."""
    return door.model.model_fields


def waits(door: Door) -> bool:
    """Whether callers of this door may wait for work to end."""
    return "wait" in fields(door)


def default(field: FieldInfo) -> Any:
    """What a parameter is when nobody names it; None for one that must be named."""
    value = field.get_default(call_default_factory=True)
    return None if value is PydanticUndefined else value


def nullable(field: FieldInfo) -> bool:
    """Whether None is a value of its own here."""
    return type(None) in get_args(bare(field.annotation)) or field.annotation is Any


def bare(annotation: Any) -> Any:
    """A type without pydantic's bounds, as Gradio can read it."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return bare(inside[0])
    if origin in (Union, types.UnionType):
        return Union[tuple(bare(each) for each in inside)]  # noqa: UP007 (built at run time)
    if origin in (list, dict):
        return origin[tuple(bare(each) for each in inside)]
    return annotation


def without_defaults(door: Door, values: dict[str, Any]) -> dict[str, Any]:
    """What the caller said of their own. A value equal to the default says nothing, whichever door it came through."""
    known = fields(door)
    return {name: value for name, value in values.items() if name not in known or not _same(value, default(known[name]), known[name])}


def _same(value: Any, standard: Any, field: FieldInfo) -> bool:
    return not field.is_required() and type(value) is type(standard) and value == standard


def without_blanks(door: Door, values: dict[str, Any]) -> dict[str, Any]:
    """Gradio sends every parameter; None where that is no value means that it was left out."""
    known = fields(door)
    return {name: value for name, value in values.items() if value is not None or name not in known or nullable(known[name])}


def json_schema(door: Door) -> dict[str, Any]:
    """The parameters as one JSON schema with bounds, defaults and descriptions, and no references."""
    schema = door.model.model_json_schema()
    shared = schema.pop("$defs", {})
    found: dict[str, Any] = _inlined({"type": "object", "properties": schema.get("properties", {}), "additionalProperties": False}, shared)
    for each in found["properties"].values():
        each.pop("title", None)
    if schema.get("required"):
        found["required"] = schema["required"]
    return found


def _inlined(node: Any, shared: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(each, shared) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        rest = {name: value for name, value in node.items() if name != "$ref"}
        return _inlined({**shared[node["$ref"].rsplit("/", 1)[-1]], **rest}, shared)
    return {name: _inlined(value, shared) for name, value in node.items()}


def summary(door: Door) -> str:
    """The short description: the first line of the docstring."""
    return door.summary.strip().split("\n", 1)[0]


def kinds(annotation: Any) -> set[Any]:
    """The plain types among which a value may be."""
    plain = bare(annotation)
    if get_origin(plain) is Union:
        return {get_origin(each) or each for each in get_args(plain)}
    return {get_origin(plain) or plain}


def typed(text: str, annotation: Any) -> Any:
    """Words from an address or a shell as the type a field wants; what does not fit stays words and is refused later."""
    wanted = kinds(annotation)
    if bool in wanted and text.lower() in ("true", "1", "yes", "on", "false", "0", "no", "off"):
        return text.lower() in ("true", "1", "yes", "on")
    if int in wanted and re.fullmatch(r"[+-]?\d{1,400}", text):
        return int(text)
    if float in wanted:
        try:
            return float(text)
        except ValueError:
            return text
    return text
