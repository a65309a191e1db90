"""A ComfyUI server for tests: its HTTP and its WebSocket as the real one speaks them, on a port of this machine, with bad days on request.

It checks workflows as the real one does, works one prompt after another, tells steps and previews, keeps a history and serves files.
What it makes is a plain picture of the right size (or another small file); nothing of ComfyUI is in it.
"""

import contextlib
import io
import json
import shlex
import socket
import struct
import threading
import time
import uuid
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from comfy_doors import Doors
from comfy_samples import sample
from PIL import Image

NODES = yaml.safe_load((Path(__file__).parent / "comfy_nodes.yaml").read_text())
MODELS = {
    "checkpoints": ["sd_xl_base_1.0.safetensors", "v1-5-pruned-emaonly.safetensors"],
    "diffusion_models": ["flux1-dev.safetensors"], "vae": ["ae.safetensors"], "clip_vision": [],
    "text_encoders": ["t5xxl_fp16.safetensors", "clip_l.safetensors"],
}


class Peer:
    """One server. Its attributes may be changed while it runs."""

    def __init__(self, name: str = "box", models: dict[str, list[str]] | None = None, step: float = 0.02, port: int = 0) -> None:
        self.name, self.step = name, step
        self.models = MODELS | (models or {})
        self.mood: dict[str, str] = {}  # a path's beginning → slow, drip, garbage, big, 500, hostile, html, truncated, nothing
        self.most_pixels, self.broken_node, self.deaf, self.old, self.others = 10**9, "", False, False, 0
        self.die_at = self.forget_at = -1.0  # a share of the steps
        self.asked: list[str] = []
        self.ran: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.uploads: dict[str, bytes] = {}
        self.waiting: list[tuple[str, dict[str, Any], str]] = []
        self.running: tuple[str, dict[str, Any], str] | None = None
        self.history: dict[str, Any] = {}
        self.interrupted: set[str] = set()
        self.sockets: dict[str, socket.socket] = {}
        self.open: set[socket.socket] = set()
        self.lock = threading.RLock()
        self.bell = threading.Condition(self.lock)
        self.stopped = False
        self.server = ThreadingHTTPServer(("127.0.0.1", port), type("Doors", (Doors,), {"peer": self}))
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        threading.Thread(target=self._work, daemon=True).start()

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_: object) -> None:
        self.die()

    @property
    def entry(self) -> dict[str, Any]:
        """How settings name it."""
        return {"name": self.name, "address": f"http://127.0.0.1:{self.port}"}

    def die(self) -> None:
        """Gone at once, with every connection, as when its process is killed."""
        with self.bell:
            if self.stopped:
                return
            self.stopped = True
            self.bell.notify_all()
        for each in list(self.open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self.server.shutdown()
        self.server.server_close()

    def forget(self) -> None:
        """As after a restart: no queue, no history."""
        with self.lock:
            self.waiting.clear()
            self.history.clear()
            if self.running:
                self.interrupted.add(self.running[0])
                self.running = None

    def object_info(self) -> dict[str, Any]:
        """All nodes."""
        return {name: self._told(name, node) for name, node in NODES.items()}

    def _told(self, name: str, node: dict[str, Any]) -> dict[str, Any]:
        inputs = {"required": self._inputs(node["in"]), "optional": self._inputs(node.get("opt", {}))}
        return {"input": inputs, "output": node["out"], "output_is_list": [False] * len(node["out"]), "output_name": node["out"],
                "name": name, "display_name": name, "description": "", "category": "test", "output_node": "saves" in node}

    def _inputs(self, told: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, words in told.items():
            kind, *rest = shlex.split(words)
            if kind in ("INT", "FLOAT") and rest:
                cast = int if kind == "INT" else float
                found[name] = [kind, {"default": cast(rest[0]), "min": cast(rest[0]), "max": cast(rest[1])}]
            elif kind in ("FILES", "CHOICE", "UPLOAD"):
                listed = {"FILES": self.models.get(rest[0] if rest else "", []), "CHOICE": rest, "UPLOAD": sorted(self.uploads)}[kind]
                found[name] = [listed, {"image_upload": True}] if kind == "UPLOAD" else [listed]
            else:
                found[name] = ["COMBO", {"options": rest}] if kind == "COMBO" else [kind]
        return found

    def faults(self, graph: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """What the real server finds wrong: (error, node_errors)."""
        info, wrong = self.object_info(), {}
        for ident, node in graph.items():
            if node.get("class_type") not in info:
                return {"type": "invalid_prompt", "message": f"Cannot execute because node {node.get('class_type')} does not exist.",
                        "details": f"Node ID '#{ident}'", "extra_info": {}}, {}
            errors = []
            for name, spec in info[node["class_type"]]["input"]["required"].items():
                listed = spec[1]["options"] if spec[0] == "COMBO" else spec[0]
                if name not in node["inputs"]:
                    errors.append({"type": "required_input_missing", "message": "Required input is missing", "details": name})
                elif isinstance(listed, list) and node["inputs"][name] not in listed:
                    errors.append({"type": "value_not_in_list", "message": "Value not in list",
                                   "details": f"{name}: '{node['inputs'][name]}' not in {listed}"})
            if errors:
                wrong[ident] = {"errors": errors, "dependent_outputs": [], "class_type": node["class_type"]}
        return ({"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation", "details": "", "extra_info": {}}
                if wrong else None), wrong

    def submit(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """POST /prompt."""
        error, wrong = self.faults(body["prompt"])
        if error:
            return 400, {"error": error, "node_errors": wrong}
        ident = str(uuid.uuid4()) if self.old else str(body.get("prompt_id") or uuid.uuid4())
        with self.bell:
            self.waiting.append((ident, body["prompt"], body.get("client_id", "")))
            self.bell.notify_all()
        return 200, {"prompt_id": ident, "number": len(self.history), "node_errors": {}}

    def delete(self, idents: list[str]) -> None:
        """POST /queue {delete}."""
        with self.lock:
            self.waiting = [each for each in self.waiting if each[0] not in idents]

    def interrupt(self, ident: str | None) -> None:
        """POST /interrupt: whatever runs, or in newer servers the one that is named."""
        with self.lock:
            if self.running and (self.old or ident in (None, self.running[0])):
                self.interrupted.add(self.running[0])

    def _work(self) -> None:
        while not self.stopped:
            with self.bell:
                self.bell.wait_for(lambda: self.waiting or self.stopped)
                if self.stopped:
                    return
                self.running = self.waiting.pop(0)
                ident, graph, client = self.running
            messages: list[Any] = []
            outputs = self._execute(ident, graph, client, messages)
            with self.lock:
                if self.running and self.running[0] == ident:
                    went = messages[-1][0] == "execution_success"
                    status = {"status_str": "success" if went else "error", "completed": went, "messages": messages}
                    self.history[ident] = {"prompt": [0, ident, graph, {}, []], "outputs": outputs, "meta": {}, "status": status}
                    self.running = None
            self.tell(client, "executing", node=None, prompt_id=ident)

    def _execute(self, ident: str, graph: dict[str, Any], client: str, messages: list[Any]) -> dict[str, Any]:
        def say(kind: str, **data: Any) -> None:
            messages.append([kind, data | {"prompt_id": ident}])
            self.tell(client, kind, **data, prompt_id=ident)

        outputs: dict[str, Any] = {}
        say("execution_start")
        say("execution_cached", nodes=[])
        self.ran.append(graph)
        for node, about in graph.items():
            kind = about["class_type"]
            self.tell(client, "executing", node=node, display_node=node, prompt_id=ident)
            size = self.size(graph)
            if kind == self.broken_node or "ampler" in kind and size[0] * size[1] > self.most_pixels:
                full = kind != self.broken_node
                say("execution_error", node_id=node, node_type=kind, traceback=["…"],
                    exception_type="torch.OutOfMemoryError" if full else "RuntimeError",
                    exception_message="Allocation on device" if full else "mat1 and mat2 shapes cannot be multiplied")
                return {}
            if kind in ("KSampler", "SamplerCustom", "SamplerCustomAdvanced") and not self._sample(ident, node, about, client):
                say("execution_interrupted", node_id=node, node_type=kind, executed=[])
                return {}
            if kind.startswith("Save"):
                outputs[node] = self._save(about, kind, size)
                self.tell(client, "executed", node=node, display_node=node, output=outputs[node], prompt_id=ident)
        say("execution_success")
        return outputs

    def _sample(self, ident: str, node: str, about: dict[str, Any], client: str) -> bool:
        steps = int(about["inputs"].get("steps", 20))
        for step in range(steps):
            time.sleep(self.step)
            if ident in self.interrupted or self.stopped:
                return False
            if 0 <= self.die_at <= step / steps:
                self.die()
                return False
            if 0 <= self.forget_at <= step / steps:
                self.forget()
                return False
            self.tell(client, "progress", value=step + 1, max=steps, prompt_id=ident, node=node)
            data = io.BytesIO()
            Image.new("RGB", (64, 64), (200, 20 + 5 * (step % 40), 40)).save(data, "JPEG")
            self._frame(client, 2, struct.pack(">II", 1, 1) + data.getvalue())
        return True

    def size(self, graph: dict[str, Any]) -> tuple[int, int]:
        """How large a workflow's pictures are."""
        for about in graph.values():
            if isinstance(about["inputs"].get("width"), int):
                return about["inputs"]["width"], about["inputs"]["height"]
            if about["class_type"] == "LoadImage":
                return Image.open(io.BytesIO(self.uploads[about["inputs"]["image"]])).size
        return 64, 64

    def _save(self, about: dict[str, Any], kind: str, size: tuple[int, int]) -> dict[str, Any]:
        data, ending = io.BytesIO(), {"SaveImage": "png", "SaveAudio": "flac", "SaveVideo": "mp4", "SaveGLB": "glb"}[kind]
        if kind == "SaveImage":
            Image.new("RGB", size, (30, 90, 160)).save(data, "PNG", compress_level=1)
        else:
            data.write(sample(ending))
        name = f"{about['inputs']['filename_prefix']}_{len(self.files):05}_.{ending}"
        self.files[name] = data.getvalue()
        return {NODES[kind]["saves"]: [{"filename": name, "subfolder": "", "type": "output"}]}

    def tell(self, client: str, kind: str, **data: Any) -> None:
        """A text message to one client."""
        self._frame(client, 1, json.dumps({"type": kind, "data": data}).encode())

    def _frame(self, client: str, kind: int, body: bytes) -> None:
        length = len(body)
        size = bytes([length]) if length < 126 else struct.pack(">BH", 126, length) if length < 1 << 16 else struct.pack(">BQ", 127, length)
        with self.lock, contextlib.suppress(OSError, KeyError):
            if not self.deaf:
                self.sockets[client].sendall(bytes([0x80 | kind]) + size + body)
