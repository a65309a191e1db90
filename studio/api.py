"""Every door as an endpoint of Gradio's API, named like the door, its parameters named like the fields."""
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, get_origin

import gradio as gr
from gradio import events
from pydantic.fields import FieldInfo
from starlette.concurrency import run_in_threadpool

from config import settings
from jobs.declared import Door
from studio import errors, files, schema
from studio.ask import ask, caller, public_doors

PLACES = 64
"""Places in Gradio's queue for its own events, beside those of callers who wait for jobs."""


IDLE = 0.01
"""Seconds between two looks of Gradio's queue when it is empty."""


def publish(demo: gr.Blocks) -> None:
    """Add every public door to the page's API."""
    with demo:
        for door in public_doors():
            events.api(endpoint(door), api_name=door.name, api_description=schema.summary(door), concurrency_limit=None)


def endpoints(demo: gr.Blocks) -> dict[int, str]:
    """Gradio's own numbers of all endpoints, and their names."""
    return {number: str(function.api_name) for number, function in demo.fns.items() if function.api_name}


def endpoint(door: Door) -> Callable[..., Awaitable[dict[str, Any]]]:
    """One function of its own per door: Gradio takes its signature for the endpoint's, and limits by function."""
    known = schema.fields(door)

    async def call(*values: Any) -> dict[str, Any]:
        who = caller(values[-1])
        try:
            asked = schema.without_blanks(door, dict(zip(known, values[:-1], strict=True)))
            asked = await run_in_threadpool(files.take, door, asked, who)
            answer = await ask(door, asked, who)
            return await run_in_threadpool(files.give, answer, who)
        except Exception as error:  # every error leaves as one sentence with its code
            shown = errors.shown(error, who.correlation_id)
            raise gr.Error(errors.sentence(shown, who.correlation_id), print_exception=False) from error

    hints = {name: _hint(door, name, field.annotation) for name, field in known.items()} | {"request": gr.Request}
    call.__name__ = call.__qualname__ = door.name
    call.__doc__ = door.summary + "\n\nArgs:\n" + "\n".join(f"    {name}: {field.description or name}" for name, field in known.items())
    call.__annotations__ = hints | {"return": dict}
    call.__signature__ = _signature(known, hints)  # type: ignore[attr-defined]
    return call


def _signature(known: dict[str, FieldInfo], hints: dict[str, Any]) -> inspect.Signature:
    """Every parameter has a default, so that a missing one reaches our own checks instead of a bare 500."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature([inspect.Parameter(name, kind, annotation=hint, default=schema.default(known[name]) if name in known else None)
                              for name, hint in hints.items()], return_annotation=dict)


def _hint(door: Door, name: str, annotation: Any) -> Any:
    """What the parameter takes; file fields also take what a client uploads."""
    plain = schema.bare(annotation)
    if name not in door.files:
        return plain
    return list[str | gr.FileData] if get_origin(plain) is list else str | gr.FileData | None


def make_room(demo: gr.Blocks) -> None:
    """Callers who wait sit in Gradio's queue; it must have more places than may wait (its own limit is 40)."""
    demo.max_threads = settings().waiters + PLACES
    demo.queue(api_open=True, default_concurrency_limit=None)
    demo._queue.sleep_when_free = IDLE  # it polls, a thousand times a second by default
    demo._queue.progress_update_sleep_when_free = 10 * IDLE
