"""One workflow on one endpoint: queued, followed over the WebSocket with steps and previews, until the history says how it ended.

The history alone says that something is done. An id that neither the queue nor the history knows is lost, never done; so is
work on a server that stops answering. A cancel is heard several times a second and stops this prompt there, and no other.
"""

import contextlib
import io
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image

from engines.clients.comfyui import ComfyServer, Ended
from engines.clients.replies import Unreadable, read_json
from engines.clients.websocket import Gone, WebSocket
from engines.errors import JobTimeout, Unavailable

LOOK = 0.25
ASK, ASK_DEAF = 3.0, 0.5
REACH = 3.0
PREVIEWS = 0.5
PIXELS = 4_000_000
HEAVY = 20
Tell = Callable[[float, str, Image.Image | None], None]
OVER = ("execution_success", "execution_error", "execution_interrupted")


class Lost(Unavailable):
    """The endpoint no longer answers, or no longer knows the work; somebody else may do it."""


@dataclass(frozen=True)
class Patience:
    """How many seconds a workflow may run without a sign, and in all."""

    quiet: float = 600.0
    longest: float = 7200.0


class Follower:
    """A graph that is being run somewhere."""

    def __init__(self, server: ComfyServer, graph: dict[str, Any], tell: Tell, patience: Patience) -> None:
        self.server, self.graph, self.patience = server, graph, patience
        self._tell = tell
        self._client = uuid.uuid4().hex
        self._socket: WebSocket | None = None
        self._listened = self._told = self._seen = 0.0
        self._note, self._fraction = f"Waiting for {server.name}", 0.0
        self._weights = {ident: HEAVY if "ampler" in node["class_type"] else 1 for ident, node in graph.items()}
        self._done: set[str] = set()
        self._node = ""
        self._over = False

    def run(self) -> Ended:
        """Queue it and stay with it to its end. Raises Refused, Lost, JobTimeout, and what `tell` raises."""
        self._listen()
        try:
            prompt = self.server.submit(self.graph, self._client, self._tick)
            try:
                return self._until_end(prompt)
            except BaseException:
                self.server.dismiss(prompt)
                raise
        finally:
            if self._socket:
                self._socket.close()

    def _until_end(self, prompt: str) -> Ended:
        began = sign = asked = time.monotonic()
        failures = strange = 0
        while True:
            self._tick()
            now = time.monotonic()
            if self._hear(prompt):
                sign = now
            if self._over or strange or now - asked > (ASK if self._socket else ASK_DEAF):
                asked = now
                try:
                    ended, place = self._state(prompt)
                    failures = 0
                except Unavailable as error:
                    failures, ended, place = failures + 1, None, None
                    if failures > 1:
                        raise Lost(error.message) from None
                    continue
                if ended is not None:
                    return ended
                strange = strange + 1 if place is None else 0
                if strange * LOOK > REACH:
                    raise Lost(f"ComfyUI on {self.server.name} has forgotten the work.")
                if place:
                    sign, self._note = now, f"Waiting for {self.server.name}, place {place}"
            if now - sign > self.patience.quiet:
                raise Lost(f"ComfyUI on {self.server.name} gave no sign for {self.patience.quiet:g} seconds.")
            if now - began > self.patience.longest:
                raise JobTimeout(f"The workflow took longer than {self.patience.longest:g} seconds; try a smaller size.")

    def _state(self, prompt: str) -> tuple[Ended | None, int | None]:
        """How it ended, or where in the server's queue it stands."""
        ended = self.server.ended(prompt, self._tick)
        return ended, None if ended is not None else self.server.place(prompt, self._tick)

    def _tick(self, preview: Image.Image | None = None) -> None:
        """Say where it stands; that is also where a cancel is heard."""
        now = time.monotonic()
        if preview is None and now - self._told < LOOK:
            return
        self._told = now
        self._tell(self._fraction, self._note, preview)

    def _listen(self) -> None:
        self._listened = time.monotonic()
        with contextlib.suppress(Gone):
            self._socket = self.server.listen(self._client)

    def _hear(self, prompt: str) -> bool:
        """Take in what comes for a moment; True if there was a sign of life of this prompt."""
        if self._socket is None:
            time.sleep(LOOK)
            if time.monotonic() - self._listened > REACH:
                self._listen()
            return False
        heard, until = False, time.monotonic() + LOOK
        try:
            while not self._over and (left := until - time.monotonic()) > 0:
                message = self._socket.receive(left)
                if message is None:
                    break
                heard |= self._preview(message) if isinstance(message, bytes) else self._news(message, prompt)
        except Gone:
            self._socket.close()
            self._socket = None
        return heard

    def _news(self, text: str, prompt: str) -> bool:
        try:
            told = read_json(text)
        except Unreadable:
            return False
        data = told.get("data") if isinstance(told, dict) else None
        if not isinstance(data, dict) or data.get("prompt_id") != prompt:
            return False
        kind, node = told.get("type"), data.get("node")
        if kind in OVER or (kind == "executing" and node is None):
            self._over = True
        elif kind == "execution_cached" and isinstance(data.get("nodes"), list):
            self._done |= {each for each in data["nodes"] if isinstance(each, str)}
        elif kind == "executing" and isinstance(node, str):
            self._done |= {self._node}
            self._node = node
            self._move(0.0, "")
        elif kind == "progress" and node == self._node:
            value, most = data.get("value"), data.get("max")
            if isinstance(value, int | float) and isinstance(most, int | float) and 0 <= value <= most and most > 0:
                self._move(value / most, f"step {value:g} of {most:g}, " if most > 1 else "")
        return True

    def _move(self, share: float, step: str) -> None:
        """The work stands at a share of the current node."""
        weights = self._weights
        done = sum(weights.get(each, 0) for each in self._done) + weights.get(self._node, 0) * share
        self._fraction = max(self._fraction, done / sum(weights.values()))
        named = self.graph[self._node]["class_type"] if self._node in self.graph else "working"
        self._note = f"{named}, {step}on {self.server.name}"

    def _preview(self, message: bytes) -> bool:
        """Show a picture of the work as it stands, if that is what the message is."""
        kind = int.from_bytes(message[:4], "big")
        start = 8 if kind == 1 else 8 + int.from_bytes(message[4:8], "big") if kind == 4 else len(message)
        now = time.monotonic()
        if start >= len(message) or now - self._seen < PREVIEWS:
            return False
        self._seen = now
        with contextlib.suppress(OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            with Image.open(io.BytesIO(message[start:]), formats=["JPEG", "PNG", "WEBP"]) as picture:
                if picture.width * picture.height <= PIXELS:
                    picture.draft("RGB", (512, 512))
                    self._tick(picture.convert("RGB"))
        return True
