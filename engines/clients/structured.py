"""A language model's answer as a pydantic object: by JSON schema, else by JSON object, else read out of its prose; one repair.

Whatever a model writes is text to be read: nothing in it is followed, opened or run.
"""

import re
import time
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from engines.clients.openai import Check, OpenAIServer, Usage, message_of, words_of
from engines.clients.replies import Unreadable, read_json
from engines.errors import BadRequest, LlmError

A = TypeVar("A", bound=BaseModel)
MODES = ("json_schema", "json_object", "text")
LONGEST_ANSWER = 200_000
FENCED = re.compile(r"```[a-zA-Z0-9]{0,10}[^\S\n]*\n(.*?)```", re.DOTALL)
THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
SHOWN_ERRORS = 5
_modes: dict[tuple[str, str], str] = {}
"""The way of asking that a server took last, by address and model."""


@dataclass
class Answered(Generic[A]):
    """The object, what it took, and how often the model had to be asked."""

    value: A
    model: str
    usage: Usage
    notes: list[str] = field(default_factory=list)


class Unusable(ValueError):
    """The answer is not the object that was asked for; says why, in words for the model."""


def ask(server: OpenAIServer, kind: type[A], messages: list[dict[str, Any]], check: Check, seed: int | None = None) -> Answered[A]:
    """The model's answer as a `kind`, all within one deadline. LlmError, with its `usage`, if it cannot be read even after one repair."""
    until, usage, model = server.deadline(), Usage(), server.model()
    body = server.options.body | {"model": model} | ({"seed": seed % 2**31} if seed is not None else {})
    text = _complete(server, kind, body | {"messages": messages}, check, until, usage)
    try:
        return Answered(read(text, kind), model, usage)
    except Unusable as error:
        why = str(error)
    again = [
        *messages,
        {"role": "assistant", "content": text[:4000] or "(nothing)"},
        {"role": "user", "content": f"That cannot be used: {why}. Answer again, with the JSON object alone."},
    ]
    if time.monotonic() >= until:
        raise LlmError(f"{server.name} answered with something that cannot be used, and too late to ask again.", usage=usage.told)
    text = _complete(server, kind, body | {"messages": again}, check, until, usage)
    try:
        return Answered(read(text, kind), model, usage, [f"{server.name} had to be asked twice."])
    except Unusable:
        raise LlmError(f"{server.name} answered twice with something that cannot be used.", usage=usage.told) from None


def _complete(server: OpenAIServer, kind: type[BaseModel], body: dict[str, Any], check: Check, until: float, usage: Usage) -> str:
    """The text of one completion, asked for in the strictest way that the server takes."""
    place = (server.options.address, body["model"])
    for mode in MODES[MODES.index(_modes.get(place, MODES[0])) :]:
        try:
            told = server.post("chat/completions", check, until=until, json=body | _format(mode, kind))
        except BadRequest:
            if mode == MODES[-1]:
                raise
            continue
        _modes[place] = mode
        usage.add(told)
        return words_of(message_of(told, server.name))
    raise AssertionError("the last mode returns or raises")


def _format(mode: str, kind: type[BaseModel]) -> dict[str, Any]:
    if mode == "json_schema":
        return {"response_format": {"type": mode, "json_schema": {"name": kind.__name__, "strict": True, "schema": schema_of(kind)}}}
    return {"response_format": {"type": mode}} if mode == "json_object" else {}


def schema_of(kind: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema as strict servers want it: every field required, nothing else allowed, no titles or defaults."""
    found: dict[str, Any] = _strict(kind.model_json_schema())
    return found


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {name: _strict(value) for name, value in node.items() if name not in ("title", "default")}
    if isinstance(node.get("properties"), dict):
        kept["properties"] = {name: _strict(value) for name, value in node["properties"].items()}
        kept |= {"required": list(kept["properties"]), "additionalProperties": False}
    return kept


def read(text: str, kind: type[A]) -> A:
    """The object in a text: the whole text, a fenced block, or the first braces that hold one. Unusable if there is none."""
    text = THOUGHT.sub("", text[:LONGEST_ANSWER]).strip()
    why = "it is empty" if not text else "there is no JSON object in it"
    for candidate in _candidates(text):
        try:
            found = read_json(candidate)
        except Unreadable as error:
            why = str(error)
            continue
        if isinstance(found, dict):
            try:
                return kind.model_validate(found)
            except ValidationError as error:
                why = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}"[:200] for each in error.errors()[:SHOWN_ERRORS])
        else:
            why = "it is not a JSON object"
    raise Unusable(why)


def _candidates(text: str) -> list[str]:
    """Where the object may be, the likeliest first."""
    start, end = text.find("{"), text.rfind("}")
    return [text, *FENCED.findall(text)[:4], *([text[start : end + 1]] if 0 <= start < end else [])]
