"""Weights in prompts: `(red:1.3)` says that red counts more, `(sky:0.6)` that it counts less. Other brackets are words."""

import re
from typing import NamedTuple

MARK = re.compile(r"\(([^():]{1,400}):\s*([0-9]{1,2}(?:\.[0-9]{1,4})?)\s*\)")
MOST = 4.0


class Span(NamedTuple):
    """A stretch of the plain text, from where to where, and what it counts."""

    start: int
    end: int
    weight: float


def read(prompt: str) -> tuple[str, list[Span]]:
    """The prompt without its marks, and the stretches of it that have a weight (0 to 4) of their own."""
    plain, spans, at = "", [], 0
    for mark in MARK.finditer(prompt):
        plain += prompt[at : mark.start()]
        spans.append(Span(len(plain), len(plain) + len(mark[1]), min(MOST, float(mark[2]))))
        plain, at = plain + mark[1], mark.end()
    return plain + prompt[at:], [span for span in spans if span.weight != 1.0]
