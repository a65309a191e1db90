"""What language models are told, and how what they say of a prompt becomes an expansion."""

import functools
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field

from config import styles
from engines.clients.replies import said
from engines.prompt.expand import Expansion
from engines.prompt.request import ExpandRequest
from engines.sketch.scene import Time, Weather
from engines.sketch.vocabulary import nouns
from engines.sketch.words import data, tidy

MOST, LONGEST, ROOM = 6, 120, 4000


class Additions(BaseModel):
    """The answer to `expand`."""

    model_config = ConfigDict(frozen=True)

    additions: list[str] = Field(min_length=1, max_length=20)


@functools.cache
def _instructions() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("instructions.yaml").read_text("utf-8"))
    return found


def instruction(task: str, **values: Any) -> str:
    """The text for a task, with its values and the words of the sketch vocabulary filled in."""
    known = {
        "nouns": ", ".join(nouns()),
        "settings": ", ".join(name for name, row in data("settings").items() if row["role"] == "setting"),
        "places": ", ".join(name for name, row in data("settings").items() if row["role"] == "place"),
        "times": ", ".join(get_args(Time)),
        "weathers": ", ".join(get_args(Weather)),
    }
    text: str = _instructions()[task]
    return text.format(example=_instructions()["examples"].get(task, ""), **known, **values)


def conversation(task: str, words: str, **values: Any) -> list[dict[str, Any]]:
    """The two messages a model gets: what it is to do, and a person's words."""
    return [{"role": "system", "content": instruction(task, **values)}, {"role": "user", "content": words}]


def asking(request: ExpandRequest) -> list[dict[str, Any]]:
    """The messages that ask for additions to a prompt."""
    style = styles()[request.style]
    about = f"The style is {style.title}: {style.prompt}." if style.prompt else ""
    return conversation("expand", request.prompt, medium=request.medium, style=about)


def expansion(request: ExpandRequest, told: Additions) -> Expansion:
    """The person's words as they are, with what is new in the additions behind them, as far as there is room."""
    words = request.prompt.rstrip()
    own = tidy(words)
    added: list[str] = []
    for phrase in told.additions:
        short = said(phrase).rstrip(" ,.;")
        new = short and len(short) <= LONGEST and tidy(short) not in own and short not in added
        if new and len(added) < MOST and len(words) + sum(len(each) + 2 for each in [*added, short]) <= ROOM:
            added.append(short)
    joint = "" if words.endswith((",", ";", ".", "!", "?", "…", "。", "、")) else ","
    return Expansion(f"{words}{joint} {', '.join(added)}" if added else request.prompt, added)
