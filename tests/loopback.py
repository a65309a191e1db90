"""A server on 127.0.0.1 that speaks as OpenAI does, in many moods: the first part of the path says which.

http://127.0.0.1:<port>/<mood>/v1 is the address of a row. `good` checks what it is sent as strictly as the real ones do.
"""

import base64
import gzip
import io
import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

KEY = "sk-canary-7f3a9c"
ADDITIONS = ["fog over the water", "a single warm lamp"]
NESTED = "[" * 200_000 + "]" * 200_000
HOSTILE = {
    "additions": ["../../etc/passwd", "http://169.254.169.254/latest", "<img src=x onerror=alert(1)>", "$(rm -rf /)", "fog\u0000\nover"],
}


def picture(side: int = 64, color: tuple[int, int, int] = (180, 60, 40), form: str = "PNG") -> bytes:
    """A small picture."""
    data = io.BytesIO()
    Image.new("RGB", (side, side), color).save(data, form)
    return data.getvalue()


class Loopback(ThreadingHTTPServer):
    """The server; `seen` counts requests by mood and path, `bodies` keeps what was sent."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: Counter[str] = Counter()
        self.bodies: list[tuple[str, dict[str, str], Any]] = []
        self.answers: dict[str, Any] = {}
        self.recovered: set[str] = set()
        self.hung = 0

    def __enter__(self) -> "Loopback":
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves in the middle is no news."""

    def at(self, mood: str) -> str:
        """The address of a mood."""
        return f"http://127.0.0.1:{self.server_port}/{mood}/v1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Loopback

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        mood, path = self._where()
        if mood in self.server.recovered:
            mood = "good"
        if path.partition("?")[0] == "models" and mood not in ("asleep", "locked"):
            names = [{"id": "text-embedding-x", "object": "model"}, {"id": "tiny-chat", "object": "model"}, {"id": "gpt-image-1"}]
            return self._json(200, {"object": "list", "data": names})
        return self._mood(mood, b"")

    def do_POST(self) -> None:
        mood, path = self._where()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told = json.loads(body) if self.headers.get("Content-Type") == "application/json" else body
        self.server.bodies.append((f"{mood}/{path}", dict(self.headers), told))
        if mood in self.server.recovered:
            mood = "good"
        if mood != "open" and self.headers.get("Authorization") != f"Bearer {KEY}":
            return self._error(401, "Incorrect API key provided", "invalid_api_key")
        answer = {"chat/completions": self._chat, "audio/speech": self._speech}
        answer |= {"images/generations": self._image, "images/edits": self._image, "moderations": self._moderation}
        answer |= {"audio/transcriptions": self._transcription}
        if path not in answer:
            return self._error(404, f"Unknown request URL: {self.path}", "unknown_url")
        return answer[path](mood, told, body)

    def _where(self) -> tuple[str, str]:
        _, mood, version, path = self.path.split("/", 3)
        assert version == "v1"
        self.server.seen[f"{mood}/{path}"] += 1
        return mood, path

    # -- what it is asked for -----------------------------------------------------------------------------------------

    def _chat(self, mood: str, told: Any, _: bytes) -> None:
        if not isinstance(told, dict) or not isinstance(told.get("model"), str) or not told.get("messages"):
            return self._error(400, "you must provide a model parameter", None)
        form = (told.get("response_format") or {}).get("type")
        if mood in ("no_schema", "prose", "garbage_words") and form:
            return self._error(400, "'response_format.type' must be 'text'", "invalid_value")
        if mood == "only_object" and form == "json_schema":
            return self._error(400, "json_schema is not supported", "invalid_value")
        if mood == "pictures" and told.get("modalities"):
            url = "data:image/png;base64," + base64.b64encode(picture()).decode()
            return self._message({"role": "assistant", "content": "Here.", "images": [{"type": "image_url", "image_url": {"url": url}}]})
        text = self._text(mood, told)
        if text is None:
            return self._mood(mood, b"")
        return self._message({"role": "assistant", "content": text})

    def _text(self, mood: str, told: Any) -> str | None:
        """What the model says in this mood; None if the server does not get that far."""
        schema = ((told.get("response_format") or {}).get("json_schema") or {}).get("name", "")
        good = json.dumps(self.server.answers.get(schema, self.server.answers.get("any", {"additions": ADDITIONS})))
        repaired = len(told["messages"]) > 3
        return {
            "good": good,
            "open": good,
            "only_object": good,
            "no_schema": good,
            "prose": f"<think>Let me {{see}}.</think>Sure! Here you are:\n```json\n{good}\n```\nAnything else?",
            "second_try": good if repaired else '{"additions": "none"}',
            "garbage_words": "zx9 ]]} pqr " * 50,
            "not_finite": '{"additions": [NaN], "x": 1e999}',
            "nested_words": '{"additions": ' + NESTED + "}",
            "hostile": json.dumps(HOSTILE),
            "echo": json.dumps({"additions": [f"lit like {self.headers['Authorization']}"]}),
        }.get(mood)

    def _message(self, message: dict[str, Any]) -> None:
        usage = {"prompt_tokens": 40, "completion_tokens": 12, "total_tokens": 52, "cost": 0.0015}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        self._json(200, {"id": "chatcmpl-1", "object": "chat.completion", "model": "tiny-chat", "choices": [choice], "usage": usage})

    def _image(self, mood: str, told: Any, body: bytes) -> None:
        if mood == "hostile":
            entries = [{"url": "http://169.254.169.254/latest/picture.png"}, {"b64_json": "../../../etc/passwd"}, "file:///etc/passwd"]
            return self._json(200, {"created": 1, "data": entries})
        data: Any = {
            "good": picture(),
            "cut_picture": picture(256)[:200],
            "not_a_picture": b"<html>no picture</html>",
            "bomb": self.server.answers.get("bomb", b""),
        }.get(mood)
        if data is None:
            return self._mood(mood, body)
        if isinstance(told, dict) and (not told.get("prompt") or told.get("model") != "gpt-image-1"):
            return self._error(400, "model and prompt are required", None)
        entry = {"b64_json": base64.b64encode(data).decode()}
        count = told.get("n", 1) if isinstance(told, dict) else 1
        usage = {"input_tokens": 9, "output_tokens": 272, "total_tokens": 281}
        return self._json(200, {"created": 1, "data": [entry] * count, "usage": usage})

    def _speech(self, mood: str, told: Any, body: bytes) -> None:
        if mood != "good":
            return self._mood(mood, body)
        if not isinstance(told, dict) or not {"model", "input", "voice"} <= told.keys():
            return self._error(400, "model, input and voice are required", None)
        return self._send(200, self.server.answers["wav"], "audio/wav")

    def _moderation(self, mood: str, told: Any, body: bytes) -> None:
        if mood != "good":
            return self._mood(mood, body)
        if not isinstance(told, dict) or not told.get("input"):
            return self._error(400, "input is required", None)
        violent = "violent" in json.dumps(told["input"])
        scores = {"violence": 0.9 * violent, "hate": 0.01}
        result = {"flagged": violent, "categories": {"violence": violent, "hate": False}, "category_scores": scores}
        return self._json(200, {"id": "modr-1", "model": told.get("model"), "results": [result] * len(told["input"])})

    def _transcription(self, mood: str, told: Any, body: bytes) -> None:
        if any(f'name="{part}"'.encode() not in body for part in ("file", "model")) or body.count(b"RIFF") != 1:
            return self._error(400, "file and model are required", None)
        good = {"text": " Bell, book.", "language": "english"} | {name: self.server.answers.get(name) for name in ("segments", "words")}
        heard = {"good": good, "open": good, "plain": {"text": "Bell, book."}, "no_transcript": {"text": 5}}.get(mood)
        return self._json(200, heard) if heard else self._mood(mood, body)

    # -- how servers go wrong -----------------------------------------------------------------------------------------

    def _mood(self, mood: str, _: bytes) -> None:
        """Slow, lying, broken."""
        plain: dict[str, Any] = {
            "unauthorised": (401, f"Incorrect API key provided: {KEY}", "invalid_api_key"),
            "busy": (429, "Rate limit reached", "rate_limit_exceeded"),
            "refuses": (400, "Your request was rejected by the safety system.", "moderation_blocked"),
            "picky": (400, f"size is not supported; you sent {KEY}", "invalid_value"),
            "locked": (401, "Incorrect API key provided", "invalid_api_key"),
            "down": (500, "The server had an error", "server_error"),
            "recovering": (500, "The server had an error", "server_error"),
        }
        if mood in plain:
            return self._error(*plain[mood], retry="0.2" if mood == "busy" else None)
        if mood == "garbage":
            return self._send(200, b"\x00\xff{]garbage" * 100, "application/json")
        if mood == "web_page":
            return self._send(200, b"<html><script>alert(1)</script></html>", "text/html")
        if mood == "nan":
            return self._send(200, b'{"id": NaN, "choices": [], "data": [], "x": 1e999}', "application/json")
        if mood == "huge":
            return self._send(200, b'{"choices": "' + b"x" * (10 << 20) + b'"}', "application/json")
        if mood == "nested":
            return self._send(200, NESTED.encode(), "application/json")
        if mood == "zipped":
            return self._send(200, gzip.compress(bytes(20 << 20)), "application/json", {"Content-Encoding": "gzip"})
        if mood == "cut_off":
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"choices"')
            return None
        if mood == "redirect":
            self.send_response(307)
            self.send_header("Location", self.server.at("good"))
            self.send_header("Content-Length", "0")
            return self.end_headers()
        return self._hang(drip=mood == "drip")

    def _hang(self, drip: bool) -> None:
        """Say nothing, or a space now and then, until the client leaves or 20 seconds have gone."""
        if drip:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
        self.connection.settimeout(0.05)
        self.server.hung += 1
        deadline = time.monotonic() + 20
        try:
            while time.monotonic() < deadline:
                try:
                    if not self.connection.recv(1):
                        break
                except TimeoutError:
                    pass
                if drip:
                    self.wfile.write(b" ")
        except OSError:
            pass
        finally:
            self.server.hung -= 1
            self.close_connection = True

    def _json(self, status: int, value: Any) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _error(self, status: int, message: str, code: str | None, retry: str | None = None) -> None:
        error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
        self._send(status, json.dumps({"error": error}).encode(), "application/json", {"Retry-After": retry} if retry else {})

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": kind, "Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
