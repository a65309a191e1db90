"""One JSON line per event, with the correlation id of the request that caused it."""

import json
import logging
import sys
import time
from typing import Any

EXTRA = ("job", "kind", "correlation_id", "lane", "status", "seconds", "code")


class JsonLines(logging.Formatter):
    """Records as JSON, one per line; newlines in messages cannot forge a record."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        line: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "from": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in EXTRA if hasattr(record, name)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def to_stderr(level: int = logging.INFO) -> None:
    """Send all logging of this process to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("huey", "httpx", "httpx2", "PIL", "fontTools", "fpdf"):
        logging.getLogger(name).setLevel(logging.WARNING)
