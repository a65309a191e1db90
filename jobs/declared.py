"""Every door reads this: capabilities and verbs by name, each with its parameters declared once."""

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic.fields import FieldInfo

from engines.base import JobOptions, Request
from jobs import capabilities, control, sentences, watch
from jobs.capability import CAPABILITIES, Capability
from jobs.control import Caller

STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Door:
    """A capability or a verb: its name, its words, its parameters, and how to knock."""

    name: str
    kind: Literal["capability", "verb"]
    summary: str
    model: type[BaseModel]
    work: Callable[..., dict[str, Any]]
    request: type[Request] | None = None
    public: bool = True
    writes: bool = True
    waits: bool = False
    files: list[str] = field(default_factory=list)

    async def call(self, values: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Validate, do it, and wait for the job if that is asked. Raises StudioError."""
        if self.kind == "verb":
            values = self._read(values)
        answer = await asyncio.to_thread(self.work, values, caller)
        if self.waits and values.get("wait", True):
            return await watch.wait(answer["id"], caller, float(values.get("wait_seconds", 600.0)))
        return answer

    def _read(self, values: dict[str, Any]) -> dict[str, Any]:
        try:
            return dict(self.model.model_validate(values))
        except ValidationError as error:
            raise sentences.refusal(error) from None


DOORS: dict[str, Door] = {}


def _declare(what: Capability) -> Door:
    model = create_model(what.name, __base__=(JobOptions, what.request), __doc__=what.summary)

    def start(values: dict[str, Any], caller: Caller) -> dict[str, Any]:
        return control.start(what.name, values, caller)

    return Door(
        what.name, "capability", what.summary, model, start, what.request, what.public, waits=True, files=control.file_fields(what.name)
    )


def verb(*, writes: bool = True, waits: bool = False) -> Callable[[Callable[..., dict[str, Any]]], Callable[..., dict[str, Any]]]:
    """Declare a verb: its first parameter is the caller, the others are what people may say."""

    def declare(work: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        fields: dict[str, Any] = {}
        for name, parameter in list(inspect.signature(work, eval_str=True).parameters.items())[1:]:
            fields[name] = (parameter.annotation, ... if parameter.default is inspect.Parameter.empty else parameter.default)
        model = create_model(work.__name__, __config__=STRICT, __doc__=inspect.getdoc(work), **fields)

        def knock(values: dict[str, Any], caller: Caller) -> dict[str, Any]:
            return work(caller, **values)

        DOORS[work.__name__] = Door(work.__name__, "verb", inspect.getdoc(work) or "", model, knock, writes=writes, waits=waits)
        return work

    return declare


def parameters(door: Door) -> dict[str, FieldInfo]:
    """The parameters of a door by name."""
    return door.model.model_fields


assert capabilities.__doc__  # importing it declares the job kinds
for each in CAPABILITIES.values():
    if each.public:
        DOORS[each.name] = _declare(each)

from jobs import models, verbs  # noqa: E402  (the verbs declare themselves with the decorator above)

assert verbs.__doc__ and models.__doc__
