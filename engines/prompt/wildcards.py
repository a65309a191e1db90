"""Wildcards in prompts: `__animal__` becomes a line of STUDIO_HOME/wildcards/animal.txt, drawn by a seed of its own.

A file holds one choice a line; empty lines and lines that begin with # are passed over. A line may name further wildcards.
"""

import random
import re
from pathlib import Path

from config import settings
from engines.errors import BadRequest
from engines.words import nearest

MARK = re.compile(r"__([A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*)__")
DEEPEST = 8
LARGEST = 1 << 20
LONGEST = 4000


def folder() -> Path:
    """Where the lists of words are."""
    return settings().home / "wildcards"


def names(prompt: str) -> list[str]:
    """The wildcards a prompt names, each once."""
    return list(dict.fromkeys(MARK.findall(prompt)))


def check(prompt: str) -> None:
    """BadRequest unless every wildcard that a prompt names, and those that their lines name, can be drawn from."""
    _check(prompt, ())


def _check(text: str, above: tuple[str, ...]) -> None:
    for name in names(text):
        if name in above:
            raise BadRequest(f"the wildcard {name} leads back to itself ({' → '.join([*above, name])}); mend its file", fields=["prompt"])
        if len(above) >= DEEPEST:
            raise BadRequest(f"wildcards name others more than {DEEPEST} deep ({' → '.join(above)})", fields=["prompt"])
        for line in choices(name):
            _check(line, (*above, name))


def expand(prompt: str, seed: int) -> str:
    """The prompt with a line in the place of every wildcard; the same seed draws the same lines."""
    chance = random.Random(seed)
    for _ in range(DEEPEST + 1):
        if not MARK.search(prompt):
            break
        prompt = MARK.sub(lambda mark: chance.choice(choices(mark[1])), prompt)
    if len(prompt) > LONGEST:
        raise BadRequest(f"with its wildcards the prompt has {len(prompt)} characters; {LONGEST} are the most", fields=["prompt"])
    return prompt


def choices(name: str) -> list[str]:
    """What may stand for a wildcard. BadRequest for an unknown one, with the nearest, and for an empty or unreadable file."""
    path = folder() / f"{name}.txt"
    try:
        if path.stat().st_size > LARGEST:
            raise BadRequest(f"the file of the wildcard {name} is larger than 1 MB; make it smaller", fields=["prompt"])
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except FileNotFoundError:
        there = sorted(each.stem for each in folder().glob("*.txt"))
        hint = nearest(name, there) if there else f"; put {name}.txt with a choice a line into {folder().name} of the studio's home"
        raise BadRequest(f"there is no wildcard {name}{hint}", fields=["prompt"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"the file of the wildcard {name} cannot be read; write it as UTF-8 text", fields=["prompt"]) from error
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise BadRequest(f"the file of the wildcard {name} is empty; write a choice a line", fields=["prompt"])
    return found
