"""A hub on 127.0.0.1 as the Hugging Face Hub answers: listings with sizes and sums, files with ranges, large ones from a second port.

`Hub()` serves the folders it is given as repositories; what it is asked is kept in `asked`, and `mood` makes it misbehave.
"""

import hashlib
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

REVISION = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_canary41c9"
ASKED = re.compile(r"bytes=(\d+)-$")


class Hub:
    """Two servers: the hub, and the place it redirects large files to."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.gated: set[str] = set()
        self.asked: list[tuple[str, str, int, str]] = []  # server, path, first byte, authorization
        self.sent: dict[str, int] = {}  # bytes sent by file
        self.mood: dict[str, Any] = {}
        self.listed: list[dict[str, Any]] = []  # siblings to add
        doors = [type(name, (_Door,), {"hub": self, "where": name}) for name in ("hub", "cdn")]
        self.servers = [ThreadingHTTPServer(("127.0.0.1", 0), door) for door in doors]
        for server in self.servers:
            server.daemon_threads = True
            server.handle_error = lambda *_: None  # type: ignore[method-assign]  (a client that leaves is no news)
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self) -> "Hub":
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.servers[0].server_port}"

    @property
    def cdn(self) -> str:
        """Where the large files are."""
        return f"http://127.0.0.1:{self.servers[1].server_port}"

    def offer(self, repo: str, folder: Path) -> None:
        """Serve a folder as a repository."""
        self.files[repo] = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def listing(self, repo: str) -> dict[str, Any]:
        """What the hub tells of it."""
        siblings: list[dict[str, Any]] = []
        for name, data in self.files[repo].items():
            about: dict[str, Any] = {"rfilename": name, "size": len(data)}
            if name.endswith((".safetensors", ".bin")):
                sha256 = self.mood.get("sha256", hashlib.sha256(data).hexdigest())
                about |= {"blobId": "0" * 40, "lfs": {"sha256": sha256, "size": len(data), "pointerSize": 130}}
            else:
                about["blobId"] = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            siblings.append(about)
        return {"id": repo, "gated": repo in self.gated, "siblings": siblings + self.listed}

    def bytes_asked(self, name: str) -> list[int]:
        """From which bytes on a file was asked for, in order, where it is really sent from."""
        large = name.endswith(".safetensors")
        return [start for server, path, start, _ in self.asked if path.endswith(name) and (server == "cdn") == large]


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub
    where: str

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        found = ASKED.match(self.headers.get("Range", ""))
        start = int(found[1]) if found else 0
        self.hub.asked.append((self.where, path, start, self.headers.get("Authorization", "")))
        if self.where == "hub" and path.startswith("/api/models/"):
            return self._listing(path)
        repo, _, rest = path.strip("/").partition("/resolve/")
        revision, _, name = rest.partition("/")
        data = self.hub.files.get(repo, {}).get(name)
        if data is None or revision != REVISION:
            return self._say(404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound"})
        if self.where == "hub":
            if repo in self.hub.gated and self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status = 403 if self.headers.get("Authorization") else 401
                return self._say(status, {"error": "Access to model is restricted."}, {"X-Error-Code": "GatedRepo"})
            if name.endswith(".safetensors"):
                there = self.hub.mood.get("redirect", self.hub.cdn + self.path)
                return self._say(302, {}, {"Location": there})
        return self._file(name, data, start)

    def _listing(self, path: str) -> None:
        mood = self.hub.mood.get("listing")
        repo, _, revision = path.removeprefix("/api/models/").partition("/revision/")
        if isinstance(mood, int):
            return self._say(mood, {"error": "no"})
        if repo not in self.hub.files or revision not in (REVISION, "main"):
            return self._say(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
        if mood == "garbage":
            return self._send(200, b"<html>not now</html>")
        sha = self.hub.mood.get("newest", REVISION) if revision == "main" else REVISION
        return self._say(200, self.hub.listing(repo) | {"sha": self.hub.mood.get("sha", sha)})

    def _file(self, name: str, data: bytes, start: int) -> None:
        mood = self.hub.mood
        if mood.get("fail", 0) > 0:
            mood["fail"] -= 1
            return self._say(500, {"error": "internal"})
        if mood.get("damage", 0) > 0 and name.endswith(".safetensors"):
            mood["damage"] -= 1
            data = bytes(len(data))
        if mood.get("plain"):
            start = 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start + mood.get('shift', 0)}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self._body(name, data[start:], mood)
        return None

    def _body(self, name: str, data: bytes, mood: dict[str, Any]) -> None:
        most = len(data)
        if name.endswith(".safetensors") and mood.get("cut", 0) > 0:
            mood["cut"] -= 1
            most, self.close_connection = len(data) // 2, True
        step = mood.get("step", 1 << 16) if name.endswith(".safetensors") else 1 << 20
        for at in range(0, most, step):
            piece = data[at : min(at + step, most)]
            self.wfile.write(piece)
            self.hub.sent[name] = self.hub.sent.get(name, 0) + len(piece)
            if name.endswith(".safetensors"):
                time.sleep(mood.get("pause", 0.0))

    def _say(self, status: int, told: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(told).encode(), headers)

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
