"""A WebSocket to a server (RFC 6455, the client's side): whole messages in, few out, with a cap on size and a limit on every wait.

The frames of a message are put together; pings are answered. Nothing of a message is believed but its length, and that is
capped. One thread uses one socket.
"""

import base64
import hashlib
import os
import socket
import ssl
import struct
import time
from urllib.parse import urlsplit

from engines.errors import Unavailable

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
HEAD = 16_384
CHUNK = 65_536


class Gone(Unavailable):
    """The other side has closed, or does not speak the protocol."""


class WebSocket:
    """An open connection. Raises Gone when it is over."""

    def __init__(self, url: str, seconds: float, largest: int) -> None:
        """Connect and shake hands within so many seconds; a message may have `largest` bytes."""
        self.largest = largest
        self._left = bytearray()
        self._parts = bytearray()
        self._kind = 0
        deadline = time.monotonic() + seconds
        try:
            self._socket = _connected(url, seconds)
        except OSError as error:
            raise Gone(f"The server cannot be reached ({type(error).__name__}).") from error
        try:
            self._shake_hands(url, deadline)
        except BaseException:
            self._socket.close()
            raise

    def receive(self, seconds: float) -> str | bytes | None:
        """The next message, or None if none is whole within so many seconds."""
        deadline = time.monotonic() + seconds
        while True:
            while (frame := self._frame()) is not None:
                message = self._taken(*frame)
                if message is not None:
                    return message
            if not self._more(deadline):
                return None

    def send(self, text: str) -> None:
        """Send a text message."""
        self._write(TEXT, text.encode())

    def close(self) -> None:
        """Say goodbye and hang up; never fails."""
        try:
            self._write(CLOSE, struct.pack(">H", 1000))
        except Gone:
            pass
        self._socket.close()

    def _shake_hands(self, url: str, deadline: float) -> None:
        parts, key = urlsplit(url), base64.b64encode(os.urandom(16)).decode()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        asked = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        self._send(asked.encode("ascii"))
        while b"\r\n\r\n" not in self._left:
            if len(self._left) > HEAD or not self._more(deadline):
                raise Gone("The server does not answer as a WebSocket.")
        head, _, rest = bytes(self._left).partition(b"\r\n\r\n")
        self._left = bytearray(rest)
        status, *lines = head.split(b"\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        wanted = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest())  # noqa: S324  (the protocol's own)
        if status.split(b" ")[1:2] != [b"101"] or headers.get(b"sec-websocket-accept") != wanted:
            raise Gone("The server does not speak WebSocket.")

    def _taken(self, kind: int, last: bool, body: bytes) -> str | bytes | None:
        """A whole message, if this frame ends one."""
        if kind == CLOSE:
            raise Gone("The server has closed the connection.")
        if kind > BINARY and len(body) > 125:
            raise Gone("The server does not keep to the WebSocket protocol.")
        if kind == PING:
            self._write(PONG, body)
        if kind in (PING, PONG):
            return None
        if kind not in (CONTINUED, TEXT, BINARY) or (kind == CONTINUED) != bool(self._kind):
            raise Gone("The server does not keep to the WebSocket protocol.")
        self._kind = kind or self._kind
        self._parts += body
        if len(self._parts) > self.largest:
            raise Gone("The server sends a message that is too large.")
        if not last:
            return None
        whole, found = bytes(self._parts), self._kind
        self._parts, self._kind = bytearray(), 0
        return whole.decode("utf-8", "replace") if found == TEXT else whole

    def _frame(self) -> tuple[int, bool, bytes] | None:
        """Kind, whether it is the last of its message, and body, if a whole frame is here."""
        left = self._left
        if len(left) < 2:
            return None
        length, start = left[1] & 0x7F, 2
        if length > 125:
            start += 2 if length == 126 else 8
            if len(left) < start:
                return None
            length = int.from_bytes(left[2:start], "big")
        if length > self.largest:
            raise Gone("The server sends a message that is too large.")
        if left[1] & 0x80:
            raise Gone("The server does not keep to the WebSocket protocol.")
        if len(left) < start + length:
            return None
        body, first = bytes(left[start : start + length]), left[0]
        del left[: start + length]
        return first & 0x0F, bool(first & 0x80), body

    def _more(self, deadline: float) -> bool:
        """Read what has come; False when the time is over."""
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        try:
            self._socket.settimeout(left)
            came = self._socket.recv(CHUNK)
        except TimeoutError:
            return False
        except OSError as error:
            raise Gone("The connection to the server broke.") from error
        if not came:
            raise Gone("The server has hung up.")
        self._left += came
        return True

    def _write(self, kind: int, body: bytes) -> None:
        mask = os.urandom(4)
        size = bytes([len(body) | 0x80]) if len(body) < 126 else struct.pack(">BH", 0xFE, len(body))
        masked = bytes(each ^ mask[place % 4] for place, each in enumerate(body))
        self._send(bytes([0x80 | kind]) + size + mask + masked)

    def _send(self, data: bytes) -> None:
        try:
            self._socket.settimeout(5.0)
            self._socket.sendall(data)
        except OSError as error:
            raise Gone("The connection to the server broke.") from error


def _connected(url: str, seconds: float) -> socket.socket:
    parts = urlsplit(url)
    secure = parts.scheme in ("wss", "https")
    plain = socket.create_connection((parts.hostname or "", parts.port or (443 if secure else 80)), timeout=seconds)
    if not secure:
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)
    except BaseException:
        plain.close()
        raise
