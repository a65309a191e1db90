"""From a request's fields to components and back: bounds, defaults and descriptions are written once, on the request."""
import json
from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import gradio as gr
from gradio.components import Component
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from engines.errors import BadRequest
from studio import static

HTML = static.FOLDER / "html"


def template(name: str) -> str:
    """One of our own HTML templates."""
    return (HTML / f"{name}.html").read_text("utf-8")


def part(name: str, *events: str, value: Any = None, html: str = '<div class="tb-part"></div>', **props: Any) -> gr.HTML:
    """A place on the page that assets/js/parts fills and keeps alive; `events` are what it may send to Python."""
    told = " ".join(f"'{event}'" for event in events)  # Gradio looks for the quoted names in this text
    start = f"/* {told} */ tb.mount('{name}', element, {{trigger, props, watch}})"
    return gr.HTML(value, html_template=html, apply_default_css=False, js_on_load=start, **props)


class Form:
    """Some fields of a request as components, laid out by hand, read and filled together."""

    def __init__(self, request: type[BaseModel], prefix: str) -> None:
        self.request, self.prefix = request, prefix
        self.parts: dict[str, Component] = {}
        self.blank: set[str] = set()

    def add(self, name: str, blank: bool = False, **look: Any) -> Component:
        """The component that suits the field's type; `look` overrides label, lines and the like. Blank: empty, so that the model's own
        value holds until somebody writes another.
        """
        field = self.request.model_fields[name]
        kind = plain(field)
        usual = {"label": name.replace("_", " ").capitalize(), "info": hint(field), "elem_id": self.where(name),
                 "elem_classes": ["tb-field", "tb-switch"] if kind is bool else ["tb-field"]}
        common = usual | look
        if kind is bool:
            found: Component = gr.Checkbox(value=bool(field.default), **common)
        else:  # numbers too: a number field would turn empty into 0, and keep what the door should see and name
            lines: dict[str, Any] = {"max_lines": 1 if kind in (int, float) else 20}
            found = gr.Textbox(value="" if blank else self._text(field), **lines | common)
        if blank:
            self.blank.add(name)
        self.parts[name] = found
        return found

    def choose(self, name: str, options: Sequence[Mapping[str, Any]] = (), kind: str = "segments", **look: Any) -> gr.HTML:
        """A field as a set of radio buttons (`segments`, `cards`) or a list to pick from (`select`)."""
        field = self.request.model_fields[name]
        offered = list(options) or [{"value": each, "title": each} for each in get_args(field.annotation)]
        found = choice(self.where(name), offered, kind, field.default, **({"label": name.capitalize()} | look))
        self.parts[name] = found
        return found

    def given(self, name: str, label: str, kind: str = "picture", many: int = 1) -> gr.HTML:
        """A field that takes a file of a kind, or several: chosen, dropped or from before."""
        found = part("given", "change", value="", label=label, kind=kind, many=many, elem_id=self.where(name), elem_classes=["tb-field"])
        self.parts[name] = found
        return found

    def where(self, name: str) -> str:
        """The id of a field's element on the page; errors are shown beside it."""
        return f"{self.prefix}-{name.replace('_', '-')}"

    @property
    def components(self) -> list[Component]:
        """All components, in the order they were added."""
        return list(self.parts.values())

    def values(self, given: Sequence[Any]) -> dict[str, Any]:
        """What a person put in, by field; what was left empty is left out, so that defaults hold."""
        read = {name: self._read(name, value) for name, value in zip(self.parts, given)}
        return {name: value for name, value in read.items() if value is not None}

    def fill(self, values: Mapping[str, Any]) -> list[Any]:
        """One update per component: the value given, or the field's default."""
        return [gr.update(value=self._show(name, values.get(name))) for name in self.parts]

    def _read(self, name: str, value: Any) -> Any:
        field = self.request.model_fields[name]
        kind = plain(field)
        if value is None or (isinstance(value, str) and not value.strip() and not field.is_required()):
            return None
        if kind is dict:
            return _json(name, value)
        if kind is list and isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return _number(value.strip()) if kind in (int, float) and isinstance(value, str) else value

    def _show(self, name: str, value: Any) -> Any:
        field = self.request.model_fields[name]
        if value is None and name in self.blank:
            return ""
        if value is None and not field.is_required():
            value = field.get_default(call_default_factory=True)
        if isinstance(value, bool):
            return value
        return self._text(field, value)

    def _text(self, field: FieldInfo, value: Any = None) -> str:
        if value is None and not field.is_required():
            value = field.get_default(call_default_factory=True)
        if isinstance(value, dict):
            return json.dumps(value, ensure_ascii=False, indent=1)
        if isinstance(value, list):
            return ", ".join(map(str, value))
        if isinstance(value, float):
            return f"{value:.10g}"
        return "" if value is None else str(value)


def choice(where: str, options: Sequence[Mapping[str, Any]], kind: str, value: Any, label: str = "", **props: Any) -> gr.HTML:
    """Radio buttons or a list to pick from, native and ours, with a string for a value."""
    offered = [dict(each) for each in options]
    return part("choice", "change", "picked", value="" if value is None else str(value), html=template(kind), options=offered, legend=label,
                group=where, elem_id=where, **{"elem_classes": ["tb-field"]} | props)


def plain(field: FieldInfo) -> Any:
    """The field's type without None: int, float, bool, str, dict, list or Literal."""
    kind = field.annotation
    if get_origin(kind) in (Union, UnionType):
        kind = next((each for each in get_args(kind) if each is not NoneType), str)
    while hasattr(kind, "__metadata__"):
        kind = get_args(kind)[0]
    origin = get_origin(kind)
    return origin if origin in (dict, list, Literal) else kind


def bounds(field: FieldInfo) -> dict[str, float]:
    """ge, le and multiple_of, wherever they are written in the annotation."""
    found: dict[str, float] = {}
    marks = list(field.metadata)
    for each in get_args(field.annotation):
        marks += getattr(each, "__metadata__", ())
    for mark in marks:
        for inner in [mark, *getattr(mark, "metadata", ())]:
            found |= {name: getattr(inner, name) for name in ("ge", "le", "multiple_of") if getattr(inner, name, None) is not None}
    return found


def hint(field: FieldInfo) -> str:
    """What a field means, and between which numbers."""
    limits = bounds(field)
    words = field.description or ""
    if {"ge", "le"} <= limits.keys() and limits["le"] < 2**31:
        words += f" ({limits['ge']:g} to {limits['le']:g})"
    return words


def _number(text: str) -> Any:
    """The number somebody typed; anything else as it is, for the door to refuse."""
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _json(name: str, text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadRequest(f"{name} is not JSON: {error.msg.lower()} at line {error.lineno}, column {error.colno}", fields=[name]) from None
