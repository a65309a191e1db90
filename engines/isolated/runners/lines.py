"""How a runner speaks with the studio: tasks come in as JSON lines on stdin, what is done goes out as JSON lines on stdout.

    {"id": 3, "do": "speak", …}                 a task
    {"id": 3, "progress": 0.4, "note": "…"}     how far it is
    {"id": 3, "done": {…}}                      its answer; files are named, and lie in the folder the task named
    {"id": 3, "failed": "…", "kind": "memory"}  or why there is none; kind is memory, input or broken

Whatever a package prints goes to stderr instead. When the studio's end of stdin closes, this process ends at once.
"""

import functools
import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any

Tell = Callable[[float, str], None]
Work = Callable[[dict[str, Any], Tell], dict[str, Any]]


class BadInput(ValueError):
    """What was asked cannot be done as it was put; said to the person."""


def serve(works: dict[str, Work]) -> None:
    """Do tasks, one after another, for as long as the studio listens."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    tasks: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    while True:
        task = tasks.get()
        say = functools.partial(_say, out, task.get("id"))
        try:
            say(done=works[task["do"]](task, functools.partial(_tell, say)))
        except BadInput as error:
            say(failed=str(error), kind="input")
        except Exception as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            say(failed=f"{type(error).__name__}: {error}"[:500], kind="memory" if _full(error) else "broken")


def _tell(say: Callable[..., None], share: float, note: str) -> None:
    say(progress=share, note=note)


def _say(out: Any, number: Any, **words: Any) -> None:
    out.write(json.dumps({"id": number} | words) + "\n")


def _listen(tasks: "queue.Queue[dict[str, Any]]") -> None:
    for line in sys.stdin:
        tasks.put(json.loads(line))
    os._exit(0)


def _full(error: Exception) -> bool:
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or "out of memory" in str(error)
