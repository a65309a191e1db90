"""@capability: one function is a job kind and every door to it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from engines.base import Made, Request

Work = Callable[[Any, Any], Made]
Prepare = Callable[[Any, str, str | None], Request]


@dataclass(frozen=True)
class Capability:
    """A job kind: its name, what it takes, what it does, and which rows can serve it."""

    name: str
    summary: str
    request: type[Request]
    work: Work
    flow: bool
    serves: str | None
    public: bool
    prepare: Prepare | None = None

    def validate(self, values: dict[str, Any]) -> Request:
        """A request from values; pydantic's ValidationError if they do not fit."""
        return self.request.model_validate(values)


CAPABILITIES: dict[str, Capability] = {}


def capability(
    *, flow: bool = False, serves: str | None = None, public: bool = True, prepare: Prepare | None = None
) -> Callable[[Work], Work]:
    """Declare a job kind.

    flow: the function is replayed and speaks to children through run.make(). serves: whose catalog rows its `model`
    chooses from (its own by default; a flow names the capability its steps use). public: offered at the doors.
    prepare: completes a request as it is accepted, from (request, owner, idempotency key).
    """

    def declare(work: Work) -> Work:
        name = work.__name__
        request = get_type_hints(work)["request"]
        CAPABILITIES[name] = Capability(name, inspect.getdoc(work) or "", request, work, flow, serves or name, public, prepare)
        return work

    return declare
