"""Reads what other servers send: JSON without traps, a wait in seconds, a sentence that may be shown. Replies are data only."""

import contextlib
import datetime
import email.utils
import json
import math
import re
from typing import Any

SHOWN = 200
LONGEST_WAIT = 300.0
DEEPEST = 200
_HALVES = re.compile(r"\\u[dD][89a-fA-F]")


class Unreadable(ValueError):
    """The text is not JSON as we take it; says in a few words why."""


def read_json(text: str | bytes) -> Any:
    """JSON as the standard has it: no NaN or infinity, numbers of sane length, at most DEEPEST levels deep. Raises Unreadable."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        found = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        if _depth(found) > DEEPEST:
            raise Unreadable("it is nested too deeply")
        return _whole(found) if _HALVES.search(text) else found
    except Unreadable:
        raise
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except ValueError:
        raise Unreadable("it is not JSON") from None


def _depth(found: Any) -> int:
    """How deep lists and objects lie in one another."""
    depth, layer = 0, [found]
    while layer := [each for each in layer if isinstance(each, list | dict)]:
        depth += 1
        layer = [inner for each in layer for inner in (each.values() if isinstance(each, dict) else each)]
    return depth


def _whole(value: Any) -> Any:
    """The same without halves of signs (lone surrogates), which cannot be stored."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(each) for name, each in value.items()}
    return value


def _no_number(name: str) -> None:
    raise Unreadable(f"it holds {name}")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Unreadable("it holds a number without end")
    return number


def wait_asked(header: str | None) -> float | None:
    """Retry-After in seconds, from a number or a date; at most LONGEST_WAIT, None if there is none that makes sense."""
    if not header:
        return None
    seconds = math.nan
    with contextlib.suppress(ValueError):
        seconds = float(header)
    if math.isnan(seconds):
        with contextlib.suppress(ValueError, TypeError, OverflowError):
            then = email.utils.parsedate_to_datetime(header)
            then = then if then.tzinfo else then.replace(tzinfo=datetime.UTC)
            seconds = (then - datetime.datetime.now(datetime.UTC)).total_seconds()
    return None if math.isnan(seconds) else min(LONGEST_WAIT, max(0.0, seconds))


def said(text: Any) -> str:
    """A foreign sentence on one line, short, without control signs; empty if it is none."""
    if not isinstance(text, str):
        return ""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 4 * SHOWN]).split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
