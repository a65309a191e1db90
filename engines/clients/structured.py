"""A language model's answer as a pydantic object, whoever runs the model: read out of whatever it writes; one repair.

Whatever a model writes is text to be read: nothing in it is followed, opened or run.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from engines.clients.openai import Usage
from engines.clients.replies import Unreadable, read_json
from engines.errors import LlmError

A = TypeVar("A", bound=BaseModel)
Tell = Callable[[float, str], None]
"""Hears how far an answer is, 0 to 1, and in words; raises to stop."""
LONGEST_ANSWER = 200_000
FENCED = re.compile(r"```[a-zA-Z0-9]{0,10}[^\S\n]*\n(.*?)```", re.DOTALL)
THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
SHOWN_ERRORS = 5


class Writer(Protocol):
    """A language model that can be asked: on a server, or in this process."""

    name: str
    """What it is called in messages."""

    def model(self) -> str:
        """The model that writes. ModelNotReady if there is none."""

    def deadline(self) -> float:
        """When an answer that is asked for now must be there, of time.monotonic()."""

    def complete(self, messages: list[dict[str, Any]], kind: type[BaseModel], tell: Tell, asked: "Asked") -> str:
        """The text that follows a conversation, with a `kind` in it. Transient or BadRequest if there is none."""


@dataclass(frozen=True)
class Asked:
    """What holds for all tries at one answer: the seed, the deadline (of time.monotonic()), what they took together."""

    seed: int | None
    until: float
    usage: Usage


@dataclass
class Answered(Generic[A]):
    """The object, what it took, and how often the model had to be asked."""

    value: A
    model: str
    usage: Usage
    notes: list[str] = field(default_factory=list)


class _Onward:
    """How far two answers are, one after the other: the second goes on where the first one ended."""

    def __init__(self, tell: Tell) -> None:
        self._tell, self._far = tell, 0.0

    def first(self, fraction: float, note: str) -> None:
        self._far = fraction
        self._tell(fraction, note)

    def second(self, fraction: float, note: str) -> None:
        self._tell(self._far + (1 - self._far) * fraction, note)


class Unusable(ValueError):
    """The answer is not the object that was asked for; says why, in words for the model."""


def ask(writer: Writer, kind: type[A], messages: list[dict[str, Any]], tell: Tell, seed: int | None = None) -> Answered[A]:
    """The model's answer as a `kind`, all within one deadline. LlmError, with its `usage`, if it cannot be read even after one repair."""
    asked, model, steps = Asked(seed, writer.deadline(), Usage()), writer.model(), _Onward(tell)
    text = writer.complete(messages, kind, steps.first, asked)
    try:
        return Answered(read(text, kind), model, asked.usage)
    except Unusable as error:
        why = str(error)
    again = [
        *messages,
        {"role": "assistant", "content": text[:4000] or "(nothing)"},
        {"role": "user", "content": f"That cannot be used: {why}. Answer again, with the JSON object alone."},
    ]
    took = asked.usage.told
    if time.monotonic() >= asked.until:
        raise LlmError(f"{writer.name} answered with something that cannot be used, and too late to ask again.", usage=took)
    text = writer.complete(again, kind, steps.second, asked)
    try:
        return Answered(read(text, kind), model, asked.usage, [f"{writer.name} had to be asked twice."])
    except Unusable:
        raise LlmError(f"{writer.name} answered twice with something that cannot be used.", usage=took) from None


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
