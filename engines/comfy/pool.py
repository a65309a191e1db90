"""The ComfyUI endpoints of this studio: which answer, what each can do, and the least busy one for a job.

What is known of an endpoint is kept for a short while and asked for anew in the background; only the first question waits.
"""

import contextlib
import functools
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from config import settings
from config.endpoints import Endpoint
from engines.clients.comfyui import REST, ComfyServer
from engines.comfy import check
from engines.comfy.template import Template
from engines.errors import StudioError, Unavailable

log = logging.getLogger("troubadour.comfyui")
FRESH, RECENT = 5.0, 0.3
FRESH_NODES = 60.0
FIRST_LOOK, SLOW = 4.0, 0.7
HINT = "name one under comfyui in studio.yaml, or as STUDIO_COMFYUI"


@dataclass
class Seat:
    """One endpoint and what is known of it."""

    endpoint: Endpoint
    server: ComfyServer
    alive: bool = False
    message: str = "it has not answered yet"
    queue: int = 0
    nodes: dict[str, Any] = field(default_factory=dict)
    stats: dict[str, Any] = field(default_factory=dict)
    took: float | None = None
    asked: float = -1e9
    asked_nodes: float = -1e9
    lent: int = 0

    @property
    def load(self) -> float:
        """How busy it is, for its weight."""
        return max(self.queue, self.lent) / self.endpoint.weight

    def look(self) -> None:
        """Ask how it is; now and then also what it can do."""
        began = time.monotonic()
        try:
            self.queue = self.server.waiting(_go_on)
            self.took = time.monotonic() - began
            if began - self.asked_nodes > FRESH_NODES:
                self.stats = self.server.stats(_go_on)
                self.nodes = self.server.nodes(_go_on)
                self.asked_nodes = began
            self.alive, self.message = True, ""
        except StudioError as error:
            self.fail(error.message)
        self.asked = time.monotonic()

    def fail(self, message: str) -> None:
        """It is down; whoever comes back may be another server."""
        if self.alive:
            log.warning("%s: %s", self.endpoint.name, message)
        self.alive, self.message, self.asked_nodes, self.asked = False, message, -1e9, time.monotonic()

    def shown(self) -> dict[str, Any]:
        """What people may see of it."""
        state = "down" if not self.alive else "slow" if (self.took or 0.0) > SLOW else "up"
        about = self.stats if self.alive else {}
        return {"name": self.endpoint.name, "kind": "comfyui", "state": state, "message": self.message, "weight": self.endpoint.weight,
                "tags": list(self.endpoint.tags), "waiting": self.queue if self.alive else None, "nodes": len(self.nodes),
                "checkpoints": check.checkpoints(self.nodes)[:100]} | about

    def lacks(self, template: Template, wanted: dict[str, str]) -> list[str]:
        """Why it cannot run a workflow, as sentences; empty if it can."""
        files, lacking = check.files_for(template, self.nodes, wanted)
        graph = template.fill({}, files, "check")
        uploads = frozenset(at for name in template.mapping.needs for at in template.mapping.fields[name].at)
        strangers = [fault for fault in check.faults(graph, self.nodes, uploads) if not lacking or "has no node" in fault]
        return strangers + lacking


class Pool:
    """All of them."""

    def __init__(self, endpoints: list[Endpoint]) -> None:
        self.seats = [Seat(each, ComfyServer(each)) for each in endpoints]
        self._lock = threading.Lock()
        self._looking: dict[str, Any] = {}
        self._threads = ThreadPoolExecutor(max(1, len(endpoints)), "comfyui") if endpoints else None

    def look(self, seconds: float = FIRST_LOOK, age: float = FRESH, thorough: bool = False) -> None:
        """Have those asked anew that were last asked longer ago than `age`; wait at most so long for what is not known at all.

        thorough: wait for all who are being asked.
        """
        if self._threads is None:
            return
        now = time.monotonic()
        with self._lock:
            for seat in self.seats:
                name = seat.endpoint.name
                if now - seat.asked > age and (name not in self._looking or self._looking[name].done()):
                    self._looking[name] = self._threads.submit(seat.look)
            awaited = [self._looking[seat.endpoint.name] for seat in self.seats if seat.asked < 0 or thorough and now - seat.asked > age]
        wait(awaited, seconds)

    def missing(self, templates: list[Template], wanted: dict[str, str], tags: list[str]) -> str:
        """Empty if some endpoint can run one of these workflows, else a sentence on what is missing."""
        if not self.seats:
            return f"no ComfyUI server is configured; {HINT}"
        self.look()
        seats = [seat for seat in self.seats if set(tags) <= set(seat.endpoint.tags)]
        if not seats:
            return f"no ComfyUI server has the tags {', '.join(tags)}; write them at one under comfyui in studio.yaml"
        reasons = []
        for seat in seats:
            lacks = [seat.lacks(template, wanted) for template in templates] if seat.alive else [[seat.message]]
            if not all(lacks):
                return ""
            reasons.append(f"{seat.endpoint.name}: {'; '.join(lacks[0][:3])}".rstrip("."))
        return f"no ComfyUI server can do it ({' | '.join(reasons[:4])}); start one or install there what it lacks"

    @contextlib.contextmanager
    def lend(self, template: Template, wanted: dict[str, str], tags: list[str], but: set[str]) -> Iterator[Seat]:
        """The least busy endpoint that can run a workflow; none of `but`. Raises Unavailable if there is none."""
        self.look(seconds=2.0, age=RECENT, thorough=True)
        with self._lock:
            fitting = [seat for seat in self.seats if seat.endpoint.name not in but and set(tags) <= set(seat.endpoint.tags)]
            able = [seat for seat in fitting if seat.alive and not seat.lacks(template, wanted)]
            if not able:
                raise Unavailable("No ComfyUI server that can do it answers now; it is tried again.", retry_after=REST)
            best = min(able, key=lambda seat: (seat.load, -seat.endpoint.weight))
            best.lent += 1
        try:
            yield best
        finally:
            with self._lock:
                best.lent -= 1


@functools.lru_cache(1)
def _pool(endpoints: tuple[Endpoint, ...]) -> Pool:
    return Pool(list(endpoints))


def pool() -> Pool:
    """The pool of this process."""
    return _pool(settings().comfyui)


def states() -> list[dict[str, Any]]:
    """Every endpoint as people may see it: name, state (up, slow, down), what waits there, what it is. Never its address."""
    pool().look()
    return [seat.shown() for seat in pool().seats]


def _go_on() -> None:
    """Nothing stops a look but its deadline."""


