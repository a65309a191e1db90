"""The doors of the test peer: ComfyUI's routes and its WebSocket over plain sockets, and the ways in which a server can be bad."""

import base64
import contextlib
import email
import email.policy
import hashlib
import json
import time
import uuid
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

NESTED = "[" * 200_000
LYING = {"status": {"status_str": "success"}, "outputs": {"save": {"images": [
    {"filename": "/etc/passwd", "subfolder": "../../..", "type": "output"}, {"filename": 7}, "http://127.0.0.1:1/x"]}}}


class Doors(BaseHTTPRequestHandler):
    """One connection to a peer."""

    peer: Any
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        """Known to the peer, so that it can hang up."""
        super().setup()
        self.peer.open.add(self.connection)

    def finish(self) -> None:
        """Over."""
        self.peer.open.discard(self.connection)
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def handle(self) -> None:
        """A connection that breaks is nothing to tell."""
        with contextlib.suppress(OSError):
            super().handle()

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_GET(self) -> Any:
        """Everything that is read."""
        parts = urlsplit(self.path)
        path, query = parts.path.removeprefix("/api"), {name: found[0] for name, found in parse_qs(parts.query).items()}
        self.peer.asked.append(f"GET {self.path}")
        if path == "/ws":
            return self.talk(query.get("clientId") or uuid.uuid4().hex)
        if self.bad(path):
            return None
        peer = self.peer
        with peer.lock:
            if path == "/prompt":
                return self.json({"exec_info": {"queue_remaining": len(peer.waiting) + (peer.running is not None) + peer.others}})
            if path == "/queue":
                row = [[0, each[0], each[1], {}, []] for each in ([peer.running] if peer.running else [])]
                return self.json({"queue_running": row, "queue_pending": [[0, each[0], each[1], {}, []] for each in peer.waiting]})
            if path.startswith("/history/"):
                ident = unquote(path.removeprefix("/history/"))
                return self.json({ident: peer.history[ident]} if ident in peer.history else {})
        if path == "/object_info":
            return self.json(peer.object_info())
        if path == "/system_stats":
            return self.json({"system": {"os": "posix", "comfyui_version": "0.3.64", "argv": ["main.py"]},
                              "devices": [{"name": "cuda:0 Test", "type": "cuda", "vram_total": 24 << 30, "vram_free": 20 << 30}]})
        if path == "/view" and query.get("filename") in peer.files:
            return self.answer(200, peer.files[query["filename"]], "image/png")
        return self.answer(404, b"404: Not Found", "text/plain")

    def do_POST(self) -> Any:
        """Everything that is sent."""
        path = urlsplit(self.path).path.removeprefix("/api")
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.peer.asked.append(f"POST {self.path}")
        if self.bad("POST " + path):
            return None
        if path == "/upload/image":
            return self.upload(body)
        told = json.loads(body)
        if path == "/prompt":
            status, answer = self.peer.submit(told)
            return self.json(answer, status)
        if path == "/queue":
            self.peer.delete(told.get("delete", []))
        elif path == "/interrupt":
            self.peer.interrupt(told.get("prompt_id"))
        return self.answer(200, b"", "text/plain")

    def upload(self, body: bytes) -> None:
        """POST /upload/image: kept under its own name."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + body, policy=email.policy.HTTP)
        for part in form.iter_parts():  # type: ignore[attr-defined]
            if name := part.get_filename():
                self.peer.uploads[name] = part.get_payload(decode=True)
                return self.json({"name": name, "subfolder": "", "type": "input"})
        return self.answer(400, b"", "text/plain")

    def bad(self, path: str) -> bool:
        """What the peer's mood does to this route; True if that was the answer."""
        mood = next((found for start, found in self.peer.mood.items() if path.startswith(start)), "")
        if mood == "slow":
            time.sleep(1.0)
        elif mood == "drip":
            self.head(200, 10_000)
            for _ in range(200):
                self.wfile.write(b" ")
                time.sleep(0.1)
        elif mood == "nothing":
            time.sleep(60)
        elif mood == "truncated":
            found = self.peer.files[parse_qs(urlsplit(self.path).query)["filename"][0]]
            self.answer(200, found[: len(found) // 2], "image/png")
        else:
            ways = {"garbage": (200, b"\x00\xff<<<"), "big": (200, b'{"x": "' + b"x" * (10 << 20) + b'"}'),
                    "500": (500, b"Server got itself in trouble"), "html": (200, b"<html>Please log in</html>"),
                    "nested": (200, NESTED.encode()),
                    "nan": (200, b'{"exec_info": {"queue_remaining": NaN}}'),
                    "lying": (200, json.dumps({path.rsplit("/", 1)[-1]: LYING}).encode())}
            if mood in ways:
                self.answer(*ways[mood], "text/html" if mood == "html" else "application/json")
        return mood not in ("", "slow")

    def json(self, value: Any, status: int = 200) -> None:
        """As aiohttp writes it."""
        self.answer(status, json.dumps(value).encode(), "application/json; charset=utf-8")

    def answer(self, status: int, body: bytes, kind: str) -> None:
        """A whole reply."""
        self.head(status, len(body), kind)
        self.wfile.write(body)

    def head(self, status: int, length: int, kind: str = "application/json") -> None:
        """Its beginning."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def talk(self, client: str) -> None:
        """The WebSocket: what the peer tells goes out, what comes in is read past."""
        key = self.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101, "Switching Protocols")
        for name, value in {"Upgrade": "websocket", "Connection": "upgrade",
                            "Sec-WebSocket-Accept": base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()
        self.peer.sockets[client] = self.connection
        self.peer.tell(client, "status", status={"exec_info": {"queue_remaining": len(self.peer.waiting)}}, sid=client)
        self.close_connection = True
        while self.rfile.read(1):
            continue
        self.peer.sockets.pop(client, None)
