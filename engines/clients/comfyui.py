"""One ComfyUI server: queue a graph, follow it, fetch its files. Every reply is data that may be anything; it is read, never trusted.

HTTP goes through clients/http.py (deadlines, caps, breaker); progress and previews come over the WebSocket at /ws.
"""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.endpoints import Endpoint
from engines.clients.http import Limits, Server
from engines.clients.replies import said
from engines.clients.websocket import WebSocket
from engines.errors import BadRequest, StudioError, Unavailable

REST = 5.0
SHORT = Limits(seconds=5, megabytes=1, rest_seconds=REST)
QUEUE = Limits(seconds=8, megabytes=8, rest_seconds=REST)
NODES = Limits(seconds=30, megabytes=32, rest_seconds=REST)
SEND = Limits(seconds=60, megabytes=1, rest_seconds=REST)
FILE = Limits(seconds=300, megabytes=512, rest_seconds=REST)
MESSAGE = 16 << 20
PATIENCE = 0.5
FULL = ("outofmemory", "out of memory", "allocation on device")
MOST_FILES = 64
Check = Callable[[], None]


class Refused(BadRequest):
    """The server does not take a graph as it is: a node or a model is missing, or a value does not fit."""


@dataclass(frozen=True)
class Item:
    """A file that a server says it has made; its words are only ever sent back to that server."""

    filename: str
    subfolder: str
    type: str


@dataclass(frozen=True)
class Ended:
    """How a prompt ended: the files of every node, or what went wrong."""

    files: dict[str, list[Item]]
    error: str = ""
    out_of_memory: bool = False
    interrupted: bool = False


class ComfyServer:
    """A connection to one endpoint that the owner has configured."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.name, self.address = endpoint.name, endpoint.address
        self._server = Server(f"ComfyUI on {endpoint.name}", endpoint.address, limits=SHORT, refusal=_refusal)

    def waiting(self, check: Check) -> int:
        """How many prompts run and wait there."""
        info = _dict(_dict(self._get("prompt", check)).get("exec_info"))
        left = info.get("queue_remaining")
        if not isinstance(left, int) or isinstance(left, bool) or left < 0:
            raise Unavailable(f"ComfyUI on {self.name} does not answer as one does; check its address.")
        return left

    def stats(self, check: Check) -> dict[str, Any]:
        """Version, and megabytes of memory of the first device, where the server tells."""
        told = _dict(self._get("system_stats", check))
        devices = told.get("devices")
        device = _dict(devices[0]) if isinstance(devices, list) and devices else {}
        found = {"version": said(_dict(told.get("system")).get("comfyui_version")), "device": said(device.get("name"))}
        sizes = {name: device.get(name) for name in ("vram_total", "vram_free")}
        return found | {f"{name}_mb": size >> 20 for name, size in sizes.items() if isinstance(size, int)}

    def nodes(self, check: Check) -> dict[str, Any]:
        """All node classes with their inputs."""
        return _dict(self._server.call("GET", "object_info", check, limits=NODES).json())

    def submit(self, graph: dict[str, Any], client_id: str, check: Check) -> str:
        """Queue a graph; the id of the prompt. Raises Refused if the server finds fault with it."""
        asked = str(uuid.uuid4())
        body = {"prompt": graph, "client_id": client_id, "prompt_id": asked}
        try:
            told = _dict(self._server.call("POST", "prompt", check, limits=SEND, json=body).json())
        except BadRequest:
            raise
        except BaseException:
            self.dismiss(asked)  # it may have been taken all the same
            raise
        given = told.get("prompt_id")
        if not isinstance(given, str) or not _identity(given):
            raise Unavailable(f"ComfyUI on {self.name} took the workflow and gave no id for it.")
        return given  # older servers give one of their own

    def listen(self, client_id: str) -> WebSocket:
        """The server's news for this client. Raises websocket.Gone."""
        address = "ws" + self.address.removeprefix("http")
        return WebSocket(f"{address}/ws?clientId={client_id}", SHORT.seconds, MESSAGE)

    def place(self, prompt_id: str, check: Check) -> int | None:
        """0 if a prompt runs, its place among the waiting from 1, None if the server does not know it."""
        told = _dict(self._server.call("GET", "queue", check, limits=QUEUE).json())
        if prompt_id in _ids(told.get("queue_running")):
            return 0
        waiting = _ids(told.get("queue_pending"))
        return waiting.index(prompt_id) + 1 if prompt_id in waiting else None

    def ended(self, prompt_id: str, check: Check) -> Ended | None:
        """How a prompt ended, or None while the history does not know it: unknown is never done."""
        told = _dict(self._server.call("GET", f"history/{prompt_id}", check, limits=QUEUE).json())
        entry = told.get(prompt_id)
        if not isinstance(entry, dict):
            return None
        status = _dict(entry.get("status"))
        if status and status.get("status_str") != "success":
            return _failed(status.get("messages"))
        return Ended(_files(entry.get("outputs")))

    def fetch(self, item: Item, into: Path, check: Check) -> Path:
        """Write one of the server's files to a path of ours."""
        query = {"filename": item.filename, "subfolder": item.subfolder, "type": item.type}
        self._server.call("GET", "view", check, limits=FILE, into=into, params=query)
        return into

    def upload(self, path: Path, media_type: str, check: Check) -> str:
        """Send a picture; the name under which the server keeps it."""
        name = f"troubadour-{uuid.uuid4().hex}.{media_type.rsplit('/', 1)[-1]}"
        sent = {"image": (name, path.read_bytes(), media_type)}
        told = _dict(self._server.call("POST", "upload/image", check, limits=SEND, files=sent, data={"type": "input"}).json())
        kept, folder = told.get("name"), told.get("subfolder") or ""
        if not isinstance(kept, str) or not kept or not isinstance(folder, str):
            raise Unavailable(f"ComfyUI on {self.name} took a picture and gave no name for it.")
        return f"{folder}/{kept}" if folder else kept

    def drop(self, prompt_id: str) -> None:
        """Stop a prompt that runs or waits there; others are left alone. Never fails: what cannot be stopped runs out."""
        try:
            self._server.call("POST", "queue", _go_on, json={"delete": [prompt_id]})
            if self.place(prompt_id, _go_on) == 0:  # older servers interrupt whatever runs, so it must be this one
                self._server.call("POST", "interrupt", _go_on, json={"prompt_id": prompt_id})
        except StudioError:
            pass

    def dismiss(self, prompt_id: str) -> None:
        """The same, but nobody waits longer than PATIENCE for a slow server."""
        dropping = threading.Thread(target=self.drop, args=(prompt_id,), daemon=True, name="drop")
        dropping.start()
        dropping.join(PATIENCE)

    def _get(self, path: str, check: Check) -> Any:
        return self._server.call("GET", path, check).json()


def _go_on() -> None:
    """Nothing stops this call but its deadline."""


def _refusal(status: int, told: Any) -> StudioError | None:
    """What a server finds fault with in a graph, as one sentence."""
    if status != 400 or not isinstance(told, dict):
        return None
    errors = []
    for node in list(_dict(told.get("node_errors")).values())[:5]:
        listed = _dict(node).get("errors")
        first = _dict(listed[0]) if isinstance(listed, list) and listed else {}
        errors.append(f"{said(_dict(node).get('class_type'))}: {said(first.get('details') or first.get('message'))}")
    whole = told.get("error")
    why = "; ".join(errors) or said(_dict(whole).get("message") or whole) or "it does not say why"
    return Refused(f"ComfyUI does not take the workflow: {why}")


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _identity(text: str) -> bool:
    """Whether a prompt's id can stand in an address as it is."""
    return 0 < len(text) <= 100 and all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in text)


def _ids(listed: Any) -> list[str]:
    """The prompt ids of a queue: entries are [number, id, …]."""
    rows = listed if isinstance(listed, list) else []
    return [row[1] for row in rows if isinstance(row, list) and len(row) > 1 and isinstance(row[1], str)]


def _files(outputs: Any) -> dict[str, list[Item]]:
    """Per node the files it has written; what is no file entry is left out."""
    found: dict[str, list[Item]] = {}
    for node, kinds in _dict(outputs).items():
        listed = [each for entries in _dict(kinds).values() if isinstance(entries, list) for each in entries]
        items = [item for item in map(_item, listed[:MOST_FILES]) if item]
        if items:
            found[node] = items
    return found


def _item(entry: Any) -> Item | None:
    words = [_dict(entry).get(name) for name in ("filename", "subfolder", "type")]
    texts = [word for word in words if isinstance(word, str) and len(word) < 500]
    return Item(*texts) if len(texts) == 3 and texts[0] else None


def _failed(messages: Any) -> Ended:
    """What the history says about a prompt that did not go well."""
    for each in messages if isinstance(messages, list) else []:
        if isinstance(each, list) and len(each) == 2 and each[0] == "execution_error":
            told = _dict(each[1])
            kind, message = said(told.get("exception_type")), said(told.get("exception_message"))
            full = any(word in f"{kind} {message}".lower() for word in FULL)
            return Ended({}, f"{said(told.get('node_type'))}: {message}", full)
        if isinstance(each, list) and each and each[0] == "execution_interrupted":
            return Ended({}, "it was interrupted there", interrupted=True)
    return Ended({}, "it failed there and does not say why")
