"""What a text says, gathered while it is read: things, places, times, and which words had an effect."""
from dataclasses import dataclass, field
from typing import Any

from engines.sketch.parser_things import Draft


@dataclass
class Mention:
    """A setting or place the words name: how they lead to it, and whether only in passing."""

    name: str
    role: str
    weak: bool = False
    inside: bool = False
    word: str = ""


@dataclass
class Said:
    """Everything the words say, before it becomes a scene."""

    things: list[Draft] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    weathers: list[str] = field(default_factory=list)
    seasons: list[str] = field(default_factory=list)
    shots: list[str] = field(default_factory=list)
    moods: list[str] = field(default_factory=list)
    palette: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    refused: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Each word for what must not appear, with the names it may have."""
    empty: bool = False
    deeds: list[tuple[Draft, str, str]] = field(default_factory=list)
    """Who is said to do something, the word for it, and the pose that is to show it."""
    needs: list[tuple[Draft, str, dict[str, Any]]] = field(default_factory=list)
    """Who does something, the word for it, and its row among the deeds, where that names a tool or a place to do it at."""
    understood: list[str] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)
